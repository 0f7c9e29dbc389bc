"""Four traders on real sockets: connect, trade, fall silent, lose the node and come back."""

import selectors
import socket
import time
from collections.abc import Callable
from random import Random

from tests.node.fix import Garbled, split
from tests.node.trader import Trader

CONNECT_S = 10
QUIET_S = 60  # so long the node may take to answer everything
WINDOW = 150  # requests a trader leaves unanswered at most
BURST_MAX = 12
READ_BYTES = 262_144


class Link:
    """One trader's connection; `closed` once either side has ended it."""

    def __init__(self, trader: Trader, port: int) -> None:
        self.trader = trader
        self.socket = socket.create_connection(("127.0.0.1", port), CONNECT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.unread = b""
        self.unsent = trader.log_on(time.time_ns())
        self.closed = False
        self.write()

    def write(self, data: bytes = b"") -> None:
        self.unsent += data
        try:
            while self.unsent and not self.closed:
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True

    def read(self) -> None:
        """Take all that is there."""
        try:
            while data := self.socket.recv(READ_BYTES):
                self.take(data)
            self.closed = True
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True

    def take(self, data: bytes) -> None:
        try:
            messages, self.unread = split(self.unread + data)
        except Garbled as error:
            self.trader.faults.append(f"{self.trader.comp_id.decode()}: garbled {error}")
            self.closed = True
            return
        now_ns = time.time_ns()
        out = b"".join(self.trader.take(message, now_ns) for message in messages)
        if out:
            self.write(out)


class Crowd:
    """The traders of one test and their random choices; one seed, one choice of requests."""

    def __init__(self, seed: int, count: int = 4, window: int = WINDOW) -> None:
        self.random = Random(seed)
        self.window = window
        self.traders = [
            Trader(b"CLIENT%d" % number, Random(seed * 1000 + number))
            for number in range(1, count + 1)
        ]
        self.links: list[Link] = []

    def connect(self, port: int) -> None:
        """Log everyone on; OSError when the node is gone."""
        self.links = [Link(trader, port) for trader in self.traders]

    def trade_until(self, is_over: Callable[[], bool]) -> None:
        """Send the mix until `is_over` or every connection is lost."""
        self._turn(lambda: is_over() or all(link.closed for link in self.links), is_trading=True)

    def listen_until(self, is_over: Callable[[], bool]) -> None:
        """Send nothing of our own, take what comes, until `is_over`."""
        self._turn(is_over, is_trading=False)

    def fall_silent(self, patience_s: float = QUIET_S) -> None:
        """Send nothing new until everything is answered; a fault when that takes too long."""
        end_s = time.monotonic() + patience_s

        def is_over() -> bool:
            links = self.links
            return all(link.trader.is_quiet or link.closed for link in links) or (
                time.monotonic() > end_s
            )

        self._turn(is_over, is_trading=False)
        for link in self.links:
            if not link.trader.is_quiet:
                trader = link.trader
                owing = [i.decode() for i in trader.asked if trader.asked[i] > trader.answered[i]]
                trader.faults.append(
                    f"{trader.comp_id.decode()}: not quiet: closed={link.closed} "
                    f"logged on={trader.is_logged_on} unanswered={owing[:5]} of {len(owing)} "
                    f"early={len(trader.early)} missing={sorted(trader.missing)[:5]}"
                )

    def rewind(self, depth: int) -> None:
        """Everyone asks for the last `depth` messages again."""
        for link in self.links:
            link.write(link.trader.rewind(depth, time.time_ns()))

    def leave(self) -> None:
        """Take what still arrives, without a word; the sockets are closed."""
        for link in self.links:
            link.read()
            link.socket.close()
        self.links = []

    def _turn(self, is_over: Callable[[], bool], *, is_trading: bool) -> None:
        with selectors.DefaultSelector() as selector:
            for link in self.links:
                if not link.closed:
                    selector.register(link.socket, selectors.EVENT_READ, link)
            while not is_over() and selector.get_map():
                for key, _ in selector.select(0.002):
                    key.data.read()
                    if key.data.closed:
                        selector.unregister(key.fileobj)
                now_ns = time.time_ns()
                for link in self.links:
                    if link.closed:
                        continue
                    link.write(link.trader.on_time(now_ns))
                    if is_trading and link.trader.is_logged_on and not link.unsent:
                        self._send_some(link, now_ns)

    def _send_some(self, link: Link, now_ns: int) -> None:
        room = self.window - link.trader.unanswered
        count = min(self.random.randint(0, BURST_MAX), room)
        if count > 0:
            link.write(b"".join(link.trader.trade(now_ns) for _ in range(count)))
