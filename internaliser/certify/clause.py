"""One clause of the standard, as a file of readable text.

    clause: A TestRequest(1) is answered with a Heartbeat(0) that repeats its TestReqID(112)
    source: FIX 4.4 vol. 2, Test Request
    role: either

    logon
    > 1|112=are you there
    < 0|112=are you there

Header lines first, then an empty line, then the script (see script.py). `role` is acceptor (what
is tested; the default), initiator, or either. `versions`: where it holds (all). `needs`: second,
numbers or password. `policy`: why engines may differ here. `slow: yes`: takes 10 s of waiting.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from importlib.resources.abc import Traversable

from internaliser.certify.script import ScriptError, Step, parse_script
from internaliser.certify.versions import VERSIONS

ROLES = ("acceptor", "initiator", "either")
NEEDS = ("second", "numbers", "password")
_HEADS = ("clause", "source", "role", "versions", "needs", "policy", "slow")


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause file. `name` is its folder and stem, as in "session/31_test_request"."""

    name: str
    text: str  # what must hold
    source: str
    role: str
    versions: tuple[str, ...]
    needs: tuple[str, ...]
    policy: str  # why engines differ; "" = they must not
    is_slow: bool
    body: tuple[tuple[int, str], ...]  # the script's lines with their numbers

    def script(self, version: str) -> tuple[Step, ...]:
        """The steps, in the words of one version."""
        return parse_script(list(self.body), VERSIONS[version].phrases)


def parse_clause(name: str, text: str) -> Clause:
    """Read a clause file. ScriptError says what is wrong and where."""
    heads: dict[str, str] = {}
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            break
        key, colon, value = line.partition(":")
        if not colon or key not in _HEADS or key in heads:
            raise ScriptError(f"{name}: line {number}: expected one of {_HEADS}, found {line!r}")
        heads[key] = value.strip()
    body = tuple((n, line) for n, line in enumerate(lines, 1) if n > len(heads))
    role = heads.get("role", "acceptor")
    versions = tuple(heads.get("versions", " ".join(VERSIONS)).split())
    needs = tuple(heads.get("needs", "").split())
    if not heads.get("clause") or not heads.get("source"):
        raise ScriptError(f"{name}: clause and source must be given")
    if role not in ROLES or not set(needs) <= set(NEEDS) or not set(versions) <= set(VERSIONS):
        raise ScriptError(f"{name}: unknown role, need or version")
    clause = Clause(
        name,
        heads["clause"],
        heads["source"],
        role,
        versions,
        needs,
        heads.get("policy", ""),
        heads.get("slow", "no") == "yes",
        body,
    )
    try:
        steps = clause.script(versions[0])
    except ScriptError as error:
        raise ScriptError(f"{name}: {error}") from None
    if not steps:
        raise ScriptError(f"{name}: no script")
    return clause


def load_clauses(folder: Traversable | None = None) -> list[Clause]:
    """Every clause that ships with the node, in the order of their names."""
    folder = folder or files("internaliser.certify") / "clauses"
    return [
        parse_clause(f"{shelf.name}/{file.name.removesuffix('.txt')}", file.read_text("utf-8"))
        for shelf in sorted(folder.iterdir(), key=lambda item: item.name, reverse=True)
        if shelf.is_dir()
        for file in sorted(shelf.iterdir(), key=lambda item: item.name)
        if file.name.endswith(".txt")
    ]


def choose(clauses: Iterable[Clause], pattern: str) -> list[Clause]:
    """Those whose name matches: "session/3*", "*cancel*", or a part of a name."""
    wild = pattern if any(letter in pattern for letter in "*?[") else f"*{pattern}*"
    return [clause for clause in clauses if fnmatchcase(clause.name, wild)]
