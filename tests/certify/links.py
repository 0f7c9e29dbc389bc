"""Links without sockets: what somebody said at which time, played back on a clock of its own."""

from collections import deque
from dataclasses import dataclass, field

from internaliser.certify.wire import Clock, Connector, Wire

START_NS = 1_767_225_600_000_000_000


class FakeClock:
    """Time passes when somebody waits."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def now_s(self) -> float:
        return self.time_s

    def now_ns(self) -> int:
        return START_NS + round(self.time_s * 1e9)

    def sleep(self, seconds: float) -> None:
        self.time_s += seconds


Heard = list[tuple[float, bytes]]  # when it came, what; b"" = the end of the link


@dataclass(slots=True)
class PlayedWire:
    """Says what it is told to, whatever is written to it."""

    clock: FakeClock
    heard: deque[tuple[float, bytes]]
    written: list[bytes] = field(default_factory=list)

    def read(self, timeout_s: float) -> bytes | None:
        end_s = self.clock.time_s + timeout_s
        if self.heard and self.heard[0][0] <= end_s:
            at_s, data = self.heard.popleft()
            self.clock.time_s = max(self.clock.time_s, at_s)
            return data
        self.clock.time_s = end_s
        return None

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None: ...


class Playback:
    """Each `open` plays the next link."""

    def __init__(self, links: list[Heard], clock: FakeClock) -> None:
        self.clock = clock
        self.wires: list[PlayedWire] = []
        self._links = deque(links)

    def open(self) -> Wire:
        heard = deque(self._links.popleft()) if self._links else deque()
        self.wires.append(PlayedWire(self.clock, heard))
        return self.wires[-1]

    @property
    def written(self) -> bytes:
        """All that was sent on the last link."""
        return b"".join(self.wires[-1].written)


@dataclass(slots=True)
class _RecordedWire:
    wire: Wire
    clock: Clock
    start_s: float
    heard: Heard

    def read(self, timeout_s: float) -> bytes | None:
        data = self.wire.read(timeout_s)
        if data is not None:
            self.heard.append((self.clock.now_s() - self.start_s, data))
        return data

    def write(self, data: bytes) -> None:
        self.wire.write(data)

    def close(self) -> None:
        self.wire.close()


class Recording:
    """Keeps what comes over each link of a real connector."""

    def __init__(self, connector: Connector, clock: Clock) -> None:
        self.connector = connector
        self.clock = clock
        self.start_s = clock.now_s()
        self.links: list[Heard] = []

    def open(self) -> Wire:
        self.links.append([])
        wire = self.connector.open()
        return _RecordedWire(wire, self.clock, self.start_s, self.links[-1])
