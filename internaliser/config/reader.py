"""Plain TOML values into typed sections. Collects every mistake rather than stopping at the first.

Knows the shape of dataclasses, nothing of what the keys mean: `rules.py` judges that.
"""

import difflib
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from internaliser.config.lines import Path
from internaliser.config.sections import Between, Length

Report = Callable[[Path, str], None]
Section = TypeVar("Section")

DIGITS_MAX = 80  # of a Decimal, zeros of its exponent included: more than any amount needs


class _Refused(Exception):
    """This value was reported; what contains it cannot be built."""


def read_section(cls: type[Section], raw: object, path: Path, report: Report) -> Section | None:
    """`raw` as an instance of `cls`, or None when something in it was reported."""
    try:
        value: Section = _section(cls, raw, path, report)
    except _Refused:
        return None
    return value


def nearest(name: str, known: list[str]) -> str:
    """'; did you mean X?' for a misspelt name, empty when nothing is near."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; nearest known key is {near[0]}" if near else f"; known keys are {', '.join(known)}"


def _section(
    cls: type[Any],
    raw: object,
    path: Path,
    report: Report,
    *,
    kind: str = "",
    others: Mapping[str, str] = types.MappingProxyType({}),
) -> Any:
    """`others`: keys of sections of another kind, which have no meaning in one of this `kind`."""
    if not isinstance(raw, dict):
        raise _refuse(path, f"expected a table, found {_kind(raw)}", report)
    hints = get_type_hints(cls, include_extras=True)
    for key in raw:
        if key not in hints:
            what = "unknown key"
            if key in others:
                what = f'of kind = "{others[key]}", not of "{kind}"'
            report((*path, key), f"{what}{nearest(key, list(hints))}")
    values: dict[str, Any] = {}
    refused = False
    for item in fields(cls):
        if item.name in raw:
            try:
                here = (*path, item.name)
                values[item.name] = _value(hints[item.name], raw[item.name], here, report)
            except _Refused:
                refused = True
        elif item.default is MISSING and item.default_factory is MISSING:
            report((*path, item.name), "missing; this key must be given")
            refused = True
    if refused:
        raise _Refused
    return cls(**values)


def _value(hint: Any, raw: object, path: Path, report: Report) -> Any:
    origin = get_origin(hint)
    if origin is Annotated:
        base, *limits = get_args(hint)
        value = _value(base, raw, path, report)
        for limit in limits:
            _check_limit(limit, value, path, report)
        return value
    if origin is Literal:
        choices = get_args(hint)
        # True == 1 in Python; a bool must not pass for a number.
        if not any(raw == choice and type(raw) is type(choice) for choice in choices):
            wanted = ", ".join(str(choice) for choice in choices)
            raise _refuse(path, f"expected one of {wanted}, found {_shown(raw)}", report)
        return raw
    if origin in (Union, types.UnionType):
        if is_dataclass(get_args(hint)[-1]):
            return _one_of(get_args(hint), raw, path, report)
        # `X | None`: None is what an absent key means.
        return _value(get_args(hint)[0], raw, path, report)
    if origin is tuple:
        return _tuple(get_args(hint)[0], raw, path, report)
    if origin is Mapping:
        return _mapping(get_args(hint)[1], raw, path, report)
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return _section(hint, raw, path, report)
    return _scalar(hint, raw, path, report)


def _one_of(classes: tuple[Any, ...], raw: object, path: Path, report: Report) -> Any:
    """The section whose `kind` the table names; without one, the first."""
    by_kind = {
        str(item.default): cls for cls in classes for item in fields(cls) if item.name == "kind"
    }
    kind = raw.get("kind", next(iter(by_kind))) if isinstance(raw, dict) else None
    if isinstance(raw, dict) and (not isinstance(kind, str) or kind not in by_kind):
        wanted = ", ".join(by_kind)
        raise _refuse((*path, "kind"), f"expected one of {wanted}, found {_shown(kind)}", report)
    cls = by_kind.get(str(kind), classes[0])
    others = {
        item.name: name
        for name, other in by_kind.items()
        if other is not cls
        for item in fields(other)
    }
    return _section(cls, raw, path, report, kind=str(kind), others=others)


def _tuple(hint: Any, raw: object, path: Path, report: Report) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise _refuse(path, f"expected a list, found {_kind(raw)}", report)
    values = []
    refused = False
    for index, item in enumerate(raw):
        try:
            values.append(_value(hint, item, (*path, index), report))
        except _Refused:
            refused = True
    if refused:
        raise _Refused
    return tuple(values)


def _mapping(hint: Any, raw: object, path: Path, report: Report) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise _refuse(path, f"expected a table, found {_kind(raw)}", report)
    return {key: _value(hint, item, (*path, key), report) for key, item in raw.items()}


def _scalar(hint: type, raw: object, path: Path, report: Report) -> Any:
    if hint is Decimal:
        return _decimal(raw, path, report)
    if type(raw) is not hint:
        raise _refuse(path, f"expected {_NAMES[hint]}, found {_shown(raw)}", report)
    return raw


def _decimal(raw: object, path: Path, report: Report) -> Decimal:
    """A number in quotes or bare; `load.py` has bare ones read exactly too."""
    if type(raw) in (str, int, Decimal):
        try:
            value = Decimal(str(raw))
        except InvalidOperation:
            value = Decimal("NaN")
        if value.is_finite() and len(value.as_tuple().digits) + abs(value.adjusted()) <= DIGITS_MAX:
            return value
    raise _refuse(path, f"expected a decimal number, found {_shown(raw)}", report)


def _check_limit(limit: object, value: Any, path: Path, report: Report) -> None:
    if isinstance(limit, Between) and not limit.low <= value <= limit.high:
        raise _refuse(path, f"expected {limit.low} to {limit.high}, found {value}", report)
    if isinstance(limit, Length):
        if not limit.low <= len(value) <= limit.high:
            wanted = f"{limit.low} to {limit.high} characters"
            raise _refuse(path, f"expected {wanted}, found {_shown(value)}", report)
        if not (value.isascii() and value.isprintable()):
            raise _refuse(path, f"expected printable ASCII, found {_shown(value)}", report)


def _refuse(path: Path, text: str, report: Report) -> _Refused:
    report(path, text)
    return _Refused()


_NAMES = {int: "a whole number", str: "a text in quotes", bool: "true or false"}


def _kind(raw: object) -> str:
    names = {dict: "a table", list: "a list", **_NAMES}
    return names.get(type(raw), _shown(raw))


def _shown(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    text = json.dumps(raw, ensure_ascii=False) if isinstance(raw, str) else str(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."
