"""Outgoing connections: they come up, and come back when they are lost."""

import pytest

from internaliser.reactor.reactor import Reactor
from internaliser.reactor.ring import Ring


def test_a_dialled_link_comes_up_with_its_session(start, venue):
    venue.socket.listen()
    running = start(dial=(5, "localhost", venue.port))
    with venue.accept() as link:
        assert link.lines(1) == [b"hello 5\n"]
        link.send(b"quote\n")
        assert link.lines(1) == [b"quote\n"]
    assert running.end()["dialled"] >= 1


def test_a_lost_dialled_link_is_dialled_again(start, venue):
    venue.socket.listen()
    running = start(dial=(5, "127.0.0.1", venue.port))
    for _ in range(4):
        with venue.accept() as link:
            assert link.lines(1) == [b"hello 5\n"]
    assert running.end()["dialled"] >= 4


def test_a_refused_dial_is_tried_until_somebody_listens(start, venue):
    running = start(dial=(5, "127.0.0.1", venue.port))
    running.until("dial_failures", 3)
    venue.socket.listen()
    with venue.accept() as link:
        assert link.lines(1) == [b"hello 5\n"]


def test_an_attempt_that_takes_too_long_is_given_up(start, venue):
    venue.socket.listen(0)
    fillers = [venue.connect() for _ in range(2)]  # the kernel answers no further connect
    running = start(dial=(5, "127.0.0.1", venue.port), connect_ms=1)
    running.until("dial_failures", 2)
    for filler in fillers:
        filler.close()


def test_without_a_link_left_the_dialled_connection_is_closed_and_tried_later(start, venue):
    venue.socket.listen()
    running = start(links=1, dial=(5, "127.0.0.1", venue.port))
    with venue.accept() as link:
        assert link.lines(1) == [b"hello 5\n"]
        with running.connect() as client:
            assert client.rest() == b""
    with venue.accept() as link:
        assert link.lines(1) == [b"hello 5\n"]


def test_stop_ends_dialling(start, venue):
    running = start(dial=(5, "127.0.0.1", venue.port))
    running.until("dial_failures", 1)
    running.end()
    assert running.reactor.state == "ended"


def test_a_dial_to_a_name_without_address_is_one_clear_error(door):
    reactor = Reactor(door(), Ring(256))
    with pytest.raises(OSError, match=r"no address for nowhere\.invalid:1"):
        reactor.dial(0, "nowhere.invalid", 1)


def test_a_back_off_that_does_not_grow_upwards_is_refused(door):
    reactor = Reactor(door(), Ring(256))
    with pytest.raises(ValueError, match="backoff_min_ms must be above 0"):
        reactor.dial(0, "127.0.0.1", 1, backoff_min_ms=5, backoff_max_ms=4)
