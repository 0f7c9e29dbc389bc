"""The operator's channel to a running node: `control.sock` in the data folder, 0600, JSON lines.

A request is one object {"verb": .., ...}; its answer one object {"ok": true, ...} or {"ok": false,
"error": ..}. Whoever may open the socket may operate the node: the file's mode is the credential.
The node's edge thread serves it; `internaliser admin` and friends are its clients. Knows no verbs.
"""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from internaliser import log
from internaliser.errors import ControlError, InternaliserError

SOCKET_NAME = "control.sock"
SOCKET_MODE = 0o600
LINE_BYTES_MAX = 16 * 2**20  # an answer may carry a listing
REQUEST_BYTES_MAX = 64 * 1024
CONNECTIONS_MAX = 16

Request = dict[str, Any]
Answer = dict[str, Any]
Handler = Callable[[Request], Awaitable[Answer]]


class ControlServer:
    """Serves requests of the operator. A handler gets the request, returns the answer's fields.

    A handler refuses by raising InternaliserError; its message is the answer's `error`.
    """

    def __init__(self, data_dir: Path, handlers: Mapping[str, Handler]) -> None:
        self._data_dir = data_dir
        self._handlers = handlers
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen. The caller holds the folder's lock, so an existing socket file is a leftover."""
        with _short_path(self._data_dir) as path:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                # The mode belongs to the file from the first moment, not from a later chmod.
                os.fchmod(listener.fileno(), SOCKET_MODE)
                listener.bind(path)
                os.chmod(path, SOCKET_MODE)
            except OSError as error:
                listener.close()
                where = self._data_dir / SOCKET_NAME
                raise ControlError(f"{where}: cannot listen: {error.strerror}") from None
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listener, limit=REQUEST_BYTES_MAX
        )

    async def stop(self) -> None:
        """Stop listening, close what is open and remove the socket file."""
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._open):
            writer.close()
        await self._server.wait_closed()
        self._server = None
        with _short_path(self._data_dir) as path, contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= CONNECTIONS_MAX:
            writer.write(_line({"ok": False, "error": "too many operators are connected"}))
            writer.close()
            return
        self._open.add(writer)
        try:
            while line := await reader.readline():
                writer.write(_line(await self._answer(line)))
                await writer.drain()
        except (ConnectionError, ValueError):  # gone, or a line above the limit
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, line: bytes) -> Answer:
        try:
            request = json.loads(line)
        except ValueError:
            return {"ok": False, "error": "expected one JSON object per line"}
        if not isinstance(request, dict) or not isinstance(request.get("verb"), str):
            return {"ok": False, "error": 'expected an object with "verb"'}
        verb = request.pop("verb")
        handler = self._handlers.get(verb)
        if handler is None:
            return {"ok": False, "error": f"unknown verb {verb!r}"}
        try:
            return {**await handler(request), "ok": True}
        except InternaliserError as error:
            return {"ok": False, "error": str(error)}
        except Exception as error:  # a fault in one answer must not take the channel down
            log.event(
                "control_fault", level=40, verb=verb, error=f"{type(error).__name__}: {error}"
            )
            return {"ok": False, "error": f"fault in {verb}: {type(error).__name__}: {error}"}


def ask(data_dir: Path, verb: str, timeout_s: float = 10.0, **fields: Any) -> Answer:
    """Ask the running node of `data_dir` and wait for the answer.

    Raises ControlError when no node runs there, it does not answer in time, or it refuses.
    """
    where = data_dir / SOCKET_NAME
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(timeout_s)
        try:
            with _short_path(data_dir) as path:
                link.connect(path)
            link.sendall(_line({**fields, "verb": verb}))
            line = _read_line(link)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            raise ControlError(f"{data_dir}: no node is running on this data folder") from None
        except TimeoutError:
            raise ControlError(f"{where}: no answer within {timeout_s:g} s") from None
        except OSError as error:
            raise ControlError(f"{where}: {error.strerror}") from None
    try:
        answer: Answer = json.loads(line)
    except ValueError:
        raise ControlError(f"{where}: the node closed the channel without an answer") from None
    if answer.pop("ok", False) is not True:
        raise ControlError(str(answer.get("error", "refused")))
    return answer


@contextlib.contextmanager
def _short_path(data_dir: Path) -> Iterator[str]:
    """A path of the socket that fits its 107 bytes however deep the data folder lies."""
    folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET_NAME}"
    finally:
        os.close(folder)


def _read_line(link: socket.socket) -> bytes:
    parts: list[bytes] = []
    size = 0
    while not (parts and parts[-1].endswith(b"\n")):
        part = link.recv(65536)
        size += len(part)
        if not part or size > LINE_BYTES_MAX:
            break
        parts.append(part)
    return b"".join(parts)


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":"), default=str).encode() + b"\n"
