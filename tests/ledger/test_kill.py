"""A projection killed at random loses nothing. The long form: python -m tests.ledger.kill."""

import os
from pathlib import Path

from tests.ledger.conftest import Place
from tests.ledger.kill import ALIVE_S, run

IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))


def test_a_killed_projection_goes_on_where_it_stood(tmp_path: Path, place: Place) -> None:
    rounds = 50 if IS_DEEP else 3
    alive_s = ALIVE_S if IS_DEEP else (0.0, 0.3)
    figures = run(tmp_path, rounds, 21, (place(), place()), alive_s=alive_s)
    assert figures["findings"] == []
    assert figures["rounds"] == rounds
