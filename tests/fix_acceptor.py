"""A FIX acceptor double: one thread, one connection at a time, answers by a function."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType

from internaliser.fix import codec

Fields = list[tuple[int, bytes]]
Reply = list[list[tuple[int, bytes | str | int]]]
CLOSE: Reply = [[]]  # an empty message closes the connection


class FixAcceptor:
    """Listens on a free port; `received` is every message that came, in order."""

    def __init__(self, answer: Callable[[Fields], Reply]) -> None:
        self.answer = answer
        self.received: list[Fields] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._next_out = 1
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "FixAcceptor":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        assert not self._thread.is_alive()

    def kinds(self) -> list[str]:
        return [dict(fields)[35].decode() for fields in self.received]

    def _run(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            with link, contextlib.suppress(ConnectionResetError):
                self._serve(link)

    def _serve(self, link: socket.socket) -> None:
        unread = b""
        while data := link.recv(65536):
            result = codec.split(unread + data)
            unread = (unread + data)[result.used :]
            for message in result.messages:
                fields = codec.decode(message)
                self.received.append(fields)
                for reply in self.answer(fields):
                    if not reply:
                        return
                    self._send(link, reply)

    def _send(self, link: socket.socket, reply: list[tuple[int, bytes | str | int]]) -> None:
        head: list[tuple[int, bytes | str | int]] = [
            reply[0],
            (49, "NODE"),
            (56, "CLIENT1"),
            (34, self._next_out),
            (52, "20260101-00:00:00"),
        ]
        self._next_out += 1
        link.sendall(codec.encode("FIX.4.4", [*head, *reply[1:]]))
