"""Ports, and clients that come when no handle is left."""

import contextlib
import errno
import gc
import os
import resource
import socket
from collections.abc import Iterator

import pytest

from internaliser.reactor.reactor import Reactor
from internaliser.reactor.ring import Ring


@contextlib.contextmanager
def no_handles_left() -> Iterator[None]:
    gc.collect()  # handles of earlier tests must not come free in between
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    taken = []
    with contextlib.suppress(OSError):
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    try:
        yield
    finally:
        for handle in taken:
            os.close(handle)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_port_taken_can_be_read(start):
    running = start()
    assert running.port > 0
    assert running.reactor.ports == [running.port]


def test_a_port_in_use_is_one_clear_error(start, door):
    running = start()
    other = Reactor(door(), Ring(256))
    with pytest.raises(OSError, match=f"in use: '127.0.0.1:{running.port}'") as caught:
        other.listen("127.0.0.1", running.port)
    assert caught.value.errno == errno.EADDRINUSE


def test_a_reactor_listens_on_so_many_ports_and_no_more(door):
    reactor = Reactor(door(), Ring(256))
    ports = [reactor.listen() for _ in range(8)]
    assert reactor.ports == ports
    assert len(set(ports)) == 8
    with pytest.raises(RuntimeError, match="at most 8 addresses"):
        reactor.listen()


def test_out_of_handles_a_client_is_refused_and_later_ones_are_served(start):
    running = start()
    with running.connect() as old, socket.socket() as late:
        old.send(b"in\n")
        assert old.lines(1) == [b"in\n"]
        with no_handles_left():
            late.settimeout(10)
            late.connect(("127.0.0.1", running.port))
            assert late.recv(1) == b""
            old.send(b"old\n")
            assert old.lines(1) == [b"old\n"]
        with running.connect() as new:
            new.send(b"new\n")
            assert new.lines(1) == [b"new\n"]
    assert running.end()["refused"] == 1
