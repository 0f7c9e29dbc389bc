"""Events carry all that a report needs, at their own index of the step."""

from internaliser.model import records

from .market import Market


def test_an_event_says_who_where_and_when() -> None:
    market = Market()
    market.client("A")
    (event,) = market.apply(
        records.new_order(
            client=0, instrument=0, side="sell", qty=3, price=7, tif="gtc", session=4, flags=3,
            cl_ord_id="a", time_ns=9 * 10**18,
        )
    )  # fmt: skip
    assert event.fields == {
        "kind": "order_event", "seq": market.core.seq, "index": 1, "event": "accepted",
        "time_ns": 9 * 10**18, "epoch": 1, "session": 4, "client": 0, "instrument": 0,
        "source": None, "reason": None, "side": "sell", "ord_type": "limit", "tif": "gtc",
        "liquidity": None, "exec_type": "new", "ord_status": "new", "flags": 3,
        "order_id": 1 << 44 | market.core.seq, "price": 7, "qty": 3, "cum_qty": 0,
        "leaves_qty": 3, "last_px": 0, "last_qty": 0, "contra_id": 0, "trade_id": 0,
        "cum_notional": 0, "fee": 0, "cl_ord_id": "a", "orig_cl_ord_id": "", "symbol": "",
        "note": "", "detail": 0, "number": 0,
    }  # fmt: skip


def test_a_report_goes_where_the_request_came_from_and_fills_to_the_last_accepted_one() -> None:
    market = Market()
    market.client("A")
    market.client("B")
    terms = {"client": 0, "instrument": 0, "side": "buy", "qty": 3, "price": 7}
    market.apply(records.new_order(**terms, cl_ord_id="a", session=1))  # type: ignore[arg-type]
    (status,) = market.apply(records.order_status(client=0, cl_ord_id="a", session=2))
    (replaced,) = market.apply(
        records.replace_order(
            client=0, cl_ord_id="b", orig_cl_ord_id="a", qty=2, price=7, session=3
        )
    )
    events = market.apply(
        records.new_order(
            client=1, instrument=0, side="sell", qty=1, price=7, cl_ord_id="x", session=9
        )
    )
    sessions = [event.session for event in events if event.kind == "order_event"]
    assert (status.session, replaced.session, sessions) == (2, 3, [9, 3, 9])


def test_a_step_of_many_events_grows_the_buffer() -> None:
    market = Market(fills_per_step_max=1000, orders_max=2000)
    market.client("A")
    market.client("B")
    for number in range(800):
        market.core.apply_bytes(
            records.new_order(
                client=0, instrument=0, side="buy", qty=1, price=7, cl_ord_id=f"{number}"
            )
        )
    events = market.apply(
        records.new_order(client=1, instrument=0, side="sell", qty=800, price=7, cl_ord_id="x")
    )
    assert [event.index for event in events] == list(range(1, 2 + 4 * 800))
