"""Executions become postings that sum to zero, with trade ids that both sides share."""

from internaliser.model.records import new_order

from .market import Market
from .scenario import play


def test_every_leg_of_a_trade_is_posted() -> None:
    play("""
        postings
        client A fees -1000000 0
        client B fees 0 2000000
        > A new a1 sell 4 @ 100
          A a1 accepted new 0/4
        > B new b1 buy 4 @ 105
          B b1 accepted new 0/4
          A a1 executed filled 4/4 4@100 added fee -4
          B b1 executed filled 4/4 4@100 removed fee 8
          post base 4 BTC A -> B
          post quote 400 USD B -> A
          post fee 4 USD house -> A
          post fee 8 USD B -> house
        = account house USD 4
    """)


def test_every_leg_of_a_routed_sell_is_posted() -> None:
    play("""
        postings
        client A fees 0 0 1000000
        source X fee 2000000
        > source X up
          state source_state up
        > view X bids 4@100
        > A new a1 sell 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        = account X BTC 0 reserved 4
        > report X c1 fill 4@100 cum 4 final exec e1
          X c1 filled pending 4/4@100 4@100
          A a1 executed filled 4/4 4@100 routed at X fee 12
          post base 4 BTC A -> X
          post quote 400 USD X -> A
          post venue_fee 8 USD A -> X
          post fee 4 USD A -> house
          X c1 finished done 4/4@100
        = account X BTC 4 reserved 0
        = account X USD -392
    """)


def test_a_trade_has_one_id_on_both_sides_and_its_postings_and_no_other() -> None:
    market = Market()
    market.client("A")
    market.client("B", taker_fee=2_000_000)
    for name in ("a1", "a2"):
        market.apply(
            new_order(client=0, instrument=0, side="sell", qty=1, price=100, cl_ord_id=name)
        )
    events = market.apply(
        new_order(client=1, instrument=0, side="buy", qty=2, price=100, cl_ord_id="b1")
    )
    ids = [
        event.trade_id for event in events if event.kind == "posting" or event.event == "executed"
    ]
    first, second = ids[0], ids[-1]
    assert first == market.core.seq << 16 | 2
    assert ids == [first] * 5 + [second] * 5
    sides = [event for event in events if event.kind == "order_event" and event.event == "executed"]
    assert [event.contra_id for event in sides[:2]] == [sides[1].order_id, sides[0].order_id]


def test_a_client_may_trade_with_itself_where_it_is_allowed() -> None:
    play("""
        client A
        > A new a1 sell 4 @ 100
          A a1 accepted new 0/4
        > A new a2 buy 4 @ 100
          A a2 accepted new 0/4
          A a1 executed filled 4/4 4@100 added
          A a2 executed filled 4/4 4@100 removed
        = account A BTC 0 reserved 0
        = account A USD 0 reserved 0
    """)


def test_amounts_beyond_64_bits_stay_exact() -> None:
    market = Market()
    terms = {
        "base": 0, "quote": 1, "is_open": 1, "price_decimals": 0, "tick_mantissa": 1,
        "lot_mantissa": 1, "qty_decimals": 0, "price_min": 1, "price_max": 10**9, "qty_min": 1,
        "qty_max": 10**9, "lot_base_units": 10**18, "tick_lot_quote_units": 10**11,
    }  # fmt: skip
    market.configure("instrument", terms, "BIG/USD")
    market.client("A", maker_fee=10_000_000)
    market.client("B", taker_fee=-3)
    for client, side in ((0, "sell"), (1, "buy")):
        market.apply(
            new_order(client=client, instrument=1, side=side, qty=10**9, price=10**9, cl_ord_id="x")
        )
    amount = 10**9 * 10**9 * 10**11
    rows = {(row["owner"], row["asset"]): row["balance"] for row in market.core.accounts()}
    assert rows["A", "BTC"] == -(10**27)
    assert rows["A", "USD"] == amount - amount // 10
    assert rows["B", "USD"] == -amount + amount * 3 // 10**8
    assert rows["house", "USD"] == amount // 10 - amount * 3 // 10**8
