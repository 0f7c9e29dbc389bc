"""Where the recorded and published data lie, and a short way to each."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PLACES = [base / "shared" / "fixtures" for base in (ROOT.parent, ROOT.parent.parent)]
FIXTURES = next((place for place in PLACES if place.exists()), PLACES[0])
SPOT = FIXTURES / "marketdata/nautilus_trader/crates/adapters/binance/test_data/spot"


def fixture(path: str) -> bytes:
    """The content of a file of the fixtures; skips the test where they are not."""
    place = FIXTURES / path
    if not place.exists():
        pytest.skip("../shared/fixtures is not on this machine")
    return place.read_bytes()


def spot(path: str) -> bytes:
    """One JSON answer or event of the venue."""
    return fixture(str((SPOT / path).relative_to(FIXTURES)))


def vector(name: str) -> dict[str, Any]:
    """A published signing vector."""
    vectors = json.loads(fixture("auth-vectors/vectors.json"))["vectors"]
    found: dict[str, Any] = next(one for one in vectors if one["id"] == name)
    return found
