"""One middle price per instrument over all sources, and what an asset is worth by them.

The bid is the highest and the ask the lowest that any source shows; they may well be crossed, as
different markets are. A value is never a bare number: it names the mids it came by and their age.

>>> worth = value_of(Decimal(2), "BTC", "USD", [Mid("BTC/USD", "BTC", "USD", Decimal(60_000))])
>>> worth.value
Decimal('120000')
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal

PRECISION = 50  # digits; more than any product of an amount and two prices has
MATHS = Context(prec=PRECISION)

Level = tuple[int, int]  # ticks, lots


@dataclass(frozen=True, slots=True)
class Market:
    """What an instrument trades, and its tick: quote for one base."""

    symbol: str
    base: str
    quote: str
    tick: Decimal


@dataclass(frozen=True, slots=True)
class Mid:
    """A middle price: `price` quote for one base. `age_ns`: of the older of its two sides."""

    symbol: str
    base: str
    quote: str
    price: Decimal
    age_ns: int = 0
    twice_ticks: int = 0  # best bid + best ask: the mid without a fraction
    bid_source: int | None = None
    ask_source: int | None = None


@dataclass(frozen=True, slots=True)
class Valuation:
    """`value` in the reference currency, by `mids` in the order they were used."""

    value: Decimal
    mids: tuple[Mid, ...]

    @property
    def age_ns(self) -> int:
        """Of the oldest mid in it."""
        return max((mid.age_ns for mid in self.mids), default=0)


@dataclass(frozen=True, slots=True)
class Top:
    """The best levels of one source's book, as seen at `seen_ns`."""

    bid: Level | None
    ask: Level | None
    seen_ns: int


class AggregatedMids:
    """The tops of all books, by (source, instrument). A book that is lost counts no more."""

    def __init__(self, markets: dict[int, Market]) -> None:
        self._markets = markets
        self._tops: dict[int, dict[int, Top]] = {instrument: {} for instrument in markets}

    def on_top(
        self, source: int, instrument: int, bid: Level | None, ask: Level | None, now_ns: int
    ) -> None:
        """The best levels of a book that is whole and fresh; None for an empty side.

        A book crossed in itself counts as lost.
        """
        if bid is not None and ask is not None and bid[0] >= ask[0]:
            self.lose(source, instrument)
        else:
            self._tops[instrument][source] = Top(bid, ask, now_ns)

    def lose(self, source: int, instrument: int) -> None:
        """The book is not to be trusted until its next top."""
        self._tops[instrument].pop(source, None)

    def lose_source(self, source: int) -> None:
        """All books of the source."""
        for tops in self._tops.values():
            tops.pop(source, None)

    def mid(self, instrument: int, now_ns: int) -> Mid | None:
        """The aggregated mid; None while no source shows one of the sides."""
        tops = sorted(self._tops[instrument].items())  # among equals the first source
        bids = [(top.bid[0], source) for source, top in tops if top.bid is not None]
        asks = [(top.ask[0], source) for source, top in tops if top.ask is not None]
        if not bids or not asks:
            return None
        bid, bid_source = max(bids, key=lambda found: found[0])
        ask, ask_source = min(asks, key=lambda found: found[0])
        seen_ns = min(self._tops[instrument][source].seen_ns for source in (bid_source, ask_source))
        market = self._markets[instrument]
        return Mid(
            market.symbol,
            market.base,
            market.quote,
            MATHS.divide(market.tick * (bid + ask), Decimal(2)),
            now_ns - seen_ns,
            bid + ask,
            bid_source,
            ask_source,
        )

    def mids(self, now_ns: int) -> list[Mid]:
        """Every mid there is."""
        found = (self.mid(instrument, now_ns) for instrument in self._markets)
        return [mid for mid in found if mid is not None]


def value_of(amount: Decimal, asset: str, reference: str, mids: Iterable[Mid]) -> Valuation | None:
    """What an amount is worth in `reference`, by at most two mids; None when none lead there.

    One mid is preferred to two, then the younger (the older leg counts), then the first by symbol.
    """
    if asset == reference:
        return Valuation(amount, ())
    known = [mid for mid in mids if mid.price > 0]
    paths = sorted(
        paths_between(asset, reference, known),
        key=lambda path: (len(path), max(mid.age_ns for mid in path), [m.symbol for m in path]),
    )
    if not paths:
        return None
    value, held = amount, asset
    for mid in paths[0]:
        if held == mid.base:
            value, held = MATHS.multiply(value, mid.price), mid.quote
        else:
            value, held = MATHS.divide(value, mid.price), mid.base
    return Valuation(value, paths[0])


def paths_between(asset: str, reference: str, mids: list[Mid]) -> Iterator[tuple[Mid, ...]]:
    """Each way from one asset to the other over one or two mids."""
    firsts = [(mid, other_side(mid, asset)) for mid in mids if asset in (mid.base, mid.quote)]
    lasts = [mid for mid in mids if reference in (mid.base, mid.quote)]
    for first, reached in firsts:
        if reached == reference:
            yield (first,)
            continue
        for last in lasts:
            if other_side(last, reference) == reached:
                yield first, last


def other_side(mid: Mid, asset: str) -> str:
    """What the asset trades for."""
    return mid.quote if asset == mid.base else mid.base
