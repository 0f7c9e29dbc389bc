"""Limits, keys, time and misbehaviour about requests, before anything is done."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.venues.binance_simulator.endpoints import ENDPOINTS
from internaliser.venues.binance_simulator.front import Answer, answer
from internaliser.venues.binance_simulator.limits import Limits
from internaliser.venues.binance_simulator.misbehaviour import make_rule
from internaliser.venues.binance_simulator.rest import asked_of

from .support import KEY, NOW_MS, Bench, signed


def ask(bench: Bench, query: str, api_key: str = KEY, body: str = "") -> Answer:
    asked = asked_of("GET", "/api/v3/account", query, body, api_key)
    assert asked is not None
    return answer(bench.desk, asked, bench.now_ms)


def test_who_does_not_say_who_he_is_gets_nothing() -> None:
    bench = Bench()
    good = signed({"timestamp": NOW_MS})
    assert bench.error(ask(bench, good, "")) == (401, -2014, "API-key format invalid.")
    assert bench.error(ask(bench, good, "nobody")) == (
        401, -2015, "Invalid API-key, IP, or permissions for action.",
    )  # fmt: skip
    assert bench.error(ask(bench, f"timestamp={NOW_MS}"))[1] == -1102
    assert bench.error(ask(bench, signed({"timestamp": NOW_MS}, "wrong"))) == (
        400, -1022, "Signature for this request is not valid.",
    )  # fmt: skip
    assert ask(bench, good).status == 200


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, -1102),
        ({"timestamp": "soon"}, -1102),
        ({"timestamp": NOW_MS - 5_000}, None),
        ({"timestamp": NOW_MS - 5_001}, -1021),
        ({"timestamp": NOW_MS + 999}, None),
        ({"timestamp": NOW_MS + 1_000}, -1021),
        ({"timestamp": NOW_MS - 10, "recvWindow": 9}, -1021),
        ({"timestamp": NOW_MS - 10, "recvWindow": "10.5"}, None),
        ({"timestamp": NOW_MS - 60_000, "recvWindow": 60_000}, None),
        ({"timestamp": NOW_MS, "recvWindow": 60_001}, -1131),
        ({"timestamp": NOW_MS, "recvWindow": "x"}, -1102),
        ({"timestamp": NOW_MS * 1_000}, None),
    ],
)
def test_a_request_counts_only_near_its_time(params: dict[str, object], code: int | None) -> None:
    bench = Bench()
    found = ask(bench, signed(params))
    assert (found.body.get("code") if found.refusal else None) == code


def test_answers_say_what_is_used_up() -> None:
    found = Bench().place()
    assert found.headers == {
        "x-mbx-used-weight": "1", "x-mbx-used-weight-1m": "1",
        "x-mbx-order-count-10s": "1", "x-mbx-order-count-1d": "1",
    }  # fmt: skip


def test_too_much_weight_is_429_with_the_seconds_to_wait() -> None:
    bench = Bench(limits=Limits(weight_max=20))
    assert bench.ask("GET", "account").status == 200
    found = bench.ask("GET", "ping")
    assert (found.status, found.body["code"], found.headers["retry-after"]) == (429, -1003, "40")
    assert "data" not in found.body


def test_too_many_orders_are_429_without_a_wait() -> None:
    bench = Bench(limits=Limits(orders_10s_max=1))
    bench.place()
    found = bench.place()
    assert (found.status, found.body["code"], found.retry_after_s) == (429, -1015, 0)
    assert len(bench.desk.exchange.orders) == 1


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("timeout", 504, -1007), ("unexpected", 500, -1006), ("error", 502, -1000)],
)
def test_an_unknown_outcome_is_either(kind: str, status: int, code: int) -> None:
    for when, count in (("before", 0), ("after", 1)):
        bench = Bench(f"{kind}_{when}")
        found = bench.place()
        assert (found.status, found.body["code"]) == (status, code)
        assert len(bench.desk.exchange.orders) == count
        assert len(bench.ears.reports()) == 2 * count
        assert bench.place().status == 200, "the next one is as it should be"


def test_a_connection_drops_before_or_after() -> None:
    for when, count in (("before", 0), ("after", 1)):
        bench = Bench(f"drop_{when}")
        assert bench.place().is_dropped
        assert len(bench.desk.exchange.orders) == count


def test_no_answer_is_an_order_all_the_same() -> None:
    bench = Bench("no_answer")
    assert bench.place().is_silent
    assert [one[0] for one in bench.ears.reports()] == ["NEW", "TRADE"]


def test_a_late_answer_says_by_how_much() -> None:
    assert Bench("late_answer:delay_ms=70").place().delay_ms == 70


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("busy", 503, -1008), ("clock_skew", 400, -1021), ("rate_limited", 429, -1003),
     ("banned", 418, -1003)],
)  # fmt: skip
def test_a_request_that_is_not_looked_at_changes_nothing(kind: str, status: int, code: int) -> None:
    bench = Bench(f"{kind}:ms=1500")
    found = bench.place()
    assert (found.status, found.body["code"]) == (status, code)
    assert found.headers.get("retry-after") == ("2" if status in (429, 418) else None)
    assert bench.desk.exchange.orders == []
    assert bench.place().status == (418 if kind == "banned" else 200)


def test_a_rule_strikes_the_request_it_is_for() -> None:
    bench = Bench("timeout_after:on=order.cancel")
    bench.place(newClientOrderId="x", timeInForce="GTC", price="100")
    found = bench.ask("DELETE", "order", symbol="BTCUSDT", origClientOrderId="x")
    assert (found.status, bench.desk.exchange.orders[0].status) == (504, "CANCELED")


def test_a_rule_for_any_request_strikes_the_next() -> None:
    bench = Bench("garbage:on=any")
    assert bench.ask("GET", "ping").is_garbled


@pytest.mark.parametrize("kind", ["unknown_enum", "extra_fields", "many_decimals"])
def test_an_answer_with_a_wrong_form_is_of_a_right_order(kind: str) -> None:
    bench = Bench(kind)
    found = bench.place()
    honest = Bench().place()
    assert found.body != honest.body
    assert len(bench.desk.exchange.orders) == 1


def test_maintenance_refuses_everything_until_it_ends() -> None:
    bench = Bench()
    bench.desk.misbehaviour.add(make_rule("maintenance", {"ms": "100"}), NOW_MS)
    for act in (lambda: bench.ask("GET", "ping"), bench.place):
        found = act()
        assert (found.status, found.body["msg"]) == (503, "System is under maintenance.")
    bench.now_ms += 100
    assert bench.place().status == 200


WORDS = [
    "", "0", "1", "-1", "BTCUSDT", "BUY", "SELL", "LIMIT", "MARKET", "LIMIT_MAKER", "GTC", "IOC",
    "FOK", "100", "101", "0.001", "1e5", "9" * 20, "9" * 5000, "\u0661", "\U0001f600", "[[[",
    '["BTCUSDT"]', "true", "1m", "STOP_ON_FAILURE", "ALLOW_FAILURE", "ACK", "99999999999.00000001",
]  # fmt: skip


@settings(max_examples=3000 if os.environ.get("INTERNALISER_DEEP") else 50, deadline=None)
@given(st.data())
def test_whatever_is_asked_gets_an_answer(data: st.DataObject) -> None:
    """No parameter of any request breaks the venue: it is done, or refused with a code."""
    bench = Bench()
    for _ in range(3):
        endpoint = ENDPOINTS[data.draw(st.sampled_from(sorted(ENDPOINTS)))]
        names = st.sampled_from(sorted(endpoint.params | {"recvWindow", "unknown"}))
        params = data.draw(st.dictionaries(names, st.sampled_from(WORDS) | st.text(max_size=5)))
        found = bench.ask(endpoint.method, endpoint.path.removeprefix("/api/v3/"), **params)
        assert found.refusal is None or -9999 < found.body["code"] < 0
    for account in bench.desk.exchange.accounts.values():
        assert all(one.free >= 0 and one.locked >= 0 for one in account.balances.values())
