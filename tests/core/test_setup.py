"""Configuration commands."""

import pytest

from internaliser.model.commands import config_command

from .market import INSTRUMENT, LIMITS, Market


def reason_of(market: Market, kind: str, values: dict[str, int], name: str = "") -> str | None:
    reason: str | None = market.apply(config_command(kind, values, name=name))[-1].reason
    return reason


def test_a_known_name_changes_its_entry_and_a_new_one_takes_the_next_index() -> None:
    market = Market()
    market.client("A", taker_fee=1)
    market.client("B")
    market.client("A", taker_fee=2)
    assert [(row["index"], row["name"], row["taker_fee"]) for row in market.core.clients()] == [
        (0, "A", 2), (1, "B", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values", "name", "reason"),
    [
        ("asset", {"decimals": 31}, "X", "unsupported"),
        ("asset", {"decimals": 8}, "USD", "stale_command"),
        ("instrument", {**INSTRUMENT, "base": 7}, "N", "unsupported"),
        ("instrument", {**INSTRUMENT, "quote": 0}, "N", "unsupported"),
        ("instrument", {**INSTRUMENT, "lot_base_units": 0}, "N", "unsupported"),
        ("instrument", {**INSTRUMENT, "price_min": 0}, "N", "unsupported"),
        ("instrument", {**INSTRUMENT, "qty_max": 2**40}, "N", "unsupported"),
        ("instrument", {**INSTRUMENT, "tick_lot_quote_units": 10**15}, "N", "capacity"),
        ("instrument", {**INSTRUMENT, "tick_mantissa": 5}, "BTC/USD", "stale_command"),
        ("client", {"taker_fee": 10**8}, "A", "unsupported"),
        ("client", {"self_match": 4}, "A", "unsupported"),
        ("source", {"taker_fee": -(10**8)}, "X", "unsupported"),
        ("session", {"client": 3, "source": 0xFFFF}, "FIX.4.4", "unknown_account"),
        ("funding", {"asset": 9, "owner_kind": 1, "owner": 0, "amount": 1}, "", "unknown_account"),
        ("funding", {"asset": 0, "owner_kind": 1, "owner": 3, "amount": 1}, "", "unknown_account"),
        ("credit", {"asset": 0, "owner_kind": 2, "owner": 0, "amount": 1}, "", "unknown_account"),
        ("limits", {**LIMITS, "orders_max": 10**7}, "", "capacity"),
        ("limits", {**LIMITS, "children_max": 30_001}, "", "capacity"),
        ("limits", {**LIMITS, "expiry_chunk": 0}, "", "unsupported"),
    ],
)
def test_what_contradicts_itself_or_what_stands_is_refused(
    kind: str, values: dict[str, int], name: str, reason: str
) -> None:
    market = Market()
    before = market.core.instruments(), market.core.limits(), market.core.accounts()
    assert reason_of(market, kind, values, name) == reason
    assert (market.core.instruments(), market.core.limits(), market.core.accounts()) == before


def test_funding_sets_the_amount_and_posts_the_difference() -> None:
    market = Market()
    market.client("A")
    market.source("X")
    market.fund("A", "USD", 100)
    market.fund("A", "USD", 30)
    market.fund("X", "USD", 500)
    rows = {row["owner"]: (row["balance"], row["available"]) for row in market.core.accounts()}
    # What we hold at a source it owes us: its balance is negative, and it can all be used.
    assert rows == {"A": (30, 30), "outside": (470, 470), "X": (-500, 500)}


def test_an_instrument_can_be_closed_and_its_limits_changed() -> None:
    market = Market()
    market.configure("instrument", {**INSTRUMENT, "is_open": 0, "qty_max": 5}, "BTC/USD")
    (row,) = market.core.instruments()
    assert (row["is_open"], row["qty_max"]) == (False, 5)


def test_a_session_belongs_to_a_client_or_a_source() -> None:
    market = Market()
    market.client("A")
    market.source("X")
    for values, note in (
        ({"client": 0, "source": 0xFFFF}, "NODE>A"),
        ({"client": 0xFFFF, "source": 0}, "NODE>X"),
    ):
        market.apply(config_command("session", values, name="FIX.4.4", note=note))
    nothing = {"is_followed": False, "cancels": "none", "cancel_due_ns": 0}
    ours, theirs = market.core.sessions()
    assert ours == {
        "index": 0, "begin_string": "FIX.4.4", "comp_ids": "NODE>A", "client": 0, "source": None,
        **nothing,
    }  # fmt: skip
    assert theirs == {
        "index": 1, "begin_string": "FIX.4.4", "comp_ids": "NODE>X", "client": None, "source": 0,
        **nothing,
    }  # fmt: skip
    assert market.core.sources()[0]["session"] == 1


def test_unlimited_credit_can_be_taken_back() -> None:
    market = Market()
    market.client("A")
    market.fund("A", "USD", 0, kind="credit")
    market.client("A", has_unlimited_credit=0)
    (row,) = market.core.accounts()
    assert not row["has_unlimited_credit"]
