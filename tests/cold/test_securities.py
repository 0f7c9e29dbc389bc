"""What is traded here, told over FIX."""

import pytest

from internaliser.cold.securities import Securities
from internaliser.names import Names
from tests.cold.asking import asked, said, values

INSTRUMENT = {
    "base": 1,
    "quote": 0,
    "is_open": 1,
    "price_decimals": 2,
    "tick_mantissa": 5,
    "lot_mantissa": 1,
    "qty_decimals": 4,
    "price_min": 1,
    "price_max": 20_000_000,
    "qty_min": 10,
    "qty_max": 10_000,
}
NAMES = Names(
    assets=[{"name": "USD", "decimals": 8}, {"name": "BTC", "decimals": 8}],
    instruments=[
        {**INSTRUMENT, "name": "BTC/USD"},
        {**INSTRUMENT, "name": "ETH/USD", "is_open": 0},
        {**INSTRUMENT, "name": "LTC/USD"},
    ],
)
FACTS = (
    "tick=0.05 lot=0.0001 qty_min=0.001 qty_max=1 price_min=0.05 price_max=1000000 "
    "base=BTC quote=USD"
)


@pytest.fixture
def desk() -> Securities:
    return Securities(NAMES, 8192)


def test_all_securities_come_in_one_list(desk: Securities) -> None:
    (text,) = said(desk.on_list_request(asked("x|320=r1|559=4")))
    assert text.startswith("y|320=r1|322=r1-1|560=0|393=3|893=Y|146=3|")
    assert values(text, 55) == ["BTC/USD", "ETH/USD", "LTC/USD"]
    assert values(text, 15) == ["USD"] * 3
    assert values(text, 561) == ["0.0001"] * 3
    assert values(text, 562) == ["0.001"] * 3
    assert values(text, 58) == [FACTS, f"{FACTS} closed", FACTS]


def test_a_list_longer_than_a_message_goes_over_several() -> None:
    texts = said(Securities(NAMES, 200).on_list_request(asked("x|320=r1|559=4")))
    assert [values(text, 893) for text in texts] == [["N"], ["N"], ["Y"]]
    assert [values(text, 393) for text in texts] == [["3"]] * 3
    assert [values(text, 55) for text in texts] == [["BTC/USD"], ["ETH/USD"], ["LTC/USD"]]


def test_one_security_by_its_symbol(desk: Securities) -> None:
    (text,) = said(desk.on_list_request(asked("x|320=r1|559=0|55=ETH/USD")))
    assert values(text, 55) == ["ETH/USD"]
    assert values(text, 393) == ["1"]


@pytest.mark.parametrize("kind", ["167=FOR", "460=4"])
def test_everything_here_is_spot_currency(desk: Securities, kind: str) -> None:
    (text,) = said(desk.on_list_request(asked(f"x|320=r1|559=1|{kind}")))
    assert values(text, 393) == ["3"]


@pytest.mark.parametrize(
    ("question", "result"),
    [
        ("x|320=r1|559=0|55=DOGE/USD", "2"),
        ("x|320=r1|559=0", "2"),
        ("x|320=r1|559=1|167=FUT", "2"),
        ("x|320=r1|559=3|336=DAY", "1"),
    ],
)
def test_what_is_not_found_or_not_offered_is_said_so(
    desk: Securities, question: str, result: str
) -> None:
    assert said(desk.on_list_request(asked(question))) == [f"y|320=r1|322=r1-1|560={result}"]


def test_a_definition_of_one_security(desk: Securities) -> None:
    (text,) = said(desk.on_definition_request(asked("c|320=r1|321=0|55=BTC/USD")))
    assert text == (
        f"d|320=r1|322=r1-1|323=1|55=BTC/USD|460=4|15=USD|58={FACTS}|561=0.0001|562=0.001"
    )


def test_definitions_of_all_come_one_by_one(desk: Securities) -> None:
    texts = said(desk.on_definition_request(asked("c|320=r1|321=3")))
    assert [values(text, 322) for text in texts] == [["r1-1"], ["r1-2"], ["r1-3"]]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("c|320=r1|321=0|55=DOGE/USD", "323=6|55=DOGE/USD|58=no instrument DOGE/USD"),
        ("c|320=r1|321=1", "323=6|58=Symbol(55) is required"),
        ("c|320=r1|321=2", "323=5|58=SecurityRequestType(321): 0, 1 (one security) and"),
    ],
)
def test_a_definition_that_is_not_there_is_refused(
    desk: Securities, question: str, answer: str
) -> None:
    (text,) = said(desk.on_definition_request(asked(question)))
    assert text.startswith(f"d|320=r1|322=r1-1|{answer}")
