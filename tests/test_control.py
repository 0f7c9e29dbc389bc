"""The operator's channel, both ends over a real Unix socket."""

import asyncio
import json
import socket
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from internaliser.control import SOCKET_NAME, Answer, ControlServer, Request, ask
from internaliser.errors import ControlError, DataError


async def echo(request: Request) -> Answer:
    return {"got": request}


async def refuse(request: Request) -> Answer:
    raise DataError("order 7 is not open")


async def fault(request: Request) -> Answer:
    raise ZeroDivisionError("division by zero")


async def never(request: Request) -> Answer:
    await asyncio.Event().wait()
    raise AssertionError


HANDLERS = {"echo": echo, "refuse": refuse, "fault": fault, "never": never}


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A deep data folder with a channel served by a thread, as the edge thread does."""
    folder = tmp_path.joinpath(*["a" * 40] * 4)  # far above the 107 bytes of a socket address
    folder.mkdir(parents=True)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = ControlServer(folder, HANDLERS)

    def wait(future: "Future[None]") -> None:
        future.result(timeout=5)

    wait(asyncio.run_coroutine_threadsafe(server.start(), loop))
    yield folder
    wait(asyncio.run_coroutine_threadsafe(server.stop(), loop))
    wait(asyncio.run_coroutine_threadsafe(cancel_all(), loop))
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
    assert not (folder / SOCKET_NAME).exists()


async def cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def raw(data_dir: Path, line: bytes) -> Answer:
    with socket.socket(socket.AF_UNIX) as link:
        folder = data_dir.parents[3]  # a short way in, for the test's own client
        (folder / "s").symlink_to(data_dir / SOCKET_NAME)
        link.connect(str(folder / "s"))
        link.sendall(line)
        answer: Answer = json.loads(link.makefile("rb").readline())
        return answer


def test_a_request_is_answered_by_its_handler(data_dir: Path) -> None:
    assert ask(data_dir, "echo", who="ann", n=1) == {"got": {"who": "ann", "n": 1}}


def test_only_the_owner_may_open_the_socket(data_dir: Path) -> None:
    mode = (data_dir / SOCKET_NAME).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_a_refusal_is_the_message_of_the_error(data_dir: Path) -> None:
    with pytest.raises(ControlError, match=r"^order 7 is not open$"):
        ask(data_dir, "refuse")


def test_a_fault_in_one_answer_leaves_the_channel_open(data_dir: Path) -> None:
    with pytest.raises(ControlError, match="fault in fault: ZeroDivisionError"):
        ask(data_dir, "fault")
    assert ask(data_dir, "echo") == {"got": {}}


def test_an_unknown_verb_is_refused(data_dir: Path) -> None:
    with pytest.raises(ControlError, match="unknown verb 'halt'"):
        ask(data_dir, "halt")


def test_no_answer_in_time_is_told(data_dir: Path) -> None:
    with pytest.raises(ControlError, match=r"no answer within 0\.05 s"):
        ask(data_dir, "never", timeout_s=0.05)


@pytest.mark.parametrize("line", [b"{\n", b"[]\n", b"{}\n", b'{"verb":1}\n', b"\xff\n"])
def test_what_is_no_request_is_answered_and_changes_nothing(data_dir: Path, line: bytes) -> None:
    answer = raw(data_dir, line)
    assert answer["ok"] is False
    assert "expected" in answer["error"]


def test_a_line_without_end_closes_the_channel(data_dir: Path) -> None:
    with pytest.raises((ControlError, BrokenPipeError)):
        ask(data_dir, "echo", pad="x" * 200_000)
    assert ask(data_dir, "echo") == {"got": {}}


def test_without_a_node_the_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="no node is running on this data folder"):
        ask(tmp_path, "echo")
    with pytest.raises(ControlError, match="no node is running on this data folder"):
        ask(tmp_path / "missing", "echo")


def test_a_socket_left_by_a_crash_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as leftover:
        leftover.bind(str(tmp_path / SOCKET_NAME))
    with pytest.raises(ControlError, match="no node is running"):
        ask(tmp_path, "echo")

    async def start_and_stop() -> None:
        server = ControlServer(tmp_path, HANDLERS)
        await server.start()
        answer = await asyncio.to_thread(ask, tmp_path, "echo")
        assert answer == {"got": {}}
        await server.stop()

    asyncio.run(start_and_stop())
