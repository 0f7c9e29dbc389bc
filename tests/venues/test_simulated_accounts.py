from decimal import Decimal

from internaliser.venues.simulated_accounts import Accounts, Fees
from internaliser.venues.simulated_market import BUY, SELL, Listing

LISTING = Listing("BTC/USD")
D = Decimal


def test_a_taker_pays_the_price_and_the_fee() -> None:
    accounts = Accounts(D(1000), Fees(D(10)))
    assert accounts.execute("A", LISTING, BUY, D(100), D(2), is_taker=True) == D("0.2")
    assert accounts.of("A", ["BTC", "USD"]) == {"BTC": D(1002), "USD": D("799.8")}


def test_a_maker_pays_no_fee() -> None:
    accounts = Accounts(D(1000), Fees(D(10)))
    assert accounts.execute("A", LISTING, SELL, D(100), D(2), is_taker=False) == 0
    assert accounts.of("A", ["BTC", "USD"]) == {"BTC": D(998), "USD": D(1200)}


def test_what_is_held_cannot_be_held_again() -> None:
    accounts = Accounts(D(100), Fees())
    assert accounts.hold("A", "USD", D(60))
    assert not accounts.hold("A", "USD", D(50))
    assert accounts.hold("B", "USD", D(50))
    accounts.release("A", "USD", D(60))
    assert accounts.hold("A", "USD", D(100))


def test_the_worst_case_is_the_limit_price_with_its_fee_or_the_quantity() -> None:
    accounts = Accounts(D(100), Fees(D(10)))
    assert accounts.worst_case(LISTING, BUY, D(100), D(2)) == ("USD", D("200.2"))
    assert accounts.worst_case(LISTING, SELL, D(100), D(2)) == ("BTC", D(2))
