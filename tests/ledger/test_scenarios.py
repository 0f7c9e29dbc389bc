"""Every scenario's journal, sessions, crashes and restarts included: the ledger is the core's."""

from pathlib import Path

import pytest

from internaliser.ledger.check import check
from tests.ledger.conftest import Connect, Place
from tests.ledger.support import caught_up
from tests.scenarios.runner import play

SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.txt"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path: Path, tmp_path: Path, place: Place, connect: Connect) -> None:
    data = tmp_path / "data"
    play(path.read_text(), data)
    address = place()
    books = caught_up(data, connect(address))
    found = check(data, connect(address, may_write=False))
    assert found["findings"] == []
    assert found["is_up_to_date"]
    assert books.mark is not None
    assert found["compared_seq"] == books.mark.seq
