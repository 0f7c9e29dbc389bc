"""Trades and accounts of somebody else are those of nobody, in every version."""

from pathlib import Path

import pytest

from internaliser.cold.question import FIX42, FIX44, FIX50
from tests.cold.asking import said, values
from tests.cold.traded import Traded

# Of a 4.2 session, by agreement.
ASKED, ANSWERED = frozenset(("AD", "AN")), frozenset(("AQ", "AE", "AO", "AP"))
POSITIONS = "AN|710=q|724=0|1={}|581=1|715=20231114|60=20231114-22:13:20"


@pytest.fixture
def desk(tmp_path: Path) -> Traded:
    return Traded(tmp_path / "data")


def told(desk: Traded, text: str, begin_string: str) -> list[str]:
    """What the third client hears, who has traded with nobody."""
    is_lent = begin_string == FIX42
    question = desk.question(
        text, 2, begin_string=begin_string, also=ASKED if is_lent else frozenset()
    )
    desk.read_for(question)
    outs = [out for out in desk.desk.answer(question) if out]
    return said(outs, begin_string, ANSWERED if is_lent else frozenset())


@pytest.mark.parametrize("begin_string", [FIX42, FIX44, FIX50])
def test_a_trade_of_others_is_one_that_never_was(desk: Traded, begin_string: str) -> None:
    (report,) = desk.trade()[-1:]
    for tag, never in ((37, "1-1-999"), (11, "zz"), (17, "1-1-999-1")):
        (theirs,) = values(report, tag)
        found = told(desk, f"AD|568=q|569=0|{tag}={theirs}", begin_string)
        assert found == told(desk, f"AD|568=q|569=0|{tag}={never}", begin_string)
        assert [values(text, 748) for text in found] == [["0"]]
    assert [values(text, 748) for text in told(desk, "AD|568=q|569=0", begin_string)] == [["0"]]


@pytest.mark.parametrize("begin_string", [FIX42, FIX44, FIX50])
def test_an_account_of_somebody_else_is_none(desk: Traded, begin_string: str) -> None:
    desk.trade()
    theirs = told(desk, POSITIONS.format("CLIENT1"), begin_string)
    nobody = told(desk, POSITIONS.format("NOBODY1"), begin_string)
    assert [text.replace("CLIENT1", "NOBODY1") for text in theirs] == nobody
    assert values(theirs[0], 728) != ["0"]
