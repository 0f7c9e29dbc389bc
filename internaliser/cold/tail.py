"""Following the journal for the projections: in order, a bounded piece at a time, never twice.

tail = JournalTail(reader)
tail.subscribe(103, standing.take)          # state events, as fields
while tail.read(1000): ...                  # True: there may be more
tail.has_read(batch_no)
tail.pass_over(batch_no, position)          # there is nothing to hand on: not even looked at
"""

from collections.abc import Callable

from internaliser.journal.reader import JournalReader, Record

Taker = Callable[[Record], None]
Only = tuple[int, int] | None  # an offset, and what its 16 bits must be


class JournalTail:
    """`reader` stands where the projections begin and reads only what is durable."""

    def __init__(self, reader: JournalReader) -> None:
        self._reader = reader
        self._takers: dict[int, Taker] = {}
        self._kinds: dict[int, Only] = {}
        self._batch_no = 0  # read whole, or passed over, up to this one
        self._resume_at = 0  # where what was passed over ends; 0 = nothing was
        self.taken = 0  # records handed on so far

    def subscribe(self, kind: int, taker: Taker, only: Only = None) -> None:
        """Hand every record of that kind on, or those with `only`'s value at its offset."""
        self._takers[kind] = taker
        self._kinds[kind] = only

    def read(self, records_max: int) -> bool:
        """Up to so many records; whether that was the bound. Raises DataError on a damage."""
        if self._resume_at:
            self._reader.seek(self._resume_at)
            self._resume_at = 0
        records, passed = self._reader.take_of(self._kinds, records_max)
        for record in records:
            self._takers[record.kind](record)
        self.taken += len(records)
        if passed == records_max:
            return True
        self._batch_no = self._reader.next_batch - 1
        return False

    def pass_over(self, batch_no: int, position: int) -> None:
        """Who calls knows that nothing subscribed stands before `position`, the end of that batch
        or of a later one."""
        self._batch_no, self._resume_at = batch_no, position

    def has_read(self, batch_no: int) -> bool:
        """Whether everything up to that batch was read."""
        return self._batch_no >= batch_no

    def close(self) -> None:
        """Let go of the files."""
        self._reader.close()
