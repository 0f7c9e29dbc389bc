"""Where in the journal each client's executions stand: numbered from 1 per client, the newest kept.

    executions = Executions(most=1_000_000)
    tail.subscribe(KIND_ORDER_EVENT, executions.take)
    executions.numbers(client)                  # range of what is kept
    executions.since(client, time_ns)           # first number at or after that time

Sixteen bytes each; the record itself is read again when it is told (`records.RecordReader`).
"""

import struct
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from internaliser.journal.reader import Record

EXECUTED = 3  # model/event.pxd
TYPE_AT = 28  # offset of `type` in an OrderEvent
HEAD = struct.Struct("<16xqIHHH")  # time, epoch, type, session, client of an OrderEvent
NONE16 = 0xFFFF
DROP_AT = 1024  # of the oldest at once: an array is cut rarely


@dataclass(slots=True)
class Row:
    """One client's executions, oldest first; `dropped` are no longer here."""

    dropped: int = 0
    positions: "array[int]" = field(default_factory=lambda: array("Q"))
    times: "array[int]" = field(default_factory=lambda: array("q"))


class Executions:
    """`most` over all clients; the client with most of them gives up its oldest first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: dict[int, Row] = {}
        self.count = 0

    def take(self, record: Record) -> None:
        """One order event; only executions count."""
        time_ns, _, kind, _, client = HEAD.unpack_from(record.data)
        if kind != EXECUTED or client == NONE16:
            return
        row = self._rows.setdefault(client, Row())
        row.positions.append(record.position)
        row.times.append(time_ns)
        self.count += 1
        if self.count > self._most:
            self._drop()

    def numbers(self, client: int) -> range:
        """The numbers of what is kept of a client."""
        row = self._rows.get(client)
        if row is None:
            return range(1, 1)
        return range(row.dropped + 1, row.dropped + len(row.positions) + 1)

    def position(self, client: int, number: int) -> int:
        """Where the execution of that number stands."""
        row = self._rows[client]
        return row.positions[number - row.dropped - 1]

    def since(self, client: int, time_ns: int) -> int:
        """The first number at or after a time; one behind the last when there is none."""
        row = self._rows.get(client)
        return 1 if row is None else row.dropped + bisect_left(row.times, time_ns) + 1

    def _drop(self) -> None:
        longest = max(self._rows.values(), key=lambda row: len(row.positions))
        count = min(DROP_AT, len(longest.positions) // 2 + 1)
        del longest.positions[:count], longest.times[:count]
        longest.dropped += count
        self.count -= count
