import pytest

from internaliser.venues.binance_simulator.amount import UNIT
from internaliser.venues.binance_simulator.listing import Listing, listing_from, listing_of
from internaliser.venues.binance_simulator.refusal import Refusal

LISTING = listing_of("BTC/USDT:100:0.01:0.001")
AVERAGE = 100 * UNIT


def test_a_listing_is_read_from_text_with_defaults_behind() -> None:
    assert [
        (one.symbol, one.base, one.quote, one.mid, one.tick, one.lot)
        for one in map(listing_of, ["BTC/USDT:30000", "A/B", "A/B:2:1:0.5"])
    ] == [
        ("BTCUSDT", "BTC", "USDT", 30_000 * UNIT, UNIT // 100, UNIT // 100_000),
        ("AB", "A", "B", 100 * UNIT, UNIT // 100, UNIT // 100_000),
        ("AB", "A", "B", 2 * UNIT, UNIT, UNIT // 2),
    ]


@pytest.mark.parametrize("text", ["", "BTCUSDT", "A/", "/B", "A/B:0", "A/B:x", "A/B:1:1:1:1:1"])
def test_a_text_that_is_no_listing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a symbol is BASE/QUOTE"):
        listing_of(text)


def test_steps_whose_product_is_too_fine_are_refused() -> None:
    with pytest.raises(ValueError, match="finer than 8 decimals"):
        listing_of("A/B:1:0.00001:0.0001")


def failure(check: object, *args: object, **options: object) -> str:
    try:
        check(*args, **options)  # type: ignore[operator]
    except Refusal as refusal:
        return refusal.text.removeprefix("Filter failure: ") if refusal.code == -1013 else "?"
    return "passed"


@pytest.mark.parametrize(
    ("price", "verdict"),
    [(100 * UNIT, "passed"), (100 * UNIT + 1, "PRICE_FILTER"), (0, "PRICE_FILTER"),
     (LISTING.price_max + LISTING.tick, "PRICE_FILTER"), (500 * UNIT, "passed"),
     (500 * UNIT + LISTING.tick, "PERCENT_PRICE_BY_SIDE"), (20 * UNIT, "passed"),
     (20 * UNIT - LISTING.tick, "PERCENT_PRICE_BY_SIDE")],
)  # fmt: skip
def test_prices_are_held_to_the_tick_and_the_band(price: int, verdict: str) -> None:
    assert failure(LISTING.check_price, price, AVERAGE) == verdict


@pytest.mark.parametrize(
    ("qty", "verdict"),
    [(LISTING.lot, "passed"), (0, "LOT_SIZE"), (LISTING.lot + 1, "LOT_SIZE"),
     (LISTING.qty_max, "passed"), (LISTING.qty_max + LISTING.lot, "LOT_SIZE")],
)  # fmt: skip
def test_quantities_are_held_to_the_lot(qty: int, verdict: str) -> None:
    assert failure(LISTING.check_qty, qty) == verdict


@pytest.mark.parametrize(
    ("qty", "is_market", "verdict"),
    [("0.05", False, "passed"), ("0.049", False, "NOTIONAL"), ("0.049", True, "NOTIONAL"),
     ("90001", False, "NOTIONAL"), ("90001", True, "passed")],
)  # fmt: skip
def test_amounts_are_held_between_the_notionals(qty: str, is_market: bool, verdict: str) -> None:
    amount = int(float(qty) * 1000) * LISTING.lot
    assert failure(LISTING.check_notional, AVERAGE, amount, is_market=is_market) == verdict


def test_a_listing_survives_its_own_exchange_info() -> None:
    assert listing_from(LISTING.told("TRADING"), LISTING.mid) == Listing(
        "BTC", "USDT", LISTING.mid, LISTING.tick, LISTING.lot
    )
