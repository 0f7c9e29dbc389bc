"""What indexes mean, folded from configuration as it was applied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.model.fields import record_fields
from internaliser.names import Names, scaled_text
from internaliser.node_config import Item
from tests.records import config


def names_after(*commands: tuple[Item, int]) -> Names:
    names = Names()
    for seq, (item, reason) in enumerate(commands, start=1):
        for data in config(item, seq, reason):
            names.take(record_fields(data))
    return names


def client(name: str, fee: int = 0) -> Item:
    return Item("client", name, "", {"maker_fee": fee})


def test_the_index_is_the_order_of_arrival() -> None:
    names = names_after((client("A"), 0), (client("B"), 0))
    assert [names.client(0), names.client(1), names.client(None)] == ["A", "B", None]


def test_a_change_keeps_the_index() -> None:
    names = names_after((client("A"), 0), (client("B"), 0), (client("A", 7), 0))
    assert [row["name"] for row in names.clients] == ["A", "B"]
    assert names.clients[0]["maker_fee"] == 7


def test_a_listing_is_known_by_where_it_is_and_may_be_renamed() -> None:
    def listing(source: int, note: str) -> Item:
        return Item("listing", "BTC/USD", note, {"source": source, "instrument": 0})

    names = names_after((listing(0, "XBT"), 0), (listing(1, "BTC"), 0), (listing(0, "BTC-USD"), 0))
    assert [(row["source"], row["note"]) for row in names.listings] == [(0, "BTC-USD"), (1, "BTC")]


def test_what_the_core_refused_does_not_count() -> None:
    names = names_after((client("A"), 11), (client("B"), 0))
    assert names.client(0) == "B"


def test_sessions_are_told_apart_by_version_and_comp_ids() -> None:
    ids = {"client": 0, "source": 0xFFFF}
    names = names_after(
        (Item("session", "FIX.4.4", "N>A", ids), 0),
        (Item("session", "FIX.4.2", "N>A", ids), 0),
        (Item("session", "FIX.4.4", "N>A", ids), 0),
    )
    assert [row["name"] for row in names.sessions] == ["FIX.4.4", "FIX.4.2"]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0, 0, "0"),
        (0, 8, "0"),
        (1230, 2, "12.3"),
        (-5, 3, "-0.005"),
        (100, 0, "100"),
        (10**40, 2, "1" + "0" * 38),
    ],
)
def test_scaled_texts_are_exact(value: int, decimals: int, text: str) -> None:
    assert scaled_text(value, decimals) == text


@given(st.integers(-(2**127), 2**127), st.integers(0, 30))
def test_a_scaled_text_reads_back_as_the_same(value: int, decimals: int) -> None:
    text = scaled_text(value, decimals)
    whole, _, part = text.removeprefix("-").partition(".")
    assert not part.endswith("0")
    read = int(whole + part.ljust(decimals, "0"))
    assert (-read if text.startswith("-") else read) == value
