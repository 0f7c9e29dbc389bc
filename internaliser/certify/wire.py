"""The link to what is tested: bytes out, bytes in, and the clock. The only socket of this room."""

import contextlib
import socket
import ssl
import time
from typing import Protocol

from internaliser.errors import InternaliserError

CONNECT_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 0.5
READ_BYTES = 65536


class CertifyError(InternaliserError):
    """Nobody to test: not reachable, or nobody connects."""


class Clock(Protocol):
    """Where time comes from."""

    def now_s(self) -> float: ...
    def now_ns(self) -> int: ...
    def sleep(self, seconds: float) -> None: ...


class Wire(Protocol):
    """One link."""

    def read(self, timeout_s: float) -> bytes | None:
        """What came; b"" when the link has ended, None when nothing came in time."""

    def write(self, data: bytes) -> None:
        """Send; an ended link swallows it, reading tells."""

    def close(self) -> None: ...


class Connector(Protocol):
    """Opens links: by dialling an acceptor, or by waiting for an initiator."""

    def open(self) -> Wire: ...


class WallClock:
    """The machine's."""

    def now_s(self) -> float:
        return time.monotonic()

    def now_ns(self) -> int:
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class SocketWire:
    """A TCP link, with or without TLS."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, timeout_s: float) -> bytes | None:
        self._link.settimeout(max(timeout_s, 0.0005))
        try:
            return self._link.recv(READ_BYTES)
        except TimeoutError:
            return None
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        self._link.settimeout(CONNECT_TIMEOUT_S)
        try:
            self._link.sendall(data)
        except OSError:
            return

    def close(self) -> None:
        """Say that we are done and wait a little for the other end to close as well: then it knows
        that the link is gone, and the session can be had again."""
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_WR)
            end_s = time.monotonic() + CLOSE_TIMEOUT_S
            while (left_s := end_s - time.monotonic()) > 0:
                self._link.settimeout(left_s)
                if not self._link.recv(READ_BYTES):
                    break
        self._link.close()


class Dialler:
    """Connects to an acceptor."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.address = (host, port)
        self.tls = tls

    def open(self) -> SocketWire:
        """CertifyError when nobody answers."""
        try:
            link = socket.create_connection(self.address, CONNECT_TIMEOUT_S)
            if self.tls is not None:
                link = self.tls.wrap_socket(link, server_hostname=self.address[0])
        except OSError as error:
            where = f"{self.address[0]}:{self.address[1]}"
            raise CertifyError(f"{where}: {error.strerror or error}") from None
        return SocketWire(link)

    def close(self) -> None:
        """Nothing to let go of."""


class Listener:
    """Waits for an initiator."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family)
        except OSError as error:
            raise CertifyError(f"cannot listen on {host}:{port}: {error.strerror}") from None
        self._socket.settimeout(timeout_s)
        self.port: int = self._socket.getsockname()[1]

    def open(self) -> SocketWire:
        """CertifyError when nobody connects in time."""
        try:
            link, _ = self._socket.accept()
        except TimeoutError:
            raise CertifyError(
                f"nobody connected to port {self.port} within {self._socket.gettimeout():g} s"
            ) from None
        return SocketWire(link)

    def close(self) -> None:
        self._socket.close()
