"""What is refused before anything changes."""

import pytest

from internaliser.model.records import cancel_order, new_order, replace_order

from .market import INSTRUMENT, Market
from .scenario import play


def market_with(**terms: int) -> Market:
    market = Market()
    market.configure("instrument", {**INSTRUMENT, **terms}, "ETH/USD")
    market.client("A")
    market.client("B")
    return market


def ask(market: Market, **terms: object) -> str | None:
    values = {
        "client": 0, "instrument": 1, "side": "buy", "qty": 10, "price": 100, "cl_ord_id": "x",
        **terms,
    }  # fmt: skip
    reason: str | None = market.apply(new_order(**values))[0].reason  # type: ignore[arg-type]
    return reason


@pytest.mark.parametrize(
    ("terms", "order", "reason"),
    [
        ({}, {"instrument": None, "symbol": "??"}, "unknown_symbol"),
        ({}, {"instrument": 9}, "unknown_symbol"),
        ({"is_open": 0}, {}, "halted"),
        ({"price_min": 100}, {"price": 99}, "price_out_of_range"),
        ({"price_max": 100}, {"price": 101}, "price_out_of_range"),
        ({}, {"price": 0}, "price_out_of_range"),
        ({"qty_min": 11}, {}, "qty_out_of_range"),
        ({"qty_max": 9}, {}, "qty_out_of_range"),
        ({}, {"qty": 0}, "qty_out_of_range"),
        ({}, {"qty": -5}, "qty_out_of_range"),
        ({}, {"cl_ord_id": ""}, "cl_ord_id_length"),
        ({}, {"client": 7}, "unknown_account"),
        ({}, {"reason": 4}, "price_off_tick"),
        ({}, {}, None),
    ],
)
def test_each_refusal_has_its_reason_and_changes_nothing(
    terms: dict[str, int], order: dict[str, object], reason: str | None
) -> None:
    market = market_with(**terms)
    assert ask(market, **order) == reason
    assert len(market.core.orders()) == (reason is None)


def test_a_refusal_shows_the_symbol_and_the_value_as_they_came() -> None:
    market = market_with()
    command = new_order(
        client=0,
        instrument=None,
        side="buy",
        qty=1,
        cl_ord_id="x",
        symbol="DOGE",
        note="1.005",
        reason=4,
    )
    (event,) = market.apply(command)
    assert (event.symbol, event.note, event.instrument) == ("DOGE", "1.005", None)
    assert event.order_id == market.core.epoch << 44 | market.core.seq


def test_the_price_band_is_drawn_around_the_last_price() -> None:
    market = market_with(band_bp=1000)
    assert ask(market, price=1000, side="sell", cl_ord_id="s", client=1) is None
    assert ask(market, price=1000, cl_ord_id="b") is None  # nothing to draw it around yet
    assert ask(market, price=1101, side="sell", cl_ord_id="c") == "price_band"
    assert ask(market, price=1100, side="sell", cl_ord_id="d") is None


def test_a_market_order_stops_at_the_band() -> None:
    market = market_with(band_bp=1000)
    for price, name in ((1000, "s1"), (1090, "s2"), (1099, "s3")):
        ask(market, client=1, side="sell", price=price, qty=1, cl_ord_id=name)
    ask(market, price=1000, qty=1, cl_ord_id="b1")
    ask(market, client=1, side="sell", price=1098, qty=1, cl_ord_id="s4")
    market.configure("instrument", {**INSTRUMENT, "band_bp": 900}, "ETH/USD")
    events = market.apply(
        new_order(client=0, instrument=1, side="buy", qty=9, ord_type="market", cl_ord_id="b2")
    )
    told = [(e.event, e.last_px) for e in events if e.kind == "order_event" and e.client == 0]
    assert told == [("accepted", 0), ("executed", 1090), ("canceled", 0)]


def test_the_limit_on_open_orders_of_a_client() -> None:
    play("""
        client A orders 1
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 buy 1 @ 100
          A a2 rejected rejected 0/1 limit_open_orders
    """)


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"side": "sell"}, "side_changed"),
        ({"instrument": 0}, "side_changed"),
        ({"cl_ord_id": ""}, "cl_ord_id_length"),
        ({"reason": 8}, "qty_out_of_range"),
        ({"order_id": 5}, "unknown_order"),
        ({}, None),
    ],
)
def test_cancel_and_replace_must_agree_with_the_order(
    terms: dict[str, object], reason: str | None
) -> None:
    for build, more in ((cancel_order, {}), (replace_order, {"qty": 5, "price": 100})):
        market = market_with()
        ask(market)
        values = {"client": 0, "cl_ord_id": "y", "orig_cl_ord_id": "x", **more, **terms}
        (event,) = market.apply(build(**values))  # type: ignore[operator]
        assert event.reason == (reason or ("client_request" if build is cancel_order else None))


def test_an_order_may_be_named_by_its_order_id_alone() -> None:
    market = market_with()
    ask(market)
    (row,) = market.core.orders()
    foreign = market.apply(cancel_order(client=1, cl_ord_id="z", order_id=row["order_id"]))
    assert foreign[0].reason == "unknown_order"
    own = market.apply(cancel_order(client=0, cl_ord_id="y", order_id=row["order_id"]))
    assert own[0].event == "canceled"
