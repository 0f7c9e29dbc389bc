"""One side of a venue's book, seen from the book: sorted whatever order the venue has."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from internaliser.market.venue_book import REFUSED, VenueBook
from internaliser.model.enums import Side

BUY, SELL = Side.SIDE_BUY, Side.SIDE_SELL
levels = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 3)), max_size=40)


def book_of(levels_max: int) -> VenueBook:
    one = Decimal(1)
    return VenueBook(one, one, levels_max, price_step=one)


def text(levels: list[tuple[int, int]]) -> list[list[str]]:
    return [[str(price), str(qty)] for price, qty in levels]


@given(loaded=levels, changes=st.lists(levels, max_size=8), levels_max=st.integers(1, 30))
def test_both_sides_hold_their_best_levels_in_order(
    loaded: list[tuple[int, int]], changes: list[list[tuple[int, int]]], levels_max: int
) -> None:
    book = book_of(levels_max)
    if len({price for price, _ in loaded}) < len(loaded):
        assert book.load(text(loaded), []) == REFUSED
        loaded = []
    assert book.load(text(loaded), text(loaded)) != REFUSED
    known = {BUY: dict(loaded), SELL: dict(loaded)}
    for change in [[], *changes]:
        assert book.apply(text(change), text(change)) != REFUSED
        for side, sign in ((BUY, -1), (SELL, 1)):
            known[side].update(change)
            left = sorted(
                ((price, qty) for price, qty in known[side].items() if qty),
                key=lambda level: sign * level[0],
            )[:levels_max]
            known[side] = dict(left)
            assert book.stored(side, 100) == left


def test_levels_far_from_the_best_and_near_it_make_room_on_their_own_side() -> None:
    book = book_of(1000)
    book.load(text([(price, 1) for price in range(100, 200)]), [])
    for price in [*range(99, 49, -1), *range(200, 260)]:
        book.apply(text([(price, 2)]), [])
    assert [price for price, _ in book.stored(BUY, 1000)] == list(range(259, 49, -1))
    book.apply(text([(price, 0) for price in range(50, 255)]), [])
    assert book.stored(BUY, 1000) == [(price, 2) for price in range(259, 254, -1)]
