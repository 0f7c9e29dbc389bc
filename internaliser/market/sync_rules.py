"""How each venue proves that no change of its book was missed, as data.

A rule tells from the book's last id and a change's two ids where the change belongs, and compares
the venue's checksum where it sends one. It knows no connection and keeps no state.

>>> BINANCE.place(100, 99, 104)
<Place.NEXT: 'next'>
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import chain, zip_longest
from zlib import crc32

from internaliser.market.venue_book import VenueBook
from internaliser.model.enums import Side

KRAKEN_CHECKED_LEVELS = 10  # a side, in the venue's checksum
OKX_CHECKED_LEVELS = 25


class Place(Enum):
    """Where a change belongs, seen from the book."""

    OLD = "old"  # the book holds it already
    NEXT = "next"
    GAP = "gap"  # something before it is missing


@dataclass(frozen=True, slots=True)
class SyncRule:
    """The continuity rule of one venue.

    `place(book_id, first_id, last_id)` judges a change; what its ids mean is the venue's.
    `is_streamed`: the snapshot comes in the stream itself, so changes before it mean nothing;
    otherwise it is fetched while changes are kept. `has_checksum(book, checksum)`, where given,
    tells whether the book is the one the venue summed.
    """

    name: str
    place: Callable[[int, int, int], Place]
    is_streamed: bool
    has_checksum: Callable[[VenueBook, int], bool] | None = None


def binance_place(book_id: int, first_id: int, last_id: int) -> Place:
    """A change covers the ids first (U) to last (u) and may overlap what the book holds."""
    if last_id < first_id:
        return Place.GAP
    if last_id <= book_id:
        return Place.OLD
    return Place.NEXT if first_id <= book_id + 1 else Place.GAP


def okx_place(book_id: int, previous_id: int, _seq_id: int) -> Place:
    """prevSeqId names the message before. An equal seqId keeps alive, a lower one is a reset."""
    return Place.NEXT if previous_id == book_id else Place.GAP


def counted_place(book_id: int, _first_id: int, sequence: int) -> Place:
    """Every message of the connection counts one up."""
    return Place.NEXT if sequence == book_id + 1 else Place.GAP


def uncounted_place(_book_id: int, _first_id: int, _last_id: int) -> Place:
    """The venue sends no number: only a checksum, if there is one, finds a gap."""
    return Place.NEXT


BINANCE = SyncRule("binance", binance_place, is_streamed=False)
OKX = SyncRule("okx", okx_place, is_streamed=True)
# The number belongs to the connection: what it counts besides this book goes in without levels.
COINBASE_ADVANCED = SyncRule("coinbase_advanced", counted_place, is_streamed=True)
COINBASE_EXCHANGE = SyncRule("coinbase_exchange", uncounted_place, is_streamed=True)


def kraken_rule(
    price_step: Decimal, qty_step: Decimal, price_decimals: int, qty_decimals: int
) -> SyncRule:
    """Kraken's CRC32 of the best ten asks, then bids: all digits, leading zeros left out.

    Steps are the book's; decimals those the venue writes, which may be more than they need.
    """
    price_scale = whole(price_step * 10**price_decimals)
    qty_scale = whole(qty_step * 10**qty_decimals)

    def has_checksum(book: VenueBook, checksum: int) -> bool:
        levels = chain(
            book.stored(Side.SIDE_SELL, KRAKEN_CHECKED_LEVELS),
            book.stored(Side.SIDE_BUY, KRAKEN_CHECKED_LEVELS),
        )
        digits = "".join(f"{price * price_scale}{qty * qty_scale}" for price, qty in levels)
        return crc32(digits.encode()) == checksum

    return SyncRule("kraken", uncounted_place, is_streamed=True, has_checksum=has_checksum)


def okx_summed_rule(price_step: Decimal, qty_step: Decimal) -> SyncRule:
    """OKX as it was until 2026: signed CRC32 over 25 levels, bid and ask in turn, no numbers.

    For recordings. The live venue sends a constant instead: use OKX.
    """
    price_text, qty_text = plain_text(price_step), plain_text(qty_step)

    def has_checksum(book: VenueBook, checksum: int) -> bool:
        pairs = zip_longest(
            book.stored(Side.SIDE_BUY, OKX_CHECKED_LEVELS),
            book.stored(Side.SIDE_SELL, OKX_CHECKED_LEVELS),
        )
        levels = (level for level in chain.from_iterable(pairs) if level is not None)
        text = ":".join(f"{price_text(price)}:{qty_text(qty)}" for price, qty in levels)
        return crc32(text.encode()) == checksum % (1 << 32)

    return SyncRule("okx_summed", uncounted_place, is_streamed=True, has_checksum=has_checksum)


def whole(value: Decimal) -> int:
    """The value as an integer. ValueError when it is none."""
    if value != int(value):
        raise ValueError(f"the venue writes too few decimals for our steps: {value}")
    return int(value)


def plain_text(step: Decimal) -> Callable[[int], str]:
    """How a count of steps is written without exponent and without zeros at the end."""
    _, digits, exponent = step.normalize().as_tuple()
    assert isinstance(exponent, int)
    mantissa = int("".join(map(str, digits))) * 10 ** max(exponent, 0)
    decimals = max(-exponent, 0)
    if decimals == 0:
        return lambda count: str(count * mantissa)

    def text(count: int) -> str:
        before, after = divmod(count * mantissa, 10**decimals)
        return f"{before}.{after:0{decimals}d}".rstrip("0").rstrip(".")

    return text
