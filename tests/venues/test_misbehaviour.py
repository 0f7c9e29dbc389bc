import pytest

from internaliser.venues.misbehaviour import (
    Kind,
    Misbehaviour,
    Rule,
    deliveries,
    make_rule,
    rule_of,
)
from internaliser.venues.simulated_exchange import Report


def report(kind: str, status: str, cum_qty: int, last_qty: int = 0) -> Report:
    last = [(32, str(last_qty)), (31, "100")] if last_qty else []
    return Report("8", kind, [(17, kind), (150, "?"), (39, status), *last, (151, "9"),
                              (14, str(cum_qty)), (6, "100")])  # fmt: skip


NEW = report("new", "0", 0)
TRADE = report("trade", "1", 4, 4)
CANCELED = report("canceled", "4", 4)
ORDER = [NEW, TRADE, CANCELED]


def told(kind: Kind) -> list[tuple[str, str, str, int]]:
    """(kind, 39, 14, delay) of every delivery."""
    return [
        (one.report.kind, one.report.value(39), one.report.value(14), one.delay_ms)
        for one in deliveries(Rule(kind, delay_ms=7), ORDER)
    ]


def test_without_a_rule_everything_is_told_as_it_is() -> None:
    assert [one.report for one in deliveries(None, ORDER)] == ORDER


def test_every_kind_tells_the_order_in_its_own_way() -> None:
    honest = [("new", "0", "0", 0), ("trade", "1", "4", 0), ("canceled", "4", "4", 0)]
    expected = {
        Kind.NO_ACK: [],
        Kind.LATE_ACK: [(*line[:3], 7) for line in honest],
        Kind.REJECT: honest,
        Kind.DUPLICATE_REPORT: [line for line in honest for _ in range(2)],
        Kind.FILL_BEFORE_ACK: [honest[1], honest[0], honest[2]],
        Kind.LATE_FILL_AFTER_CANCEL: [honest[0], ("new", "4", "0", 0), ("trade", "4", "4", 7)],
        Kind.WRONG_QUANTITY: [honest[0], ("trade", "1", "8", 0), honest[2]],
        Kind.DISCONNECT_BEFORE: honest,
        Kind.DISCONNECT_AFTER: honest,
        Kind.RESET_NUMBERS: honest,
    }
    assert {kind: told(kind) for kind in Kind} == expected


def test_an_order_without_fills_is_canceled_as_it_is() -> None:
    rule = Rule(Kind.LATE_FILL_AFTER_CANCEL)
    assert [one.report for one in deliveries(rule, [NEW, CANCELED])] == [NEW, CANCELED]


def turns(misbehaviour: Misbehaviour, count: int) -> list[str]:
    return [rule.kind if (rule := misbehaviour.next_order()) else "-" for _ in range(count)]


def test_next_is_so_many_orders_and_then_no_more() -> None:
    assert turns(Misbehaviour([rule_of("no_ack:next=2")]), 4) == ["no_ack", "no_ack", "-", "-"]


def test_every_is_each_nth_order() -> None:
    assert turns(Misbehaviour([rule_of("reject:every=3")]), 7) == [
        "-", "-", "reject", "-", "-", "reject", "-",
    ]  # fmt: skip


def test_next_goes_before_every() -> None:
    rules = [rule_of("reject:every=1"), rule_of("no_ack")]
    assert turns(Misbehaviour(rules), 3) == ["no_ack", "reject", "reject"]


def test_what_was_done_can_be_read() -> None:
    misbehaviour = Misbehaviour([rule_of("reject:every=2")])
    turns(misbehaviour, 5)
    assert (misbehaviour.order_count, misbehaviour.done) == (5, ["reject", "reject"])


def test_a_rule_is_read_from_its_text() -> None:
    assert rule_of("late_ack:every=5:delay_ms=20") == Rule(Kind.LATE_ACK, 0, 5, 20)
    assert rule_of("no_ack") == Rule(Kind.NO_ACK, 1, 0)


@pytest.mark.parametrize("text", ["lie", "no_ack:often=1", "no_ack:next=x", "no_ack:next"])
def test_a_rule_without_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unknown misbehaviour|expected next=N"):
        rule_of(text)


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        make_rule("no_ack", next=-1)
