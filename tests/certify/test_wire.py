"""Real sockets: dialling, listening, reading until the end."""

import socket
import threading
import time

import pytest

from internaliser.certify.wire import CertifyError, Dialler, Listener, SocketWire, WallClock


def pair() -> tuple[SocketWire, socket.socket]:
    left, right = socket.socketpair()
    return Plain(left), right


class Plain(SocketWire):
    """A pair of local sockets has no Nagle to switch off."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link


def test_reading_gives_what_came_nothing_and_the_end() -> None:
    wire, other = pair()
    other.sendall(b"abc")
    assert wire.read(1.0) == b"abc"
    assert wire.read(0.0) is None
    other.close()
    assert wire.read(1.0) == b""
    wire.close()


def test_closing_waits_until_the_other_end_has_closed() -> None:
    wire, other = pair()

    def close_too() -> None:
        assert other.recv(10) == b""
        other.close()

    thread = threading.Thread(target=close_too)
    thread.start()
    wire.close()
    assert other.fileno() == -1
    thread.join()


def test_writing_to_an_ended_link_is_told_by_reading() -> None:
    wire, other = pair()
    other.close()
    wire.write(b"abc")
    wire.write(b"abc")
    assert wire.read(1.0) == b""
    wire.close()


def test_a_dialler_and_a_listener_meet() -> None:
    listener = Listener("127.0.0.1", 0, 5.0)
    dialler = Dialler("127.0.0.1", listener.port)
    found: list[SocketWire] = []
    thread = threading.Thread(target=lambda: found.append(dialler.open()))
    thread.start()
    here = listener.open()
    thread.join()
    found[0].write(b"hello")
    assert here.read(5.0) == b"hello"
    thread = threading.Thread(target=here.close)
    thread.start()
    found[0].close()
    thread.join()
    listener.close()
    dialler.close()


def test_nobody_there_is_one_sentence() -> None:
    listener = Listener("127.0.0.1", 0, 0.01)
    port = listener.port
    with pytest.raises(CertifyError, match=f"nobody connected to port {port} within 0.01 s"):
        listener.open()
    with pytest.raises(CertifyError, match=f"cannot listen on 127.0.0.1:{port}"):
        Listener("127.0.0.1", port, 1.0)
    listener.close()
    with pytest.raises(CertifyError, match=rf"127.0.0.1:{port}: Connection refused"):
        Dialler("127.0.0.1", port).open()


def test_the_wall_clock_goes_on() -> None:
    clock = WallClock()
    before = clock.now_s()
    clock.sleep(0.001)
    assert clock.now_s() - before >= 0.001
    assert abs(clock.now_ns() - time.time_ns()) < 10**9
