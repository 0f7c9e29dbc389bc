"""The newest view of each outside book on its way to the core, in whatever room its ring has.

A view replaces the one of the same (source, instrument) that is still waiting: the core never plays
catch-up, and a full ring costs news, not memory. Books that were lost go first, so that no decision
is made by them for longer than it must.

    conflation = Conflation(lambda view: ring.put(RING_COMMAND, view), refresh_ns=2_000_000_000)
    conflation.show(source, instrument, book.view(source, instrument, True))
    conflation.flush(now_ns)                       # each loop turn, and by timer
"""

from collections.abc import Callable

from internaliser.market.venue_book import lost_view

VIEWS_PER_FLUSH_MAX = 64  # a flush must not hold up the loop, nor fill the ring for reports

Key = tuple[int, int]  # source, instrument


class Conflation:
    """Waiting views, latest wins, first come first served.

    `put` takes one MARKET_VIEW command or says False: no room now. With `refresh_ns` a view that
    stayed the same for so long is written again while its book is not lost, because the core
    trusts no view that is older than the source's limit.
    """

    def __init__(
        self,
        put: Callable[[bytes], bool],
        *,
        refresh_ns: int | None = None,
        views_per_flush_max: int = VIEWS_PER_FLUSH_MAX,
    ) -> None:
        self._put = put
        self._refresh_ns = refresh_ns
        self._views_per_flush_max = views_per_flush_max
        self._lost: dict[Key, bytes] = {}
        self._waiting: dict[Key, bytes] = {}
        self._written: dict[Key, tuple[int, bytes]] = {}  # when last; the oldest first
        self.written_count = 0
        self.replaced_count = 0  # views that a newer one overtook before the ring took them

    @property
    def waiting_count(self) -> int:
        """Books whose newest view the core has not got."""
        return len(self._lost) + len(self._waiting)

    def show(self, source: int, instrument: int, view: bytes) -> None:
        """The book's newest view. It waits at the place of the one it replaces."""
        key = (source, instrument)
        self._lost.pop(key, None)
        if key in self._waiting:
            self.replaced_count += 1
        self._waiting[key] = view

    def lose(self, source: int, instrument: int) -> None:
        """The book is not to be trusted: what waits is dropped, an empty view goes first."""
        key = (source, instrument)
        self._waiting.pop(key, None)
        self._written.pop(key, None)
        self._lost[key] = lost_view(source, instrument)

    def lose_source(self, source: int) -> None:
        """All books of a source that were ever shown."""
        for key in [key for key in (*self._waiting, *self._written) if key[0] == source]:
            self.lose(*key)

    def show_again(self, source: int) -> None:
        """The core has forgotten this source's books: every one that is not lost goes once more."""
        for key, (_, view) in self._written.items():
            if key[0] == source:
                self._waiting.setdefault(key, view)

    def flush(self, now_ns: int) -> int:
        """Write what the ring has room for, at most `views_per_flush_max`. How many it took."""
        count = 0
        for waiting in (self._lost, self._waiting):
            while waiting and count < self._views_per_flush_max:
                key = next(iter(waiting))
                if not self._put(waiting[key]):
                    return count
                self._on_written(key, waiting.pop(key), now_ns, is_lost=waiting is self._lost)
                count += 1
        return count + self._refresh(now_ns, self._views_per_flush_max - count)

    def _refresh(self, now_ns: int, limit: int) -> int:
        count = 0
        while self._refresh_ns is not None and self._written and count < limit:
            key = next(iter(self._written))
            written_ns, view = self._written[key]
            if now_ns - written_ns < self._refresh_ns or not self._put(view):
                break
            self._on_written(key, view, now_ns, is_lost=False)
            count += 1
        return count

    def _on_written(self, key: Key, view: bytes, now_ns: int, *, is_lost: bool) -> None:
        self.written_count += 1
        self._written.pop(key, None)
        if not is_lost:
            self._written[key] = (now_ns, view)
