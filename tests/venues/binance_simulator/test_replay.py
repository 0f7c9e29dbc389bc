"""A recorded market played again, against the recording read by other code."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from internaliser.venues.binance_simulator.amount import told
from internaliser.venues.binance_simulator.market import BUY, SELL
from internaliser.venues.binance_simulator.replay import markets_of

from .support import fixtures

Book = dict[str, dict[int, int]]


def capture() -> Path:
    return fixtures("marketdata", "cryptofeed", "BINANCE.ws.1.0")


def recorded() -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Snapshots and diffs per symbol, read line by line here."""
    folder = capture().parent
    snapshots = {}
    for line in (folder / "BINANCE.http.0.0").read_text().splitlines():
        if "/depth?" in line:
            symbol = line.split("symbol=")[1].split("&")[0]
            snapshots[symbol] = json.loads(line[line.index("{") :])
    events: dict[str, list[Any]] = {symbol: [] for symbol in snapshots}
    for line in capture().read_text().splitlines():
        if '"depthUpdate"' in line:
            event = json.loads(line[line.index("{") :])["data"]
            events[event["s"]].append(event)
    return snapshots, events


def change(book: dict[int, int], levels: list[list[str]]) -> None:
    for price, qty in levels:
        book[scaled(price)] = scaled(qty)
        if not scaled(qty):
            del book[scaled(price)]


def scaled(text: str) -> int:
    return int(Decimal(text).scaleb(8))


def test_a_replay_is_the_recording_event_by_event() -> None:
    snapshots, events = recorded()
    markets = {one.listing.symbol: one for one in markets_of(capture(), seed=1)}
    assert markets.keys() == snapshots.keys() == {"NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"}
    compared = 0
    for symbol, market in markets.items():
        book: Book = {BUY: {}, SELL: {}}
        change(book[BUY], snapshots[symbol]["bids"])
        change(book[SELL], snapshots[symbol]["asks"])
        last_id = snapshots[symbol]["lastUpdateId"]
        assert market.last_id == last_id
        for event in events[symbol]:
            if event["u"] <= last_id:
                continue
            market.move()
            depth = market.publish()
            assert depth is not None
            assert (depth.first_id, depth.last_id) == (event["U"], event["u"])
            found = [[[told(p), told(q)] for p, q in side] for side in (depth.bids, depth.asks)]
            assert [sorted(side) for side in found] == [sorted(event["b"]), sorted(event["a"])]
            for side, name in ((BUY, "b"), (SELL, "a")):
                change(book[side], event[name])
                assert dict(market.crowd[side]) == book[side]
            compared += 1
    assert compared == 150 + 10 + 15 + 2 - 5  # all there are, and the events that begin before


def test_behind_its_end_a_recording_begins_again_without_a_gap() -> None:
    market = next(one for one in markets_of(capture(), seed=1) if one.listing.symbol == "BLZETH")
    first = market.levels(BUY, 1 << 20)
    last_id = market.last_id
    for _ in range(10):
        market.move()
        depth = market.publish()
        if depth is not None:
            assert depth.first_id == last_id + 1
            last_id = depth.last_id
    assert market.levels(BUY, 1 << 20) == first


def test_the_rules_are_those_that_were_recorded() -> None:
    market = next(one for one in markets_of(capture(), seed=1) if one.listing.symbol == "NKNUSDT")
    assert (told(market.listing.tick), told(market.listing.lot)) == ("0.00010000", "1.00000000")


def test_a_recording_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a recorded connection"):
        markets_of(tmp_path / "BINANCE.0", seed=1)
    with pytest.raises(ValueError, match="cannot read"):
        markets_of(tmp_path / "X.ws.1.0", seed=1)
    (tmp_path / "X.http.0.0").write_text("")
    (tmp_path / "X.0").write_text("configuration: {}\n")
    with pytest.raises(ValueError, match="has no exchangeInfo"):
        markets_of(tmp_path / "X.ws.1.0", seed=1)
