"""The log: text for people or JSON for machines, one event per line on stderr, secrets masked.

    log.set_up("json", "info")
    log.event("client_logged_on", client="ALICE", session=3)

The log is for people; the truth is the journal. Nothing on the core thread logs.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

MASK = "***"
TEXT_MAX = 4096  # of one value; the rest is cut

_LOGGER = logging.getLogger("internaliser")
_SECRET_KEY = re.compile(r"password|secret|token|private|credential|signature|raw_data", re.I)
# Password(554), RawData(96), NewPassword(925), EncryptedPassword(1402) inside a FIX message
_SECRET_TAG = re.compile(r"((?:^|[|\x01])(?:554|96|925|1402|1404)=)[^|\x01]*")
# user:password@ in an address
_SECRET_URL = re.compile(r"(://[^:/@\s]+:)[^@\s]+@")


def set_up(log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Send the log to `stream` (default stderr) as "text" or "json", from `level` up."""
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    _LOGGER.handlers[:] = [handler]
    _LOGGER.propagate = False
    _LOGGER.setLevel(level.upper())


def event(name: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log one event, named in the past tense, with what belongs to it."""
    _LOGGER.log(level, name, extra={"fields": fields})


class JsonFormatter(logging.Formatter):
    """{"time":..,"level":..,"event":..,<fields>}: one line whatever the fields hold."""

    def format(self, record: logging.LogRecord) -> str:
        head = {"time": _time(record), "level": record.levelname.lower(), "event": _event(record)}
        return json.dumps({**_fields(record), **head}, default=str)


class TextFormatter(logging.Formatter):
    """`2026-11-21T21:00:00.123456Z info    client_logged_on client=ALICE`."""

    def format(self, record: logging.LogRecord) -> str:
        pairs = (f" {key}={_quoted(value)}" for key, value in _fields(record).items())
        return f"{_time(record)} {record.levelname.lower():7} {_event(record)}{''.join(pairs)}"


def masked(key: str, value: object) -> object:
    """`value` with what must not be read by others replaced by ***."""
    if _SECRET_KEY.search(key):
        return MASK
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return value
    return _mask_text(value if len(value) <= TEXT_MAX else f"{value[:TEXT_MAX]}...")


def _mask_text(text: str) -> str:
    return _SECRET_URL.sub(rf"\1{MASK}@", _SECRET_TAG.sub(rf"\1{MASK}", text))


def _event(record: logging.LogRecord) -> str:
    return _mask_text(record.getMessage()).replace("\n", "\\n")


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "fields", {})
    shown = {key: masked(key, value) for key, value in fields.items()}
    if record.exc_info and record.exc_info[1] is not None:
        shown["error"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
    return shown


def _time(record: logging.LogRecord) -> str:
    return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _quoted(value: object) -> str:
    text = str(value)
    is_plain = text.isprintable() and not any(mark in text for mark in ' "=')
    return text if is_plain and text else json.dumps(text)
