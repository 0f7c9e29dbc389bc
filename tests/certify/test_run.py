"""The exit code, and what the words of the command line become."""

import io
from pathlib import Path

import pytest

from internaliser.certify.clause import Clause, parse_clause
from internaliser.certify.report import Report
from internaliser.certify.run import (
    certify,
    chosen_clauses,
    connector_for,
    print_names,
    run_id,
    split_address,
    tls_context,
)
from internaliser.certify.wire import Dialler
from internaliser.errors import UsageError
from tests.certify.links import FakeClock, Playback
from tests.certify.peer import LOGON, SETTINGS, heard

LINES = "clause: c\nsource: s\n"


def clause(script: str, head: str = "") -> Clause:
    return parse_clause("a/b", f"{LINES}{head}\n{script}")


@pytest.mark.parametrize(
    ("clauses", "is_strict", "code"),
    [
        ([clause("logon")], False, 0),
        ([clause("logon\nclosed")], False, 1),
        ([clause("logon\nclosed", "policy: p\n")], False, 0),
        ([clause("logon\nclosed", "policy: p\n")], True, 1),
        ([clause("logon", "needs: password\n")], True, 0),
    ],
)
def test_the_exit_code_says_whether_a_clause_failed(
    clauses: list[Clause], is_strict: bool, code: int
) -> None:
    clock, report = FakeClock(), Report(io.StringIO())
    links = Playback([heard(LOGON) for _ in clauses], clock)
    assert certify(SETTINGS, links, clauses, report, clock=clock, is_strict=is_strict) == code


def test_run_ids_are_short_and_differ() -> None:
    now_ns = 1_767_225_600_000_000_000
    assert run_id(now_ns) != run_id(now_ns + 1_000_000)
    assert len(run_id(now_ns)) == 8


def test_clauses_are_chosen_or_refused() -> None:
    assert {clause.name[:14] for clause in chosen_clauses("orders/2*")} == {
        *("orders/20_canc", "orders/21_canc", "orders/22_canc"),
    }
    assert len(chosen_clauses("")) > 160
    with pytest.raises(UsageError, match="no clause matches 'no such one'"):
        chosen_clauses("no such one")


@pytest.mark.parametrize(
    ("text", "address"),
    [("host:9", ("host", 9)), (":9", ("127.0.0.1", 9)), ("[::1]:9", ("::1", 9))],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address
    connector = connector_for(text, SETTINGS)
    assert isinstance(connector, Dialler)
    assert connector.address == address


@pytest.mark.parametrize("text", ["host", "host:", "host:port"])
def test_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        split_address(text)


def test_tls_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    assert tls_context(None, None, None).check_hostname
    with pytest.raises(UsageError, match="TLS files"):
        tls_context(tmp_path / "none.pem", None, None)


def test_names_are_printed_with_what_they_say() -> None:
    out = io.StringIO()
    print_names([clause("logon")], out)
    assert out.getvalue().split() == ["a/b", "c"]
