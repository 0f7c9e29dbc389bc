"""A client of the TLS port, written with Python's ssl alone, and a node that has one."""

import contextlib
import socket
import ssl
import time
from collections.abc import Sequence
from pathlib import Path

from tests.node.certificates import Authority, Files
from tests.node.fix import encode, fields_of, split, time_text
from tests.node.process import PLAIN, NodeProcess

PATIENCE_S = 30.0


class Plain:
    """A link and a FIX session by hand on it."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S, (source, 0))
        self.next_out = 1
        self._unread = b""

    def send(self, sender: str, text: str) -> None:
        """One message, as in `A|98=0|108=30`."""
        self.socket.sendall(self.encode(sender, text))

    def encode(self, sender: str, text: str) -> bytes:
        kind, *fields = text.split("|")
        head = [(b"35", kind.encode()), (b"49", sender.encode()), (b"56", b"NODE")]
        head += [(b"34", b"%d" % self.next_out), (b"52", time_text(time.time_ns()))]
        self.next_out += 1
        pairs = (field.encode().partition(b"=") for field in fields)
        return encode([*head, *((tag, value) for tag, _, value in pairs)])

    def receive(self) -> dict[bytes, bytes] | None:
        """The next message; None when the link is closed without one."""
        while True:
            messages, rest = split(self._unread)
            if messages:
                self._unread = self._unread[len(messages[0]) :]
                return dict(fields_of(messages[0]))
            try:
                data = self.socket.recv(65536)
            except (ssl.SSLError, ConnectionError):
                return None
            if not data:
                return None
            self._unread = rest + data

    def receive_all(self, mark: bytes, count: int) -> bytes:
        """Everything until `mark` has come so often, looked at as little as possible: it is the
        node that is measured."""
        data, found, start = bytearray(self._unread), 0, 0
        self._unread = b""
        while True:
            found += data.count(mark, start)
            if found >= count:
                return bytes(data)
            start = max(len(data) - len(mark) + 1, 0)
            piece = self.socket.recv(1 << 20)
            assert piece, f"closed after {found} of {count}"
            data += piece

    def log_on(self, sender: str) -> dict[bytes, bytes] | None:
        self.send(sender, "A|98=0|108=30|141=Y")
        return self.receive()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.close()


class Tls(Plain):
    """The same over TLS."""

    def __init__(
        self, port: int, ca: Path, files: Files | None = None, source: str = "127.0.0.1"
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(ca)
        if files is not None:
            context.load_cert_chain(files.cert, files.key)
        super().__init__(port, source)
        secured = context.wrap_socket(self.socket, do_handshake_on_connect=False)
        self.socket = secured
        try:
            secured.do_handshake()
        except BaseException:
            secured.close()
            raise


class TlsNode:
    """A node with a TLS port, a CA, and a certificate for CLIENT1 and CLIENT2 each."""

    def __init__(
        self,
        folder: Path,
        client_certs: str = "required",
        settings: Sequence[str] = (),
        config: Path = PLAIN,
    ) -> None:
        self.authority = Authority(folder / "ca")
        self.server = self.authority.issue("node.example", dns=("localhost",), is_server=True)
        self.one = self.authority.issue("CLIENT1")
        self.two = self.authority.issue("desk two", dns=("two.example",), uris=("fix:CLIENT2",))
        self.process = NodeProcess(
            folder / "data",
            config=config,
            settings=(
                "journal.sync=off",
                "fix.tls_port=0",
                "feed.tls_port=0",
                "feed.port=0",
                f"fix.tls_cert_file={self.server.cert}",
                f"fix.tls_key_file={self.server.key}",
                f"fix.tls_ca_file={self.authority.ca}",
                f"fix.tls_client_certs={client_certs}",
                *settings,
            ),
        )
        self.process.wait_ready()
        self.port = self.process.ports["fix_tls"]

    def connect(self, files: Files | None = None, source: str = "127.0.0.1") -> Tls:
        return Tls(self.port, self.authority.ca, files, source)
