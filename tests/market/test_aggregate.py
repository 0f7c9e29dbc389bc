"""Mids over sources and values by them, worked out by hand."""

from decimal import Decimal

import pytest

from internaliser.market.aggregate import AggregatedMids, Market, Mid, value_of

MARKETS = {
    0: Market("BTC/USD", "BTC", "USD", Decimal("0.5")),
    1: Market("ETH/BTC", "ETH", "BTC", Decimal("0.00001")),
}


def mid(symbol: str, price: str, age_ns: int = 0) -> Mid:
    base, quote = symbol.split("/")
    return Mid(symbol, base, quote, Decimal(price), age_ns)


def test_the_mid_lies_between_the_best_bid_and_the_best_ask_of_all_sources() -> None:
    mids = AggregatedMids(MARKETS)
    mids.on_top(3, 0, (100, 1), (106, 1), 10)
    mids.on_top(4, 0, (101, 1), (108, 1), 20)
    # 101 of source 4 and 106 of source 3: 207 half ticks of 0.5
    assert mids.mid(0, 25) == Mid(
        "BTC/USD", "BTC", "USD", Decimal("51.75"), 15, 207, bid_source=4, ask_source=3
    )


def test_among_equal_prices_the_first_source_is_named() -> None:
    mids = AggregatedMids(MARKETS)
    mids.on_top(4, 0, (100, 1), (106, 1), 10)
    mids.on_top(3, 0, (100, 1), (106, 1), 20)
    found = mids.mid(0, 20)
    assert found is not None
    assert (found.bid_source, found.ask_source, found.age_ns) == (3, 3, 0)


def test_a_source_with_one_side_counts_on_that_side() -> None:
    mids = AggregatedMids(MARKETS)
    mids.on_top(3, 0, (100, 1), None, 10)
    assert mids.mid(0, 10) is None
    mids.on_top(4, 0, None, (103, 1), 10)
    assert [found.twice_ticks for found in mids.mids(10)] == [203]


def test_sources_may_cross_each_other_but_not_themselves() -> None:
    mids = AggregatedMids(MARKETS)
    mids.on_top(3, 0, (100, 1), (101, 1), 10)
    mids.on_top(4, 0, (103, 1), (104, 1), 10)
    assert [found.twice_ticks for found in mids.mids(10)] == [204]
    mids.on_top(4, 0, (105, 1), (105, 1), 11)
    assert [found.twice_ticks for found in mids.mids(11)] == [201]


def test_a_lost_book_counts_no_more() -> None:
    mids = AggregatedMids(MARKETS)
    for source in (3, 4):
        for instrument in (0, 1):
            mids.on_top(source, instrument, (100 + source, 1), (110 + source, 1), 10)
    mids.lose(4, 0)
    assert [found.twice_ticks for found in mids.mids(10)] == [216, 217]
    mids.lose_source(3)
    assert [found.twice_ticks for found in mids.mids(10)] == [218]
    mids.lose_source(4)
    assert mids.mids(10) == []


@pytest.mark.parametrize(
    ("amount", "asset", "value", "by"),
    [
        ("7", "USD", "7", []),
        ("2", "BTC", "120000", ["BTC/USD"]),
        ("3", "EUR", "3.75", ["USD/EUR"]),  # 3 / 0.8
        ("10", "ETH", "30000", ["ETH/BTC", "BTC/USD"]),  # 10 * 0.05 * 60000
        ("4", "GBP", "6", ["GBP/EUR", "USD/EUR"]),  # 4 * 1.2 / 0.8
        ("-2", "BTC", "-120000", ["BTC/USD"]),
    ],
)
def test_a_value_names_the_mids_it_came_by(
    amount: str, asset: str, value: str, by: list[str]
) -> None:
    mids = [
        mid("BTC/USD", "60000"),
        mid("ETH/BTC", "0.05"),
        mid("USD/EUR", "0.8"),
        mid("GBP/EUR", "1.2"),
    ]
    worth = value_of(Decimal(amount), asset, "USD", mids)
    assert worth is not None
    assert (worth.value, [used.symbol for used in worth.mids]) == (Decimal(value), by)


def test_nothing_is_valued_over_three_mids_or_by_a_price_of_zero() -> None:
    mids = [mid("A/B", "2"), mid("B/C", "2"), mid("C/D", "2"), mid("A/D", "0")]
    assert value_of(Decimal(1), "A", "D", mids) is None
    assert value_of(Decimal(1), "X", "D", mids) is None


def test_one_mid_is_preferred_then_the_younger_then_the_first_by_name() -> None:
    two = [mid("A/B", "2", 1), mid("B/D", "2", 1)]
    other = [mid("A/C", "3", 1), mid("C/D", "3", 2)]
    equal = [mid("A/0", "5", 1), mid("0/D", "5", 1)]
    direct = mid("A/D", "7", 99)

    def worth(*mids: Mid) -> tuple[Decimal, int]:
        found = value_of(Decimal(1), "A", "D", mids)
        assert found is not None
        return found.value, found.age_ns

    assert worth(*other, *two, direct) == (7, 99)
    assert worth(*other, *two) == (4, 1)
    assert worth(*two, *equal) == (25, 1)
    assert worth(*other) == (9, 2)


def test_a_value_is_exact_as_far_as_any_asset_counts() -> None:
    worth = value_of(Decimal("1e12"), "A", "B", [mid("B/A", "3")])
    assert worth is not None
    assert str(worth.value).startswith("333333333333.333333333333333333333333333333333333")
