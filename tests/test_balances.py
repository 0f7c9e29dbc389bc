"""`dump balances`: what is booked, what venues say, what nobody says, and what it is worth."""

from typing import Any

import pytest

from internaliser.balances import age_text, balance_rows
from internaliser.model import records
from internaliser.model.commands import config_command
from tests.core.market import Market

NS = 10**9
VENUE = (
    "owner",
    "held",
    "reserved",
    "stated_free",
    "stated_locked",
    "difference",
    "age_s",
    "state",
)
TOTAL = ("held", "reserved", "free", "stated_free", "stated_locked", "age_s", "state")


class Books(Market):
    """BTC (whole) and USD (cents), client A, venues X on the edge and F over FIX."""

    def __init__(self) -> None:
        super().__init__()
        self.client("A")
        self.source("X")
        self.source("F")
        self.configure("session", {"client": 0xFFFF, "source": 1}, "FIX.4.4")
        self.fund("X", "USD", 10_000)
        self.fund("F", "USD", 2_000)
        self.apply(records.source_state(source=0, action="up"))
        self.told_ns = self.core.now_ns - 3 * NS

    def states(self, asset: str, free: int, locked: int = 0) -> None:
        self.apply(
            records.venue_balance(
                source=0, asset=self.assets[asset], free=free, locked=locked, stated_ns=self.told_ns
            )
        )

    def rows(self, kind: str, asset: str, keys: tuple[str, ...]) -> list[tuple[Any, ...]]:
        found = balance_rows(self.core, self.told_ns + 4_500_000_000)
        return [
            tuple(row[key] for key in keys)
            for row in found
            if (row["kind"], row["asset"]) == (kind, asset)
        ]


@pytest.fixture
def books() -> Books:
    return Books()


def test_a_venue_s_word_stands_beside_what_is_booked(books: Books) -> None:
    books.states("USD", 9_950, 20)
    assert books.rows("venue", "USD", VENUE) == [
        ("X", "100", "0", "99.5", "0.2", "-0.3", "4.5", "answered"),
        ("F", "20", "0", None, None, None, None, "not asked: over FIX"),
    ]
    assert books.rows("total", "USD", TOTAL) == [
        ("120", "0", "120", "99.5", "0.2", "4.5", "without F (not asked: over FIX)")
    ]


def test_what_children_may_still_take_is_reserved(books: Books) -> None:
    books.apply(records.market_view(source=0, instrument=0, asks=[(500, 9)]))
    order = {"client": 0, "instrument": 0, "side": "buy", "qty": 3, "price": 500, "tif": "ioc"}
    books.apply(records.new_order(cl_ord_id="a", **order))  # type: ignore[arg-type]
    assert books.core.children(live_only=True)
    assert books.rows("venue", "USD", VENUE)[0][:3] == ("X", "100", "15")
    assert books.rows("total", "USD", TOTAL)[0][:3] == ("120", "15", "105")


def test_a_venue_that_does_not_answer_keeps_its_line_and_is_named(books: Books) -> None:
    assert books.rows("venue", "USD", VENUE)[0][-1] == "no answer yet"
    books.states("USD", 10_000)
    books.apply(records.venue_balance(source=0, asset=None, note="timeout"))
    assert books.rows("venue", "USD", VENUE)[0] == (
        "X", "100", "0", "100", "0", "0", "4.5", "no answer",
    )  # fmt: skip
    assert books.rows("total", "USD", ("state",)) == [
        ("without X (no answer), F (not asked: over FIX)",)
    ]
    books.states("USD", 10_000)
    books.apply(records.source_state(source=0, action="down"))
    assert books.rows("venue", "USD", VENUE)[0][-1] == "no answer: link down"


def test_an_asset_that_only_the_venue_knows_of_is_shown(books: Books) -> None:
    books.states("BTC", 3)
    assert books.rows("venue", "BTC", VENUE) == [
        ("X", "0", "0", "3", "0", "3", "4.5", "answered"),
        ("F", "0", "0", None, None, None, None, "not asked: over FIX"),
    ]
    assert books.rows("total", "BTC", ("held", "stated_free", "state")) == [
        ("0", "3", "without F (not asked: over FIX)")
    ]


def test_without_a_reference_asset_there_is_no_value(books: Books) -> None:
    totals = [row for row in balance_rows(books.core, 0) if row["kind"] == "total"]
    assert [row["asset"] for row in totals if "value" not in row] == ["BTC", "USD"]


def test_a_total_is_valued_by_the_journalled_mark_and_its_age(books: Books) -> None:
    books.apply(config_command("reference", {"asset": 1}))
    books.fund("X", "BTC", 4)
    keys = ("held", "value", "value_in", "marks")
    assert books.rows("total", "BTC", keys) == [("4", None, "USD", "no mark leads there")]
    books.apply(records.mark(instrument=0, price=20_001, time_ns=books.told_ns + 3 * NS))
    assert books.rows("total", "BTC", keys) == [("4", "400.02", "USD", "BTC/USD 100.005 (1.5 s)")]
    assert books.rows("total", "USD", keys) == [("120", "120", "USD", None)]


def test_accounts_of_clients_are_as_before(books: Books) -> None:
    books.fund("A", "USD", 525)
    rows = [row for row in balance_rows(books.core, 0) if row["kind"] not in ("venue", "total")]
    assert [(row["kind"], row["owner"], row["balance"]) for row in rows] == [
        ("outside", "outside", "114.75"),
        ("client", "A", "5.25"),
    ]


def test_wide_amounts_are_exact(books: Books) -> None:
    books.states("USD", 3 * 10**30 + 1)
    assert books.rows("total", "USD", ("stated_free",)) == [("30000000000000000000000000000.01",)]


@pytest.mark.parametrize(("age_ns", "text"), [(0, "0"), (-5, "0"), (1_234_567_890, "1.234")])
def test_ages_are_in_seconds(age_ns: int, text: str) -> None:
    assert age_text(age_ns) == text
