"""`internaliser admin` against a control socket that writes down what it is asked."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from internaliser.cli import run_command
from internaliser.control import Answer, ControlServer, Request
from internaliser.errors import ControlError
from tests.records import write_journal

VERBS = ("halt", "reduce", "resume", "cancel", "resolve-child", "transfer", "day-end")


class Channel:
    """A running node as `admin` sees it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.asked: list[Request] = []
        self.refusal = ""

    async def answer(self, request: Request) -> Answer:
        self.asked.append(request)
        if self.refusal:
            raise ControlError(self.refusal)
        return {"seq": 42, "count": 3 if "all" in request else 0}

    def admin(self, *words: str) -> int:
        return run_command(["admin", *words, "--data", str(self.data), "--why", "test"])


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    channel = Channel(tmp_path)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = ControlServer(tmp_path, dict.fromkeys(VERBS, channel.answer))
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(5)
    yield channel
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def test_the_answer_names_the_step(channel: Channel, capsys: pytest.CaptureFixture[str]) -> None:
    assert channel.admin("halt", "--client", "BOB", "--who", "ann") == 0
    assert capsys.readouterr().out == "done: halt at seq 42\n"
    assert channel.asked == [{"client": "BOB", "venue": None, "who": "ann", "why": "test"}]


def test_orders_touched_are_counted(channel: Channel, capsys: pytest.CaptureFixture[str]) -> None:
    assert channel.admin("cancel", "--all") == 0
    assert capsys.readouterr().out == "done: cancel at seq 42, 3 orders\n"


def test_who_asks_is_the_login_name_unless_given(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "carl")
    channel.admin("resume")
    assert channel.asked[0]["who"] == "carl"


def test_a_refusal_is_one_line(channel: Channel, capsys: pytest.CaptureFixture[str]) -> None:
    channel.refusal = "refused: credit"
    words = ("--asset", "USD", "--amount", "5", "--from", "client:A", "--to", "house")
    assert channel.admin("transfer", *words) == 1
    assert capsys.readouterr().err == "internaliser: refused: credit\n"
    assert channel.asked[0]["from"] == "client:A"


@pytest.mark.parametrize("words", [(), ("1-1-1", "--all"), ("--client", "A", "--all")])
def test_cancel_wants_exactly_one_target(
    channel: Channel, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert channel.admin("cancel", *words) == 2
    assert "exactly one of ORDER, --client and --all" in capsys.readouterr().err
    assert channel.asked == []


def test_client_and_venue_exclude_each_other(
    channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert channel.admin("halt", "--client", "A", "--venue", "B") == 2
    assert "not allowed with" in capsys.readouterr().err


def test_a_child_that_is_not_there_is_refused(
    channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(channel.data, [])
    assert channel.admin("resolve-child", "1-1-7", "--filled", "0") == 2
    assert "no child 1-1-7" in capsys.readouterr().err


def test_without_a_node_admin_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["admin", "halt", "--why", "x", "--data", str(tmp_path)]) == 1
    assert "no node is running on this data folder" in capsys.readouterr().err


def test_the_day_can_be_ended(channel: Channel) -> None:
    assert channel.admin("day-end") == 0
