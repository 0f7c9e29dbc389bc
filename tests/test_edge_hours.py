"""The edge tells the door of hours: what is due when, also after a time in which nobody looked."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from internaliser.edge_hours import EdgeHours
from internaliser.gateway.hours import hours_record
from internaliser.hours import schedule_of
from internaliser.node import open_hours
from tests.gateway.desk import Desk

NS_PER_S = 10**9
HOUR_NS = 3_600 * NS_PER_S
MONDAY_NS = 1_700_438_400 * NS_PER_S  # 2023-11-20 00:00 UTC
HOURS = (
    "schedule.open_utc=08:00",
    "schedule.close_utc=17:00",
    "schedule.reset=daily",
    "schedule.announce_s=600",
)
OPENS = "outside the session hours: opens at 2023-11-21 08:00:00 UTC"


class Clock:
    """A desk whose door is told what is due."""

    def __init__(self, folder: Path, hour: float) -> None:
        self.desk = Desk(folder, *HOURS)
        self.start(hour)

    def start(self, hour: float) -> None:
        self.desk.now_ns = MONDAY_NS + int(hour * HOUR_NS)
        desk = self.desk
        clock = open_hours(desk.config, desk.node.state, desk.node.door, desk.now_ns)
        assert clock is not None
        self.edge = clock

    def at(self, hour: float) -> int:
        """It is `hour` of the Monday; how many records were due."""
        self.desk.now_ns = MONDAY_NS + int(hour * HOUR_NS)
        due = self.edge.due(self.desk.now_ns)
        for record in due:
            self.desk.node.door.answer(record, self.desk.now_ns)
        assert self.desk.turn()
        return len(due)

    def counters(self) -> set[tuple[object, object]]:
        rows = self.desk.node.state.roster.rows()
        return {(row["next_in"], row["next_out"]) for row in rows}


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """Monday, 12:00, CLIENT1 is there, CLIENT2 was."""
    clock = Clock(tmp_path / "data", 12)
    clock.desk.log_on("CLIENT1", "CLIENT2")
    clock.desk.hang_up("CLIENT2")
    return clock


def test_a_day_of_a_client(clock: Clock) -> None:
    desk = clock.desk
    assert clock.at(16.8) == 0
    assert clock.at(16.85) == 1
    (news,) = desk.reads("CLIENT1")
    assert news == (
        "B|34=2|148=End of the session|33=1|58=the session ends at 2023-11-20 17:00:00 UTC; "
        "both sides then begin at MsgSeqNum(34)=1"
    )
    assert clock.at(16.9) == 0  # once
    desk.log_on("CLIENT2")
    assert clock.at(16.95) == 1  # and to those who come late
    assert [line[:7] for line in desk.reads("CLIENT2")] == ["B|34=3|"]
    assert clock.at(17) == 1
    assert desk.reads("CLIENT1") == [f"5|34=3|58={OPENS}"]
    assert clock.counters() == {(1, 1)}
    desk.hang_up("CLIENT1")
    desk.connect("CLIENT1").next_out = 1
    assert desk.says("CLIENT1", "A|98=0|108=30") == [f"5|34=1|58={OPENS}"]
    assert clock.at(31.99) == 0
    assert clock.at(32) == 1
    desk.hang_up("CLIENT1")
    desk.connect("CLIENT1").next_out = 1
    assert desk.says("CLIENT1", "A|98=0|108=30") == ["A|34=2|98=0|108=30"]


def test_an_end_that_nobody_saw_is_caught_up_once(clock: Clock) -> None:
    clock.desk.restart()
    assert (3, 3) not in clock.counters()
    assert clock.counters() != {(1, 1)}
    clock.start(34)
    assert clock.counters() == {(1, 1)}
    clock.desk.connect("CLIENT1").next_out = 1
    assert clock.desk.says("CLIENT1", "A|98=0|108=30") == ["A|34=1|98=0|108=30"]
    clock.desk.restart()
    clock.start(35)
    assert clock.counters() == {(1, 1), (2, 2)}


def test_a_start_out_of_hours_refuses_from_its_first_moment(clock: Clock) -> None:
    clock.at(17)
    clock.desk.restart()
    clock.start(20)
    clock.desk.connect("CLIENT1").next_out = 1
    assert clock.desk.says("CLIENT1", "A|98=0|108=30") == [f"5|34=1|58={OPENS}"]


def test_a_first_start_with_hours_has_nothing_to_catch_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    desk.restart()
    desk.config = Desk(tmp_path / "other", *HOURS).config
    now_ns = MONDAY_NS + 20 * HOUR_NS
    assert open_hours(desk.config, desk.node.state, desk.node.door, now_ns) is not None
    assert (2, 2) in {(row["next_in"], row["next_out"]) for row in desk.node.state.roster.rows()}
    assert desk.node.state.roster.ended_ns == now_ns


def test_the_feed_s_door_is_told_when_it_is_shut_and_when_it_opens(clock: Clock) -> None:
    assert clock.edge.due_at_feed() == b""
    clock.at(17)
    assert clock.edge.due_at_feed() == hours_record(OPENS, is_shut=True)
    assert clock.edge.due_at_feed() == b""
    clock.at(32)
    assert clock.edge.due_at_feed() == hours_record("")


def test_a_clock_that_is_set_back_ends_nothing_twice(clock: Clock) -> None:
    assert clock.at(17) == 1
    assert clock.at(16) == 1  # open again
    clock.desk.hang_up("CLIENT1")
    clock.desk.connect("CLIENT1").next_out = 1
    assert clock.desk.says("CLIENT1", "A|98=0|108=30") == ["A|34=1|98=0|108=30"]
    assert clock.at(17.01) == 1
    assert clock.counters() == {(1, 1), (2, 3)}  # shut, not ended


def test_it_looks_again_before_anything_is_due(clock: Clock) -> None:
    def pause_s(hour: float) -> float:
        return clock.edge.pause_s(MONDAY_NS + int(hour * HOUR_NS))

    assert pause_s(12) == 60
    assert pause_s(16 + 49.5 / 60) == 30
    assert pause_s(16.9) == 1
    assert pause_s(17 - 0.5 / 3600) == 0.5
    assert pause_s(18) == 60


def test_served_it_tells_until_it_is_cancelled_and_waits_for_room(tmp_path: Path) -> None:
    close = datetime.now(UTC) - timedelta(minutes=1)
    times = (close - timedelta(hours=1), close)
    desk = Desk(
        tmp_path / "data",
        "schedule.days=mon-sun",
        *(
            f"schedule.{key}={time:%H:%M}"
            for key, time in zip(("open_utc", "close_utc"), times, strict=True)
        ),
    )
    schedule = schedule_of(desk.config.schedule)
    assert schedule is not None
    desk.node.state.roster.ended_ns = time.time_ns() - 24 * HOUR_NS
    edge = EdgeHours(schedule, desk.node.state, desk.node.door)
    told: list[bytes] = []

    def put(record: bytes) -> bool:
        told.append(record)
        return len(told) == 3

    async def serve() -> None:
        serving = asyncio.create_task(edge.serve(put))
        while len(told) < 3:
            await asyncio.sleep(0.001)
        serving.cancel()

    asyncio.run(asyncio.wait_for(serve(), 60))
    assert len(set(told)) == 1
