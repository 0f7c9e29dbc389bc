"""The book of one instrument at one venue, by hand and against a sorted book of plain Python."""

from decimal import Decimal

from internaliser.market.venue_book import CHANGED, VenueBook
from internaliser.model.enums import Side


def test_a_snapshot_and_a_change_make_the_book() -> None:
    book = VenueBook(Decimal("0.01"), Decimal("0.001"), 1000)
    assert book.load([["99.98", "1.5"]], [["100.02", "0.25"]]) == CHANGED
    assert book.apply([["99.99", "2"], ["99.98", "0"]], []) == CHANGED
    assert book.levels(Side.SIDE_BUY) == [(9999, 2000)]
    assert book.levels(Side.SIDE_SELL) == [(10002, 250)]
