"""Following a journal until told to stop, and rebuilding a ledger from nothing.

    follow(Path("data"), Target.read(None, Path("data")), stop, print)

The only clock and the only waiting of the ledger are here.
"""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import JournalReader
from internaliser.ledger.books import Books
from internaliser.ledger.database import LedgerUnavailable
from internaliser.ledger.tail import Tail
from internaliser.ledger.target import Target

POLL_S = 0.05  # between two looks at a journal that has nothing new
PROGRESS_S = 10.0  # between two lines that say how far it is
RETRY_FIRST_S = 0.5  # until a database that went away is asked again; doubled up to RETRY_MAX_S
RETRY_MAX_S = 30.0

Tell = Callable[[str], None]


class Progress:
    """A line now and then: how far the ledger is and how fast it moves."""

    def __init__(self, tell: Tell, every_s: float) -> None:
        self.tell = tell
        self.every_s = every_s
        self.begin(0)

    def begin(self, seq: int) -> None:
        """Count from step `seq` and now."""
        self.told_s = time.monotonic()
        self.told_seq = seq

    def take(self, books: Books, *, is_last: bool = False) -> None:
        """Say it, where the time has come and something happened since the last line."""
        now_s = time.monotonic()
        mark = books.mark
        if mark is None or (not is_last and now_s - self.told_s < self.every_s):
            return
        if mark.seq != self.told_seq:
            rate = (mark.seq - self.told_seq) / max(now_s - self.told_s, 1e-9)
            self.tell(f"step {mark.seq} of {mark.time}, {rate:.0f} steps/s")
        self.begin(mark.seq)


def follow(data_dir: Path, target: Target, stop: Event, tell: Tell) -> None:
    """Keep the ledger up to date until `stop` is set; makes it where there is none.

    A database that goes away is waited for, once it had been there. Raises DataError where the
    ledger is not this journal's or the journal is damaged.
    """
    progress = Progress(tell, PROGRESS_S)
    wait_s = RETRY_FIRST_S
    was_there = False
    while not stop.is_set():
        try:
            database = target.open()
            try:
                books = Books(database)
                if not books.is_made:
                    books.reset()
                was_there, wait_s = True, RETRY_FIRST_S
                seq = books.mark.seq if books.mark else 0
                progress.begin(seq)
                tell(f"following {data_dir} into {target.label} from step {seq}")
                _tail(data_dir, books, stop, progress)
            finally:
                database.close()
        except LedgerUnavailable as error:
            if not was_there:
                raise
            tell(f"{error}; trying again in {wait_s:g} s")
            stop.wait(wait_s)
            wait_s = min(2 * wait_s, RETRY_MAX_S)


def rebuild(data_dir: Path, target: Target, stop: Event, tell: Tell) -> None:
    """Empty the ledger and project the whole durable journal again.

    Stopped or killed in the middle it is a ledger that ends earlier: `follow` completes it.
    """
    JournalReader(journal_folder(data_dir)).close()  # nothing is emptied for a wrong folder
    database = target.open()
    try:
        books = Books.anew(database)
        progress = Progress(tell, PROGRESS_S)
        tell(f"rebuilding {target.label} from {data_dir}")
        with Tail(data_dir, books) as tail:
            while not stop.is_set() and tail.turn():
                progress.take(books)
        progress.take(books, is_last=True)
        if books.mark is None:
            tell("there is no step to project yet")
    finally:
        database.close()


def _tail(data_dir: Path, books: Books, stop: Event, progress: Progress) -> None:
    with Tail(data_dir, books) as tail:
        while not stop.is_set():
            has_more = tail.turn()
            progress.take(books)
            if not has_more:
                stop.wait(POLL_S)
    progress.take(books, is_last=True)
