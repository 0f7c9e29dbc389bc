"""A fake wire between a client and the node: it delays, splits and cuts, as TCP may."""

from collections import deque
from random import Random

DELAY_MAX_NS = 4_000_000
PIECE_MAX = 700  # bytes of the largest piece that arrives at once


class Wire:
    """One direction of one connection."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.pieces: deque[tuple[int, bytes]] = deque()  # when it arrives, what
        self.last_ns = 0

    def put(self, data: bytes, now_ns: int) -> None:
        """Send: cut into pieces that arrive later, in order."""
        while data:
            size = self.random.randint(1, PIECE_MAX) if self.random.random() < 0.3 else len(data)
            delay_ns = self.random.randrange(DELAY_MAX_NS)
            self.last_ns = max(self.last_ns, now_ns + delay_ns)
            self.pieces.append((self.last_ns, data[:size]))
            data = data[size:]

    def take(self, now_ns: int) -> bytes:
        """What has arrived by now."""
        arrived = []
        while self.pieces and self.pieces[0][0] <= now_ns:
            arrived.append(self.pieces.popleft()[1])
        return b"".join(arrived)

    def lose(self) -> None:
        """The connection broke: a part of what was under way still arrives, the rest never."""
        kept = self.random.randint(0, len(self.pieces))
        while len(self.pieces) > kept:
            self.pieces.pop()
