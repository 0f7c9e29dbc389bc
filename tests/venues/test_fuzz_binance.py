"""A small, fixed part of the fuzz runs with every suite; its judge can find a fault."""

import json

import pytest

from internaliser.venues.binance.answers import OrderState, OrderStatus
from tests.venues import fuzz_binance
from tests.venues.fuzz_binance import CASES, Bad, check, fuzz, sound_order


def test_no_mutant_crashes_a_reader_or_is_taken_wrongly() -> None:
    counts = fuzz(12_000, seed=20261121)
    assert counts["refused"] + counts["taken"] == 12_000
    assert min(counts[f"{case[0]} refused"] for case in CASES if "refusal" not in case[0]) > 50


def test_every_case_is_taken_as_it_is() -> None:
    for case in CASES:
        assert check(case, json.dumps(case[1]).encode()) == "taken"


def test_the_judge_sees_an_order_that_cannot_be() -> None:
    from decimal import Decimal

    overfilled = OrderState(
        "A", "1", 1, OrderStatus.NEW, Decimal(1), Decimal(2), Decimal(1)
    )  # fmt: skip
    with pytest.raises(Bad, match="overfilled"):
        sound_order(overfilled)


def test_a_reader_that_takes_anything_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    name, value, read, sound = CASES[0]
    state = read(json.dumps(value).encode())
    monkeypatch.setattr(fuzz_binance, "CASES", [(name, value, lambda _: state, sound)])
    with pytest.raises(AssertionError, match="taken although it is no JSON"):
        fuzz(200, seed=1)
