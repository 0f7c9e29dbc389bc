"""Every scenario of this folder, against a whole node in this process."""

from pathlib import Path

import pytest

from tests.scenarios.runner import ScenarioFailed, play
from tests.scenarios.versions import VERSIONS, Version

SCENARIOS = sorted(Path(__file__).parent.glob("*.txt"))
EVERY_VERSION = sorted(Path(__file__).parent.glob("every_version/*.txt"))
ORDER_STATES = sorted(Path(__file__).parent.glob("order_state/*.txt"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path: Path, tmp_path: Path) -> None:
    play(path.read_text(), tmp_path / "data")


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.begin_string)
@pytest.mark.parametrize("path", ORDER_STATES, ids=lambda path: path.stem)
def test_order_state(path: Path, version: Version, tmp_path: Path) -> None:
    """The matrices of FIX Appendix D: every report exact, and the journal replays to the same."""
    play(path.read_text(), tmp_path / "data", version)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.begin_string)
@pytest.mark.parametrize("path", EVERY_VERSION, ids=lambda path: path.stem)
def test_in_every_version(path: Path, version: Version, tmp_path: Path) -> None:
    play(path.read_text(), tmp_path / "data", version)


def test_the_runner_misses_no_message_that_nobody_expected(tmp_path: Path) -> None:
    text = "clients CLIENT1\nCLIENT1 > 1|112=hello\n"
    with pytest.raises(ScenarioFailed, match="0\\|34=2\\|112=hello"):
        play(text, tmp_path / "data")


def test_the_runner_tells_a_wrong_value_from_a_right_one(tmp_path: Path) -> None:
    text = "clients CLIENT1\nCLIENT1 > 1|112=hello\nCLIENT1 < 0|112=goodbye\n"
    with pytest.raises(ScenarioFailed, match="112=goodbye"):
        play(text, tmp_path / "data")


def test_the_runner_compares_the_book_as_drawn(tmp_path: Path) -> None:
    text = "clients CLIENT1\nbook TEST1\n  5 @ 1.00\n  ---\n"
    with pytest.raises(ScenarioFailed, match="line 2"):
        play(text, tmp_path / "data")
