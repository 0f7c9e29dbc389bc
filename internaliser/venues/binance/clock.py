"""The venue's clock, from ours: samples of its time with the moments around them.

    clock.add_sample(asked_ns, answered_ns, server_ms)
    clock.venue_ns(now_ns)

"Ours" is a monotonic clock, so a step of the machine's wall clock changes nothing here. A sample's
error is at most half its round trip, so of the recent ones the quickest is believed.
"""

from collections import deque
from dataclasses import dataclass

SAMPLES_MAX = 8
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
SAMPLE_AGE_MAX_NS = 1800 * NS_PER_S  # clocks drift some 50 ppm: at most 0.1 s in that time
ROUND_TRIP_MAX_NS = 5 * NS_PER_S  # a slower answer says nothing that recvWindow could live with


@dataclass(frozen=True, slots=True)
class Sample:
    taken_ns: int
    round_trip_ns: int
    offset_ns: int  # venue minus ours


class VenueClock:
    """Knows the venue's time once it has a sample."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=SAMPLES_MAX)
        self._best: Sample | None = None

    @property
    def is_known(self) -> bool:
        return self._best is not None

    @property
    def error_ns(self) -> int:
        """How wrong `venue_ns` may be, apart from drift and the venue's whole milliseconds."""
        assert self._best is not None
        return self._best.round_trip_ns // 2

    def add_sample(self, asked_ns: int, answered_ns: int, server_ms: int) -> bool:
        """Take one answer of the venue; False when it was too slow to be of use."""
        round_trip_ns = answered_ns - asked_ns
        if not 0 <= round_trip_ns <= ROUND_TRIP_MAX_NS:
            return False
        middle_ns = asked_ns + round_trip_ns // 2
        sample = Sample(answered_ns, round_trip_ns, server_ms * NS_PER_MS - middle_ns)
        self._samples.append(sample)
        oldest_ns = answered_ns - SAMPLE_AGE_MAX_NS
        recent = [one for one in self._samples if one.taken_ns >= oldest_ns]
        self._best = min(recent, key=lambda one: one.round_trip_ns)
        return True

    def forget(self) -> None:
        """The venue said that our time is wrong: only new samples count."""
        self._samples.clear()

    def is_stale(self, now_ns: int) -> bool:
        """True when no sample is young enough to sign by without asking first."""
        return not self._samples or now_ns - self._samples[-1].taken_ns > SAMPLE_AGE_MAX_NS

    def venue_ns(self, now_ns: int) -> int:
        """The venue's UTC time, in nanoseconds, at our monotonic moment `now_ns`."""
        assert self._best is not None
        return now_ns + self._best.offset_ns

    def venue_ms(self, now_ns: int) -> int:
        return self.venue_ns(now_ns) // NS_PER_MS
