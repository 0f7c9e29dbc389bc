"""A small run of the check: nobody gets in, the owner always does."""

from pathlib import Path

from tests.node.wrong_logons import run


def test_strangers_are_held_back_and_the_owner_is_not(tmp_path: Path) -> None:
    figures = run(tmp_path, count=160, addresses=4)
    assert "let in" not in figures["heard"]
    assert figures["heard"].get("closed", 0) + figures["heard"].get("refused", 0) > 0
    assert figures["owner_logons"] >= 1
