"""Each venue's rule by the venue's own words."""

from internaliser.market.sync_rules import BINANCE, Place


def test_binance_takes_the_change_that_covers_the_next_id() -> None:
    assert BINANCE.place(100, 99, 104) is Place.NEXT
    assert BINANCE.place(100, 99, 100) is Place.OLD
    assert BINANCE.place(100, 102, 104) is Place.GAP
