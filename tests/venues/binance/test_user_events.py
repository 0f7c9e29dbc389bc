"""Events of the user stream: the recorded ones to the last digit, the others refused or passed."""

import json
from decimal import Decimal as D
from typing import Any

import pytest

from internaliser.venues.binance.answers import Balances, OrderStatus, Trade, Unreadable
from internaliser.venues.binance.reply import read_frame
from internaliser.venues.binance.user_events import (
    AccountPosition,
    BalanceChanged,
    ExecutionKind,
    ExecutionReport,
    Passed,
    ServerShutdown,
    Strange,
    StreamTerminated,
    UserEvent,
    read_user_event,
)
from internaliser.venues.contract import StatedBalance
from tests.venues.binance.support import spot


def unwrapped(data: bytes) -> UserEvent:
    """The event in a frame as it comes."""
    frame = read_frame(data)
    assert frame is not None
    return read_user_event(bytes(frame.event))


def test_the_recorded_new_order() -> None:
    assert read_user_event(spot("user_data_json/execution_report_new.json")) == ExecutionReport(
        "ETHUSDT", "x-TD67BGP9-T0000000000000", 12345678, ExecutionKind.NEW, OrderStatus.NEW,
        D(1), D(0), D(0), None, "", 1709654400000,
    )  # fmt: skip


def test_the_recorded_trade() -> None:
    assert read_user_event(spot("user_data_json/execution_report_trade.json")) == ExecutionReport(
        "ETHUSDT", "x-TD67BGP9-T0000000000000", 12345678, ExecutionKind.TRADE, OrderStatus.FILLED,
        D(1), D(1), D(2500), Trade(98765432, 12345678, D(1), D(2500), D("0.001"), "ETH"), "",
        1709654401000,
    )  # fmt: skip


def test_the_recorded_wrapped_report() -> None:
    assert unwrapped(spot("user_data_json/execution_report_wrapped.json")) == ExecutionReport(
        "ETHBTC", "mUvoqJxFIILMdfAW5iGSOW", 4293153, ExecutionKind.NEW, OrderStatus.NEW, D(1),
        D(0), D(0), None, "", 1499405658658,
    )  # fmt: skip


def test_the_recorded_account_position() -> None:
    assert unwrapped(spot("user_data_json/account_position_wrapped.json")) == AccountPosition(
        Balances([StatedBalance("ETH", D(10000), D(0))]), 1564034571105
    )


def test_the_recorded_balance_update() -> None:
    assert unwrapped(spot("user_data_json/balance_update_wrapped.json")) == BalanceChanged(
        "BTC", D(100), 1573200697110
    )


TRADE: dict[str, Any] = {
    "e": "executionReport", "E": 1, "s": "ETHUSDT", "c": "1-1-1", "q": "1.0", "x": "TRADE",
    "X": "PARTIALLY_FILLED", "i": 5, "l": "0.2", "z": "0.5", "L": "100", "t": 7, "Z": "50",
    "n": "0.1", "N": "BNB", "C": "", "r": "NONE",
}  # fmt: skip


def read(**fields: Any) -> UserEvent:
    return read_user_event(json.dumps(TRADE | fields).encode())


REFUSED: list[dict[str, Any]] = [
    {"t": -1}, {"t": 2**64}, {"t": None}, {"l": "0"}, {"L": "0"}, {"l": "0.6"}, {"z": "1.1"},
    {"x": "MELTED"}, {"X": "MELTED"}, {"X": "FILLED"}, {"z": "1.0"}, {"q": "0"}, {"N": None},
    {"l": 0.2}, {"z": "-0.5"}, {"q": "1e3"}, {"c": ""}, {"i": -1}, {"E": "1"}, {"n": "x"},
]  # fmt: skip


@pytest.mark.parametrize("fields", REFUSED, ids=str)
def test_a_report_that_cannot_be_is_unreadable(fields: dict[str, Any]) -> None:
    assert isinstance(read(), ExecutionReport)
    assert isinstance(read(**fields), Unreadable)


def test_a_cancel_is_about_the_original_id() -> None:
    event = read(x="CANCELED", X="CANCELED", c="the cancel", C="1-1-1")
    assert isinstance(event, ExecutionReport)
    assert (event.cl_ord_id, event.trade) == ("1-1-1", None)


def test_an_order_cancelled_by_the_venue_keeps_its_id() -> None:
    event = read(x="CANCELED", X="CANCELED", C="")
    assert isinstance(event, ExecutionReport)
    assert event.cl_ord_id == "1-1-1"


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("eventStreamTerminated", StreamTerminated()),
        ("listenKeyExpired", StreamTerminated()),
        ("serverShutdown", ServerShutdown()),
        ("listStatus", Passed("listStatus")),
        ("externalLockUpdate", Passed("externalLockUpdate")),
        ("executionReporu", Strange("executionReporu")),
    ],
)
def test_other_events_are_told_apart_by_name(name: str, event: UserEvent) -> None:
    assert read_user_event(json.dumps({"e": name, "E": 1}).encode()) == event


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"7", b'{"e":7}', b"\xff", b'{"e":"a"'])
def test_what_is_no_event_is_unreadable(data: bytes) -> None:
    assert isinstance(read_user_event(data), Unreadable)


def test_one_bad_balance_does_not_lose_the_others() -> None:
    balances = [{"a": "BTC", "f": "1", "l": "0"}, {"a": "X", "f": "-1", "l": "0"}]
    data = json.dumps({"e": "outboundAccountPosition", "E": 5, "u": 5, "B": balances}).encode()
    expected = Balances([StatedBalance("BTC", D(1), D(0))], 1)
    assert read_user_event(data) == AccountPosition(expected, 5)
