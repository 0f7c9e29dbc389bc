"""Keeps one book equal to the venue's: a snapshot, then every change after it, none missed.

Sans-I/O: the adapter tells what arrived and when, asks `needs_snapshot`, and fetches one. Whenever
continuity is in doubt the book is emptied at once, and a new snapshot is wanted after a pause that
grows while the trouble lasts.

    sync = DiffSync(VenueBook(tick, lot, levels_max=5000), BINANCE)
    sync.on_open(now_ns)                           # subscribed: changes will arrive
    if sync.needs_snapshot(now_ns):                # asked again and again, by timer
        sync.on_snapshot_requested(now_ns)
    sync.on_diff(first_id, last_id, bids, asks, now_ns)       # BUFFERED until then
    sync.on_snapshot(last_update_id, bids, asks, now_ns)      # CHANGED: show the book
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from internaliser.market.sync_rules import Place, SyncRule
from internaliser.market.venue_book import CHANGED, REFUSED, VenueBook

NS_PER_S = 1_000_000_000

Levels = Sequence[Sequence[str]]  # each: price, quantity, and what the venue adds


@dataclass(frozen=True, slots=True)
class SyncLimits:
    """Bounds of one book's synchronisation."""

    buffer_max: int = 5_000  # changes kept while a snapshot is fetched; beyond, the oldest go
    snapshot_timeout_ns: int = 10 * NS_PER_S  # no answer for so long: ask again
    resync_min_ns: int = NS_PER_S  # pause before the second attempt; it doubles from there
    resync_max_ns: int = 60 * NS_PER_S  # longest pause; in sync for so long = trouble is over
    join_max_ns: int = 5 * NS_PER_S  # after a snapshot, changes older than it may still arrive
    repeats_max: int = 256  # newest changes that may come again, as from a second connection
    stale_after_ns: int = 30 * NS_PER_S  # silence that ends the trust in a book
    crossed_max_ns: int = NS_PER_S  # a book crossed for so long is wrong, not in motion


class SyncResult(Enum):
    """What became of a message, or of time passing."""

    IGNORED = "ignored"  # old, or nothing to do
    BUFFERED = "buffered"  # kept until the snapshot is there
    APPLIED = "applied"  # the book moved where no view looks
    CHANGED = "changed"  # show the book
    STALE = "stale"  # too long silent: the book is kept, but not to be shown
    GAP = "gap"  # not the venue's book any more: emptied, a snapshot is wanted
    REFUSED = "refused"  # the message makes no sense: emptied, a snapshot is wanted


class Diff(NamedTuple):
    """A change that waits for the snapshot."""

    first_id: int
    last_id: int
    bids: Levels
    asks: Levels
    checksum: int | None


class DiffSync:
    """One book's synchronisation with its venue. `why` says why the book was last lost."""

    def __init__(self, book: VenueBook, rule: SyncRule, limits: SyncLimits | None = None) -> None:
        self.book = book
        self.rule = rule
        self.limits = limits or SyncLimits()
        self.is_open = False
        self.is_synced = False
        self.last_id = 0  # of the newest change in the book
        self.why = "not subscribed"
        self.gap_count = 0  # times the book was lost since the start
        self._waiting: deque[Diff] = deque(maxlen=self.limits.buffer_max)
        self._applied: deque[int] = deque(maxlen=self.limits.repeats_max)  # last ids
        self._heard_ns = 0
        self._synced_ns = 0
        self._crossed_ns: int | None = None  # since when, while it is
        self._is_silent = False  # STALE was told
        self._attempts = 0  # in vain, in a row
        self._ask_ns: int | None = None  # from when a snapshot may be asked for; None = not wanted

    # Receiving

    def on_open(self, now_ns: int) -> None:
        """The stream is subscribed: its changes will arrive. Whatever was known is forgotten."""
        self._forget("waiting for the snapshot")
        self.is_open = True
        self._heard_ns = now_ns
        self._attempts = 0
        self._ask_ns = now_ns

    def on_close(self) -> None:
        """The stream ended. Nothing is wanted until it is open again."""
        self._forget("not subscribed")
        self.is_open = False
        self._ask_ns = None

    def on_snapshot(
        self,
        last_id: int,
        bids: Levels,
        asks: Levels,
        now_ns: int,
        checksum: int | None = None,
    ) -> SyncResult:
        """The venue's whole book as of `last_id`.

        CHANGED: the changes kept meanwhile are in and the book may be shown. GAP: it is older than
        the first of them (or its checksum is wrong), another is wanted. IGNORED: nobody waits for
        one; a snapshot in the stream itself is always taken.
        """
        if not self.is_open or (self.is_synced and not self.rule.is_streamed):
            return SyncResult.IGNORED
        self._heard_ns = now_ns
        if self.book.load(bids, asks) == REFUSED:
            return self._lose(SyncResult.REFUSED, f"snapshot refused: {self.book.refusal}", now_ns)
        self.is_synced = True
        self.last_id = last_id
        self.why = ""
        self._synced_ns = now_ns
        self._ask_ns = None
        self._crossed_ns = None
        if not self._agrees(checksum):
            return self._lose(SyncResult.GAP, "the snapshot's checksum is wrong", now_ns)
        while self._waiting:
            diff = self._waiting.popleft()
            result = self._take(diff, now_ns)
            if result in (SyncResult.GAP, SyncResult.REFUSED):
                return result
        self._note_crossing(now_ns)
        self._is_silent = False
        return SyncResult.CHANGED

    def on_diff(
        self,
        first_id: int,
        last_id: int,
        bids: Levels,
        asks: Levels,
        now_ns: int,
        checksum: int | None = None,
    ) -> SyncResult:
        """A change of the book; the ids as the rule reads them.

        CHANGED also ends a silence: the book is to be shown again.
        """
        if not self.is_open:
            return SyncResult.IGNORED
        self._heard_ns = now_ns
        if not self.is_synced:
            if self.rule.is_streamed:
                return SyncResult.IGNORED
            self._waiting.append(Diff(first_id, last_id, bids, asks, checksum))
            return SyncResult.BUFFERED
        result = self._take(Diff(first_id, last_id, bids, asks, checksum), now_ns)
        if not self.is_synced:
            return result
        self._note_crossing(now_ns)
        if self._is_silent:
            self._is_silent = False
            return SyncResult.CHANGED
        return result

    def on_alive(self, now_ns: int) -> SyncResult:
        """The venue proved that this stream lives, without a change. CHANGED ends a silence."""
        self._heard_ns = now_ns
        if self.is_synced and self._is_silent:
            self._is_silent = False
            return SyncResult.CHANGED
        return SyncResult.IGNORED

    def on_misread(self, why: str, now_ns: int) -> SyncResult:
        """A message of this stream could not be understood: it may have been a change.

        REFUSED: the book was whole and is not any more. While a snapshot is awaited nothing
        happens: a change that is missing among those kept is a gap later.
        """
        return self._lose(SyncResult.REFUSED, why, now_ns) if self.is_synced else SyncResult.IGNORED

    # Asking

    def needs_snapshot(self, now_ns: int) -> bool:
        """Is it time to fetch a snapshot (where it comes in the stream: to subscribe again)?"""
        return self._ask_ns is not None and now_ns >= self._ask_ns

    def on_snapshot_requested(self, now_ns: int) -> None:
        """One is being fetched: `needs_snapshot` is quiet until it fails or takes too long."""
        if self._ask_ns is not None:
            self._ask_ns = now_ns + self.limits.snapshot_timeout_ns

    def on_snapshot_failed(self, now_ns: int) -> None:
        """The request brought no snapshot."""
        if self._ask_ns is not None:
            self._attempts += 1
            self._ask_ns = now_ns + self._pause()

    def is_fresh(self, now_ns: int) -> bool:
        """May decisions be made by this book now?"""
        if not self.is_synced or self.book.is_crossed:
            return False
        return now_ns - self._heard_ns <= self.limits.stale_after_ns

    # Time

    def on_time(self, now_ns: int) -> SyncResult:
        """Call it every second or so. STALE once a silence began, GAP for a book long crossed."""
        if not self.is_synced:
            return SyncResult.IGNORED
        if self._is_crossed_for_long(now_ns):
            return self._lose(SyncResult.GAP, "crossed for too long", now_ns)
        if now_ns - self._heard_ns > self.limits.stale_after_ns and not self._is_silent:
            self._is_silent = True
            return SyncResult.STALE
        return SyncResult.IGNORED

    # Inside

    def _take(self, diff: Diff, now_ns: int) -> SyncResult:
        place = self.rule.place(self.last_id, diff.first_id, diff.last_id)
        if place is Place.OLD:
            is_joining = now_ns - self._synced_ns <= self.limits.join_max_ns
            if is_joining or diff.last_id in self._applied:
                return SyncResult.IGNORED
            # Ids only rise: the book's own ran away, and would hide every change from now on.
            why = f"change {diff.first_id}-{diff.last_id} is older than {self.last_id}"
            return self._lose(SyncResult.GAP, why, now_ns)
        if place is Place.GAP:
            why = f"change {diff.first_id}-{diff.last_id} does not follow {self.last_id}"
            result = self._lose(SyncResult.GAP, why, now_ns)
            if not self.rule.is_streamed:
                self._waiting.appendleft(diff)
            return result
        result_code = self.book.apply(diff.bids, diff.asks)
        if result_code == REFUSED:
            why = f"change refused: {self.book.refusal}"
            return self._lose(SyncResult.REFUSED, why, now_ns)
        if not self._agrees(diff.checksum):
            return self._lose(SyncResult.GAP, "the checksum is wrong", now_ns)
        self.last_id = diff.last_id
        self._applied.append(diff.last_id)
        return SyncResult.CHANGED if result_code == CHANGED else SyncResult.APPLIED

    def _agrees(self, checksum: int | None) -> bool:
        if checksum is None or self.rule.has_checksum is None:
            return True
        return self.rule.has_checksum(self.book, checksum)

    def _note_crossing(self, now_ns: int) -> None:
        if not self.book.is_crossed:
            self._crossed_ns = None
        elif self._crossed_ns is None:
            self._crossed_ns = now_ns

    def _is_crossed_for_long(self, now_ns: int) -> bool:
        return (
            self._crossed_ns is not None and now_ns - self._crossed_ns > self.limits.crossed_max_ns
        )

    def _lose(self, result: SyncResult, why: str, now_ns: int) -> SyncResult:
        # Trouble right after the last snapshot counts as the same trouble: the pause grows.
        if now_ns - self._synced_ns >= self.limits.resync_max_ns:
            self._attempts = 0
        self.gap_count += 1
        self._forget(why, keeps_waiting=True)
        self._ask_ns = now_ns + self._pause()
        self._attempts += 1
        return result

    def _forget(self, why: str, *, keeps_waiting: bool = False) -> None:
        self.book.clear()
        self._applied.clear()
        self.is_synced = False
        self.why = why
        self._is_silent = False
        self._crossed_ns = None
        if not keeps_waiting:
            self._waiting.clear()

    def _pause(self) -> int:
        """Before the next snapshot: none at first, then growing."""
        if self._attempts == 0:
            return 0
        pause: int = self.limits.resync_min_ns << min(self._attempts - 1, 30)
        return min(pause, self.limits.resync_max_ns)
