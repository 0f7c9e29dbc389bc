"""One request without its transport: REST and WebSocket API ask for the same things.

call = Call("order.cancel", {"symbol": "BTCUSDT", "orderId": "7"}, "main", now_ms)
call.symbol(exchange), call.whole("orderId")
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from internaliser.venues.binance_simulator.amount import whole_number
from internaliser.venues.binance_simulator.exchange import Exchange
from internaliser.venues.binance_simulator.refusal import Refusal, missing

CL_ORD_ID = re.compile(r"[a-zA-Z0-9-_]{1,36}")
WHOLE_MAX = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Call:
    """`name` as the WebSocket API calls it; `account` is "" where nobody has to say who he is."""

    name: str
    params: dict[str, str]
    account: str
    now_ms: int
    made: dict[str, int] = field(default_factory=dict)  # what the answer should know

    def text(self, name: str) -> str:
        found = self.params.get(name, "")
        if not found:
            raise missing(name)
        return found

    def symbol(self, exchange: Exchange) -> str:
        found = self.text("symbol")
        if found not in exchange.places:
            raise Refusal(-1121, "Invalid symbol.")
        return found

    def whole(self, name: str, default: int | None = None) -> int:
        text = self.params.get(name, "")
        if not text and default is not None:
            return default
        if not text:
            raise missing(name)
        found = whole_number(text)
        if found is None:
            raise Refusal(
                -1100,
                f"Illegal characters found in parameter '{name}'; "
                "legal range is '^[0-9]{1,20}$'.",
            )
        if found > WHOLE_MAX:
            raise Refusal(-1108, f"Parameter '{name}' overflowed.")
        return found

    def one_of(self, name: str, words: tuple[str, ...], code: int, text: str) -> str:
        found = self.text(name)
        if found not in words:
            raise Refusal(code, text)
        return found

    def flag(self, name: str, *, default: bool) -> bool:
        return {"true": True, "false": False}.get(self.params.get(name, "").lower(), default)

    def symbols(self, exchange: Exchange) -> list[str]:
        """`symbol`, `symbols` (a JSON list), or all."""
        if self.params.get("symbol"):
            return [self.symbol(exchange)]
        text = self.params.get("symbols", "")
        if not text:
            return list(exchange.places)
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, list) or not found or not all(isinstance(n, str) for n in found):
            raise Refusal(-1100, "Illegal characters found in parameter 'symbols'.")
        if any(name not in exchange.places for name in found):
            raise Refusal(-1121, "Invalid symbol.")
        return found

    def cl_ord_id(self, name: str) -> str:
        """A client order id, or one that the venue makes."""
        found = self.params.get(name, "")
        if not found and name in self.params:
            raise Refusal(-1105, f"Parameter '{name}' was empty.")
        if found and not CL_ORD_ID.fullmatch(found):
            raise Refusal(
                -1100,
                f"Illegal characters found in parameter '{name}'; "
                "legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
            )
        return found
