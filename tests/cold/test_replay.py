"""Application replay by number, whatever became of session numbers."""

from pathlib import Path

import pytest

from internaliser.cold.question import FIX50
from tests.cold.asking import values
from tests.cold.traded import Traded


@pytest.fixture
def desk(tmp_path: Path) -> Traded:
    return Traded(tmp_path / "data")


def replay(desk: Traded, text: str, client: int = 0) -> list[str]:
    """BW is 5.0's alone."""
    return desk.ask(f"BW|{text}", client, begin_string=FIX50)


def test_a_client_s_reports_come_again_by_number(desk: Traded) -> None:
    told = [desk.trade(qty)[-1] for qty in (1, 2, 3)]
    first, *reports, last = replay(desk, "1346=a|1347=0|1351=1|1355=EXEC|1182=2|1183=0")
    assert first.startswith("BX|1353=a-ack|1346=a|1347=0|1348=0|1349=2|1351=1|1355=EXEC|")
    assert [values(report, 1181) for report in reports] == [["2"], ["3"]]
    assert [values(report, 17) for report in reports] == [values(one, 17) for one in told[1:]]
    assert {values(report, 1352)[0] for report in reports} == {"Y"}
    assert {values(report, 97)[0] for report in reports} == {"Y"}
    assert last == "BY|1356=a-done|1426=3|1346=a|1351=1|1355=EXEC|1399=4|1357=3"


def test_only_one_s_own_are_replayed(desk: Traded) -> None:
    desk.trade()
    reports = replay(desk, "1346=a|1347=0|1351=1|1355=EXEC", client=1)[1:-1]
    assert [values(report, 11) for report in reports] == [["s1"]]
    assert len(replay(desk, "1346=a|1347=0|1351=1|1355=EXEC", client=2)) == 2


def test_what_is_not_held_is_named(desk: Traded) -> None:
    desk.trade()
    first, _, last = replay(desk, "1346=a|1347=0|1351=1|1355=EXEC|1182=1|1183=9")
    assert (values(first, 1348), values(first, 58)) == (["2"], ["held are 1 to 1"])
    assert (values(last, 1426), values(last, 58)) == (["3"], ["held are 1 to 1"])


def test_the_last_number_can_be_asked(desk: Traded) -> None:
    desk.trade()
    desk.trade()
    (answer,) = replay(desk, "1346=a|1347=2|1351=1|1355=EXEC")
    assert (values(answer, 1348), values(answer, 1357)) == (["0"], ["2"])


@pytest.mark.parametrize(
    "text",
    [
        "1346=a|1347=0",
        "1346=a|1347=0|1351=1|1355=OTHER",
        "1346=a|1347=1|1351=1|1355=EXEC",
    ],
)
def test_what_cannot_be_replayed_is_refused(desk: Traded, text: str) -> None:
    (answer,) = replay(desk, text)
    assert values(answer, 1348) == ["1"]
    assert values(answer, 58) != []
