"""Values of fields, judged through the dictionary that asks."""

import pytest

from internaliser.fix.dictionary import Dictionary
from tests.fix.test_dictionary import FIX44, GOOD, HEADER, message, order


@pytest.fixture(scope="module")
def acceptor() -> Dictionary:
    return Dictionary(FIX44)


@pytest.fixture(scope="module")
def initiator() -> Dictionary:
    return Dictionary(FIX44, role="initiator")


@pytest.mark.parametrize("tag", [11, 38, 58])
def test_a_tag_without_a_value_is_refused(acceptor: Dictionary, tag: int) -> None:
    assert acceptor.verdict(message("D", f"{tag}=|55=INTC")) == (4, tag)


@pytest.mark.parametrize(
    ("change", "tag"),
    [
        ("59=9", 59),
        ("167=BOO", 167),
        ("167=c", 167),
        ("18=1 T", 18),
        ("453=1|448=A|447=D|452=99", 452),
        ("354=3|355=ab", 354),
        ("354=2|58=ab", 354),
    ],
)
def test_a_value_outside_the_list_is_refused(acceptor: Dictionary, change: str, tag: int) -> None:
    assert acceptor.verdict(order(change)) == (5, tag)


@pytest.mark.parametrize(
    "change", ["59=3", "167=CS", "18=1 G e", "453=1|448=A|447=D|452=38", "354=2|355=ab"]
)
def test_a_value_of_the_list_is_good(acceptor: Dictionary, change: str) -> None:
    assert acceptor.verdict(order(change)) == GOOD


@pytest.mark.parametrize(
    ("tag", "good", "bad"),
    [
        (44, ["1", "1.", ".5", "-1.25", "000.00"], ["+1", "1e5", "1,5", ".", "-", "1.2.3", "a"]),
        (110, ["0", "2.5"], ["+200.00", " 1"]),
        (114, ["Y", "N"], ["y", "1", "YES"]),
        (59, ["0"], ["00", "01"]),
        (126, ["20240301-12:34:56", "20240229-00:00:00.123456"], ["20240301", "20230229-00:00:00"]),
        (432, ["20240229"], ["20230229", "2024-02-29", "20240301-00:00:00"]),
        (200, ["202402", "20240229", "202402w5"], ["2024", "202413", "202402w6", "202402w0"]),
        (423, ["1", "11"], ["1.0", "x", "-"]),
        (386, ["0"], ["-0", "+0", "1.5", "x"]),
        (18, ["G"], [" G", "G "]),
    ],
)
def test_a_value_has_the_format_of_its_type(
    acceptor: Dictionary, tag: int, good: list[str], bad: list[str]
) -> None:
    for value in good:
        assert acceptor.verdict(order(f"{tag}={value}")) == GOOD, value
    for value in bad:
        assert acceptor.verdict(order(f"{tag}={value}")) == (6, tag), value


def test_a_malformed_sending_time_is_refused(acceptor: Dictionary) -> None:
    assert acceptor.verdict(message("0", "", HEADER.replace("-12:", "T12:"))) == (6, 52)


def test_a_time_of_day_has_its_format(initiator: Dictionary) -> None:
    for value, verdict in (
        ("12:34:56", GOOD),
        ("12:34:56.789", GOOD),
        ("12:34", (6, 273)),
        ("12:34:56.789012345678901", (6, 273)),
    ):
        body = f"55=X|268=1|269=0|270=1|271=1|273={value}"
        assert initiator.verdict(message("W", body)) == verdict
