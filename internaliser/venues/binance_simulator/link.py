"""One WebSocket of the simulated Binance: texts are framed here and leave in one write.

aiohttp does the handshake and reads; what is written goes to the transport directly, so that a
hundred events of one turn cost one system call and no task (RFC 6455 section 5.2, unmasked).
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
BUFFER_MAX = 8 * 1024 * 1024  # bytes a client may leave unread; then it is cut off
PING_MS, PONG_MAX_MS = 20_000, 60_000

encode = msgspec.json.Encoder().encode


class Link:
    """The writing half of a connection. After `abort` or `close` nothing is written any more."""

    def __init__(self, transport: asyncio.Transport, now_ms: int) -> None:
        self.transport = transport
        self.queue: list[bytes] = []
        self.pinged = b""
        self.ping_ms = now_ms
        self.pong_ms = now_ms

    def send(self, told: Any) -> None:
        """One JSON text, now."""
        self.write(frame(encode(told)))

    def write(self, frames: bytes) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(frames)
        if self.transport.get_write_buffer_size() > BUFFER_MAX:
            self.abort()

    def flush(self) -> None:
        """What was queued leaves in one write."""
        if self.queue:
            self.write(b"".join(self.queue))
            self.queue.clear()

    def on_pong(self, payload: bytes, now_ms: int) -> None:
        """Only a copy of the last ping's payload counts."""
        if payload == self.pinged:
            self.pong_ms = now_ms

    def on_time(self, now_ms: int) -> None:
        """A ping every 20 s; who has not answered one for a minute is cut off."""
        if now_ms - self.ping_ms < PING_MS:
            return
        if self.pong_ms < self.ping_ms and now_ms - self.pong_ms > PONG_MAX_MS + PING_MS:
            self.abort()
            return
        self.ping_ms = now_ms
        self.pinged = str(now_ms).encode()
        self.write(frame(self.pinged, PING))

    def close(self, code: int, reason: str) -> None:
        """With a close frame, after what is written has left."""
        self.write(frame(code.to_bytes(2, "big") + reason.encode(), CLOSE))
        self.transport.close()

    def abort(self) -> None:
        """Now, without a word."""
        self.transport.abort()


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((opcode, size)) + payload
    if size < 1 << 16:
        return bytes((opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((opcode, 127)) + size.to_bytes(8, "big") + payload
