"""The file of changed credentials: whole on disk before it counts, the newest wins."""

import os
import stat
from pathlib import Path

import pytest

from internaliser.credential_file import FILE_NAME, CredentialFile
from internaliser.credentials import hash_password
from internaliser.errors import DataError

FIRST, SECOND, THIRD = (hash_password(text) for text in (b"first", b"second", b"third"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


def test_without_a_file_what_is_configured_counts(path: Path) -> None:
    kept = CredentialFile(path)
    assert kept.password("ALICE", FIRST) == FIRST
    assert kept.signed_ns("ALICE") == 0
    assert not path.exists()


def test_a_change_counts_at_once_and_after_a_restart(path: Path) -> None:
    kept = CredentialFile(path)
    kept.keep_password("ALICE", FIRST, SECOND)
    kept.keep_signed("BOB", 7)
    for found in (kept, CredentialFile(path)):
        assert found.password("ALICE", FIRST) == SECOND
        assert found.password("BOB", FIRST) == FIRST
        assert (found.signed_ns("BOB"), found.signed_ns("ALICE")) == (7, 0)


def test_a_password_configured_anew_is_newer_than_the_change(path: Path) -> None:
    kept = CredentialFile(path)
    kept.keep_password("ALICE", FIRST, SECOND)
    assert kept.password("ALICE", THIRD) == THIRD
    kept.keep_password("ALICE", THIRD, FIRST)
    assert CredentialFile(path).password("ALICE", THIRD) == FIRST


def test_only_the_owner_may_read_it(path: Path) -> None:
    CredentialFile(path).keep_password("ALICE", FIRST, SECOND)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [FILE_NAME]


def test_what_cannot_be_written_does_not_count(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = CredentialFile(path)
    kept.keep_password("ALICE", FIRST, SECOND)

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        kept.keep_password("ALICE", FIRST, THIRD)
    for found in (kept, CredentialFile(path)):
        assert found.password("ALICE", FIRST) == SECOND
    assert [file.name for file in path.parent.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"passwords": {}}',
        '{"passwords": {"A": {"configured": "", "changed": "plain"}}, "signed_ns": {}}',
        '{"passwords": {}, "signed_ns": {"A": "soon"}}',
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_with_a_way_out(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(DataError, match=r"credentials\.json.*remove it"):
        CredentialFile(path)
