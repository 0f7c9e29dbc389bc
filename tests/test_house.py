"""The house checks itself: imports, sizes, purity, words, a test for every module."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "internaliser"
SOURCES = sorted(
    path
    for pattern in ("*.py", "*.pyx", "*.pxd", "*.pyi")
    for path in HOUSE.rglob(pattern)
    if "build" not in path.parts
)

# A room may import itself and the rooms named here (design: imports point one way).
BELOW: dict[str, set[str]] = {
    "errors": set(),
    "model": {"errors"},
    "fix": {"errors"},
    "certify": {"fix", "errors"},
    "engagement": {"dictionaries", "gateway", "fix", "model", "errors"},
    "config": {"errors", "model"},
    "matching": {"model", "errors"},
    "journal": {"model", "fix", "errors"},
    "core": {"matching", "journal", "model", "errors"},
    "gateway": {"core", "journal", "fix", "model", "errors"},
    "feed": {"gateway", "core", "journal", "fix", "model", "errors"},
    "market": {"model", "config", "errors"},
    "venues": {"market", "gateway", "core", "journal", "fix", "model", "config", "errors"},
    "cold": {"names", "gateway", "core", "journal", "fix", "model", "config", "errors"},
    "ledger": {
        *("recovery", "inspect", "names"),
        *("gateway", "core", "journal", "model", "errors"),
    },
    "reactor": {"gateway", "core", "journal", "fix", "model", "config", "errors"},
}
PURE_ROOMS = {"fix", "matching", "core", "gateway", "feed", "model"}
IMPURE_MODULES = {
    "asyncio",
    "random",
    "secrets",
    "selectors",
    "socket",
    "subprocess",
    "threading",
    "time",
    "uuid",
}
LINES_MAX = 600
FUNCTION_LINES_MAX = 80


def room_of(path: Path) -> str:
    relative = path.relative_to(HOUSE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported_modules(path: Path) -> Iterator[str]:
    text = path.read_text()
    for match in re.finditer(
        r"^\s*(?:from\s+([\w.]+)\s+c?import|c?import\s+([\w., ]+))", text, re.M
    ):
        if match[1]:
            yield match[1]
        else:
            yield from (name.strip().split(" ")[0] for name in match[2].split(","))


def names_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=names_of)
def test_a_room_imports_only_rooms_below_it(path: Path) -> None:
    room = room_of(path)
    if room not in BELOW:
        return
    allowed = BELOW[room] | {room}
    for module in imported_modules(path):
        if module.startswith("internaliser."):
            assert module.split(".")[1] in allowed, f"{room} may not import {module}"


@pytest.mark.parametrize("path", SOURCES, ids=names_of)
def test_pure_rooms_have_no_clock_no_socket_no_chance(path: Path) -> None:
    if room_of(path) in PURE_ROOMS:
        assert not IMPURE_MODULES & {module.split(".")[0] for module in imported_modules(path)}


@pytest.mark.parametrize("path", SOURCES, ids=names_of)
def test_files_are_short_enough_to_have_one_noun(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES_MAX


@pytest.mark.parametrize("path", SOURCES, ids=names_of)
def test_functions_fit_a_screen(path: Path) -> None:
    lines = path.read_text().splitlines()
    starts = [
        (number, len(line) - len(line.lstrip()))
        for number, line in enumerate(lines)
        if re.match(r"\s*(async )?(def|cdef .*\)( except.*| noexcept.*)?:$)", line)
    ]
    for start, indent in starts:
        end = start + 1
        while end < len(lines) and (
            not lines[end].strip()
            or len(lines[end]) - len(lines[end].lstrip()) > indent
            or lines[end].lstrip().startswith(")")
        ):
            end += 1
        assert end - start <= FUNCTION_LINES_MAX, f"{names_of(path)}:{start + 1} is too long"


@pytest.mark.parametrize("path", SOURCES, ids=names_of)
def test_lines_are_at_most_a_hundred_columns_in_code(path: Path) -> None:
    limit = 120 if path.suffix == ".pxd" else 100  # a declaration and its meaning share a line
    long = [n for n, line in enumerate(path.read_text().splitlines(), 1) if len(line) > limit]
    assert not long, f"lines {long}"


@pytest.mark.parametrize("path", SOURCES, ids=names_of)
def test_no_unfinished_marks(path: Path) -> None:
    assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", path.read_text())


@pytest.mark.parametrize("path", SOURCES, ids=names_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    if path.suffix == ".py":
        assert ast.get_docstring(ast.parse(path.read_text())), "module docstring missing"
    elif path.suffix != ".pyi":
        assert path.read_text().startswith('"""'), "module docstring missing"


def compiled_modules() -> list[str]:
    with open(ROOT / "pyproject.toml", "rb") as file:
        table = tomllib.load(file)
    return [module["name"] for module in table["tool"]["setuptools"]["ext-modules"]]


def test_every_compiled_source_is_built_and_the_other_way_round() -> None:
    sources = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in HOUSE.rglob("*.pyx")
    }
    assert sources == set(compiled_modules())


MODULES = [path for path in SOURCES if path.suffix in {".py", ".pyx"} and path.stem != "__init__"]


@pytest.mark.parametrize("path", MODULES, ids=names_of)
def test_every_module_has_its_test_file(path: Path) -> None:
    relative = path.relative_to(HOUSE)
    name = f"test_{relative.stem.strip('_')}.py"
    assert (ROOT / "tests" / relative.parent / name).exists(), f"tests/{relative.parent}/{name}"


def test_no_dictionary_or_fixture_of_others_is_in_the_tree() -> None:
    shared = ROOT.parent / "shared" / "fixtures"
    if not shared.exists():
        pytest.skip("../shared/fixtures is not on this machine")
    theirs = {path.read_bytes() for path in shared.rglob("*.xml")}
    assert not [path for path in (ROOT / "fix_specs").rglob("*.xml") if path.read_bytes() in theirs]
