import os
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.fix.values import (
    Body,
    format_decimal,
    format_time,
    parse_decimal,
    parse_int,
    parse_time,
)

EXAMPLES = 20_000 if os.environ.get("INTERNALISER_DEEP") == "1" else 200
INT64 = st.integers(-(2**63) + 1, 2**63 - 1)


@pytest.mark.parametrize(
    "bad", ["", "-", "+1", "1.0", "1.", " 1", "1 ", "0x1", "1e3", "9223372036854775808", "9" * 40]
)
def test_what_is_no_int_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not a FIX int"):
        parse_int(bad)


@given(INT64, st.integers(0, 30))
@settings(max_examples=EXAMPLES)
def test_ints_are_read_with_leading_zeros(value: int, zeros: int) -> None:
    sign, digits = ("-", str(-value)) if value < 0 else ("", str(value))
    assert parse_int(sign + "0" * zeros + digits) == value


@pytest.mark.parametrize(
    ("text", "decimals", "count"),
    [
        ("12.30", 2, 1230),
        ("12.3", 2, 1230),
        ("12", 2, 1200),
        ("12.", 2, 1200),
        (".5", 1, 5),
        ("-.5", 1, -5),
        ("-0.25", 4, -2500),
        ("00023.23000", 2, 2323),
        ("0.00000000", 2, 0),
        ("-0", 0, 0),
        ("92233720368547758.07", 2, 2**63 - 1),
        ("0.000000000000000001", 18, 1),
    ],
)
def test_a_decimal_is_a_count_of_its_smallest_unit(text: str, decimals: int, count: int) -> None:
    assert parse_decimal(text, decimals) == count


@pytest.mark.parametrize(
    ("bad", "decimals"),
    [
        ("", 2),
        (".", 2),
        ("-", 2),
        ("-.", 2),
        ("+1", 2),
        ("1.2.3", 2),
        ("1,5", 2),
        ("1e2", 2),
        ("NaN", 2),
        ("1.001", 2),
        ("92233720368547758.08", 2),
        ("10", 18),
        ("1" * 40, 0),
    ],
)
def test_what_is_not_exact_is_refused(bad: str, decimals: int) -> None:
    with pytest.raises(ValueError, match="not a FIX float"):
        parse_decimal(bad, decimals)


@given(
    st.text("0123456789.-", max_size=24),
    st.integers(0, 18),
)
@settings(max_examples=EXAMPLES)
def test_decimals_agree_with_decimal(text: str, decimals: int) -> None:
    expected = None
    if text.count(".") <= 1 and "-" not in text[1:] and any(map(str.isdigit, text)):
        scaled = Decimal(text).scaleb(decimals) if len(text) < 25 else None
        if scaled is not None and scaled == scaled.to_integral_value() and abs(scaled) < 2**63:
            expected = int(scaled)
    if expected is None:
        with pytest.raises(ValueError, match="not a FIX float"):
            parse_decimal(text, decimals)
    else:
        assert parse_decimal(text, decimals) == expected


@given(INT64 | st.just(-(2**63)), st.integers(0, 18))
@settings(max_examples=EXAMPLES)
def test_decimals_are_written_short_and_exact(value: int, decimals: int) -> None:
    text = format_decimal(value, decimals)
    assert Decimal(text) == Decimal(value).scaleb(-decimals)
    assert "." not in text or text[-1] not in "0."
    assert not text.startswith((".", "-."))
    if value > -(2**63):
        assert parse_decimal(text, decimals) == value


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(30000, 0, "30000"), (50, 2, "0.5"), (-125, 2, "-1.25"), (0, 8, "0"), (100, 2, "1")],
)
def test_trailing_zeros_are_dropped_after_the_point_only(
    value: int, decimals: int, text: str
) -> None:
    assert format_decimal(value, decimals) == text


NS = st.integers(0, 9_214_646_399_999_999_999)  # to the end of 2261


@given(NS, st.sampled_from([0, 3, 6, 9]))
@settings(max_examples=EXAMPLES)
def test_times_agree_with_datetime(time_ns: int, digits: int) -> None:
    moment = datetime.fromtimestamp(time_ns // 10**9, UTC)
    fraction = f"{time_ns % 10**9:09d}"[:digits]
    expected = moment.strftime("%Y%m%d-%H:%M:%S") + ("." + fraction if digits else "")
    assert format_time(time_ns, digits) == expected
    cut = 10 ** (9 - digits)
    assert parse_time(expected) == time_ns // cut * cut


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "20240301",
        "20240301-12:34",
        "20240301 12:34:56",
        "20240301-12:34:56.",
        "20240301-12:34:56.7",
        "20240301-12:34:56.7890",
        "20240301-12:34:56,789",
        "20240301-12-34:56",
        "20240301-24:00:00",
        "20240301-12:60:00",
        "20240301-12:34:61",
        "20230229-00:00:00",
        "21000229-00:00:00",
        "20240431-00:00:00",
        "20241301-00:00:00",
        "20240001-00:00:00",
        "20240100-00:00:00",
        "19691231-23:59:59",
        "22620101-00:00:00",
        "2024O301-12:34:56",
        "20240301-12:34:5x",
        "20240301-12:34:56.78x",
        "20240301-12:34:56.789123456789",
    ],
)
def test_what_is_no_timestamp_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not a FIX UTCTimestamp"):
        parse_time(bad)


def test_a_leap_second_is_the_next_one() -> None:
    assert parse_time("20161231-23:59:60") == parse_time("20170101-00:00:00")


def test_leap_days_are_known() -> None:
    assert parse_time("20000229-00:00:00") == 951_782_400 * 10**9


def test_times_are_cut_not_rounded() -> None:
    assert format_time(1_999_999_999, 3) == "19700101-00:00:01.999"
    assert format_time(1_999_999_999, 0) == "19700101-00:00:01"


def test_a_body_holds_what_was_put_in_order() -> None:
    body = Body()
    body.put_text(55, "BTC/USD")
    body.put_char(54, "1")
    body.put_int(34, -7)
    body.put_decimal(44, 123450, 4)
    body.put_time(60, 1_002_000_000)
    assert bytes(body) == (
        b"55=BTC/USD\x0154=1\x0134=-7\x0144=12.345\x0160=19700101-00:00:01.002\x01"
    )
    assert not body.overflowed


def test_what_does_not_fit_is_left_out_whole() -> None:
    body = Body(10)
    body.put_text(1, "abcd")
    body.put_text(1, "e")
    assert bytes(body) == b"1=abcd\x01"
    assert body.overflowed


@pytest.mark.parametrize("capacity", range(12))
def test_a_field_fits_to_the_last_byte(capacity: int) -> None:
    body = Body(capacity)
    body.put_text(123, b"abcdef")
    assert bytes(body) == (b"123=abcdef\x01" if capacity >= 11 else b"")


@given(st.lists(st.tuples(st.integers(1, 99999), st.binary(max_size=40)), max_size=12))
@settings(max_examples=EXAMPLES)
def test_texts_of_every_size_are_copied_whole(pairs: list[tuple[int, bytes]]) -> None:
    body = Body()
    for tag, value in pairs:
        body.put_text(tag, value)
    assert bytes(body) == b"".join(b"%d=%b\x01" % pair for pair in pairs)


@pytest.mark.parametrize(("decimals", "digits"), [(19, 0), (0, 10)])
def test_places_beyond_the_limit_are_refused(decimals: int, digits: int) -> None:
    with pytest.raises(ValueError, match="decimals must be 0 to 18, digits 0 to 9"):
        format_decimal(1, decimals) if decimals else format_time(1, digits)
