"""How long to wait before trying again: doubling from `first_s` to `most_s`, the same every time.

    backoff = Backoff(1.0, 60.0)
    backoff.next_s()   1.0, 2.0, 4.0, ... 60.0, 60.0

One node is one caller at its venue, so there is no crowd to spread and nothing drawn by lot.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    first_s: float
    most_s: float
    failures: int = 0

    def next_s(self) -> float:
        """The pause after one more failure."""
        pause_s = min(self.most_s, self.first_s * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return pause_s

    def reset(self) -> None:
        self.failures = 0
