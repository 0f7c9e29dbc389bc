"""What a MarketDataRequest asks for, and why one is refused."""

import pytest

from internaliser.core.core import Core
from internaliser.feed.requests import read_request
from tests.core.market import Market
from tests.node.fix import encode

DEPTH_MAX = 50
Pairs = list[tuple[str, str]]
GOOD: Pairs = [
    ("262", "r1"),
    ("263", "1"),
    ("264", "0"),
    ("265", "1"),
    ("267", "2"),
    ("269", "0"),
    ("269", "1"),
    ("146", "1"),
    ("55", "BTC/USD"),
]


@pytest.fixture(scope="module")
def names() -> Core:
    return Market().core


def request(fields: Pairs) -> bytes:
    head = [("35", "V"), ("34", "2"), ("49", "C"), ("52", "20260101-00:00:00"), ("56", "NODE")]
    return encode((tag.encode(), value.encode()) for tag, value in head + fields)


def changed(tag: str, value: str | None) -> Pairs:
    """GOOD with one field changed, left out (None), or added before the others."""
    if not any(tag == one for one, _ in GOOD):
        assert value is not None
        return [GOOD[0], (tag, value), *GOOD[1:]]
    return [
        (one, value if one == tag and value is not None else text)
        for one, text in GOOD
        if one != tag or value is not None
    ]


def refusal(names: Core, fields: Pairs) -> dict[str, str]:
    wish, body = read_request(names, request(fields), depth_max=DEPTH_MAX)
    assert wish is None
    assert body is not None
    return dict(part.split("=", 1) for part in body.decode().split("\x01")[:-1])


def test_a_request_is_read_whole(names: Core) -> None:
    wish, _ = read_request(names, request(GOOD), depth_max=DEPTH_MAX)
    assert wish == {
        "id": b"r1",
        "type": "1",
        "depth": 50,
        "book": "aggregated",
        "wants": ["bids", "asks"],
        "is_full": False,
        "has_ids": False,
        "instruments": [0],
    }


@pytest.mark.parametrize(
    ("tag", "value", "key", "expected"),
    [
        ("264", "1", "depth", 1),
        ("264", "50", "depth", 50),
        ("336", "LOCAL", "book", "local"),
        ("336", "AGGREGATED", "book", "aggregated"),
        ("1301", "LOCAL", "book", "local"),
        ("265", "0", "is_full", True),
        ("269", "2", "wants", ["trades"]),
        ("266", "Y", "id", b"r1"),
        ("5082", "Y", "has_ids", True),
    ],
)
def test_what_may_be_asked_for(
    names: Core, tag: str, value: str, key: str, expected: object
) -> None:
    wish, _ = read_request(names, request(changed(tag, value)), depth_max=DEPTH_MAX)
    assert wish is not None
    assert wish[key] == expected


@pytest.mark.parametrize(
    ("tag", "value", "reason"),
    [
        ("55", "NONE/SUCH", "0"),
        ("55", None, "0"),
        ("263", "3", "4"),
        ("264", "51", "5"),
        ("264", "-1", "5"),
        ("265", "2", "6"),
        ("266", "N", "7"),
        ("269", "4", "8"),
        ("269", None, "8"),
        ("336", "NIGHT", "9"),
        ("546", "1", "A"),
        ("286", "0", "B"),
        ("547", "Y", "C"),
        ("262", "x" * 65, None),
    ],
)
def test_every_refusal_names_its_reason(
    names: Core, tag: str, value: str | None, reason: str | None
) -> None:
    fields = refusal(names, changed(tag, value))
    assert fields.get("281") == reason
    assert fields["262"] == ("x" * 64 if tag == "262" else "r1")
    assert fields["58"]


def test_a_symbol_named_twice_is_one_instrument(names: Core) -> None:
    wish, _ = read_request(
        names, request([*changed("146", "2"), ("55", "BTC/USD")]), depth_max=DEPTH_MAX
    )
    assert wish is not None
    assert wish["instruments"] == [0]


def test_an_unsubscription_needs_its_id_only(names: Core) -> None:
    wish, _ = read_request(names, request([("262", "r1"), ("263", "2")]), depth_max=DEPTH_MAX)
    assert wish is not None
    assert (wish["id"], wish["type"]) == (b"r1", "2")
