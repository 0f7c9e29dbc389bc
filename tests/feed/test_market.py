"""Every reader's book is the book, at every id; whoever is slow ends with the same."""

import os
import random
from decimal import Decimal
from pathlib import Path

import pytest

from tests.feed.desk import Desk, Talk, text_of
from tests.feed.follower import Follower, Shown

SYMBOLS = ("TEST1", "TEST2", "TEST3")
STEPS = 2000 if os.environ.get("INTERNALISER_DEEP") else 250


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "feed.default_book=local", "feed.behind_bytes=4096")


class Traders:
    """Three clients that enter, replace and cancel orders by a seed."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.random = random.Random(seed)
        self.clients = [desk.client(f"CLIENT{number}") for number in (1, 2, 3)]
        self.open: list[tuple[Talk, str, str, str]] = []
        self.count = 0

    def act(self) -> None:
        """One request of one of them."""
        self.count += 1
        name = f"n{self.count}"
        what = self.random.random()
        price = Decimal(self.random.randint(980, 1020)) / 10
        if what < 0.6 or not self.open:
            client = self.random.choice(self.clients)
            side, symbol = self.random.choice(("buy", "sell")), self.random.choice(SYMBOLS)
            tif = self.random.choice("0011113")
            client.order(name, side, self.random.randint(1, 9), price, symbol=symbol, tif=tif)
            self.open.append((client, name, side, symbol))
            return
        client, orig, side, symbol = self.open.pop(self.random.randrange(len(self.open)))
        if what < 0.8:
            client.cancel(name, orig, side, symbol=symbol)
        else:
            qty = self.random.randint(1, 9)
            client.order(name, side, qty, price, symbol=symbol, orig=orig)
            self.open.append((client, name, side, symbol))


def truth(desk: Desk, symbol: str, depth: int = 10**6) -> Shown:
    """The core's own book, in the units of the wire."""
    (row,) = [one for one in desk.node.state.core.instruments() if one["symbol"] == symbol]
    scale = Decimal(row["tick_mantissa"]).scaleb(-row["price_decimals"])
    lot = Decimal(row["lot_mantissa"]).scaleb(-row["qty_decimals"])
    bids, asks = (
        [(price * scale, qty * lot, count) for price, qty, count in side]
        for side in desk.node.state.core.depth(row["index"])
    )
    return bids[:depth], asks[:depth]


@pytest.mark.parametrize("seed", range(3))
def test_readers_of_any_depth_hold_the_book_at_every_id(desk: Desk, seed: int) -> None:
    traders = Traders(desk, seed)
    readers = []
    for number, depth in enumerate((1, 3, 0)):
        reader = desk.reader(f"CLIENT{4 + number}")
        reader.ask("r", *SYMBOLS, depth=depth)
        readers.append((reader, Follower(), depth or 10**6))
    for _ in range(STEPS):
        for _ in range(traders.random.randint(1, 4)):
            traders.act()
        desk.turn()
        for reader, follower, depth in readers:
            follower.take(reader.heard())
            for symbol in SYMBOLS:
                assert follower.books["r", symbol].shown() == truth(desk, symbol, depth)
    assert all(follower.books["r", "TEST1"].snapshots == 1 for _, follower, _ in readers)


def test_a_slow_reader_misses_no_trade_and_ends_with_the_book(desk: Desk) -> None:
    traders = Traders(desk, 7)
    slow, quick = desk.reader("CLIENT4"), desk.reader("CLIENT5")
    for reader in (slow, quick):
        reader.ask("r", *SYMBOLS, types="012")
    desk.turn()
    slow_follower, quick_follower = Follower(), Follower()
    for step in range(STEPS):
        traders.act()
        slow.reads = step % 100 > 90
        desk.turn()
        quick_follower.take(quick.heard())
        slow_follower.take(slow.heard())
    slow.reads = True
    desk.settle()
    desk.turn()
    slow_follower.take(slow.heard())
    quick_follower.take(quick.heard())
    for symbol in SYMBOLS:
        behind, current = slow_follower.books["r", symbol], quick_follower.books["r", symbol]
        assert behind.shown() == current.shown() == truth(desk, symbol)
        assert behind.last_id <= current.last_id
        told = [trade[1:] for trade in current.trades]
        assert [trade[1:] for trade in behind.trades] == told
        assert behind.left_out == 0
    assert sum(book.snapshots for book in slow_follower.books.values()) > len(SYMBOLS)
    assert sum(book.snapshots for book in quick_follower.books.values()) == len(SYMBOLS)


def test_trades_beyond_what_is_kept_are_told_by_their_number(desk: Desk) -> None:
    alice, bob = desk.client("CLIENT1"), desk.client("CLIENT2")
    slow = desk.reader("CLIENT4")
    slow.ask("r", "TEST1", types="012")
    desk.turn()
    slow.reads = False
    for number in range(600):
        alice.order(f"a{number}", "buy", 1, 100)
        bob.order(f"b{number}", "sell", 1, 100)
        desk.turn()
        for client in (alice, bob):
            client.heard()
    slow.reads = True
    desk.settle()
    desk.turn()
    follower = Follower()
    follower.take(slow.heard())
    book = follower.books["r", "TEST1"]
    assert book.left_out > 0
    assert book.left_out + len(book.trades) == 600


def test_unsubscribing_ends_it_and_the_id_may_be_used_again(desk: Desk) -> None:
    alice, reader = desk.client("CLIENT1"), desk.reader("CLIENT4")
    reader.ask("r", "TEST1")
    reader.ask("other", "TEST1")
    desk.turn()
    reader.heard()
    reader.send("V", [("262", "r"), ("263", "2"), ("264", 0), ("267", 1), ("269", 0), ("146", 1)])
    desk.turn()
    # A group that is announced and does not come is refused by the dictionary.
    assert [text_of(one, "35") for one in reader.heard()] == ["3"]
    reader.ask("r", "TEST1", kind="2")
    alice.order("a", "buy", 5, 100)
    desk.turn()
    assert [text_of(one, "262") for one in reader.heard("X")] == ["other"]
    reader.ask("r", "TEST1", kind="2")
    reader.ask("r", "TEST1")
    desk.turn()
    refused, book = reader.heard()
    assert (text_of(refused, "35"), text_of(refused, "281")) == ("Y", "")
    assert (text_of(book, "35"), text_of(book, "262")) == ("W", "r")


def test_a_snapshot_is_no_subscription(desk: Desk) -> None:
    alice, reader = desk.client("CLIENT1"), desk.reader("CLIENT4")
    for _ in range(2):
        reader.ask("r", "TEST1", "TEST2", kind="0")
    alice.order("a", "buy", 5, 100)
    desk.turn()
    desk.turn()
    assert [text_of(one, "35") for one in reader.heard()] == ["A", "W", "W", "W", "W"]


def test_an_id_in_use_is_refused_as_a_duplicate(desk: Desk) -> None:
    reader = desk.reader("CLIENT4")
    reader.ask("r", "TEST1")
    reader.ask("r", "TEST2")
    desk.turn()
    (refused,) = reader.heard("Y")
    assert [text_of(refused, tag) for tag in ("262", "281")] == ["r", "1"]


def test_more_subscriptions_than_there_is_room_for_are_refused_whole(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "feed.subscriptions_max=3")
    reader = desk.reader("CLIENT4")
    reader.ask("r1", "TEST1", "TEST2")
    reader.ask("r2", "TEST1", "TEST2")
    reader.ask("r3", "TEST3")
    desk.turn()
    (refused,) = reader.heard("Y")
    assert [text_of(refused, tag) for tag in ("262", "281")] == ["r2", "2"]
    assert len(reader.messages) == 1 + 2 + 1 + 1


def test_full_refreshes_are_whole_books(desk: Desk) -> None:
    alice, reader = desk.client("CLIENT1"), desk.reader("CLIENT4")
    reader.send(
        "V",
        [
            *[("262", "r"), ("5082", "Y"), ("263", 1), ("264", 0), ("265", 0)],
            *[("267", 2), ("269", 0), ("269", 1), ("146", 1), ("55", "TEST1")],
        ],
    )
    follower = Follower()
    for number in range(3):
        alice.order(f"a{number}", "buy", 5, 100 + number)
        desk.turn()
    messages = reader.heard()
    assert [text_of(one, "35") for one in messages] == ["A", "W", "W", "W", "W"]
    follower.take(messages)
    assert follower.books["r", "TEST1"].shown() == truth(desk, "TEST1")


def test_without_asking_there_are_no_tags_of_ours(desk: Desk) -> None:
    alice, reader = desk.client("CLIENT1"), desk.reader("CLIENT4")
    reader.send(
        "V",
        [
            *[("262", "r"), ("263", 1), ("264", 0), ("265", 1)],
            *[("267", 3), ("269", 0), ("269", 1), ("269", 2), ("146", 1), ("55", "TEST1")],
        ],
    )
    alice.order("a", "buy", 5, 100)
    alice.order("b", "sell", 5, 100)
    desk.turn()
    desk.turn()
    for message in reader.heard():
        assert all(int(tag) < 5000 for tag, _ in message)


def test_a_restart_goes_on_with_the_books_it_had(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    alice = desk.client("CLIENT1")
    alice.order("a", "buy", 5, 100)
    desk.turn()
    desk.crash()
    again = Desk(tmp_path, now_ns=desk.now_ns + 10**9)
    reader, follower = again.reader("CLIENT4"), Follower()
    reader.ask("r", "TEST1", more=[("386", 1), ("336", "LOCAL")])
    again.turn()
    follower.take(reader.heard())
    assert follower.books["r", "TEST1"].shown() == truth(again, "TEST1")
    again.crash()
