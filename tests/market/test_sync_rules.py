"""Each venue's rule against what that venue sent: recordings and published examples.

INTERNALISER_DEEP=1 compares whole books after every message of the long recordings as well.
"""

import os
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from internaliser.market.diff_sync import DiffSync, SyncResult
from internaliser.market.sync_rules import (
    BINANCE,
    COINBASE_ADVANCED,
    COINBASE_EXCHANGE,
    OKX,
    Place,
    SyncRule,
    kraken_rule,
    okx_summed_rule,
    plain_text,
)
from internaliser.market.venue_book import VenueBook
from internaliser.model.enums import Side
from tests.market.captures import answers, needs_captures, published, received
from tests.oracle.venue_book import OracleVenueBook

BUY, SELL = Side.SIDE_BUY, Side.SIDE_SELL
IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))
MORE = 1_000_000
S = 1_000_000_000
COUNTED = (SyncResult.APPLIED, SyncResult.CHANGED)


class Pair:
    """One instrument's book and its twin, which is told only what counts."""

    def __init__(
        self,
        rule: SyncRule,
        tick: str,
        lot: str,
        levels_max: int = 10_000,
        steps: tuple[str | None, str | None] = (None, None),
    ) -> None:
        price_step, qty_step = (step and Decimal(step) for step in steps)
        terms = (Decimal(tick), Decimal(lot), levels_max, price_step, qty_step)
        self.sync = DiffSync(VenueBook(*terms), rule)
        self.twin = OracleVenueBook(*terms)
        self.sync.on_open(0)

    def is_same_view(self) -> bool:
        return all(self.sync.book.levels(side) == self.twin.levels(side) for side in (BUY, SELL))

    def is_same(self) -> bool:
        book, twin = self.sync.book, self.twin
        return self.is_same_view() and all(
            book.stored(side, MORE) == twin.stored(side, MORE) for side in (BUY, SELL)
        )


# Words


@pytest.mark.parametrize(
    ("first_id", "last_id", "place"),
    [
        (101, 101, Place.NEXT),
        (50, 101, Place.NEXT),
        (101, 900, Place.NEXT),
        (90, 100, Place.OLD),
        (1, 1, Place.OLD),
        (102, 102, Place.GAP),
        (105, 104, Place.GAP),  # no such change
    ],
)
def test_binance_takes_the_change_that_covers_the_next_id(
    first_id: int, last_id: int, place: Place
) -> None:
    assert BINANCE.place(100, first_id, last_id) is place


@pytest.mark.parametrize(
    ("previous_id", "seq_id", "place"),
    [
        (100, 103, Place.NEXT),
        (100, 100, Place.NEXT),  # keep-alive
        (100, 3, Place.NEXT),  # reset after maintenance: goes on from 3
        (99, 101, Place.GAP),
        (101, 102, Place.GAP),
    ],
)
def test_okx_names_the_message_before(previous_id: int, seq_id: int, place: Place) -> None:
    assert OKX.place(100, previous_id, seq_id) is place


def test_coinbase_counts_every_message_of_the_connection() -> None:
    places = [COINBASE_ADVANCED.place(7, 0, number) for number in (7, 8, 9)]
    assert places == [Place.GAP, Place.NEXT, Place.GAP]


@pytest.mark.parametrize(
    ("step", "count", "text"),
    [
        ("0.1", 302610, "30261"),
        ("0.001", 5160, "5.16"),
        ("1", 100, "100"),
        ("1E+1", 10, "100"),
        ("0.00000001", 5, "0.00000005"),
    ],
)
def test_okx_writes_no_zeros_at_the_end(step: str, count: int, text: str) -> None:
    assert plain_text(Decimal(step))(count) == text


def test_kraken_must_write_as_many_decimals_as_our_steps_need() -> None:
    with pytest.raises(ValueError, match="too few decimals"):
        kraken_rule(Decimal("0.001"), Decimal("1"), 2, 8)


# Binance

BINANCE_STEPS = {
    "NKNUSDT": ("0.0001", "1", 499869752, 1),
    "BLZETH": ("0.00000001", "1", 281916627, 1),
    "LRCBTC": ("0.00000001", "1", 259345543, 2),
    "RUNEEUR": ("0.001", "0.1", 15602511, 1),
}
BINANCE_EVENTS = {"NKNUSDT": 150, "BLZETH": 10, "LRCBTC": 15, "RUNEEUR": 2}
# The venue writes eight decimals. NKNUSDT still has orders from before its tick and lot grew.
BINANCE_TEXT = ("0.00000001", "0.00000001")


def binance_lines() -> list[tuple[int, str, Any]]:
    """REST snapshots and stream events of the recording in the order they came."""
    found = [
        (time, url.split("symbol=")[1].split("&")[0], body)
        for url, time, body in answers("BINANCE.http.0.0")
    ]
    for time, message in received("BINANCE.ws.1.0"):
        if "@depth" in message["stream"] or "@bookTicker" in message["stream"]:
            found.append((time, message["data"]["s"], message["data"]))
    return sorted(found, key=lambda line: line[0])


@needs_captures
def test_the_binance_recording_joins_and_each_step_is_snapshot_plus_changes() -> None:
    pairs = {
        symbol: Pair(BINANCE, tick, lot, steps=BINANCE_TEXT)
        for symbol, (tick, lot, _, _) in BINANCE_STEPS.items()
    }
    waited: dict[str, list[Any]] = {symbol: [] for symbol in pairs}
    joined: dict[str, tuple[int, int]] = {}
    counts: Counter[str] = Counter()
    for time, symbol, body in binance_lines():
        pair = pairs[symbol]
        counts[symbol] += "U" in body
        if "lastUpdateId" in body:
            last_id = body["lastUpdateId"]
            result = pair.sync.on_snapshot(last_id, body["bids"], body["asks"], time)
            assert result is SyncResult.CHANGED
            kept = [event for event in waited[symbol] if event["u"] > last_id]
            joined[symbol] = (last_id, len(waited[symbol]) - len(kept))
            pair.twin.load(body["bids"], body["asks"])
            for event in kept:
                pair.twin.apply(event["b"], event["a"])
        elif body.get("e") == "depthUpdate":
            result = pair.sync.on_diff(body["U"], body["u"], body["b"], body["a"], time)
            if result is SyncResult.BUFFERED:
                waited[symbol].append(body)
                continue
            if result is SyncResult.IGNORED:
                assert body["u"] <= joined[symbol][0]
                joined[symbol] = (joined[symbol][0], joined[symbol][1] + 1)
                continue
            assert result in COUNTED
            pair.twin.apply(body["b"], body["a"])
        assert pair.is_same()
    expected = {symbol: steps[2:] for symbol, steps in BINANCE_STEPS.items()}
    assert joined == expected
    assert all(pair.sync.is_synced and pair.sync.gap_count == 0 for pair in pairs.values())
    assert counts == BINANCE_EVENTS


@needs_captures
def test_the_binance_books_agree_with_the_best_prices_the_venue_told_beside_them() -> None:
    pairs = {
        symbol: Pair(BINANCE, tick, lot, steps=BINANCE_TEXT)
        for symbol, (tick, lot, _, _) in BINANCE_STEPS.items()
    }
    best: dict[tuple[str, int], Any] = {}
    agreed: Counter[str] = Counter()
    for time, symbol, body in binance_lines():
        sync = pairs[symbol].sync
        if "lastUpdateId" in body:
            sync.on_snapshot(body["lastUpdateId"], body["bids"], body["asks"], time)
        elif "e" in body:
            sync.on_diff(body["U"], body["u"], body["b"], body["a"], time)
        else:
            best[symbol, body["u"]] = body
        told = best.get((symbol, sync.last_id)) if sync.is_synced else None
        if told is not None:
            twin = OracleVenueBook(sync.book.tick, sync.book.lot, 10)
            twin.load([[told["b"], told["B"]]], [[told["a"], told["A"]]])
            assert (sync.book.best(BUY), sync.book.best(SELL)) == (twin.best(BUY), twin.best(SELL))
            agreed[symbol] += 1
    assert agreed["NKNUSDT"] > 10


@needs_captures
@pytest.mark.parametrize("lost", [3, 40, 100])
def test_a_binance_change_taken_out_of_the_recording_is_missed_and_mended(lost: int) -> None:
    tick, lot, _, _ = BINANCE_STEPS["NKNUSDT"]
    pair = Pair(BINANCE, tick, lot, steps=BINANCE_TEXT)
    events = [(t, b) for t, symbol, b in binance_lines() if symbol == "NKNUSDT" and "e" in b]
    (snapshot,) = [b for _, s, b in binance_lines() if s == "NKNUSDT" and "lastUpdateId" in b]
    step = Decimal(BINANCE_TEXT[0])
    whole = OracleVenueBook(Decimal(tick), Decimal(lot), 10_000, step, step)
    whole.load(snapshot["bids"], snapshot["asks"])
    assert pair.sync.on_snapshot(
        snapshot["lastUpdateId"], snapshot["bids"], snapshot["asks"], events[0][0]
    )
    results = []
    for number, (time, event) in enumerate(events):
        if event["u"] > snapshot["lastUpdateId"]:
            whole.apply(event["b"], event["a"])
        if number != lost:
            result = pair.sync.on_diff(event["U"], event["u"], event["b"], event["a"], time)
            results.append(result)
        if number == lost + 10:
            text = [
                [
                    [f"{price * step:f}", f"{qty * step:f}"]
                    for price, qty in whole.stored(side, MORE)
                ]
                for side in (BUY, SELL)
            ]
            assert pair.sync.on_snapshot(event["u"], text[0], text[1], time) is SyncResult.CHANGED
    assert results[lost] is SyncResult.GAP
    assert results.count(SyncResult.GAP) == 1
    assert results[lost + 1 : lost + 10] == [SyncResult.BUFFERED] * 9
    pair.twin = whole
    assert pair.is_same()


# Kraken


def kraken_changes(message: list[Any]) -> tuple[list[Any], list[Any], int | None]:
    """Bids, asks and checksum of one book message of WebSocket v1."""
    parts: dict[str, Any] = {}
    for part in message[1:-2]:
        parts |= part
    checksum = int(parts["c"]) if "c" in parts else None
    return parts.get("bs", parts.get("b", [])), parts.get("as", parts.get("a", [])), checksum


def kraken_pair(levels: list[Any]) -> Pair:
    (price, qty, *_) = levels[0]
    price_decimals, qty_decimals = (len(text.partition(".")[2]) for text in (price, qty))
    tick, step = Decimal(1).scaleb(-price_decimals), Decimal(1).scaleb(-qty_decimals)
    rule = kraken_rule(tick, step, price_decimals, qty_decimals)
    return Pair(rule, str(tick), str(step), 1000, (str(tick), None))


@needs_captures
def test_every_checksum_of_the_kraken_recording_agrees() -> None:
    pairs: dict[str, Pair] = {}
    agreed = 0
    for time, message in received("KRAKEN.ws.50.0"):
        if not isinstance(message, list):
            continue
        bids, asks, checksum = kraken_changes(message)
        if "as" in message[1]:
            pair = pairs[message[-1]] = kraken_pair(asks)
            assert pair.sync.on_snapshot(0, bids, asks, time) is SyncResult.CHANGED
            pair.twin.load(bids, asks)
        else:
            pair = pairs[message[-1]]
            assert pair.sync.on_diff(0, 0, bids, asks, time, checksum) in COUNTED
            pair.twin.apply(bids, asks)
            agreed += checksum is not None
            assert pair.is_same_view()
            if IS_DEEP or agreed % 50 == 0:
                assert pair.is_same()
    assert (len(pairs), agreed) == (10, 4269)
    assert all(pair.is_same() for pair in pairs.values())


@needs_captures
def test_a_kraken_change_that_is_missed_breaks_the_next_checksum_that_covers_it() -> None:
    pairs: dict[str, Pair] = {}
    lost: dict[str, int] = {}
    found: dict[str, SyncResult] = {}
    for time, message in received("KRAKEN.ws.50.0"):
        if not isinstance(message, list):
            continue
        name = message[-1]
        bids, asks, checksum = kraken_changes(message)
        if "as" in message[1]:
            pairs[name] = kraken_pair(asks)
            pairs[name].sync.on_snapshot(0, bids, asks, time)
            continue
        sync = pairs[name].sync
        top = [price for price, _ in sync.book.stored(BUY, 3)]
        is_near = (
            any(sync.book.price_step * top[-1] <= Decimal(level[0]) for level in bids) if top else 0
        )
        if name not in lost and is_near:
            lost[name] = 1
        elif name in lost and name not in found:
            result = sync.on_diff(0, 0, bids, asks, time, checksum)
            if result not in COUNTED:
                found[name] = result
    assert len(lost) >= 9
    assert set(found.values()) == {SyncResult.GAP}
    assert len(found) == len(lost)


@needs_captures
def test_the_published_kraken_example_agrees() -> None:
    example = published("kraken-docs/ws_v2_book_checksum_example.json")
    (told,) = example["snapshot"]["data"]
    bids, asks = (
        [[level["price"], level["qty"]] for level in told[side]] for side in ("bids", "asks")
    )
    for wrong, result in ((0, SyncResult.CHANGED), (1, SyncResult.GAP)):
        rule = kraken_rule(Decimal("0.1"), Decimal("1e-8"), 1, 8)
        pair = Pair(rule, "0.1", "1e-8", 10, ("0.1", None))
        checksum = example["published_crc32"] + wrong
        assert pair.sync.on_snapshot(0, bids, asks, 0, checksum) is result


# OKX

OKX_STEPS = {
    "BTC-USDT": ("0.1", "0.00000001"),
    "UNI-USD-SWAP": ("0.001", "1"),
    "BTC-USD-220527": ("0.1", "1"),
}


def okx_books() -> Iterator[tuple[int, str, str, Any]]:
    for time, message in received("OKX.ws.1.0"):
        if "action" in message and message["arg"]["channel"] == "books":
            yield time, message["arg"]["instId"], message["action"], message["data"][0]


@needs_captures
def test_every_checksum_of_the_okx_recording_agrees() -> None:
    pairs = {
        name: Pair(okx_summed_rule(Decimal(tick), Decimal(step)), tick, step, 400, (tick, None))
        for name, (tick, step) in OKX_STEPS.items()
    }
    agreed = 0
    for time, name, action, data in okx_books():
        pair = pairs[name]
        bids, asks, checksum = data["bids"], data["asks"], data["checksum"]
        if action == "snapshot":
            result = pair.sync.on_snapshot(0, bids, asks, time, checksum)
            pair.twin.load(bids, asks)
        else:
            result = pair.sync.on_diff(0, 0, bids, asks, time, checksum)
            pair.twin.apply(bids, asks)
        assert result in COUNTED
        assert pair.is_same()
        agreed += 1
    assert agreed == 290


@needs_captures
def test_the_published_okx_messages_follow_each_other() -> None:
    folder = "nautilus_trader/crates/adapters/okx/test_data"
    snapshot, update = (
        published(f"{folder}/ws_books_{name}.json")["data"][0] for name in ("snapshot", "update")
    )
    sync = Pair(OKX, "0.01", "1").sync
    assert sync.on_snapshot(snapshot["seqId"], snapshot["bids"], snapshot["asks"], 0)
    told = (update["prevSeqId"], update["seqId"], update["bids"], update["asks"], 0)
    assert sync.on_diff(*told) in COUNTED
    assert sync.last_id == 123457
    assert sync.on_diff(*told) is SyncResult.GAP  # the same once more


# Coinbase


@needs_captures
def test_each_step_of_the_coinbase_recording_is_snapshot_plus_changes() -> None:
    products = {body["id"]: body for _, _, many in answers("COINBASE.0") for body in many}
    pairs: dict[str, Pair] = {}
    steps = 0
    for time, message in received("COINBASE.ws.28.0"):
        name = message.get("product_id", "")
        if message["type"] == "snapshot":
            product = products[name]
            terms = (product["quote_increment"], product["base_increment"])
            pair = pairs[name] = Pair(COINBASE_EXCHANGE, *terms, 100_000)
            bids, asks = message["bids"], message["asks"]
            assert pair.sync.on_snapshot(0, bids, asks, time) is SyncResult.CHANGED
            pair.twin.load(bids, asks)
        elif message["type"] == "l2update":
            pair = pairs[name]
            bids, asks = (
                [change[1:] for change in message["changes"] if change[0] == side]
                for side in ("buy", "sell")
            )
            assert pair.sync.on_diff(0, 0, bids, asks, time) in COUNTED
            pair.twin.apply(bids, asks)
            assert pair.sync.is_fresh(time)  # never crossed after a message
            steps += 1
            assert pair.is_same_view()
            if IS_DEEP or steps % 100 == 0:
                assert pair.is_same()
    assert (len(pairs), steps) == (10, 9719)
    assert all(pair.is_same() for pair in pairs.values())


@needs_captures
def test_the_published_coinbase_messages_count_up() -> None:
    folder = "nautilus_trader/crates/adapters/coinbase/test_data"
    sync = Pair(COINBASE_ADVANCED, "0.5", "0.00000001").sync
    results = []
    for name in ("snapshot", "update", "update"):
        message = published(f"{folder}/ws_l2_data_{name}.json")
        levels = [
            [
                [level["price_level"], level["new_quantity"]]
                for level in message["events"][0]["updates"]
                if level["side"] == side
            ]
            for side in ("bid", "offer")
        ]
        number = message["sequence_num"]
        if message["events"][0]["type"] == "snapshot":
            results.append(sync.on_snapshot(number, *levels, 0))
        else:
            results.append(sync.on_diff(0, number, *levels, 0))
    assert results == [SyncResult.CHANGED, SyncResult.CHANGED, SyncResult.GAP]
