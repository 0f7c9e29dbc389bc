"""Accounts: made when first needed, one per owner and asset, zero-sum."""

from .market import Market


def test_an_account_is_made_once_and_keeps_its_number() -> None:
    market = Market()
    market.client("A")
    for amount in (5, 7, 7):
        market.fund("A", "USD", amount)
    assert [(row["account"], row["owner"], row["balance"]) for row in market.core.accounts()] == [
        (0, "A", 7), (1, "outside", -7),
    ]  # fmt: skip


def test_balances_beyond_64_bits_and_below_zero_are_exact() -> None:
    market = Market()
    market.client("A")
    for amount in (2**100 + 1, -(2**90) - 1):
        market.fund("A", "USD", amount)
        assert [row["balance"] for row in market.core.accounts()] == [amount, -amount]
        assert market.core.accounts()[0]["funded"] == amount


def test_many_owners_and_assets_are_kept_apart() -> None:
    market = Market()
    for number in range(300):
        market.client(f"C{number}")
        market.fund(f"C{number}", "USD", number)
        market.fund(f"C{number}", "BTC", 1000 + number)
    rows = {(row["owner"], row["asset"]): row["balance"] for row in market.core.accounts()}
    assert all(rows[f"C{n}", "USD"] == n and rows[f"C{n}", "BTC"] == 1000 + n for n in range(300))
    assert market.copied().accounts() == market.core.accounts()
