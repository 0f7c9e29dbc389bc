"""A Config as TOML text: what `internaliser check` prints. Read back it gives the same Config."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from internaliser.config.sections import Config


def render(config: Config) -> str:
    """Every key with its effective value, sections in the order of `sections.py`."""
    blocks = []
    for item in fields(config):
        value = getattr(config, item.name)
        if isinstance(value, tuple):
            blocks += [f"[[{item.name}]]\n{_keys(element)}" for element in value]
        else:
            blocks.append(f"[{item.name}]\n{_keys(value)}")
    return "\n\n".join(blocks) + "\n"


def _keys(section: Any) -> str:
    return "\n".join(f"{key} = {text}" for key, text in _pairs(section))


def _pairs(section: Any) -> list[tuple[str, str]]:
    values = [(item.name, getattr(section, item.name)) for item in fields(section)]
    return [(key, _value(value)) for key, value in values if value is not None]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f'"{value:f}"'
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, Mapping):
        pairs = [(_value(key), _value(item)) for key, item in value.items()]
    else:
        assert is_dataclass(value)
        pairs = _pairs(value)
    return "{ " + ", ".join(f"{key} = {text}" for key, text in pairs) + " }" if pairs else "{}"
