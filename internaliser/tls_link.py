"""One TLS link: bytes between the client's socket and the core thread's, a bounded few at a time.

What the core does not take is not read from the client, and the other way round: at most one piece
each way waits here, the rest in the kernel's buffers. Handshakes and pieces are non-blocking calls
on the sockets themselves, driven by the loop's readiness: nothing is copied on the way.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

PIECE_BYTES = 16_384  # a TLS record at most
PIECES_PER_TURN = 8  # then the other links have their turn
LINGER_S = 2.0  # for the client to read our last bytes and close its end


class Owner(Protocol):
    """Who is told what became of a link."""

    def secured(self, link: "TlsLink") -> socket.socket | None:
        """The handshake is over: the socket to the core thread, or None to close."""

    def ended(self, link: "TlsLink", error: Exception | None) -> None:
        """Over, and its sockets are closed. `error`: the handshake failed with it."""


class TlsLink:
    """Made for an accepted socket; closes it whatever happens."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        accepted: socket.socket,
        context: ssl.SSLContext,
        address: bytes,
        owner: Owner,
    ) -> None:
        self.address = address
        self.has_answered = False  # the core sent something
        self.was_closed_by_core = False
        self.opened_s = loop.time()
        self._loop = loop
        self._owner = owner
        self.client = context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
        self._core: socket.socket | None = None
        self._to_core = b""
        self._to_client = b""
        self._watched: dict[tuple[int, bool], Callable[[], None]] = {}
        self._is_over = False
        self._is_closing = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self, handshake_s: float) -> None:
        """Begin the handshake; it has so many seconds."""
        self._timer = self._loop.call_later(handshake_s, self._too_slow)
        self._handshake()

    @property
    def names(self) -> list[str]:
        """What a valid certificate of the client says it is: DNS and URI names, and its CN."""
        shown = self.client.getpeercert() or {}
        alternatives = shown.get("subjectAltName", ())
        names = [str(one[1]) for one in alternatives if one[0] in ("DNS", "URI")]
        for part in shown.get("subject", ()):
            names += [str(pair[1]) for pair in part if pair[0] == "commonName"]
        return names

    @property
    def has_certificate(self) -> bool:
        """A certificate was shown, and so it was valid."""
        return bool(self.client.getpeercert())

    def close(self) -> None:
        """Close both ends now."""
        self._end(None)

    # The handshake

    def _handshake(self) -> None:
        try:
            self.client.do_handshake()
        except ssl.SSLWantReadError:
            self._watch_client(read=self._handshake)
            return
        except ssl.SSLWantWriteError:
            self._watch_client(write=self._handshake)
            return
        except (OSError, ValueError) as error:
            self._end(error)
            return
        if self._timer is not None:
            self._timer.cancel()
        self._core = self._owner.secured(self)
        if self._core is None:
            self._end(None)
            return
        self._read_client()
        self._watch_all()

    def _too_slow(self) -> None:
        self._end(TimeoutError("the handshake took too long"))

    # From the client to the core

    def _on_client(self) -> None:
        self._read_client()
        if self._to_client:  # a key update may have held it up
            self._write_client()
        self._watch_all()

    def _read_client(self) -> None:
        for _ in range(PIECES_PER_TURN):
            if self._to_core or self._is_over:
                return
            try:
                piece = self.client.recv(PIECE_BYTES)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError:
                piece = b""
            if not piece:
                self._end(None)
                return
            if not self._is_closing:  # else nobody is there to read it
                self._to_core = piece
                self._write_core()
        if self.client.pending() and not self._is_over:
            # Already decrypted: the socket itself may never be readable again for it.
            self._loop.call_soon(self._on_client)

    def _write_core(self) -> None:
        if self._core is None or not self._to_core:
            return
        try:
            sent = self._core.send(self._to_core)
        except BlockingIOError:
            return
        except OSError:
            self._to_core = b""  # the core closed; what it said last is still to be read
            return
        self._to_core = self._to_core[sent:]

    # From the core to the client

    def _on_core(self) -> None:
        self._read_core()
        self._watch_all()

    def _read_core(self) -> None:
        for _ in range(PIECES_PER_TURN):
            if self._to_client or self._is_over or self._core is None:
                return
            try:
                piece = self._core.recv(PIECE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                piece = b""
            if not piece:
                self._finish()
                return
            self.has_answered = True
            self._to_client = piece
            self._write_client()

    def _write_client(self) -> None:
        try:
            sent = self.client.send(self._to_client)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            self._end(None)
            return
        self._to_client = self._to_client[sent:]

    def _on_client_ready(self) -> None:
        if self._to_client:
            self._write_client()
        self._watch_all()

    def _on_core_ready(self) -> None:
        self._write_core()
        self._read_client()
        self._watch_all()

    # The end

    def _finish(self) -> None:
        """The core closed: say so to the client, and wait until it closes too, so that a reset
        cannot overtake our last message."""
        if self._core is not None:
            self._unwatch(self._core)
            self._core.close()
            self._core = None
        self._is_closing = True
        self.was_closed_by_core = True
        self._to_core = b""
        try:
            self.client.unwrap()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except (OSError, ValueError):
            self._end(None)
            return
        try:
            self.client.shutdown(socket.SHUT_WR)
        except OSError:
            self._end(None)
            return
        self._timer = self._loop.call_later(LINGER_S, self.close)

    def _end(self, error: Exception | None) -> None:
        if self._is_over:
            return
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        self._unwatch(self.client)
        self.client.close()
        if self._core is not None:
            self._unwatch(self._core)
            self._core.close()
        self._owner.ended(self, error)

    # What the loop tells us of

    def _watch_all(self) -> None:
        if self._is_over:
            return
        self._watch_client(
            read=None if self._to_core else self._on_client,
            write=self._on_client_ready if self._to_client else None,
        )
        if self._core is not None:
            core = self._core.fileno()
            self._watch(core, False, None if self._to_client else self._on_core)
            self._watch(core, True, self._on_core_ready if self._to_core else None)

    def _watch_client(
        self, read: Callable[[], None] | None = None, write: Callable[[], None] | None = None
    ) -> None:
        self._watch(self.client.fileno(), False, read)
        self._watch(self.client.fileno(), True, write)

    def _watch(self, fd: int, is_write: bool, call: Callable[[], None] | None) -> None:
        key = (fd, is_write)
        if self._watched.get(key) == call:
            return
        if call is None:
            del self._watched[key]
            (self._loop.remove_writer if is_write else self._loop.remove_reader)(fd)
            return
        self._watched[key] = call
        (self._loop.add_writer if is_write else self._loop.add_reader)(fd, call)

    def _unwatch(self, end: socket.socket) -> None:
        self._watch(end.fileno(), False, None)
        self._watch(end.fileno(), True, None)
