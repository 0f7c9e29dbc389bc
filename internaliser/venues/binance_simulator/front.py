"""From a request of either transport to its answer: limits, key, signature, time, parameters.

Also where misbehaviour about requests strikes. No I/O: what should drop, wait or stay unanswered is
said in the Answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from internaliser.venues.binance_simulator.amount import whole_number
from internaliser.venues.binance_simulator.call import Call
from internaliser.venues.binance_simulator.desk import Desk
from internaliser.venues.binance_simulator.distortion import distorted
from internaliser.venues.binance_simulator.endpoints import SIGNATURE, Endpoint, Security
from internaliser.venues.binance_simulator.keys import Key
from internaliser.venues.binance_simulator.misbehaviour import WAIT_MS, Kind, Rule
from internaliser.venues.binance_simulator.refusal import (
    AHEAD,
    BAD_GATEWAY,
    BUSY,
    GATEWAY_TIMEOUT,
    INTERNAL,
    OUTSIDE_WINDOW,
    TIMEOUT,
    UNAUTHORIZED,
    UNAVAILABLE,
    UNEXPECTED,
    Refusal,
    missing,
)

OK = 200
WINDOW_MS, WINDOW_MAX_MS = 5_000, 60_000
AHEAD_MAX_MS = 1_000
MICROSECONDS_FROM = 10**14  # a timestamp this large counts microseconds
PAGE = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"

BEFORE = {
    Kind.TIMEOUT_BEFORE, Kind.UNEXPECTED_BEFORE, Kind.ERROR_BEFORE, Kind.DROP_BEFORE, Kind.BUSY,
    Kind.RATE_LIMITED, Kind.BANNED, Kind.CLOCK_SKEW,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came. `account`: of the logged-on WebSocket session, else ""."""

    endpoint: Endpoint
    params: dict[str, str]
    api_key: str = ""
    payload: bytes = b""
    signature: str = ""
    account: str = ""


@dataclass(slots=True)
class Answer:
    """What to send back, and how. `refusal` is set when `body` is an error."""

    status: int = OK
    body: Any = None
    refusal: Refusal | None = None
    account: str = ""
    delay_ms: int = 0
    retry_after_s: int = 0
    is_dropped: bool = False
    is_silent: bool = False
    is_garbled: bool = False
    is_page: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def answer(desk: Desk, asked: Asked, now_ms: int) -> Answer:
    """Do what is asked, as honestly as the rules in force allow."""
    endpoint = asked.endpoint
    if desk.misbehaviour.state(Kind.MAINTENANCE, now_ms) is not None:
        return refused(Refusal(1, "System is under maintenance.", UNAVAILABLE))
    rule = desk.misbehaviour.request(endpoint.name)
    if rule is not None and rule.kind in BEFORE:
        return before(desk, rule, now_ms)
    try:
        desk.limits.spend(endpoint.weight(asked.params), now_ms)
        account = identify(desk, asked, now_ms)
        check_names(endpoint, asked.params)
        call = Call(endpoint.name, asked.params, account, now_ms)
        found = Answer(body=endpoint.do(desk, call), account=account)
        found.delay_ms = call.made.get("delay_ms", 0)
    except Refusal as refusal:
        found = refused(refusal)
    has_order = endpoint.has_order and bool(found.account)
    found.headers.update(desk.limits.headers(found.account, has_order=has_order))
    return found if rule is None else after(rule, found)


def refused(refusal: Refusal) -> Answer:
    body = refusal.body()
    found = Answer(refusal.status, body, refusal)
    if isinstance(refusal.data, dict) and "retryAfter" in refusal.data:
        del body["data"]  # REST says it in the header
        wait_ms = refusal.data["retryAfter"] - refusal.data["serverTime"]
        found.retry_after_s = -(-wait_ms // 1000)
        found.headers["retry-after"] = str(found.retry_after_s)
    return found


def before(desk: Desk, rule: Rule, now_ms: int) -> Answer:
    """It is not done."""
    if rule.kind is Kind.DROP_BEFORE:
        return Answer(is_dropped=True)
    if rule.kind is Kind.ERROR_BEFORE:
        return gateway_error()
    if rule.kind is Kind.TIMEOUT_BEFORE:
        return refused(Refusal(-1007, TIMEOUT, GATEWAY_TIMEOUT))
    if rule.kind is Kind.UNEXPECTED_BEFORE:
        return refused(Refusal(-1006, UNEXPECTED, INTERNAL))
    if rule.kind is Kind.BUSY:
        return refused(Refusal(-1008, BUSY, UNAVAILABLE))
    if rule.kind is Kind.CLOCK_SKEW:
        return refused(Refusal(-1021, OUTSIDE_WINDOW))
    wait_ms = rule.ms or WAIT_MS
    if rule.kind is Kind.BANNED:
        return refused(desk.limits.ban(now_ms, wait_ms))
    return refused(desk.limits.too_much(now_ms, wait_ms))


def after(rule: Rule, found: Answer) -> Answer:
    """It is done (or refused), and the answer is lost or spoilt."""
    if rule.kind is Kind.DROP_AFTER:
        return Answer(is_dropped=True)
    if rule.kind is Kind.NO_ANSWER:
        return Answer(is_silent=True)
    if rule.kind is Kind.ERROR_AFTER:
        return gateway_error()
    if rule.kind is Kind.TIMEOUT_AFTER:
        return refused(Refusal(-1007, TIMEOUT, GATEWAY_TIMEOUT))
    if rule.kind is Kind.UNEXPECTED_AFTER:
        return refused(Refusal(-1006, UNEXPECTED, INTERNAL))
    if rule.kind is Kind.LATE_ANSWER:
        found.delay_ms = rule.delay_ms
    elif rule.kind is Kind.GARBAGE:
        found.is_garbled = True
    elif found.refusal is None:
        found.body = distorted(rule.kind, found.body)
    return found


def gateway_error() -> Answer:
    text = "An unknown error occurred while processing the request."
    found = refused(Refusal(-1000, text, BAD_GATEWAY))
    found.is_page = True
    return found


# Who asks.


def identify(desk: Desk, asked: Asked, now_ms: int) -> str:
    """The account a request is of, "" where it does not matter; a Refusal when it is nobody's."""
    if asked.endpoint.security is Security.NONE:
        return ""
    if asked.account and not asked.signature:
        check_time(asked.params, now_ms)  # a logon spares key and signature, not the time
        return asked.account
    return signer(desk, asked.api_key, asked.params, asked.payload, asked.signature, now_ms).account


def signer(
    desk: Desk, api_key: str, params: dict[str, str], payload: bytes, signature: str, now_ms: int
) -> Key:
    """The key that signed; the venue's refusals in the venue's order."""
    if not api_key:
        raise Refusal(-2014, "API-key format invalid.", UNAUTHORIZED)
    key = desk.keys.get(api_key)
    if key is None:
        raise Refusal(-2015, "Invalid API-key, IP, or permissions for action.", UNAUTHORIZED)
    check_time(params, now_ms)
    if not signature:
        raise missing("signature")
    if not key.has_signed(payload, signature):
        raise Refusal(-1022, "Signature for this request is not valid.")
    return key


def check_time(params: dict[str, str], now_ms: int) -> None:
    """timestamp < now + 1000 and now - timestamp <= recvWindow."""
    timestamp = whole_number(params.get("timestamp", ""))
    if timestamp is None:
        raise missing("timestamp")
    if timestamp >= MICROSECONDS_FROM:
        timestamp //= 1000
    window = params.get("recvWindow", str(WINDOW_MS))
    text, _, fraction = window.partition(".")
    window_ms = whole_number(text)
    if window_ms is None or whole_number(fraction or "0") is None:
        raise missing("recvWindow")
    if window_ms > WINDOW_MAX_MS:
        raise Refusal(-1131, "recvWindow must be less than 60000")
    if timestamp >= now_ms + AHEAD_MAX_MS:
        raise Refusal(-1021, AHEAD)
    if now_ms - timestamp > window_ms:
        raise Refusal(-1021, OUTSIDE_WINDOW)


def check_names(endpoint: Endpoint, params: dict[str, str]) -> None:
    """A parameter nobody reads is refused: a typo must not pass for a default."""
    known = endpoint.params | {"returnRateLimits"}
    if endpoint.security is Security.SIGNED:
        known |= SIGNATURE
    read = sum(1 for name in params if name in known)
    if read < len(params):
        raise Refusal(
            -1104,
            f"Not all sent parameters were read; read '{read}' parameter(s) "
            f"but was sent '{len(params)}'.",
        )
