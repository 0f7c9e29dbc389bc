"""Memory instead of a disk: these tests sync at every turn."""

from tests.journal.conftest import tmp_path

__all__ = ["tmp_path"]
