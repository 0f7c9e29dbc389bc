"""The hours of the clients' sessions on the edge: what the door is told, and when.

    clock = EdgeHours(schedule, node.state, node.door)
    clock.due(now_ns)              # at the start: an end that passed while the node was down
    await clock.serve(put)         # from then on

The door carries an end out and journals it; what is left to do after a crash is what the journal
does not know. A clock that is set back opens and shuts again, but ends nothing twice.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from internaliser import log
from internaliser.cold.question import body
from internaliser.gateway.door import Door
from internaliser.gateway.enquiries import IF_PRESENT, answer_record
from internaliser.gateway.hours import hours_record
from internaliser.hours import Hours, Schedule, hours, resets_between
from internaliser.recovery import Recovered

CLOCK_CHECK_S = 60  # the wall clock may be set while we wait
ANNOUNCE_CHECK_S = 1  # for clients that log on when the end is announced already
RETRY_S = 0.01  # the ring of answers is full: the core empties it every turn
NS_PER_S = 1_000_000_000

Put = Callable[[bytes], bool]


class EdgeHours:
    """Knows what the door was told. Whatever `due` gives must reach the door, in order."""

    def __init__(self, schedule: Schedule, state: Recovered, door: Door) -> None:
        self.schedule = schedule
        self._presence = door.presence
        self._clients = [row["index"] for row in state.core.sessions() if row["client"] is not None]
        self._ended_s: int | None = state.roster.ended_ns // NS_PER_S or None
        self._is_shut = False
        self._feed_is_shut = False
        self._why = ""  # nobody may log on
        self._told: dict[int, int] = {}  # by session: the generation that knows of the next end

    async def serve(self, put: Put, put_to_feed: Put | None = None) -> None:
        """Tell the doors until cancelled; `put` says False when there is no room for a record."""
        while True:
            now_ns = time.time_ns()
            for record in self.due(now_ns):
                await _hand_over(put, record)
            if put_to_feed is not None and (record := self.due_at_feed()):
                await _hand_over(put_to_feed, record)
            await asyncio.sleep(self.pause_s(now_ns))

    def due(self, now_ns: int) -> list[bytes]:
        """What the door must be told now."""
        now_s = now_ns // NS_PER_S
        at = hours(self.schedule, now_s)
        records: list[bytes] = []
        if self._ended_s is None:
            # The first start with hours: no end before it is anything to catch up.
            self._ended_s = now_s
            records.append(self._tell(at, ended_s=now_s))
        elif at.ended_s > self._ended_s:
            resets = resets_between(self.schedule, self._ended_s, now_s)
            self._ended_s = at.ended_s
            self._told.clear()
            log.event("session_hours_ended", end_utc=_text(at.ended_s), resets=resets)
            records.append(self._tell(at, ended_s=at.ended_s, resets=resets))
        elif self._is_shut == at.is_open:
            records.append(self._tell(at))
        if at.announce_s is not None and at.announce_s <= now_s:
            records += self._announce(at)
        return records

    def due_at_feed(self) -> bytes:
        """What the feed's door must be told now: its sessions keep the hours, but no numbers."""
        if self._feed_is_shut == self._is_shut:
            return b""
        self._feed_is_shut = self._is_shut
        return hours_record(self._why, is_shut=self._is_shut)

    def pause_s(self, now_ns: int) -> float:
        """How long nothing more is due, at most."""
        at = hours(self.schedule, now_ns // NS_PER_S)
        next_s, most_s = at.change_s, CLOCK_CHECK_S
        if at.announce_s is not None and at.announce_s * NS_PER_S > now_ns:
            next_s = at.announce_s
        elif at.announce_s is not None:
            most_s = ANNOUNCE_CHECK_S
        return min(max(next_s - now_ns / NS_PER_S, RETRY_S), most_s)

    def _tell(self, at: Hours, *, ended_s: int = 0, resets: bool = False) -> bytes:
        self._is_shut = not at.is_open
        text = "the session ended by the clock and begins anew: log on again"
        if self._is_shut:
            text = f"outside the session hours: opens at {_text(at.change_s)}"
            log.event("session_hours_shut", opens_utc=_text(at.change_s))
        self._why = text if self._is_shut else ""
        return hours_record(text, ended_ns=ended_s * NS_PER_S, is_shut=self._is_shut, resets=resets)

    def _announce(self, at: Hours) -> Iterator[bytes]:
        """A News(B) to everybody who is logged on and has not heard of this end."""
        text = f"the session ends at {_text(at.change_s)}"
        if at.resets:
            text += "; both sides then begin at MsgSeqNum(34)=1"
        news = body((148, "End of the session"), (33, 1), (58, text))
        for session in self._clients:
            generation = self._presence(session)[0]
            if generation and self._told.get(session) != generation:
                self._told[session] = generation
                yield answer_record(session, "B", news, generation=generation, flags=IF_PRESENT)


async def _hand_over(put: Put, record: bytes) -> None:
    while not put(record):
        await asyncio.sleep(RETRY_S)


def _text(time_s: int) -> str:
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
