"""Clause files, and the ones that ship."""

import tomllib
from pathlib import Path

import pytest

from internaliser.certify.clause import choose, load_clauses, parse_clause
from internaliser.certify.script import ScriptError
from internaliser.certify.versions import VERSIONS

ROOT = Path(__file__).resolve().parents[2]
SHELVES = ROOT / "internaliser" / "certify" / "clauses"
FILE = """clause: A question is answered
source: FIX 4.4 vol. 2, Test Request
role: either
versions: FIX.4.4 FIXT.1.1
needs: second
policy: manners differ

logon
> 1|112=x
"""


def test_a_file_has_heads_and_a_script() -> None:
    clause = parse_clause("session/1", FILE)
    assert (clause.name, clause.text) == ("session/1", "A question is answered")
    assert (clause.role, clause.versions) == ("either", ("FIX.4.4", "FIXT.1.1"))
    assert (clause.needs, clause.policy, clause.is_slow) == (("second",), "manners differ", False)
    assert [(step.line, step.text) for step in clause.script("FIX.4.4")] == [
        (8, "logon"),
        (9, "> 1|112=x"),
    ]


def test_heads_have_defaults() -> None:
    clause = parse_clause("a/b", "clause: c\nsource: s\n\nlogon\n")
    assert (clause.role, clause.needs, clause.policy) == ("acceptor", (), "")
    assert clause.versions == tuple(VERSIONS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("clause:", "claws:"),
        ("clause: A question is answered\n", ""),
        ("role: either", "role: neither"),
        ("needs: second", "needs: third"),
        ("FIX.4.4", "FIX.9.9"),
        ("source", "clause"),
        ("> 1|112=x", "> 1|112"),
        ("logon\n> 1|112=x\n", ""),
    ],
)
def test_a_wrong_file_is_refused_by_name(old: str, new: str) -> None:
    with pytest.raises(ScriptError, match="session/1"):
        parse_clause("session/1", FILE.replace(old, new, 1))


def test_the_files_that_ship_are_read_session_first() -> None:
    names = [clause.name for clause in load_clauses()]
    assert len(names) == len(list(SHELVES.glob("*/*.txt"))) > 160
    shelves = ("session", "requests", "orders")
    assert names == [n for shelf in shelves for n in sorted(names) if n.startswith(shelf)]


def test_an_installation_carries_every_file() -> None:
    with open(ROOT / "pyproject.toml", "rb") as file:
        data = tomllib.load(file)["tool"]["setuptools"]["package-data"]["internaliser.certify"]
    shipped = {path for pattern in data for path in SHELVES.parent.glob(pattern)}
    assert shipped == {path for path in SHELVES.rglob("*") if path.is_file()}


@pytest.mark.parametrize("clause", load_clauses(), ids=lambda clause: str(clause.name))
def test_every_clause_reads_in_its_versions_and_says_something(clause: object) -> None:
    from internaliser.certify.clause import Clause

    assert isinstance(clause, Clause)
    waits = ("expect", "maybe", "block", "do")
    for version in clause.versions:
        steps = clause.script(version)
        assert any(step.verb in waits and step.text != "logon" for step in steps)
    uses_second = any(line.strip().startswith("second ") for _, line in clause.body)
    assert uses_second == ("second" in clause.needs)
    assert clause.text[0].isupper()


def test_clauses_are_chosen_by_part_or_pattern() -> None:
    clauses = [parse_clause(name, FILE) for name in ("session/31_test", "orders/31_cancel")]
    assert [clause.name for clause in choose(clauses, "cancel")] == ["orders/31_cancel"]
    assert [clause.name for clause in choose(clauses, "session/3*")] == ["session/31_test"]
    assert len(choose(clauses, "31")) == 2
