"""A client that does not read: what waits for it is bounded, then it is cut and catches up later.

Real sockets: the kernel holds some megabytes before the node has to hold anything.
"""

import socket
import time
from pathlib import Path
from typing import Self

import pytest

from tests.node.fix import encode, fields_of, split, time_text
from tests.node.process import NodeProcess

pytestmark = pytest.mark.slow

FILLS = 40_000  # more than the kernel's buffers and the node's limit take together
AT_ONCE = 500
OUTPUT_MAX = 1 << 20
RESIDENT_MORE_MAX = 48 << 20  # the limit, the journal's buffers and what is remembered of orders
SETTINGS = (
    "journal.sync=off",
    "fix.heart_bt_max_s=600",
    f"fix.message_bytes_max={OUTPUT_MAX // 4}",
    f"fix.output_bytes_max={OUTPUT_MAX}",
    "limits.closed_orders_max=1000",
)


class Client:
    """One link, written and read by hand."""

    def __init__(self, name: str, port: int, next_out: int = 1, buffer: int = 0) -> None:
        self.name = name.encode()
        self.next_out = next_out
        self.unread = b""
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(120)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(self.message(b"A", (b"98", b"0"), (b"108", b"600")))
        (logon,) = self.read(1)
        assert logon[b"35"] == b"A"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def message(self, msg_type: bytes, *body: tuple[bytes, bytes]) -> bytes:
        head = [(b"35", msg_type), (b"34", b"%d" % self.next_out), (b"49", self.name)]
        self.next_out += 1
        return encode([*head, (b"52", time_text(time.time_ns())), (b"56", b"NODE"), *body])

    def order(self, name: str, side: bytes, qty: int, tif: bytes) -> bytes:
        return self.message(
            b"D", (b"11", name.encode()), (b"55", b"TEST1"), (b"54", side), (b"38", b"%d" % qty),
            (b"40", b"2"), (b"44", b"1.00"), (b"59", tif), (b"60", time_text(time.time_ns())),
        )  # fmt: skip

    def read(self, count: int) -> list[dict[bytes, bytes]]:
        """So many messages, however long they take."""
        found: list[bytes] = []
        while len(found) < count:
            data = self.socket.recv(1 << 16)
            assert data, f"the link ended after {len(found)} of {count} messages"
            messages, self.unread = split(self.unread + data)
            found += messages
        assert len(found) == count
        return [dict(fields_of(message)) for message in found]

    def drain(self) -> int:
        """Read until the link ends; how many bytes that took."""
        size = 0
        try:
            while data := self.socket.recv(1 << 16):
                size += len(data)
        except ConnectionResetError:
            pass
        return size


def resident(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in text.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def test_a_client_that_does_not_read_is_cut_and_catches_up_by_resend(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path / "data", settings=SETTINGS)
    node.wait_ready()
    try:
        with (
            Client("CLIENT1", node.port, buffer=4096) as lazy,
            Client("CLIENT2", node.port) as busy,
        ):
            lazy.socket.sendall(lazy.order("big", b"2", FILLS, b"1"))
            (new,) = lazy.read(1)
            assert new[b"150"] == b"0"
            before = resident(node.pid)
            for first in range(0, FILLS, AT_ONCE):
                names = [f"t{number}" for number in range(first, first + AT_ONCE)]
                busy.socket.sendall(b"".join(busy.order(name, b"1", 1, b"3") for name in names))
                told = [one[b"11"].decode() for one in busy.read(2 * AT_ONCE)]
                assert told == [name for name in names for _ in range(2)]
            assert resident(node.pid) - before < RESIDENT_MORE_MAX
            assert 0 < lazy.drain() < FILLS * 100  # it was cut before it had been sent everything
        with Client("CLIENT1", node.port, next_out=lazy.next_out) as lazy:
            lazy.socket.sendall(lazy.message(b"2", (b"7", b"2"), (b"16", b"0")))
            reports = lazy.read(FILLS + 2)
    finally:
        node.kill()
    assert [int(one[b"34"]) for one in reports] == list(range(2, FILLS + 4))
    fills = reports[1:-1]
    assert [int(one[b"14"]) for one in fills] == list(range(1, FILLS + 1))
    assert {one[b"43"] for one in reports} == {b"Y"}
    assert fills[-1][b"39"] == b"2"
