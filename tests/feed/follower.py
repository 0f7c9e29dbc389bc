"""A market data reader of our own: applies W and X as a careful client would, and proves each.

Knows the messages only. Raises AssertionError at anything that does not add up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from tests.node.fix import Fields

Level = tuple[Decimal, Decimal, int]
Shown = tuple[list[Level], list[Level]]
NEW, CHANGE, DELETE = b"0", b"1", b"2"
BID, OFFER, TRADE = b"0", b"1", b"2"


def groups_of(fields: Fields, first: bytes) -> list[dict[bytes, bytes]]:
    """The entries of the NoMDEntries group, each beginning with the tag `first`."""
    at = [tag for tag, _ in fields].index(b"268")
    found: list[dict[bytes, bytes]] = []
    for tag, value in fields[at + 1 :]:
        if tag == first:
            found.append({})
        assert tag not in found[-1], f"{tag!r} twice in one entry"
        found[-1][tag] = value
    assert len(found) == int(fields[at][1]), "NoMDEntries counts the entries"
    return found


@dataclass
class Followed:
    """One book of one request, as told so far."""

    last_id: int = 0
    snapshots: int = 0
    sides: dict[bytes, dict[Decimal, tuple[Decimal, int]]] = field(
        default_factory=lambda: {BID: {}, OFFER: {}}
    )
    trades: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)
    left_out: int = 0

    def shown(self, depth: int = 10**6) -> Shown:
        """(price, qty, orders) of both sides, best first."""
        bids = sorted(self.sides[BID].items(), reverse=True)
        asks = sorted(self.sides[OFFER].items())
        return (
            [(price, *rest) for price, rest in bids][:depth],
            [(price, *rest) for price, rest in asks][:depth],
        )


class Follower:
    """All books of one session, by (MDReqID, symbol)."""

    def __init__(self) -> None:
        self.books: dict[tuple[str, str], Followed] = {}

    def take(self, messages: Iterable[Fields]) -> None:
        """Apply every W and X among the messages."""
        for fields in messages:
            values = dict(reversed(fields))
            if values[b"35"] == b"W":
                self._take_book(fields, values)
            elif values[b"35"] == b"X":
                self._take_changes(fields, values)

    def _take_book(self, fields: Fields, values: dict[bytes, bytes]) -> None:
        key = (values[b"262"].decode(), values[b"55"].decode())
        book = self.books.setdefault(key, Followed())
        last_id = int(values[b"5084"])
        assert last_id >= book.last_id, "a book never goes back"
        book.last_id = last_id
        book.snapshots += 1
        book.sides = {BID: {}, OFFER: {}}
        for entry in groups_of(fields, b"269"):
            if entry[b"269"] == TRADE:
                self._take_trade(book, entry, "")
                continue
            side = book.sides[entry[b"269"]]
            price = Decimal(entry[b"270"].decode())
            assert price not in side, "one entry per price"
            side[price] = self._size(entry)
            assert int(entry[b"290"]) == len(side), "levels stand best first"

    def _take_changes(self, fields: Fields, values: dict[bytes, bytes]) -> None:
        entries = groups_of(fields, b"279")
        (symbol,) = {entry[b"55"].decode() for entry in entries}
        book = self.books[values[b"262"].decode(), symbol]
        first, last = int(values[b"5083"]), int(values[b"5084"])
        assert first == book.last_id + 1, f"a gap: {book.last_id} is followed by {first}"
        assert last >= first
        book.last_id = last
        for entry in entries:
            if entry[b"269"] == TRADE:
                assert entry[b"279"] == NEW
                self._take_trade(book, entry, entry[b"278"].decode())
                continue
            side = book.sides[entry[b"269"]]
            price = Decimal(entry[b"270"].decode())
            if entry[b"279"] == DELETE:
                del side[price]
                continue
            assert (price in side) == (entry[b"279"] == CHANGE), "new ones are new"
            side[price] = self._size(entry)
        # Where each stands is told as of the end of the message.
        for entry in entries:
            if entry[b"269"] != TRADE and entry[b"279"] != DELETE:
                prices = sorted(book.sides[entry[b"269"]], reverse=entry[b"269"] == BID)
                price = Decimal(entry[b"270"].decode())
                assert prices.index(price) + 1 == int(entry[b"290"])

    def _take_trade(self, book: Followed, entry: dict[bytes, bytes], trade_id: str) -> None:
        price, qty = Decimal(entry[b"270"].decode()), Decimal(entry[b"271"].decode())
        book.left_out += int(entry.get(b"58", b"0").split(b" ")[0])
        book.trades.append((trade_id, price, qty))

    @staticmethod
    def _size(entry: dict[bytes, bytes]) -> tuple[Decimal, int]:
        return Decimal(entry[b"271"].decode()), int(entry.get(b"346", b"0"))
