"""Sockets handed to a running reactor: they are links like any other."""

import socket
from collections.abc import Callable

import pytest

from internaliser.addresses import packed_address
from internaliser.reactor.adoptions import Adoptions
from tests.reactor.conftest import PATIENCE_S, Running

HERE = packed_address("127.0.0.1")


def pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE_S)
    theirs.setblocking(False)
    return ours, theirs


def test_a_socket_handed_over_is_served_like_a_connection(start: Callable[..., Running]) -> None:
    running = start()
    ours, theirs = pair()
    assert running.reactor.adoptions.put(theirs.detach(), HERE)
    ours.sendall(b"hello\n")
    assert ours.recv(100) == b"hello\n"
    ours.close()


def test_one_beyond_the_limit_on_connections_is_closed(start: Callable[..., Running]) -> None:
    running = start(links=1)
    one, other = pair(), pair()
    assert running.reactor.adoptions.put(one[1].detach(), HERE)
    one[0].sendall(b"hello\n")
    assert one[0].recv(100) == b"hello\n"
    assert running.reactor.adoptions.put(other[1].detach(), HERE)
    assert other[0].recv(100) == b""
    one[0].close()
    other[0].close()


def test_too_many_at_once_are_refused_and_stay_the_callers() -> None:
    adoptions = Adoptions()
    ours, theirs = pair()
    count = 0
    while adoptions.put(theirs.fileno(), HERE):
        count += 1
        ours.close()
        theirs.detach()
        ours, theirs = pair()
    assert count > 50
    assert theirs.fileno() >= 0
    ours.close()
    theirs.close()


def test_an_address_has_sixteen_bytes() -> None:
    with pytest.raises(ValueError, match="an address has 16 bytes, not 3"):
        Adoptions().put(0, b"abc")
