"""Tailing the durable journal into the books, in batches, from wherever they stand.

    with Tail(data, books) as tail:
        while tail.turn():          # False: up to date with what is durable
            print(tail.books.mark)

Reads files only: the node takes no notice. A tail can be killed at any moment and started again.
"""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from internaliser.core.core import Core
from internaliser.errors import DataError
from internaliser.journal.fault import JournalDamaged
from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import Ending, JournalReader, Record
from internaliser.ledger.books import Books, Mark
from internaliser.ledger.projection import BEFORE_ALL, KINDS, Projection
from internaliser.names import Names

RECORDS_MAX = 2_000  # projected in one transaction, the rest of a step apart
# The first look after the journal grew may still see what was read ahead before it did.
LOOKS = 2


@dataclass(slots=True)
class Place:
    """Where in the journal a record stands: its batch."""

    position: int = 0
    batch_no: int = 0
    batch_crc: int = 0


class Tail:
    """One journal and one ledger, by one program at a time. `turn` is one transaction at most."""

    def __init__(self, data_dir: Path, books: Books) -> None:
        self.books = books
        self.rules_version = our_rules_version()
        self._reader = JournalReader(journal_folder(data_dir), durable_only=True)
        try:
            self._projection = self._start()
        except BaseException:
            self._reader.close()
            raise
        self._step_seq = 0
        self._step = Place()  # of the first record of the step being read
        self._last = Place()  # of the last record projected
        self._waiting: Record | None = None  # read, and the first of the next batch of ours

    def turn(self) -> bool:
        """Project what is durable, up to RECORDS_MAX records; whether there was anything.

        One transaction, whole steps; only where the durable journal itself ends inside a step does
        one end there. Raises DataError where the journal is not the one the ledger was made of.
        """
        projection = self._projection
        count = 0
        while record := self._next():
            if count >= RECORDS_MAX and record.seq != projection.key[0]:
                self._waiting = record
                break
            if self._take(record):
                count += 1
        if count:
            self.books.write(projection.batch, self._mark())
            projection.begin_batch()
        else:
            self._judge_end()
        return count > 0

    def _start(self) -> Projection:
        mark = self.books.mark
        if mark is None:
            return Projection(0, self.rules_version, Names(), {})
        reader = self._reader
        try:
            reader.seek(mark.position)
        except DataError as error:
            raise self._foreign(f"the journal ends before step {mark.seq}") from error
        found = (reader.node_id, reader.next_batch)
        if found != (mark.node_id, mark.batch_no):
            raise self._foreign(
                f"expected node and batch {(mark.node_id, mark.batch_no)}, found {found}"
            )
        return Projection(
            mark.node_id,
            self.rules_version,
            self.books.names(),
            self.books.accounts(),
            mark.key,
            mark.epoch,
        )

    def _next(self) -> Record | None:
        """The next record of a kind the ledger is made of."""
        if self._waiting is not None:
            record, self._waiting = self._waiting, None
            return record
        for _ in range(LOOKS):
            for record in self._reader:
                if record.kind in KINDS:
                    return record
        return None

    def _take(self, record: Record) -> bool:
        reader = self._reader
        projection = self._projection
        if projection.key == BEFORE_ALL:
            self._begin()
        if record.seq != self._step_seq:
            self._step_seq = record.seq
            self._step = Place(reader.batch_position, record.batch_no)
        is_known = self._last.batch_no > 0 or projection.key == BEFORE_ALL
        if not is_known:
            self._find_mark(record)
        is_new = projection.take(record)
        if is_new:
            self._last = Place(reader.batch_position, record.batch_no, reader.last_crc)
        return is_new

    def _begin(self) -> None:
        """Before the first record of a journal that must be whole."""
        if not self._reader.starts_at_first_batch:
            raise DataError(f"{self._reader.folder}: the first segments are missing")
        self._projection.node_id = self._reader.node_id

    def _find_mark(self, record: Record) -> None:
        """The last record projected must still stand in the batch it stood in."""
        mark = self.books.mark
        assert mark is not None
        key = (record.seq, record.index)
        if key > mark.key:
            raise self._foreign(f"step {mark.seq} is not where it was")
        if key == mark.key:
            if self._reader.last_crc != mark.batch_crc:
                raise self._foreign(f"the batch of step {mark.seq} is another one")
            self._last = Place(self._reader.batch_position, record.batch_no, mark.batch_crc)

    def _mark(self) -> Mark:
        projection = self._projection
        return Mark(
            projection.node_id,
            self.rules_version,
            projection.epoch,
            self._step.position,
            self._step.batch_no,
            self._last.batch_crc,
            *projection.key,
            projection.time,
        )

    def _judge_end(self) -> None:
        """At the end of what is durable: a damage never passes for the end."""
        mark = self.books.mark
        if mark is not None and self._last.batch_no == 0:
            raise self._foreign(f"the journal ends before step {mark.seq}")
        reader = self._reader
        if reader.fault is not None and reader.find_end() is Ending.DAMAGED:
            assert reader.fault is not None
            raise JournalDamaged(reader.fault)

    def _foreign(self, why: str) -> DataError:
        return DataError(
            f"{self.books.database.label} was not made of the journal {self._reader.folder}: {why}."
            " If the folder is the right one, `internaliser ledger rebuild` makes the ledger anew"
        )

    def close(self) -> None:
        """Let go of the journal's files."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def our_rules_version() -> int:
    """Of the core this program would run."""
    return Core(0, 16, 16).rules_version
