"""Hurt messages harm nobody else; a million of them: `python -m tests.node.mutated`."""

from pathlib import Path

import pytest

from tests.node.mutated import run


@pytest.mark.parametrize("seed", [1, 2])
def test_hurt_messages_are_ignored_or_refused_and_others_trade_on(
    seed: int, tmp_path: Path
) -> None:
    inside, outside = run(1_500, seed, tmp_path)
    # How long an answer takes is the machine's here; the long run judges it.
    assert [fault for fault in outside.faults if "healthy session: " not in fault] == []
    assert inside.faults == []
    assert inside.sent + outside.sent >= 1_500
    assert {"3", "5", "8"} <= set(inside.said)
