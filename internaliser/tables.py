"""Rows as people read them (aligned columns) or as programs do (one JSON object per line)."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, TextIO

WIDTH_SAMPLE = 1000  # rows that decide the column widths; a wider one later only pushes its line

Row = Mapping[str, Any]


def print_rows(rows: Iterable[Row], is_json: bool, out: TextIO | None = None) -> int:
    """Print `rows` as they come, holding at most WIDTH_SAMPLE of them; how many there were."""
    out = sys.stdout if out is None else out
    count = 0
    for line in _json_lines(rows) if is_json else _table_lines(rows):
        out.write(f"{line}\n")
        count += 1
    return count if is_json else max(0, count - 1)


def _json_lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, separators=(",", ":"), default=str)


def _table_lines(rows: Iterable[Row]) -> Iterator[str]:
    """A heading, then a line per row. Columns are those of the first row; numbers stand right."""
    rest = iter(rows)
    sample = list(islice(rest, WIDTH_SAMPLE))
    if not sample:
        return
    columns = list(dict.fromkeys(key for row in sample for key in row))
    widths = {key: max(len(key), *(len(_text(row.get(key))) for row in sample)) for key in columns}
    right = {key for key in columns if all(_is_number(row.get(key)) for row in sample)}

    def line(texts: Mapping[str, str]) -> str:
        cells = (
            texts[key].rjust(widths[key]) if key in right else texts[key].ljust(widths[key])
            for key in columns
        )
        return "  ".join(cells).rstrip()

    yield line({key: key.upper() for key in columns})
    for row in chain(sample, rest):
        yield line({key: _text(row.get(key)) for key in columns})


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "-"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={_text(item)}" for key, item in value.items())
    text = str(value)
    return text if text.isprintable() else json.dumps(text)


def _is_number(value: Any) -> bool:
    """Whether it reads as a number: exact decimals come as text."""
    if isinstance(value, bool):
        return False
    return value is None or isinstance(value, int) or _looks_decimal(str(value))


def _looks_decimal(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()
