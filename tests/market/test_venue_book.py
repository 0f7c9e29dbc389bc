"""The book of one instrument at one venue, by hand and against a sorted book of plain Python.

INTERNALISER_DEEP=1 draws twenty times as many examples.
"""

import os
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from internaliser.market.venue_book import (
    CHANGED,
    REFUSED,
    UNCHANGED,
    VenueBook,
    lost_view,
    steps_of,
)
from internaliser.model.enums import Side
from internaliser.model.fields import record_fields
from internaliser.model.records import market_view
from tests.oracle import venue_book as oracle
from tests.oracle.venue_book import OracleVenueBook

BUY, SELL = Side.SIDE_BUY, Side.SIDE_SELL
DEEP = 20 if os.environ.get("INTERNALISER_DEEP") else 1
TICK, LOT = Decimal("0.01"), Decimal("0.001")

Level = tuple[str, str]


def loaded(bids: Sequence[Level], asks: Sequence[Level], levels_max: int = 100) -> VenueBook:
    book = VenueBook(TICK, LOT, levels_max)
    assert book.load(bids, asks) == CHANGED
    return book


def ladder(count: int, first: int = 1000, step: int = -1) -> list[Level]:
    return [(str(Decimal(first + step * i) * TICK), "1") for i in range(count)]


# Numbers


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("0", 0),
        ("0.00", 0),
        ("007.50", 150),
        ("7.5000000000000000000000000000", 150),
        ("1000000000000000.00", 20_000_000_000_000_000),
        ("7.51", None),  # between two
        ("7.500000000000000000000000001", None),
        ("10000000000000000.01", None),  # more than 18 digits
        ("99999999999999999999999", None),
        ("", None),
        (".5", None),
        ("5.", None),
        ("1.2.3", None),
        ("+1", None),
        ("-1", None),
        ("1e3", None),
        ("1_0", None),
        (" 1", None),
        ("1\x00", None),
        ("٣", None),
        ("NaN", None),
        ("0" * 65, None),
        (7, None),
        (b"7", None),
        (None, None),
    ],
)
def test_a_number_is_a_whole_count_of_steps_or_refused(text: str, steps: int | None) -> None:
    assert steps_of(text, Decimal("0.05")) == steps


@pytest.mark.parametrize(
    ("text", "steps"),
    [("7.54", 150), ("7.549999999999999999999999", 150), ("0.04", 0), ("7.5x", None)],
)
def test_a_floored_number_counts_the_whole_steps_below_it(text: str, steps: int | None) -> None:
    assert steps_of(text, Decimal("0.05"), True) == steps


steps = st.builds(
    lambda mantissa, decimals: Decimal(mantissa).scaleb(-decimals),
    st.one_of(st.just(1), st.sampled_from([5, 25, 125, 7, 10**18]), st.integers(1, 10**6)),
    st.integers(0, 18),
)
texts = st.one_of(
    st.decimals(0, 10**19, places=None, allow_nan=False).map(lambda value: f"{value:f}"),
    st.integers(0, 10**19).map(str),
    st.from_regex(r"\A[0-9]{0,20}(\.[0-9]{0,22})?\Z"),
    st.text("0123456789.eE+-_, ٣", max_size=12),
    st.text(max_size=8),
)


@settings(max_examples=500 * DEEP, deadline=None)
@given(texts, steps, st.booleans(), st.integers(0, 10**12))
def test_numbers_are_what_decimal_says(
    text: str, step: Decimal, is_floored: bool, multiple: int
) -> None:
    for found in (text, f"{step * multiple:f}"):
        expected = oracle.steps_of(found, step, is_floored)
        assert steps_of(found, step, is_floored) == expected


@pytest.mark.parametrize(
    "step", [Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("1e-19"), Decimal("1e19"), 1, "0.1"]
)
def test_a_step_that_cannot_be_counted_in_is_refused(step: Decimal) -> None:
    with pytest.raises(ValueError, match="a step"):
        steps_of("1", step)


# Loading


def test_a_snapshot_takes_the_place_of_everything_known() -> None:
    book = loaded([("1.00", "1"), ("0.99", "2")], [("1.01", "3")])
    assert book.load([("0.98", "4")], []) == CHANGED
    assert (book.levels(BUY), book.levels(SELL)) == ([(98, 4000)], [])


def test_a_snapshot_in_any_order_is_sorted() -> None:
    book = loaded([("0.98", "1"), ("1.00", "2"), ("0.99", "3")], [("1.03", "4"), ("1.01", "5")])
    assert book.levels(BUY) == [(100, 2000), (99, 3000), (98, 1000)]
    assert book.levels(SELL) == [(101, 5000), (103, 4000)]


def test_a_snapshot_that_names_a_price_twice_changes_nothing() -> None:
    book = loaded([("1.00", "1")], [])
    assert book.load([("0.98", "1"), ("0.97", "1"), ("0.98", "2")], []) == REFUSED
    assert book.refusal == "a snapshot names a price twice"
    assert book.levels(BUY) == [(100, 1000)]


def test_what_the_venue_adds_to_a_level_is_left_alone() -> None:
    book = VenueBook(TICK, LOT, 10)
    assert book.load([["1.00", "1", "0", 4]], (("1.02", "2", None),)) == CHANGED
    assert (book.best(BUY), book.best(SELL)) == ((100, 1000), (102, 2000))


def test_a_snapshot_keeps_the_best_levels_there_is_room_for() -> None:
    book = loaded(ladder(30), [], levels_max=10)
    assert book.levels(BUY, 30) == [(1000 - i, 1000) for i in range(10)]


# Changes


def test_a_quantity_of_zero_removes_a_level_and_an_unknown_one_is_nothing() -> None:
    book = loaded([("1.00", "1"), ("0.99", "2")], [])
    assert book.apply([("1.00", "0.000")], []) == CHANGED
    assert book.apply([("1.00", "0"), ("5.00", "0")], [("0.01", "0")]) == UNCHANGED
    assert book.levels(BUY) == [(99, 2000)]


def test_only_what_a_view_shows_counts_as_a_change() -> None:
    book = loaded(ladder(25), [])
    assert book.apply([("9.80", "7")], []) == UNCHANGED  # the 21st
    assert book.apply([("9.81", "7")], []) == CHANGED  # the 20th
    assert book.apply([("9.81", "7")], []) == UNCHANGED  # as it was
    assert book.apply([("10.00", "5"), ("10.00", "1")], []) == UNCHANGED  # and back again
    assert book.apply([("10.00", "0")], []) == CHANGED  # the 21st moves up
    assert book.levels(BUY)[-1] == (980, 7000)


def test_a_level_below_one_lot_is_kept_but_not_shown() -> None:
    book = VenueBook(TICK, LOT, 100, qty_step=Decimal("0.00001"))
    book.load([("1.00", "0.00099"), ("0.99", "0.0019")], [])
    assert (book.levels(BUY), book.best(BUY)) == ([(99, 1)], (99, 1))
    assert book.stored(BUY, 5) == [(100_000_000, 99), (99_000_000, 190)]
    assert book.apply([("1.00", "0.00098")], []) == UNCHANGED
    assert book.apply([("1.00", "0.00100")], []) == CHANGED


def test_a_level_between_two_ticks_is_kept_but_not_shown() -> None:
    book = loaded([("1.005", "7"), ("1.00", "1"), ("0.99999999", "7")], [("1.00999999", "7")])
    assert (book.levels(BUY), book.levels(SELL)) == ([(100, 1000)], [])
    assert (book.count(BUY), book.count(SELL), book.best(SELL)) == (3, 1, None)
    assert book.apply([("1.005", "8")], []) == UNCHANGED
    assert book.apply([("1.005", "0"), ("0.99", "1")], []) == CHANGED
    assert book.levels(BUY) == [(100, 1000), (99, 1000)]


def test_a_view_reaches_past_the_levels_it_does_not_show() -> None:
    book = loaded([*ladder(30), *[(f"9.{i}5", "1") for i in range(90, 100)]], [])
    assert book.levels(BUY) == [(1000 - i, 1000) for i in range(20)]
    assert book.apply([("9.81", "2")], []) == CHANGED  # the 20th shown, the 30th stored
    assert book.apply([("9.80", "2")], []) == UNCHANGED


def test_a_finer_tick_makes_the_default_step_finer() -> None:
    book = VenueBook(Decimal("1e-10"), LOT, 10)
    assert book.load([("0.0000000001", "1")], []) == CHANGED
    assert (book.price_step, book.levels(BUY)) == (Decimal("1e-10"), [(1, 1000)])


def test_the_worst_levels_beyond_the_limit_are_forgotten_after_the_message() -> None:
    book = loaded(ladder(10), [], levels_max=10)
    book.apply([("10.01", "1"), ("10.02", "1"), ("10.00", "0"), ("9.99", "0")], [])
    assert [price for price, _ in book.levels(BUY, 99)] == [1002, 1001, *range(998, 990, -1)]
    book.apply([("10.03", "1")], [])
    assert [price for price, _ in book.levels(BUY, 99)] == [1003, 1002, 1001, *range(998, 991, -1)]


@pytest.mark.parametrize(
    ("level", "why"),
    [
        (("1.000000005", "1"), "price '1.000000005' is not a positive multiple of 1E-8"),
        (("0.00", "1"), "price '0.00' is not a positive multiple of 1E-8"),
        (("-1.00", "1"), "price '-1.00' is not a decimal text"),
        (("1.00", "x"), "quantity 'x' is not a decimal text"),
        (("1.00", "9" * 20), f"quantity '{'9' * 20}' is too large"),
        (("1.00", 5), "quantity 5 is not a decimal text"),
        (("1.00",), "a level is not a price and a quantity"),
        ("1.00", "a level is not a price and a quantity"),
        (None, "a level is not a price and a quantity"),
    ],
)
def test_a_message_with_one_senseless_level_changes_nothing(level: Level, why: str) -> None:
    book = loaded([("1.00", "1")], [("1.02", "1")])
    assert book.apply([("0.99", "5")], [("1.01", "5"), level]) == REFUSED
    assert book.refusal == why
    assert (book.levels(BUY), book.levels(SELL)) == ([(100, 1000)], [(102, 1000)])
    assert book.apply([("0.99", "5")], []) == CHANGED
    assert book.refusal == ""


@pytest.mark.parametrize("side", [None, 5, "ab", {"1.00": "1"}])
def test_a_side_that_is_no_list_is_refused(side: object) -> None:
    book = loaded([], [])
    assert book.apply(side, []) == REFUSED  # type: ignore[arg-type]
    assert book.refusal == "a side of the book is not a list"


def test_changes_mean_nothing_before_a_snapshot() -> None:
    book = VenueBook(TICK, LOT, 10)
    assert book.apply([("1.00", "1")], []) == REFUSED
    book.load([], [])
    book.clear()
    assert book.apply([("1.00", "1")], []) == REFUSED
    assert (book.refusal, book.count(BUY)) == ("no snapshot was loaded", 0)


@pytest.mark.parametrize("step", ["0.0003", "0.3", "1e-40"])
def test_tick_and_lot_must_be_multiples_of_their_steps(step: str) -> None:
    with pytest.raises(ValueError, match=r"the lot 0\.001 is not a multiple|a step has at most"):
        VenueBook(TICK, LOT, 10, qty_step=Decimal(step))
    with pytest.raises(ValueError, match=r"the tick 0\.01 is not a multiple|a step has at most"):
        VenueBook(TICK, LOT, 10, price_step=Decimal(step))


@pytest.mark.parametrize("levels_max", [0, (1 << 20) + 1])
def test_the_number_of_levels_is_bounded(levels_max: int) -> None:
    with pytest.raises(ValueError, match="levels_max"):
        VenueBook(TICK, LOT, levels_max)


def test_a_side_is_named_by_its_code() -> None:
    with pytest.raises(ValueError, match="SIDE_BUY or SIDE_SELL"):
        loaded([], []).best(1)


# Views


def view_of(record: bytes) -> dict[str, object]:
    names = ("kind", "source", "instrument", "is_fresh", "bids", "asks", "action", "received_ns")
    fields = record_fields(record)
    return {name: fields[name] for name in names}


def test_a_view_is_the_command_with_the_best_twenty_levels() -> None:
    book = loaded(ladder(30), ladder(3, 1001, 1))
    assert view_of(book.view(3, 4, True)) == {
        "kind": "market_view",
        "source": 3,
        "instrument": 4,
        "is_fresh": True,
        "bids": [[1000 - i, 1000] for i in range(20)],
        "asks": [[1001 + i, 1000] for i in range(3)],
        "action": None,  # VIEW_ARRIVED
        "received_ns": 0,
    }
    assert len(book.view(3, 4, True)) == 80 + 24 + 23 * 16


def test_a_view_is_byte_for_byte_what_the_model_makes_of_the_same_levels() -> None:
    book = loaded(ladder(3), ladder(2, 1001, 1))
    for record, levels in (
        (book.view(3, 4, True), {"bids": book.levels(BUY), "asks": book.levels(SELL)}),
        (lost_view(3, 4), {"is_fresh": False}),
    ):
        version = record_fields(record)["version"]
        assert record == market_view(source=3, instrument=4, version=version, **levels)


def test_a_view_says_fresh_only_of_a_loaded_and_uncrossed_book() -> None:
    book = loaded([("1.00", "1")], [("1.01", "1")])
    assert not view_of(book.view(0, 0, False))["is_fresh"]
    book.apply([], [("1.00", "1")])
    assert book.is_crossed
    assert not view_of(book.view(0, 0, True))["is_fresh"]
    book.apply([("1.00", "0")], [])
    assert view_of(book.view(0, 0, True))["is_fresh"]
    book.clear()
    assert view_of(book.view(0, 0, True)) == view_of(lost_view(0, 0))


def test_versions_rise_whoever_makes_the_views() -> None:
    one, other = loaded([], []), loaded([], [])
    records = [one.view(0, 0, True), lost_view(0, 0), other.view(0, 0, True), one.view(0, 0, True)]
    versions = [record_fields(record)["version"] for record in records]
    assert versions == sorted(set(versions))


# Whatever arrives

anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["1.00", "0.5", "0", "9" * 70]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=2),
    ),
    max_leaves=12,
)


@settings(max_examples=300 * DEEP, deadline=None)
@given(anything, anything)
def test_whatever_arrives_is_taken_whole_or_refused_with_a_reason(
    bids: object, asks: object
) -> None:
    book = loaded([("1.00", "1")], [("1.02", "1")])
    before = book.stored(BUY, 9), book.stored(SELL, 9)
    for verb in (book.apply, book.load):
        result = verb(bids, asks)  # type: ignore[arg-type]
        assert (result == REFUSED) == (book.refusal != "")
        if result == REFUSED:
            assert (book.stored(BUY, 9), book.stored(SELL, 9)) == before
        before = book.stored(BUY, 9), book.stored(SELL, 9)


# Against the sorted book

price_texts = st.integers(1, 60).map(lambda ticks: f"{ticks // 4}.{ticks % 4 * 25:02d}")
odd_texts = st.sampled_from(["0", "1.1", "x", "", "3.2500", "00.50", "1e1", "9" * 30])
qty_texts = st.one_of(
    st.sampled_from(["0", "0.00"]),
    st.integers(0, 400).map(lambda hundredths: f"{hundredths // 100}.{hundredths % 100:02d}"),
)
levels = st.lists(st.tuples(price_texts, qty_texts), max_size=30)
rare_levels = st.one_of(
    levels,
    levels,
    levels,
    st.lists(st.tuples(st.one_of(price_texts, odd_texts), st.one_of(qty_texts, odd_texts))),
)
operations = st.lists(
    st.tuples(st.sampled_from(["apply"] * 8 + ["load", "clear"]), rare_levels, rare_levels),
    max_size=20,
)


@settings(max_examples=100 * DEEP, deadline=None)
@given(
    operations,
    st.sampled_from([1, 3, 25, 1000]),
    st.sampled_from([None, "0.5", "0.25"]),
    st.sampled_from([None, "0.01", "0.1"]),
)
@example([("load", [("1.00", "1"), ("1.00", "2")], [])], 3, None, None)
def test_every_step_agrees_with_the_sorted_book(
    steps: list[tuple[str, list[Level], list[Level]]],
    levels_max: int,
    price_step: str | None,
    qty_step: str | None,
) -> None:
    terms = (
        Decimal("0.5"),
        Decimal("0.5"),
        levels_max,
        price_step and Decimal(price_step),
        qty_step and Decimal(qty_step),
    )
    book, twin = VenueBook(*terms), OracleVenueBook(*terms)
    for verb, bids, asks in [("load", [], []), *steps]:
        if verb == "clear":
            book.clear()
            twin.clear()
        else:
            assert getattr(book, verb)(bids, asks) == getattr(twin, verb)(bids, asks)
        same(book, twin)


def same(book: VenueBook, twin: OracleVenueBook) -> None:
    for side in (BUY, SELL):
        assert book.stored(side, 1000) == twin.stored(side, 1000)
        assert book.levels(side, 7) == twin.levels(side, 7)
        assert book.best(side) == twin.best(side)
        assert book.count(side) == twin.count(side)
    assert (book.is_crossed, book.is_loaded) == (twin.is_crossed, twin.is_loaded)
    fields = record_fields(book.view(1, 2, True))
    bids, asks = twin.shown()
    assert (fields["bids"], fields["asks"]) == ([*map(list, bids)], [*map(list, asks)])
    assert fields["is_fresh"] == (twin.is_loaded and not twin.is_crossed)


@settings(max_examples=5 * DEEP, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_large_book_under_long_traffic_agrees_with_the_sorted_book(chance: object) -> None:
    draw = chance.randrange  # type: ignore[attr-defined]
    terms = (TICK, LOT, 400, TICK)
    book, twin = VenueBook(*terms), OracleVenueBook(*terms)
    snapshot = [(str(Decimal(5000 - i * 3) * TICK), "2") for i in range(400)]
    assert book.load(snapshot, []) == twin.load(snapshot, []) == CHANGED
    for _ in range(60):
        side = [(str(Decimal(draw(3000, 6000)) * TICK), str(draw(3))) for _ in range(draw(40))]
        assert book.apply(side, side) == twin.apply(side, side)
    same(book, twin)
