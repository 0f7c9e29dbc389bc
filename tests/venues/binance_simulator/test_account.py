import pytest

from internaliser.venues.binance_simulator.account import Account, Fees, pays_with
from internaliser.venues.binance_simulator.amount import UNIT


def test_nobody_locks_more_than_is_free() -> None:
    account = Account("main", 1)
    account.of("USDT").free = 10
    assert [account.lock("USDT", 7), account.lock("USDT", 4), account.lock("USDT", 3)] == [
        True, False, True,
    ]  # fmt: skip
    assert (account.of("USDT").free, account.of("USDT").locked) == (0, 10)
    account.unlock("USDT", 4)
    with pytest.raises(AssertionError):
        account.unlock("USDT", 7)


def test_an_execution_pays_from_what_is_locked() -> None:
    account = Account("main", 1)
    account.of("USDT").free = 10
    account.lock("USDT", 10)
    account.exchange("USDT", 6, "BTC", 2)
    assert (account.of("USDT").locked, account.of("BTC").free) == (4, 2)
    with pytest.raises(AssertionError):
        account.exchange("USDT", 5, "BTC", 2)


def test_fees_are_a_part_of_what_is_received_rounded_down() -> None:
    fees = Fees(maker=UNIT, taker=10 * UNIT)
    found = [
        fees.of(UNIT, is_maker=False),
        fees.of(UNIT, is_maker=True),
        fees.of(999, is_maker=False),
    ]
    assert found == [UNIT // 1000, UNIT // 10_000, 0]
    assert fees.rate(is_maker=False) == UNIT // 1000


def test_a_buyer_pays_quote_and_a_seller_base() -> None:
    assert [pays_with("BUY", "BTC", "USDT"), pays_with("SELL", "BTC", "USDT")] == [
        ("USDT", "BTC"), ("BTC", "USDT"),
    ]  # fmt: skip
