"""The edge: the operator is answered, the day ends when it should, a signal ends it all."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from internaliser import edge as edge_module
from internaliser.config.sections import (
    AccessSection,
    CoreSection,
    DaySection,
    FixSection,
    NodeSection,
    RequestsSection,
)
from internaliser.control import ask
from internaliser.credential_file import CredentialFile
from internaliser.edge import Edge, next_day_end
from internaliser.model.fields import record_fields
from internaliser.reactor.ring import Ring
from tests.whole_node import START_NS, WholeNode, plain_config

NINE_PM_S = 21 * 3600


def at(hour: int, minute: int = 0, day: int = 14) -> datetime:
    return datetime(2023, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (at(20, 59), at(21)),
        (at(21), at(21, day=15)),  # that day has ended: never twice
        (at(23), at(21, day=15)),
        (at(0, day=15), at(21, day=15)),
    ],
)
def test_a_day_ends_once_at_its_time(now: datetime, end: datetime) -> None:
    assert next_day_end(now, NINE_PM_S) == end


class Stage:
    """An edge on a real folder, its core thread played by the test."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.whole = WholeNode(folder, plain_config(), START_NS)
        self.commands = Ring(65536)
        self.end_fd = os.eventfd(0)
        config = SimpleNamespace(
            core=CoreSection(),
            day=DaySection(),
            test=SimpleNamespace(busy_edge_ms=0, busy_edge_period_ms=0),
            node=NodeSection(reference_asset="USD", mark_every_ms=1),
            requests=RequestsSection(),
            fix=FixSection(),
            venues=(),
            access=AccessSection(),
            clients=(),
            drop_copies=(),
            instruments=(None, None),
        )
        self.node = SimpleNamespace(
            config=config,
            reactor=SimpleNamespace(fileno=lambda: self.end_fd),
            folder=self.whole.folder,
            writer=self.whole.writer,
            state=self.whole.state,
            commands=self.commands,
            door=self.whole.door,
            asking=SimpleNamespace(ring=Ring(65536)),
            answers=Ring(65536),
            recovered_ns=0,
            makers={},
            hours=None,
            tls=[],
            kept_credentials=CredentialFile(folder / "credentials.json"),
            feed=None,
        )
        vars(self.node).update(changes)
        self.edge = Edge(self.node)  # type: ignore[arg-type]

    def take(self) -> Any:
        """What the edge gave the core; an edge that has failed gives nothing any more."""
        assert not self.edge.has_failed
        return self.commands.take()

    def serve_until(self, act: Callable[[], object]) -> Any:
        """Run the edge, `act` on another thread, then tell the edge to end."""

        async def both() -> Any:
            serving = asyncio.create_task(self.edge.serve(lambda: None))
            await asyncio.sleep(0)
            result = await asyncio.to_thread(act)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(serving, 10)
            return result

        return asyncio.run(both())


def test_the_operator_s_request_becomes_a_command_and_its_outcome_the_answer(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path / "data")

    def halt() -> dict[str, Any]:
        answers: list[dict[str, Any]] = []

        async def core() -> None:
            asking = asyncio.create_task(
                asyncio.to_thread(
                    ask, stage.whole.path, "halt", client="CLIENT2", who="me", why="w"
                )
            )
            while not (taken := stage.take()):
                await asyncio.sleep(0.001)
            ((_, command),) = taken
            stage.whole.door.apply(command, START_NS)
            assert stage.whole.turn(START_NS)
            answers.append(await asking)

        asyncio.run(core())
        return answers[0]

    answer = stage.serve_until(halt)
    assert answer["count"] == 0
    assert [row["state"] for row in stage.whole.state.core.clients()][:3] == [
        "active",
        "halted",
        "active",
    ]


def test_the_end_of_the_core_thread_ends_the_edge(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "data")
    os.eventfd_write(stage.end_fd, 1)
    asyncio.run(asyncio.wait_for(stage.edge.serve(lambda: None), 10))
    assert not (stage.whole.path / "control.sock").exists()


def test_a_day_end_missed_while_the_node_was_down_is_caught_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path / "data", recovered_ns=START_NS)
    stage.node.config.day = DaySection(end_utc="21:00:00")
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        raise asyncio.CancelledError

    monkeypatch.setattr(edge_module.asyncio, "sleep", nap)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(stage.edge._end_days("21:00:00"))
    ((_, command),) = stage.commands.take()
    assert record_fields(command)["action"] == "day_end"
    assert len(naps) == 1  # the next end lies ahead


def test_the_outside_mids_of_every_instrument_are_marked_again_and_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "data")
    stage.node.config.venues = ("one",)
    marks: list[int] = []

    def take() -> None:
        while len(marks) < 6:
            fields = [record_fields(command) for _, command in stage.take()]
            assert all((one["kind"], one["price"]) == ("mark", 0) for one in fields)
            marks.extend(int(str(one["instrument"])) for one in fields)

    stage.serve_until(take)
    assert marks[:6] == [0, 1] * 3


def test_a_fault_in_a_task_of_the_edge_ends_it_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path / "data")
    told: list[tuple[str, Any]] = []

    async def faulty() -> None:
        raise ZeroDivisionError("nothing to share")

    monkeypatch.setattr(stage.edge, "_tasks", lambda: [faulty()])
    monkeypatch.setattr(
        edge_module.log, "event", lambda name, level, error: told.append((name, error))
    )
    asyncio.run(asyncio.wait_for(stage.edge.serve(lambda: None), 10))
    assert stage.edge.has_failed
    assert told == [("edge_fault", "ZeroDivisionError: nothing to share")]
