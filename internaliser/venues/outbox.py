"""Commands on their way to the core: in order, kept in a bounded queue while its ring is full."""

from collections import deque
from collections.abc import Callable

Submit = Callable[[bytes], bool]


class Outbox:
    """`submit` puts one command on the ring, False when it is full; `waiting_max` may wait here.

    What a full outbox refuses is lost, and its owner's to make good: `when_room` tells it when.
    """

    def __init__(self, submit: Submit, waiting_max: int) -> None:
        self.waiting_max = waiting_max
        self.refused_count = 0
        self._submit = submit
        self._waiting: deque[bytes] = deque()
        self._hoping: dict[Callable[[], None], None] = {}  # in order, each once

    @property
    def waiting_count(self) -> int:
        """Commands that are still here."""
        return len(self._waiting)

    def put(self, command: bytes) -> bool:
        """Hand on one command, after all before it. False when it was not taken at all."""
        if not self._waiting and self._submit(command):
            return True
        if len(self._waiting) >= self.waiting_max:
            self.refused_count += 1
            return False
        self._waiting.append(command)
        return True

    def when_room(self, act: Callable[[], None]) -> None:
        """Call `act` once, when nothing waits here any more."""
        self._hoping[act] = None

    def flush(self) -> bool:
        """Hand on what waits. True when nothing is left to do here."""
        while self._waiting and self._submit(self._waiting[0]):
            self._waiting.popleft()
        while self._hoping and not self._waiting:
            act = next(iter(self._hoping))
            del self._hoping[act]
            act()
        return not self._waiting and not self._hoping
