"""Each check finds the fault it is there for: a truth that fits, then one thing changed."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from tests.node.checks import check_messages, check_orders, check_reports, price_text
from tests.node.exchange import child_differences, parent_differences
from tests.node.trader import Report, Trader
from tests.node.truth import Execution, Truth

TERMS = {"name": "TEST1", "tick_mantissa": 1, "price_decimals": 2, "lot_mantissa": 1}
EXECUTION = Execution(
    event="executed",
    seq=9,
    client=0,
    instrument=0,
    order_id=1 << 44 | 5,
    cl_ord_id="CLIENT1-1",
    orig_cl_ord_id="",
    exec_type="trade",
    ord_status="partially_filled",
    side="buy",
    price=10_010,
    qty=7,
    cum_qty=3,
    leaves_qty=4,
    last_qty=3,
    last_px=10_000,
)
TOLD = {
    b"35": b"8", b"37": b"1-1-5", b"11": b"CLIENT1-1", b"17": b"1-1-9-2", b"150": b"F", b"39": b"1",
    b"55": b"TEST1", b"54": b"1", b"38": b"7", b"44": b"100.1", b"32": b"3", b"31": b"100",
    b"151": b"4", b"14": b"3",
}  # fmt: skip


@pytest.fixture
def truth() -> Truth:
    truth = Truth(node_id=1, clients=["CLIENT1"], instruments=[TERMS])
    truth.executions["1-1-9-2"] = EXECUTION
    truth.sent["CLIENT1"] = {2: (b"8", b"17=1-1-9-2\x01")}
    return truth


@pytest.fixture
def trader() -> Trader:
    trader = Trader(b"CLIENT1", Random(1))
    trader.reports.append(Report(2, dict(TOLD)))
    trader.told[2] = (b"8", b"17=1-1-9-2\x01")
    return trader


def test_what_fits_is_not_a_finding(truth: Truth, trader: Trader) -> None:
    assert check_reports(truth, [trader]) == []
    assert check_messages(truth, [trader]) == []


@pytest.mark.parametrize("tag", [tag for tag in TOLD if tag not in (b"35", b"17")])
def test_any_field_that_differs_from_the_journal_is_found(
    truth: Truth, trader: Trader, tag: bytes
) -> None:
    trader.reports[0].values[tag] = b"9"
    assert len(check_reports(truth, [trader])) == 1


def test_a_report_without_its_event_is_found(truth: Truth, trader: Trader) -> None:
    del truth.executions["1-1-9-2"]
    assert len(check_reports(truth, [trader])) == 1


def test_a_report_of_anothers_order_is_found(truth: Truth, trader: Trader) -> None:
    truth.clients.append("CLIENT2")
    truth.executions["1-1-9-2"] = replace(EXECUTION, client=1)
    assert len(check_reports(truth, [trader])) == 1


def test_a_message_that_is_not_in_the_journal_is_found(truth: Truth, trader: Trader) -> None:
    truth.sent["CLIENT1"][2] = (b"8", b"17=1-1-9-3\x01")
    assert len(check_messages(truth, [trader])) == 1


def new_order(**changed: Any) -> dict[str, Any]:
    command = {"client": 0, "cl_ord_id": "CLIENT1-1", "reason": None, "instrument": 0}
    return {**command, "side": "buy", "price": 10_010, "qty": 7, **changed}


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({}, 0),
        ({"cl_ord_id": "CLIENT1-2"}, 1),
        ({"qty": 8}, 1),
        ({"price": 1}, 1),
        ({"side": "sell"}, 1),
    ],
)
def test_an_order_that_nobody_sent_is_found(
    truth: Truth, trader: Trader, changed: dict[str, Any], count: int
) -> None:
    body = [
        (b"11", b"CLIENT1-1"),
        (b"55", b"TEST1"),
        (b"54", b"1"),
        (b"38", b"7"),
        (b"44", b"100.10"),
    ]
    trader.terms[b"CLIENT1-1"] = [[(b"35", b"D"), *body]]
    truth.new_orders.append(new_order(**changed))
    assert len(check_orders(truth, [trader])) == count


def side(**changed: Any) -> dict[str, Any]:
    one = {"last_qty": 3, "last_px": 100, "instrument": 0, "side": "buy", "order_id": 1}
    return {**one, "contra_id": 2, **changed}


OTHER = side(side="sell", order_id=2, contra_id=1)


@pytest.mark.parametrize(
    ("sides", "count"),
    [
        ([side(), OTHER], 0),
        ([side()], 1),
        ([side(), OTHER, OTHER], 1),
        ([side(last_qty=2), OTHER], 1),
        ([side(last_px=101), OTHER], 1),
        ([side(side="sell"), OTHER], 1),
        ([side(contra_id=3), OTHER], 1),
    ],
)
def test_a_trade_has_two_equal_opposite_sides(sides: list[dict[str, Any]], count: int) -> None:
    truth = Truth()
    truth.sides[4] = sides
    assert len(truth.check_trades()) == count


def order_event(event: str, index: int, **changed: Any) -> dict[str, Any]:
    fields = {key: getattr(EXECUTION, key) for key in Execution.__dataclass_fields__}
    fields |= {"kind": "order_event", "epoch": 1, "index": index, "source": None, "note": ""}
    fields |= {"cum_notional": 0, "trade_id": 4, "contra_id": 2, "cum_qty": 0, "leaves_qty": 7}
    return {**fields, "event": event, "ord_status": "new", **changed}


def fold(*events: dict[str, Any]) -> list[str]:
    truth = Truth(node_id=1)
    for event in events:
        truth._take(event, b"")
    return truth.faults


ACCEPTED = order_event("accepted", 1)
FILLED = order_event(
    "executed", 2, cum_qty=3, leaves_qty=4, cum_notional=30_000, ord_status="partially_filled"
)


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ([ACCEPTED, FILLED], 0),
        ([ACCEPTED, FILLED | {"cum_qty": 4}], 1),
        ([ACCEPTED, FILLED | {"leaves_qty": 3}], 1),
        ([ACCEPTED, FILLED | {"cum_notional": 1}], 1),
        ([ACCEPTED, FILLED, FILLED | {"cum_qty": 6, "leaves_qty": 1, "cum_notional": 60_000}], 1),
        ([ACCEPTED, ACCEPTED | {"index": 2, "order_id": 3}], 1),
        ([ACCEPTED, FILLED | {"seq": 8}], 1),
    ],
    ids=["fits", "CumQty", "LeavesQty", "notional", "ExecID twice", "ClOrdID twice", "seq back"],
)
def test_events_that_contradict_each_other_are_found(
    events: list[dict[str, Any]], count: int
) -> None:
    assert len(fold(*events)) == count


@pytest.mark.parametrize(
    ("ticks", "text"), [(10_010, b"100.1"), (10_000, b"100"), (10_001, b"100.01"), (5, b"0.05")]
)
def test_a_price_has_no_zeros_at_its_end(ticks: int, text: bytes) -> None:
    assert price_text(ticks, TERMS) == text


def child_event(event: str, child_id: int = 8, **changed: Any) -> dict[str, Any]:
    fields = {
        "kind": "child_event",
        "seq": 9,
        "reason": None,
        "event": event,
        "child_id": child_id,
        "qty": 5,
    }
    return {**fields, "parent_id": EXECUTION.order_id, "cum_qty": 0, "state": "pending", **changed}


def test_children_that_together_ask_too_much_are_found() -> None:
    first, second = child_event("requested"), child_event("requested", child_id=9)
    assert len(fold(ACCEPTED, first)) == 0
    assert len(fold(ACCEPTED, first, second)) == 1
    assert len(fold(ACCEPTED, first, child_event("finished", state="done"), second)) == 0


def exchange_order(*executions: dict[str, str]) -> dict[str, Any]:
    cum_qty = sum(int(one["qty"]) for one in executions)
    return {"qty": "5", "cum_qty": str(cum_qty), "executions": executions}


def test_a_child_is_compared_with_the_exchanges_order() -> None:
    truth = Truth(node_id=1)
    truth._take(ACCEPTED, b"")
    truth._take(child_event("requested"), b"")
    child = truth.children[8]
    assert len(list(child_differences(8, child, exchange_order()))) == 1  # live
    child.state = "done"
    assert list(child_differences(8, child, exchange_order())) == []
    assert list(child_differences(8, child, None)) == []
    filled = exchange_order({"price": "100.1", "qty": "2"})
    assert len(list(child_differences(8, child, filled))) == 1
    child.cum_qty, child.cum_notional = 2, 20_020
    assert list(child_differences(8, child, filled)) == []
    child.cum_notional = 20_019
    assert len(list(child_differences(8, child, filled))) == 1
    assert len(list(child_differences(8, child, None))) == 1
    assert len(list(parent_differences(truth))) == 1
