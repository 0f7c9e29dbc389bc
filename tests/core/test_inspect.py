"""Rows: what Python sees of the state."""

from .scenario import play


def test_an_order_row_says_everything_about_an_order() -> None:
    market = play("""
        client A fees 0 0
        client B
        > A new a1 buy 6 @ 101 gtc
          A a1 accepted new 0/6
        > B new b1 sell 1 @ 101
          B b1 accepted new 0/1
          A a1 executed partially_filled 1/6 1@101 added
          B b1 executed filled 1/1 1@101 removed
    """)
    assert market.core.orders(open_only=True) == [{
        "order_id": 1 << 44 | 8, "cl_ord_id": "a1", "client": "A", "symbol": "BTC/USD",
        "session": 0,
        "side": "1", "ord_type": "2", "tif": "1", "ord_status": "1", "reason": 0, "price": 101,
        "qty": 6, "cum_qty": 1, "leaves_qty": 5, "local_qty": 5, "away_qty": 0, "cum_notional": 101,
        "reserved": 505, "is_open": True,
    }]  # fmt: skip
    assert [row["cl_ord_id"] for row in market.core.orders()] == ["a1", "b1"]


def test_child_and_view_rows() -> None:
    market = play("""
        client A
        source X
        > source X up
          state source_state up
        > view X asks 4@101 bids 2@99
        > A new a1 buy 6 @ 101
          A a1 accepted new 0/6
          X c1 requested pending 0/4@101
    """)
    (child,) = market.core.children(live_only=True)
    assert (child["child_id"], child["parent_id"]) == (
        1 << 44 | 1,
        market.core.orders()[0]["order_id"],
    )
    assert (child["source"], child["side"], child["state"], child["qty"]) == (
        "X",
        "1",
        "pending",
        4,
    )
    (view,) = market.core.views()
    assert (view["source"], view["bids"], view["asks"]) == ("X", [(99, 2)], [(101, 4)])


def test_depth_is_best_first_with_counts_and_a_limit() -> None:
    market = play("""
        client A
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 buy 2 @ 100
          A a2 accepted new 0/2
        > A new a3 buy 5 @ 101
          A a3 accepted new 0/5
    """)
    assert market.core.depth(0) == ([(101, 5, 1), (100, 3, 2)], [])
    assert market.core.depth(0, 1) == ([(101, 5, 1)], [])


def test_configured_things_by_name() -> None:
    market = play("client A\nsource X fee 7")
    core = market.core
    assert [row["name"] for row in core.assets()] == ["BTC", "USD"]
    assert [(row["symbol"], row["base"], row["quote"]) for row in core.instruments()] == [
        ("BTC/USD", "BTC", "USD")
    ]
    assert [(row["name"], row["state"]) for row in core.clients()] == [("A", "active")]
    assert [(row["name"], row["link"], row["taker_fee"]) for row in core.sources()] == [
        ("X", "down", 7)
    ]
    assert core.limits()["expiry_chunk"] == 3
