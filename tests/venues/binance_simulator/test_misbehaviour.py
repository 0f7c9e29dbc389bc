import pytest

from internaliser.venues.binance_simulator.misbehaviour import (
    ACTS,
    DEPTHS,
    ORDERS,
    REQUESTS,
    STATES,
    Kind,
    Misbehaviour,
    Rule,
    rule_of,
)


def misbehaviour(*texts: str) -> Misbehaviour:
    return Misbehaviour([rule_of(text) for text in texts])


def struck(rules: list[Rule | None]) -> list[str]:
    return [rule.kind.value if rule else "-" for rule in rules]


def test_every_kind_has_exactly_one_occasion() -> None:
    occasions = [*REQUESTS, *ORDERS, Kind.FILL_ON_CANCEL, *DEPTHS, *STATES, *ACTS]
    assert sorted(occasions) == sorted(Kind)


def test_a_rule_is_read_with_its_options() -> None:
    assert rule_of("busy:next=2:every=3:delay_ms=4:on=account.status:ms=5") == Rule(
        Kind.BUSY, 2, 3, 4, "account.status", 5
    )
    assert rule_of("busy").next == 1, "without a number the next one"


@pytest.mark.parametrize(
    ("text", "said"),
    [("nothing", "unknown misbehaviour 'nothing'"), ("busy:next", "expected KEY=VALUE"),
     ("busy:next=x", "next is a whole number"), ("busy:often=1", "not 'often'")],
)  # fmt: skip
def test_a_text_that_is_no_rule_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rule_of(text)


def test_the_next_ones_and_every_nth() -> None:
    rules = misbehaviour("reject:next=2")
    assert struck([rules.order() for _ in range(3)]) == ["reject", "reject", "-"]
    rules = misbehaviour("reject:every=3")
    assert struck([rules.order() for _ in range(6)]) == ["-", "-", "reject"] * 2
    assert (rules.placed, rules.done) == (6, {"reject": 2})


def test_a_request_rule_is_for_orders_unless_told_otherwise() -> None:
    rules = misbehaviour("busy", "garbage:on=depth", "banned:on=any")
    assert struck([rules.request(name) for name in ("account.status", "depth", "order.place")]) == [
        "banned", "garbage", "busy",
    ]  # fmt: skip


def test_a_depth_rule_is_for_every_symbol_unless_told_otherwise() -> None:
    rules = misbehaviour("crossed:on=ETHUSDT:next=2", "depth_gap")
    assert struck([rules.depth(name) for name in ("BTCUSDT", "BTCUSDT", "ETHUSDT")]) == [
        "depth_gap", "-", "crossed",
    ]  # fmt: skip


def test_each_occasion_has_its_own_rules() -> None:
    rules = misbehaviour("fill_on_cancel", "garbage:on=event")
    assert struck([rules.order(), rules.request("order.place"), rules.event(), rules.cancel()]) == [
        "-", "-", "garbage", "fill_on_cancel",
    ]  # fmt: skip


def test_a_state_lasts_as_long_as_it_was_told_to() -> None:
    rules = Misbehaviour()
    rules.add(rule_of("stale:ms=10"), 100)
    rules.add(rule_of("user_silent"), 100)
    found = [
        [kind.value for kind in STATES if rules.state(kind, now_ms)] for now_ms in (109, 110, 10**9)
    ]
    assert found == [["stale", "user_silent"], ["user_silent"], ["user_silent"]]
    rules.clear()
    assert rules.state(Kind.USER_SILENT, 0) is None
