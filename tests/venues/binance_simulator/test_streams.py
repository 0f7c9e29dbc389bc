"""Streams with readers that keep what they get: the recorded shapes, sequence, subscriptions."""

import json
from typing import Any

import pytest

from internaliser.venues.binance_simulator.amount import UNIT
from internaliser.venues.binance_simulator.exchange import Place
from internaliser.venues.binance_simulator.link import Link
from internaliser.venues.binance_simulator.market import BUY, SELL
from internaliser.venues.binance_simulator.misbehaviour import Misbehaviour, make_rule, rule_of
from internaliser.venues.binance_simulator.streams import MESSAGES_MAX, Reader, Streams

from .support import NOW_MS, Bench, fixtures, levels, shape
from .test_link import Wire


class Hall:
    """The streams of one known market with one reader."""

    def __init__(self, *names: str, misbehave: str = "", is_combined: bool = False,
                 is_manual: bool = False) -> None:  # fmt: skip
        self.place: Place = Bench().desk.exchange.places["BTCUSDT"]
        self.market = self.place.market
        rules = Misbehaviour([rule_of(misbehave)] if misbehave else [])
        self.streams = Streams({"BTCUSDT": self.place}, rules, is_manual=is_manual)
        self.wire = Wire()
        self.link = Link(self.wire, NOW_MS)
        self.reader = Reader(self.link, self.streams, list(names), is_combined=is_combined)

    def change(self, side: str, price: int, qty: int) -> None:
        self.market.set_level(side, price * UNIT, qty * UNIT)
        self.streams.publish("BTCUSDT", NOW_MS)
        self.streams.flush()

    def heard(self) -> list[Any]:
        """Every text since the last call."""
        data, found = b"".join(self.wire.written), []
        self.wire.written.clear()
        while data:
            size, at = data[1], 2
            if size == 126:
                size, at = int.from_bytes(data[2:4], "big"), 4
            found.append(json.loads(data[at : at + size]))
            data = data[at + size :]
        return found

    def say(self, **request: Any) -> Any:
        self.reader.on_text(json.dumps(request))
        return self.heard()[-1]


def capture_line(word: str) -> Any:
    path = fixtures("marketdata", "cryptofeed", "BINANCE.ws.1.0")
    line = next(line for line in path.read_text().splitlines() if word in line and '"e"' in line)
    return json.loads(line[line.index("{") :])


def test_a_diff_has_the_recorded_shape_and_follows_the_last() -> None:
    hall = Hall("btcusdt@depth@100ms", is_combined=True)
    last_id = hall.market.last_id
    hall.change(BUY, 99, 7)
    hall.change(SELL, 101, 0)
    first, second = hall.heard()
    assert first == {"stream": "btcusdt@depth@100ms", "data": {
        "e": "depthUpdate", "E": NOW_MS, "s": "BTCUSDT", "U": last_id + 1, "u": last_id + 1,
        "b": [["99.00000000", "7.00000000"]], "a": [],
    }}  # fmt: skip
    assert second["data"]["U"] == last_id + 2
    assert second["data"]["a"] == [["101.00000000", "0.00000000"]]
    theirs = capture_line('"depthUpdate"')
    theirs["data"]["a"] = []
    assert shape(first) == shape(theirs)


def test_the_slow_diffs_gather_a_second() -> None:
    hall = Hall("btcusdt@depth")
    last_id = hall.market.last_id
    for qty in (7, 8):
        hall.change(BUY, 99, qty)
    assert hall.heard() == []
    hall.streams.beat(NOW_MS)
    hall.streams.beat(NOW_MS)
    hall.streams.flush()
    (event,) = hall.heard()
    assert (event["U"], event["u"], event["b"]) == (
        last_id + 1, last_id + 2, [["99.00000000", "8.00000000"]],
    )  # fmt: skip


def test_slow_streams_of_a_market_on_command_tell_at_once() -> None:
    hall = Hall("btcusdt@depth", "btcusdt@depth5", is_manual=True)
    hall.change(BUY, 99, 7)
    assert [one.get("e", "partial") for one in hall.heard()] == ["depthUpdate", "partial"]


def test_a_partial_book_is_the_best_levels() -> None:
    hall = Hall("btcusdt@depth5@100ms", "btcusdt@depth20")
    hall.change(BUY, 99, 7)
    (event,) = hall.heard()
    assert event == {
        "lastUpdateId": hall.market.last_id,
        "bids": [["99.00000000", "7.00000000"], ["98.00000000", "10.00000000"]],
        "asks": [["101.00000000", "5.00000000"], ["102.00000000", "10.00000000"]],
    }
    hall.streams.beat(NOW_MS)
    hall.streams.flush()
    assert hall.heard() == [event], "the slow one, once a second"


def test_the_best_prices_are_told_when_they_change() -> None:
    hall = Hall("btcusdt@bookTicker", is_combined=True)
    hall.change(BUY, 99, 7)
    hall.change(BUY, 98, 7)
    hall.change(BUY, 99, 8)
    found = hall.heard()
    assert [one["data"]["B"] for one in found] == ["7.00000000", "8.00000000"]
    theirs = shape(capture_line('"aggTrade"')) and {
        "u": "int", "s": "str", "b": "amount", "B": "amount", "a": "amount", "A": "amount",
    }  # fmt: skip
    assert shape(found[0]["data"]) == theirs


def test_trades_have_the_recorded_shape() -> None:
    hall = Hall("btcusdt@trade", "btcusdt@aggTrade", is_combined=True)
    trade = hall.place.tape.add(100 * UNIT, UNIT, NOW_MS, is_buyer_maker=True)
    hall.place.told_trades.append(trade)
    hall.streams.publish("BTCUSDT", NOW_MS)
    hall.streams.flush()
    raw, aggregate = hall.heard()
    assert shape(aggregate) == shape(capture_line('"aggTrade"'))
    events = ("marketdata", "nautilus_trader", "tests", "integration_tests", "adapters", "binance",
              "resources", "ws_messages")  # fmt: skip
    theirs = json.loads(fixtures(*events, "ws_spot_trade.json").read_text())
    del theirs["data"]["a"], theirs["data"]["b"]  # the venue dropped the order ids in 2024
    assert shape(raw) == shape(theirs)
    assert hall.place.told_trades == []


def test_a_trade_is_recorded_even_when_only_the_venue_knows() -> None:
    hall = Hall()
    hall.place.told_trades.append(hall.place.tape.add(1, UNIT, NOW_MS, is_buyer_maker=True))
    hall.streams.publish("BTCUSDT", NOW_MS)
    assert hall.place.told_trades == []


def test_streams_can_be_subscribed_listed_and_left() -> None:
    hall = Hall()
    name = "btcusdt@depth@100ms"
    assert hall.say(method="SUBSCRIBE", params=[name], id=1) == {"result": None, "id": 1}
    assert hall.say(method="LIST_SUBSCRIPTIONS", id="x") == {"result": [name], "id": "x"}
    hall.change(BUY, 99, 7)
    assert len(hall.heard()) == 1
    assert hall.say(method="UNSUBSCRIBE", params=[name], id=None) == {"result": None, "id": None}
    hall.change(BUY, 99, 8)
    assert hall.heard() == []


def test_combined_can_be_turned_on() -> None:
    hall = Hall("btcusdt@depth@100ms")
    assert hall.say(method="GET_PROPERTY", params=["combined"], id=1)["result"] is False
    assert hall.say(method="SET_PROPERTY", params=["combined", True], id=2)["result"] is None
    hall.change(BUY, 99, 7)
    assert hall.heard()[0]["stream"] == "btcusdt@depth@100ms"
    assert hall.say(method="SET_PROPERTY", params=["other", True], id=3)["code"] == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", 3), ("[]", 2), ('{"id":1}', 2), ('{"method":"X","id":1}', 2),
     ('{"method":"SUBSCRIBE","params":["a"],"id":1.5}', 2),
     ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2),
     ('{"method":"SUBSCRIBE","params":["a@b"],"id":true}', 2), ("[" * 100_000, 3),
     ('{"method":"SUBSCRIBE","params":["\\ud800"],"id":1}', 3),
     ('{"method":"LIST_SUBSCRIPTIONS","id":' + "9" * 5000 + "}", 3)],
)  # fmt: skip
def test_requests_that_make_no_sense_are_refused(text: str, code: int) -> None:
    hall = Hall()
    hall.reader.on_text(text)
    assert hall.heard()[-1]["code"] == code
    assert hall.reader.names == {}


def test_more_streams_than_a_connection_may_have_are_refused() -> None:
    hall = Hall()
    assert (
        hall.say(method="SUBSCRIBE", params=[f"s{i}" for i in range(1024)], id=1)["result"] is None
    )
    assert hall.say(method="SUBSCRIBE", params=["one"], id=2)["code"] == 2


def test_who_sends_too_much_is_cut_off() -> None:
    hall = Hall()
    found = [hall.reader.counts(NOW_MS) for _ in range(MESSAGES_MAX + 1)]
    assert found == [True] * MESSAGES_MAX + [False]
    assert hall.wire.state == "closed"


def test_a_new_second_begins_a_new_count() -> None:
    hall = Hall()
    assert all(hall.reader.counts(NOW_MS + 500 * i) for i in range(20))


def test_a_gap_is_an_event_that_was_never_sent() -> None:
    hall = Hall("btcusdt@depth@100ms", misbehave="depth_gap")
    last_id = hall.market.last_id
    hall.change(BUY, 99, 7)
    hall.change(BUY, 99, 8)
    assert [one["U"] for one in hall.heard()] == [last_id + 2]


def test_a_crossed_book_is_taken_back_by_the_next_event() -> None:
    hall = Hall("btcusdt@depth@100ms", misbehave="crossed")
    hall.change(BUY, 99, 7)
    hall.change(BUY, 99, 8)
    first, second = hall.heard()
    assert ["101.01000000", "0.00100000"] in first["b"], "a bid above the best offer"
    assert ["101.01000000", "0.00000000"] in second["b"]
    assert second["U"] == first["u"] + 1
    assert hall.market.levels(BUY, 1) == levels([["99", "8"]]), "the book was right all along"


@pytest.mark.parametrize("side", [BUY, SELL])
def test_a_price_can_lie_between_the_ticks(side: str) -> None:
    hall = Hall("btcusdt@depth@100ms", misbehave="off_tick")
    hall.change(side, 103 if side == SELL else 98, 7)
    (event,) = hall.heard()
    (level,) = event["b"] + event["a"]
    assert (level[0][-1], len(level[0].partition(".")[2])) == ("5", 9)


def test_a_depth_event_can_be_garbage() -> None:
    hall = Hall("btcusdt@depth@100ms", misbehave="garbage_depth")
    hall.change(BUY, 99, 7)
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        hall.heard()


def test_a_stale_market_goes_on_in_silence_and_comes_back_with_a_gap() -> None:
    hall = Hall("btcusdt@depth@100ms")
    last_id = hall.market.last_id
    hall.streams.misbehaviour.add(make_rule("stale", {}), NOW_MS)
    hall.change(BUY, 99, 7)
    hall.streams.misbehaviour.clear()
    hall.change(BUY, 99, 8)
    assert [one["U"] for one in hall.heard()] == [last_id + 2]


def test_everybody_hears_of_the_shutdown() -> None:
    for is_combined in (False, True):
        hall = Hall(is_combined=is_combined)
        hall.streams.shut_down([hall.reader], NOW_MS)
        event = {"e": "serverShutdown", "E": NOW_MS}
        assert hall.heard() == [
            {"stream": "!serverShutdown", "data": event} if is_combined else event
        ]
