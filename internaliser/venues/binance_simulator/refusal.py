"""What Binance says no with: a code, a text, an HTTP status (errors.md of the venue)."""

from __future__ import annotations

from typing import Any

BAD_REQUEST, UNAUTHORIZED, CONFLICT = 400, 401, 409
BANNED, TOO_MANY = 418, 429
INTERNAL, BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT = 500, 502, 503, 504

UNEXPECTED = "An unexpected response was received from the message bus. Execution status unknown."
TIMEOUT = (
    "Timeout waiting for response from backend server. "
    "Send status unknown; execution status unknown."
)
BUSY = "Server is currently overloaded with other requests. Please try again in a few minutes."
OUTSIDE_WINDOW = "Timestamp for this request is outside of the recvWindow."
AHEAD = "Timestamp for this request was 1000ms ahead of the server's time."
INSUFFICIENT = "Account has insufficient balance for requested action."
DUPLICATE = "Duplicate order sent."
WOULD_TAKE = "Order would immediately match and take."
UNKNOWN_ORDER = "Unknown order sent."
CLOSED = "Market is closed."


class Refusal(Exception):
    """A request that Binance refuses. It changed nothing, unless the text says otherwise."""

    def __init__(self, code: int, text: str, status: int = BAD_REQUEST, data: Any = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status
        self.data = data

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {"code": self.code, "msg": self.text}
        if self.data is not None:
            found["data"] = self.data
        return found


def filter_failure(name: str) -> Refusal:
    return Refusal(-1013, f"Filter failure: {name}")


def missing(name: str) -> Refusal:
    return Refusal(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def new_order_rejected(text: str) -> Refusal:
    return Refusal(-2010, text)


def cancel_rejected(text: str) -> Refusal:
    return Refusal(-2011, text)
