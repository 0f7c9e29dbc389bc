"""The log: one event per line, in either format, nothing secret in it."""

import io
import json
from collections.abc import Iterator

import pytest

from internaliser import log


@pytest.fixture
def text() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    yield stream
    log._LOGGER.handlers.clear()


def test_json_is_one_object_per_line(text: io.StringIO) -> None:
    log.set_up("json", "info", text)
    log.event("client_logged_on", client="ALICE", session=3)
    (line,) = text.getvalue().splitlines()
    fields = json.loads(line)
    assert fields.pop("time").endswith("Z")
    assert fields == {
        "level": "info",
        "event": "client_logged_on",
        "client": "ALICE",
        "session": 3,
    }


def test_a_field_cannot_pose_as_the_time_or_the_event(text: io.StringIO) -> None:
    log.set_up("json", "info", text)
    log.event("logged_on", time="never", event="other")
    fields = json.loads(text.getvalue())
    assert fields["event"] == "logged_on"
    assert fields["time"] != "never"


def test_text_is_the_event_and_its_fields(text: io.StringIO) -> None:
    log.set_up("text", "info", text)
    log.event("ready", port=9878, why="first start")
    line = text.getvalue()
    assert line.endswith('Z info    ready port=9878 why="first start"\n')


def test_a_newline_in_a_field_stays_in_its_line(text: io.StringIO) -> None:
    log.set_up("text", "info", text)
    log.event("refused", why="a\nb")
    assert text.getvalue().count("\n") == 1


def test_below_the_level_nothing_is_written(text: io.StringIO) -> None:
    log.set_up("text", "warning", text)
    log.event("ready")
    assert text.getvalue() == ""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_secrets_are_masked(log_format: str, text: io.StringIO) -> None:
    log.set_up(log_format, "info", text)
    log.event(
        "logon_refused",
        password="hunter2",
        api_secret="hunter2",
        raw="8=FIX.4.4|35=A|553=bob|554=hunter2|10=000",
        wire=b"35=A\x01554=hunter2\x01925=hunter2\x0196=hunter2\x0149=BOB\x01",
        dsn="postgres://bob:hunter2@host/db",
    )
    written = text.getvalue()
    assert "hunter2" not in written
    assert written.count("***") == 7
    assert "553=bob" in written


def test_a_huge_field_is_cut(text: io.StringIO) -> None:
    log.set_up("text", "info", text)
    log.event("garbled", raw="x" * 1_000_000)
    assert len(text.getvalue()) < 5_000
