"""The recorded and published market data beside the checkout, line by line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = (up / "shared" / "fixtures" / "marketdata" for up in (ROOT.parent, ROOT.parent.parent))
FOLDER = next((folder for folder in FOLDERS if folder.is_dir()), None)
needs_captures = pytest.mark.skipif(
    FOLDER is None, reason="../shared/fixtures/marketdata is not there"
)
NS_PER_S = 1_000_000_000

Message = tuple[int, Any]  # when it was received, what


def place(name: str) -> Path:
    assert FOLDER is not None
    return FOLDER / name


def lines(name: str) -> Iterator[str]:
    with open(place("cryptofeed") / name) as file:
        yield from file


def received(name: str) -> Iterator[Message]:
    """`<ts>: <json>`; lines about the connection and what the client sent are left out."""
    for line in lines(name):
        time, colon, body = line.partition(": ")
        if colon and " " not in time:
            yield int(float(time) * NS_PER_S), json.loads(body)


def answers(name: str) -> Iterator[tuple[str, int, Any]]:
    """`<url> -> <ts>: <body>`: the address, when, what."""
    for line in lines(name):
        url, arrow, rest = line.partition(" -> ")
        if arrow:
            time, _, body = rest.partition(": ")
            yield url, int(float(time) * NS_PER_S), json.loads(body)


def published(name: str) -> Any:
    return json.loads(place(name).read_text())
