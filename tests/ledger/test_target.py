"""Addresses of ledgers: read, named without secrets, opened."""

import sys
from pathlib import Path

import pytest

from internaliser.errors import UsageError
from internaliser.ledger.sqlite import SqliteDatabase
from internaliser.ledger.target import Target

DATA = Path("data")
SECRET = "p%40ss:w0rd"


def test_without_an_address_it_is_a_file_in_the_data_folder() -> None:
    assert Target.read(None, DATA) == Target("sqlite:data/ledger.sqlite", DATA / "ledger.sqlite")


@pytest.mark.parametrize(
    ("text", "path"),
    [("sqlite:x.db", "x.db"), ("sqlite:/a/x.db", "/a/x.db"), ("sqlite:///a/x.db", "/a/x.db")],
)
def test_a_path_names_a_file(text: str, path: str) -> None:
    assert Target.read(text, DATA).path == Path(path)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (f"postgresql://ann:{SECRET}@h:5432/db", "postgresql://ann:***@h:5432/db"),
        ("postgres://ann@h/db", "postgresql://ann@h/db"),
        (f"postgresql://h/db?user=ann&password={SECRET}", "postgresql://h/db"),
        (f"postgresql://ann:{SECRET}@h1:1,h2:2/db", "postgresql://ann:***@h1:1,h2:2/db"),
        ("postgresql:///db", "postgresql:///db"),
    ],
)
def test_a_label_has_no_secret(text: str, label: str) -> None:
    target = Target.read(text, DATA)
    assert target.label == label
    assert target.address == text
    assert "w0rd" not in repr(target) + str(target)


def test_secrets_are_masked_however_an_error_spells_them() -> None:
    target = Target.read(f"postgresql://ann:{SECRET}@h/db?sslpassword=k3y", DATA)
    told = f"no {SECRET}, no p@ss:w0rd, no k3y; {target.address}"
    assert target.without_secrets(told) == "no ***, no ***, no ***; postgresql://ann:***@h/db"


@pytest.mark.parametrize(
    "text", ["", "sqlite:", "mysql://ann:s3cret@h/db", "s3cret", "postgresql:ann:s3cret@h"]
)
def test_another_address_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(UsageError, match=r"--to: expected sqlite:PATH or postgresql://") as caught:
        Target.read(text, DATA)
    assert "s3cret" not in str(caught.value)


def test_a_broken_address_is_refused_without_being_repeated() -> None:
    with pytest.raises(UsageError, match="cannot be read") as caught:
        Target.read("postgresql://ann:s3cret@[h/db", DATA)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_is_opened_with_sqlite(tmp_path: Path) -> None:
    database = Target.read(None, tmp_path).open()
    assert isinstance(database, SqliteDatabase)
    database.close()


def test_without_psycopg_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "internaliser.ledger.postgres", raising=False)
    with pytest.raises(UsageError, match=r"pip install 'internaliser\[postgres\]'"):
        Target.read("postgresql://ann@h/db", DATA).open()
