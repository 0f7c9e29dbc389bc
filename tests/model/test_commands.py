"""What the edge builds is what the reader of records reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.model.commands import admin_command, config_command, epoch_command
from internaliser.model.fields import record_fields

int64 = st.integers(-(2**63), 2**63 - 1)
int128 = st.integers(-(2**127), 2**127 - 1)
text = st.text(st.characters(max_codepoint=255), max_size=128)


@given(int128, st.integers(0, 2**16 - 2), text, text)
def test_a_configured_amount_survives(amount: int, owner: int, name: str, note: str) -> None:
    values = {"amount": amount, "asset": 1, "owner": owner, "owner_kind": 1}
    record = record_fields(config_command("funding", values, name=name, note=note))
    assert {key: record[key] for key in values} == values
    assert (record["kind"], record["action"]) == ("config", "funding")
    assert (record["name"], record["note"]) == (name, note)


@given(int64, int64, st.integers(0, 2**64 - 1), text)
def test_an_operator_command_survives(qty: int, price: int, target_id: int, note: str) -> None:
    command = admin_command(
        "resolve_child", target_id=target_id, qty=qty, price=price, client=3, note=note
    )
    record = record_fields(command)
    assert record["action"] == "resolve_child"
    assert [record[key] for key in ("target_id", "qty", "price", "client", "source", "note")] == [
        target_id,
        qty,
        price,
        3,
        None,
        note,
    ]


def test_a_transfer_carries_its_two_accounts() -> None:
    fields = {
        "asset": 1,
        "debit_owner": 2,
        "credit_owner": 3,
        "debit_kind": 1,
        "credit_kind": 2,
        "amount": 2**100,
    }
    record = record_fields(admin_command("transfer", transfer=fields))
    assert {key: record[key] for key in fields} == fields


def test_a_listing_survives() -> None:
    values = {
        "source": 3, "instrument": 4, "is_listed": 1, "price_step": 2, "qty_step": 5, "qty_min": 10,
        "qty_max": 2**39, "notional_min": 2**70 + 1, "price_min": 7, "price_max": 9,
    }  # fmt: skip
    record = record_fields(config_command("listing", values, name="BTC/USD", note="XBTUSD"))
    assert {key: record[key] for key in values} == values
    assert (record["action"], record["name"], record["note"]) == ("listing", "BTC/USD", "XBTUSD")


def test_records_are_multiples_of_eight_bytes() -> None:
    for size in range(9):
        command = config_command("client", {}, name="x" * size)
        assert len(command) % 8 == 0
        assert record_fields(command)["name"] == "x" * size


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no such field: tick"):
        config_command("asset", {"decimals": 2, "tick": 1})
    with pytest.raises(ValueError, match=r"expected one of asset, instrument, .*, found pair"):
        config_command("pair", {})
    with pytest.raises(ValueError, match=r"expected one of halt, .*, found stop"):
        admin_command("stop")
    with pytest.raises(ValueError, match="a transfer, and nothing else"):
        admin_command("halt", transfer={})
    with pytest.raises(ValueError, match="expected at most 255 bytes"):
        admin_command("halt", note="x" * 256)
    with pytest.raises(OverflowError):
        config_command("asset", {"decimals": 2**32})


def test_a_start_names_its_epoch_and_rules() -> None:
    record = record_fields(epoch_command(7, 2))
    assert [record[key] for key in ("kind", "target_id", "qty")] == ["epoch", 7, 2]
