"""A file and `--set` overrides into a checked Config, or ConfigError naming every mistake."""

import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

from internaliser.config.lines import Path, line_numbers, line_of
from internaliser.config.reader import read_section
from internaliser.config.rules import check_rules
from internaliser.config.sections import Config
from internaliser.errors import ConfigError, Mistake

FILE_BYTES_MAX = 16 * 2**20
OVERRIDE_FILE = "--set"  # stands for the file name in mistakes about an override
NAME_KEYS = {
    "assets": "name",
    "instruments": "symbol",
    "clients": "name",
    "drop_copies": "name",
    "venues": "name",
}


def load(path: str, overrides: Sequence[str] = ()) -> Config:
    """Read and check `path`. Each override is `section.key=value` or `section.NAME.key=value`.

    Raises ConfigError with one Mistake per thing wrong. Nothing is half accepted.
    """
    try:
        with FilePath(path).open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError([Mistake(path, 0, "", f"cannot be read: {error.strerror}")]) from None
    if len(data) > FILE_BYTES_MAX:
        raise ConfigError([Mistake(path, 0, "", f"is larger than {FILE_BYTES_MAX} bytes")])
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ConfigError([Mistake(path, 0, "", f"is not UTF-8 at byte {error.start}")]) from None
    return parse(text, path, overrides)


def parse(text: str, path: str, overrides: Sequence[str] = ()) -> Config:
    """As `load`, from text; `path` is only named in mistakes."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_mistake(path, str(error))]) from None
    lines = line_numbers(text)
    overridden: dict[Path, str] = {}
    for override in overrides:
        overridden[_override(raw, override)] = override
    mistakes: list[Mistake] = []

    def report(where: Path, what: str) -> None:
        source = overridden.get(where)
        if source is not None:
            mistakes.append(Mistake(f"--set {source}", 0, "", what))
        else:
            mistakes.append(Mistake(path, line_of(lines, where), _dotted(where, raw), what))

    config = read_section(Config, raw, (), report)
    if config is not None:
        check_rules(config, report)
    if mistakes:
        raise ConfigError(sorted(mistakes, key=lambda mistake: mistake.line))
    assert config is not None
    return config


def _syntax_mistake(path: str, message: str) -> Mistake:
    line = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if line is None:
        return Mistake(path, 0, "", message)
    return Mistake(path, int(line[1]), "", f"{message[: line.start()]} (column {line[2]})")


def _override(raw: dict[str, Any], override: str) -> Path:
    """Put one override into `raw`; where it went."""
    target, equals, value_text = override.partition("=")
    parts = target.strip().split(".")
    if not equals or len(parts) < 2 or not all(parts):
        raise _override_error(override, "expected section.key=value")
    section, key = parts[0], parts[-1]
    name = ".".join(parts[1:-1])
    value = _override_value(value_text.strip())
    if section in NAME_KEYS and name:
        items = raw.get(section)
        for index, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, dict) and item.get(NAME_KEYS[section]) == name:
                item[key] = value
                return (section, index, key)
        raise _override_error(override, f"no {section} named {name}")
    if name or section in NAME_KEYS:
        wanted = f"{section}.NAME.key=value" if section in NAME_KEYS else f"{section}.key=value"
        raise _override_error(override, f"expected {wanted}")
    table = raw.setdefault(section, {})
    if not isinstance(table, dict):
        raise _override_error(override, f"{section} is not a section")
    table[key] = value
    return (section, key)


def _override_value(text: str) -> Any:
    """As TOML where it is TOML, else the text itself, so that quotes may be left out."""
    try:
        return tomllib.loads(f"value = {text}", parse_float=Decimal)["value"]
    except tomllib.TOMLDecodeError:
        return text


def _override_error(override: str, text: str) -> ConfigError:
    return ConfigError([Mistake(f"{OVERRIDE_FILE} {override}", 0, "", text)])


def _dotted(path: Path, raw: dict[str, Any]) -> str:
    """clients.ALICE.taker_fee_bp where the element has a name, else clients[2].taker_fee_bp."""
    text = ""
    here: Any = raw
    for part in path:
        here = _step_into(here, part)
        if isinstance(part, int):
            name = here.get(NAME_KEYS.get(text)) if isinstance(here, dict) else None
            text += f".{name}" if isinstance(name, str) and name else f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def _step_into(here: Any, part: str | int) -> Any:
    if isinstance(here, dict):
        return here.get(part)
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return None
