"""Where in a TOML text a key stands, for error messages. A hint: 0 when it cannot be told."""

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^.\s]+))\s*(?:\.|$)""")

Path = tuple[str | int, ...]  # ("clients", 2, "taker_fee_bp")


def line_numbers(text: str) -> dict[Path, int]:
    """Line of every `key =` and of every table header, by its path."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _resolve(tuple(_parts(header[2])), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1].strip("\"'")), number)
    return found


def line_of(found: dict[Path, int], path: Path) -> int:
    """Line of `path`, or of the nearest table or key around it, or 0."""
    while path:
        if path in found:
            return found[path]
        path = path[:-1]
    return 0


def _parts(header: str) -> list[str]:
    return [part[1] or part[2] or part[3] for part in _PART.finditer(header)]


def _resolve(parts: tuple[str, ...], counts: dict[Path, int]) -> Path:
    """Insert the index of the open element after each array of tables but the last part."""
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    return (*path, *parts[-1:])
