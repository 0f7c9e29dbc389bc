"""Where this room's tests keep their files."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole_node import end_all


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Memory instead of a disk where there is some: the tests sync thousands of times."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as path:
        yield Path(path)
        end_all()
