"""One side of a book as levels."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from internaliser.feed.levels import Side


def test_the_best_price_comes_first_on_either_side() -> None:
    for is_buy, expected in ((True, [103, 101, 99]), (False, [99, 101, 103])):
        side = Side(is_buy)
        for price in (101, 99, 103):
            side.add(price, 5, 1)
        assert [price for price, _, _ in side.levels()] == expected


@given(st.booleans(), st.lists(st.tuples(st.integers(1, 20), st.integers(1, 9)), max_size=200))
def test_a_side_holds_what_was_added_and_not_taken_away(
    is_buy: bool, orders: list[tuple[int, int]]
) -> None:
    side = Side(is_buy)
    held: dict[int, list[int]] = defaultdict(list)
    for number, (price, qty) in enumerate(orders):
        if number % 3 == 2 and held[price]:
            side.add(price, -held[price].pop(), -1)
        else:
            held[price].append(qty)
            side.add(price, qty, 1)
        levels = [(price, sum(rest), len(rest)) for price, rest in held.items() if rest]
        assert side.levels() == sorted(levels, reverse=is_buy)
