"""Answers and events with a wrong form: unknown words, unknown fields, too many decimals."""

from __future__ import annotations

import re
from typing import Any

from internaliser.venues.binance_simulator.misbehaviour import Kind

UNKNOWN_WORD = "SOMETHING_NEW"
ENUM_KEYS = ("status", "X", "x", "type", "o", "filterType")
MORE_DECIMALS = "0" * 10

_AMOUNT = re.compile(r"-?[0-9]+\.[0-9]+")


def distorted(kind: Kind, told: Any) -> Any:
    """`told` as this kind of misbehaviour tells it. A copy; other kinds leave it as it is."""
    if kind is Kind.UNKNOWN_ENUM:
        return with_unknown_word(told)
    if kind is Kind.EXTRA_FIELDS:
        return with_extra_fields(told)
    if kind is Kind.MANY_DECIMALS:
        return with_many_decimals(told)
    return told


def with_unknown_word(told: Any) -> Any:
    """The first list found has one element with a word nobody knows, or the object has it."""
    if isinstance(told, list):
        return [with_unknown_word(one) if at == 0 else one for at, one in enumerate(told)]
    if isinstance(told, dict):
        for key in ("symbols", "filters"):
            if told.get(key):
                return {**told, key: with_unknown_word(told[key])}
        for key in ENUM_KEYS:
            if key in told:
                return {**told, key: UNKNOWN_WORD}
    return told


def with_extra_fields(told: Any) -> Any:
    if isinstance(told, list):
        return [with_extra_fields(one) for one in told]
    if isinstance(told, dict):
        inner = {key: with_extra_fields(value) for key, value in told.items()}
        return {"aNewField": {"of": ["2027"]}, **inner, "anotherNewField": None}
    return told


def with_many_decimals(told: Any) -> Any:
    if isinstance(told, list):
        return [with_many_decimals(one) for one in told]
    if isinstance(told, dict):
        return {key: with_many_decimals(value) for key, value in told.items()}
    if isinstance(told, str) and _AMOUNT.fullmatch(told):
        return told + MORE_DECIMALS
    return told
