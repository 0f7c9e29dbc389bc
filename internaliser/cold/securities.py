"""What is traded here: SecurityList(y) for a SecurityListRequest(x), SecurityDefinition(d) for c.

An instrument's facts: Symbol, Currency(15) = what is paid, RoundLot(561) = lot, MinTradeVol(562) =
smallest order, in 5.0SP2 MinPriceIncrement(969) = tick and MaxTradeVol(1140) = largest order. Not
every version has every field in every message: Text(58) says all of them, as key=value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from internaliser.cold.question import FIX42, Out, Question, body, chunks
from internaliser.names import Names, scaled_text

BY_SYMBOL, BY_TYPE, ALL = "0", "1", "4"  # SecurityListRequestType(559)
VALID, UNSUPPORTED, NONE_FOUND = 0, 1, 2  # SecurityRequestResult(560)
SECURITY_TYPES = frozenset(("FOR", "FXSPOT"))  # of 167, in 4.4 and in 5.0: all here is spot
SYMBOLS_MAX = 100  # in one message, whatever room there is
FX = "4"  # Product(460): currency

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Security:
    """One instrument in the words of FIX, exact."""

    symbol: str
    base: str
    quote: str
    tick: str
    lot: str
    price_min: str
    price_max: str
    qty_min: str
    qty_max: str
    is_open: bool


class Securities:
    """`names` tells the instruments as configured; `bytes_max` is the room of one message."""

    def __init__(self, names: Names, bytes_max: int) -> None:
        self._names = names
        self._bytes_max = bytes_max

    def of(self, symbol: str) -> Security | None:
        """The instrument of that name."""
        for index, fields in enumerate(self._names.instruments):
            if fields["name"] == symbol:
                return self._security(index, fields)
        return None

    def all(self) -> list[Security]:
        """Every instrument, in the order of the configuration."""
        return [self._security(index, one) for index, one in enumerate(self._names.instruments)]

    def on_list_request(self, question: Question) -> Iterator[Out]:
        """SecurityList(y), over as many messages as it needs."""
        request_id = question.text(320) or "NONE"
        kind = question.text(559)
        if kind == ALL:
            found = self.all()
        elif kind == BY_SYMBOL:
            one = self.of(question.text(55) or "")
            found = [] if one is None else [one]
        elif kind == BY_TYPE:
            wanted = question.text(167)
            is_spot = wanted in SECURITY_TYPES or question.text(460) == FX
            found = self.all() if is_spot else []
        else:
            yield self._none(request_id, UNSUPPORTED)
            return
        if not found:
            yield self._none(request_id, NONE_FOUND)
            return
        yield from self.list_of(question, request_id, found)

    def list_of(
        self, question: Question, request_id: str, found: Sequence[Security]
    ) -> Iterator[Out]:
        """A list in fragments: TotNoRelatedSym(393) counts all, LastFragment(893) ends it."""
        entries = [entry(one, question) for one in found]
        parts = list(chunks(entries, self._bytes_max, SYMBOLS_MAX))
        for number, part in enumerate(parts, 1):
            head = body(
                (320, request_id),
                (322, f"{request_id}-{number}"[-64:]),
                (560, VALID),
                (393, len(found)),
                (893, "Y" if number == len(parts) else "N"),
                (146, len(part)),
            )
            yield Out("y", head + b"".join(part))

    def on_definition_request(self, question: Question) -> Iterator[Out]:
        """SecurityDefinition(d): one for an identity (321=0, 1), one per instrument for 321=3."""
        kind = question.text(321)
        request_id = question.text(320) or "NONE"
        symbol = question.text(55)
        if kind == "3":
            found = self.all()
        elif kind in ("0", "1"):
            one = self.of(symbol or "")
            found = [] if one is None else [one]
        else:
            text = "SecurityRequestType(321): 0, 1 (one security) and 3 (list) are answered"
            yield Out("d", self._refused(question, request_id, 5, symbol, text))
            return
        if not found:
            text = f"no instrument {symbol}" if symbol else "Symbol(55) is required"
            yield Out("d", self._refused(question, request_id, 6, symbol, text))
            return
        for number, one in enumerate(found, 1):
            yield Out("d", definition(question, request_id, number, len(found), one))

    def _none(self, request_id: str, result: int) -> Out:
        """SecurityRequestResult(560) says it all: the message has no place for words."""
        return Out("y", body((320, request_id), (322, f"{request_id}-1"[-64:]), (560, result)))

    def _refused(
        self, question: Question, request_id: str, result: int, symbol: str | None, text: str
    ) -> bytes:
        return body(
            (320, request_id),
            (322, f"{request_id}-1"[-64:]),
            (323, result),
            (393, 0 if question.begin_string == FIX42 else None),
            (55, symbol),
            (58, text),
        )

    def _security(self, index: int, fields: Fields) -> Security:
        names = self._names
        return Security(
            symbol=fields["name"],
            base=names.asset(fields["base"]),
            quote=names.asset(fields["quote"]),
            tick=scaled_text(fields["tick_mantissa"], fields["price_decimals"]),
            lot=scaled_text(fields["lot_mantissa"], fields["qty_decimals"]),
            price_min=names.price(index, fields["price_min"]),
            price_max=names.price(index, fields["price_max"]),
            qty_min=names.qty(index, fields["qty_min"]),
            qty_max=names.qty(index, fields["qty_max"]),
            is_open=bool(fields["is_open"]),
        )


def facts_text(one: Security) -> str:
    """All facts, machine-readable: key=value, blanks between."""
    return (
        f"tick={one.tick} lot={one.lot} qty_min={one.qty_min} qty_max={one.qty_max} "
        f"price_min={one.price_min} price_max={one.price_max} base={one.base} quote={one.quote}"
        + ("" if one.is_open else " closed")
    )


def entry(one: Security, question: Question) -> bytes:
    """One instrument within NoRelatedSym(146)."""
    is_fix50 = question.is_fix50
    return body(
        (55, one.symbol),
        (460, FX),
        (969, one.tick if is_fix50 else None),
        (15, one.quote),
        (561, one.lot),
        (562, one.qty_min),
        (1140, one.qty_max if is_fix50 else None),
        (58, facts_text(one)),
    )


def definition(
    question: Question, request_id: str, number: int, count: int, one: Security
) -> bytes:
    """The body of one SecurityDefinition(d)."""
    is_fix42 = question.begin_string == FIX42
    has_lots = not (is_fix42 or question.is_fix50)
    return body(
        (320, request_id),
        (322, f"{request_id}-{number}"[-64:]),
        (323, 4 if is_fix42 and count > 1 else 1),
        (393, count if is_fix42 else None),
        (55, one.symbol),
        (460, None if is_fix42 else FX),
        (969, one.tick if question.is_fix50 else None),
        (15, one.quote),
        (58, facts_text(one)),
        (561, one.lot if has_lots else None),
        (562, one.qty_min if has_lots else None),
    )
