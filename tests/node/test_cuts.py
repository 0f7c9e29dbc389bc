"""A journal cut short starts with the truth or says where it is damaged."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.node.cuts import LAST, Victim, examine, killed_before_sync, killed_under_load

IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))
OFFSETS, STARTS = (LAST, 16) if IS_DEEP else (256, 1)

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.mark.parametrize(
    "kill", [killed_under_load, pytest.param(killed_before_sync, marks=needs_strace)]
)
def test_every_cut_is_a_true_prefix_or_named_damage(
    tmp_path: Path, kill: Callable[[Path, int], Victim]
) -> None:
    victim = kill(tmp_path, 7)
    assert victim.acknowledged > 0
    assert examine(victim, tmp_path, OFFSETS, STARTS)["findings"] == []
