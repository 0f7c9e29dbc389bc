"""One TLS link against real sockets: bounded both ways, closed in order."""

import asyncio
import socket
import ssl
import threading

import pytest

from internaliser.addresses import packed_address
from internaliser.tls_link import PIECE_BYTES, TlsLink
from tests.node.certificates import Authority

PATIENCE_S = 30
HERE = packed_address("127.0.0.1")


class Owner:
    """Keeps what the link tells; its core end is `core`."""

    def __init__(self) -> None:
        self.core, self._ours = socket.socketpair()
        self._ours.setblocking(False)
        self.ends: list[Exception | None] = []
        self.over = asyncio.Event()

    def secured(self, link: TlsLink) -> socket.socket | None:
        return self._ours

    def ended(self, link: TlsLink, error: Exception | None) -> None:
        self.ends.append(error)
        self.over.set()


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Ours and the client's."""
    authority = Authority(tmp_path_factory.mktemp("ca"))
    files = authority.issue("node", is_server=True)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(files.cert, files.key)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    theirs.check_hostname = False
    theirs.load_verify_locations(authority.ca)
    return ours, theirs


async def linked(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> tuple[TlsLink, Owner, ssl.SSLSocket]:
    """A link that is through its handshake, its owner, and the client's end."""
    accepted, dialled = socket.socketpair()
    accepted.setblocking(False)
    owner = Owner()
    loop = asyncio.get_running_loop()
    link = TlsLink(loop, accepted, contexts[0], HERE, owner)
    link.start(PATIENCE_S)
    dialled.settimeout(PATIENCE_S)
    owner.core.settimeout(PATIENCE_S)
    client = await asyncio.to_thread(contexts[1].wrap_socket, dialled)
    return link, owner, client


def test_what_the_core_does_not_take_is_not_read_and_nothing_is_lost(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    data = bytes(range(256)) * 16_384  # 4 MiB, far more than the sockets hold

    async def run() -> None:
        link, owner, client = await linked(contexts)
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        for _ in range(50):  # turns in which it could read on
            await asyncio.sleep(0.001)
        assert len(link._to_core) <= PIECE_BYTES
        assert sender.is_alive()
        got = await asyncio.to_thread(read_whole, owner.core, len(data))
        sender.join()
        assert got == data
        client.close()
        await asyncio.wait_for(owner.over.wait(), PATIENCE_S)
        assert owner.ends == [None]
        assert owner.core.recv(1) == b""
        owner.core.close()

    asyncio.run(run())


def test_what_the_client_does_not_read_stays_with_the_core(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    data = bytes(range(256)) * 16_384

    async def run() -> None:
        link, owner, client = await linked(contexts)
        sender = threading.Thread(target=owner.core.sendall, args=(data,))
        sender.start()
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert len(link._to_client) <= PIECE_BYTES
        assert sender.is_alive()
        got = await asyncio.to_thread(read_whole, client, len(data))
        sender.join()
        assert got == data
        assert link.has_answered
        # The core closes: the client reads a proper end of TLS, not a reset.
        owner.core.close()
        assert await asyncio.to_thread(client.recv, 1) == b""
        client.close()
        await asyncio.wait_for(owner.over.wait(), PATIENCE_S)
        assert link.was_closed_by_core

    asyncio.run(run())


def test_a_handshake_that_takes_too_long_is_given_up(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async def run() -> None:
        accepted, dialled = socket.socketpair()
        accepted.setblocking(False)
        owner = Owner()
        link = TlsLink(asyncio.get_running_loop(), accepted, contexts[0], HERE, owner)
        link.start(0.01)
        await asyncio.wait_for(owner.over.wait(), PATIENCE_S)
        assert isinstance(owner.ends[0], TimeoutError)
        dialled.settimeout(PATIENCE_S)
        assert dialled.recv(1) == b""
        dialled.close()
        owner.core.close()
        owner._ours.close()

    asyncio.run(run())


def test_bytes_that_are_no_tls_end_with_an_error(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async def run() -> None:
        accepted, dialled = socket.socketpair()
        accepted.setblocking(False)
        owner = Owner()
        link = TlsLink(asyncio.get_running_loop(), accepted, contexts[0], HERE, owner)
        link.start(PATIENCE_S)
        dialled.sendall(b"8=FIX.4.4\x019=100\x01")
        await asyncio.wait_for(owner.over.wait(), PATIENCE_S)
        assert isinstance(owner.ends[0], ssl.SSLError)
        dialled.close()
        owner.core.close()
        owner._ours.close()

    asyncio.run(run())


def read_whole(end: socket.socket, size: int) -> bytes:
    data = b""
    pieces = []
    while size:
        data = end.recv(min(size, 65536))
        assert data
        pieces.append(data)
        size -= len(data)
    return b"".join(pieces)
