"""Market messages: the recorded stream makes the book that snapshot and changes say."""

import json
from collections import Counter
from decimal import Decimal as D
from typing import Any

import pytest

from internaliser.market.diff_sync import DiffSync, SyncResult
from internaliser.market.sync_rules import BINANCE
from internaliser.market.venue_book import VenueBook
from internaliser.model.enums import Side
from internaliser.venues.binance.answers import Unreadable
from internaliser.venues.binance.market_events import (
    Acknowledged,
    AveragePrice,
    DepthUpdate,
    MarketEvent,
    MarketShutdown,
    MarketTrade,
    Misread,
    Snapshot,
    read_market_event,
    read_snapshot,
)
from internaliser.venues.binance.market_info import MarketInfo, read_exchange_info
from tests.venues.binance.support import fixture, spot


def recorded(path: str, mark: str) -> list[tuple[str, bytes]]:
    """Lines of a capture: what is left of the mark's first occurrence, and the JSON after ': '."""
    lines = fixture(f"marketdata/cryptofeed/{path}").decode().splitlines()
    found = [line.partition(": ") for line in lines if mark in line]
    return [(head, body.encode()) for head, _, body in found]


class Naive:
    """The book by the venue's own steps: dictionaries of texts made Decimal."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.sides = {
            key: {D(price): D(qty) for price, qty in snapshot[key]} for key in ("bids", "asks")
        }

    def apply(self, event: dict[str, Any]) -> None:
        for key, short in (("bids", "b"), ("asks", "a")):
            for price, qty in event[short]:
                self.sides[key][D(price)] = D(qty)
                if D(qty) == 0:
                    del self.sides[key][D(price)]

    def levels(self, tick: D, lot: D) -> list[list[tuple[int, int]]]:
        return [
            [
                (int(price / tick), int(qty / lot))
                for price, qty in sorted(self.sides[key].items(), reverse=key == "bids")
                # Orders from before the venue's tick and lot grew are there, but not shown.
                if price % tick == 0 and qty >= lot
            ]
            for key in ("bids", "asks")
        ]


def test_the_recorded_books_are_snapshot_and_changes_at_each_step() -> None:
    snapshots = {
        head.split("symbol=")[1].split("&")[0]: body
        for head, body in recorded("BINANCE.http.0.0", "/depth?")
    }
    events = [read_market_event(body) for _, body in recorded("BINANCE.ws.1.0", '"depthUpdate"')]
    assert all(isinstance(event, DepthUpdate) for event in events)
    raw = [json.loads(body)["data"] for _, body in recorded("BINANCE.ws.1.0", '"depthUpdate"')]
    ((_, body),) = recorded("BINANCE.0", "/exchangeInfo")
    info = read_exchange_info(body)
    assert isinstance(info, MarketInfo)
    rules = info.symbols
    discarded: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for symbol, body in snapshots.items():
        tick, lot = rules[symbol].rules.tick, rules[symbol].rules.lot
        sync = DiffSync(VenueBook(tick, lot, 10_000), BINANCE)
        snapshot = read_snapshot(body)
        assert isinstance(snapshot, Snapshot)
        naive = Naive(json.loads(body))
        sync.on_open(0)
        loaded = sync.on_snapshot(snapshot.last_id, snapshot.bids, snapshot.asks, 0)
        assert loaded is SyncResult.CHANGED
        for event, plain in zip(events, raw, strict=True):
            assert isinstance(event, DepthUpdate)
            if event.symbol != symbol:
                continue
            seen[symbol] += 1
            result = sync.on_diff(event.first_id, event.last_id, event.bids, event.asks, 0)
            if event.last_id <= snapshot.last_id:
                assert result is SyncResult.IGNORED
                discarded[symbol] += 1
                continue
            assert result in (SyncResult.CHANGED, SyncResult.APPLIED)
            naive.apply(plain)
            sides = (Side.SIDE_BUY, Side.SIDE_SELL)
            ours = [sync.book.levels(side, 10_000) for side in sides]
            assert ours == naive.levels(tick, lot)
    assert discarded == {"NKNUSDT": 1, "BLZETH": 1, "LRCBTC": 2, "RUNEEUR": 1}
    assert seen == {"NKNUSDT": 150, "BLZETH": 10, "LRCBTC": 15, "RUNEEUR": 2}


def test_the_recorded_messages_of_other_streams_are_not_taken_for_depth() -> None:
    others = [body for _, body in recorded("BINANCE.ws.1.0", "bookTicker") if body[:1] == b"{"]
    assert others
    assert all(isinstance(read_market_event(body), Misread) for body in others)


def test_the_recorded_snapshot() -> None:
    assert read_snapshot(spot("http_json/depth_response.json")) == Snapshot(
        1027024, [("4.00000000", "431.00000000")], [("4.00000200", "12.00000000")]
    )


def test_the_published_public_book() -> None:
    case = json.loads(fixture("ccxt/public-answers/binance/fetch_order_book_BTC_USDT.json"))
    snapshot = read_snapshot(json.dumps(case["http_response"]).encode())
    assert isinstance(snapshot, Snapshot)
    assert snapshot.last_id == 87265283675
    assert snapshot.bids[0] == ("69383.05000000", "0.51856000")


DEPTH = {"e": "depthUpdate", "E": 5, "s": "BTCUSDT", "U": 7, "u": 9, "b": [["1", "2"]], "a": []}


def read(data: Any, stream: str = "btcusdt@depth@100ms") -> MarketEvent:
    return read_market_event(json.dumps({"stream": stream, "data": data}).encode())


def test_a_depth_update_keeps_its_levels_as_text() -> None:
    assert read(DEPTH) == DepthUpdate("BTCUSDT", 7, 9, [("1", "2")], [], 5)


@pytest.mark.parametrize(
    "fields",
    [{"U": 10}, {"U": -1}, {"u": "9"}, {"b": [["1"]]}, {"b": [["1", 2]]}, {"a": None},
     {"e": "depth"}, {"E": None}, {"b": [["1", "2", "3"]]}],
    ids=str,
)  # fmt: skip
def test_a_wrong_update_names_the_symbol_it_is_about(fields: dict[str, Any]) -> None:
    event = read(DEPTH | fields)
    assert isinstance(event, Misread)
    assert event.symbol == "BTCUSDT"


def test_an_update_on_the_stream_of_another_symbol_is_about_nobody() -> None:
    event = read(DEPTH, "ethusdt@depth@100ms")
    assert isinstance(event, Misread)
    assert event.symbol == ""


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"7", b"{}", b"\xff", b'{"e":"depthUpdate"}'])
def test_what_is_no_message_is_about_nobody(data: bytes) -> None:
    event = read_market_event(data)
    assert isinstance(event, Misread)
    assert event.symbol == ""


def test_a_trade() -> None:
    trade = {"e": "trade", "E": 1, "s": "BTCUSDT", "t": 7, "p": "1.5", "q": "2", "T": 3, "m": True}
    assert read(trade, "btcusdt@trade") == MarketTrade("BTCUSDT", 7, D("1.5"), D(2), 3)
    assert isinstance(read(trade | {"p": "0"}, "btcusdt@trade"), Misread)
    assert isinstance(read(trade | {"s": "ETHUSDT"}, "btcusdt@trade"), Misread)


def test_an_average_price() -> None:
    average = {"e": "avgPrice", "E": 5, "s": "BTCUSDT", "i": "5m", "w": "1.5", "T": 3}
    assert read(average, "btcusdt@avgPrice") == AveragePrice("BTCUSDT", D("1.5"), 5)
    assert isinstance(read(average | {"w": "0"}, "btcusdt@avgPrice"), Misread)


def test_a_shutdown_with_and_without_a_stream() -> None:
    event = {"e": "serverShutdown", "E": 5}
    assert read(event, "!serverShutdown") == MarketShutdown()
    assert read_market_event(json.dumps(event).encode()) == MarketShutdown()


def test_the_answer_to_a_control_message() -> None:
    assert read_market_event(b'{"result":null,"id":7}') == Acknowledged()
    assert isinstance(read_market_event(b'{"result":7,"id":7}'), Misread)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"lastUpdateId":1}', b'{"lastUpdateId":-1}'])
def test_what_is_no_snapshot_is_unreadable(data: bytes) -> None:
    assert isinstance(read_snapshot(data), Unreadable)
