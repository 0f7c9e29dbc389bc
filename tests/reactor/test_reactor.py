"""The loop over real sockets, with a door that answers lines (echo_door.pyx)."""

import os
import socket
import struct

import pytest

from internaliser.reactor.reactor import Reactor
from internaliser.reactor.ring import Ring

COMMAND = struct.Struct("<IH66xQ")  # model/command.pxd up to its payload: size, kind, target_id


def command_bytes(kind: int, target_id: int) -> bytes:
    return COMMAND.pack(COMMAND.size, kind, target_id)


def test_bytes_go_to_the_door_and_its_answer_comes_back(either):
    running = either()
    with running.connect() as client:
        client.send(b"one\ntwo\nthr")
        assert client.lines(2) == [b"one\n", b"two\n"]
        client.send(b"ee\n")
        assert client.lines(1) == [b"three\n"]
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest() == b""
    counters = running.end()
    assert (counters["bytes_in"], counters["bytes_out"]) == (14, 14)


def test_every_connection_has_its_own_conversation(either):
    running = either()
    clients = [running.connect() for _ in range(8)]
    for i, client in enumerate(clients):
        client.send(b"I am %d\n" % i)
    assert [client.lines(1) for client in clients] == [[b"I am %d\n" % i] for i in range(8)]
    for client in clients:
        client.close()


def test_commands_from_the_ring_reach_the_door(either):
    running = either()
    with running.connect() as client:
        client.send(b"here\n")
        client.lines(1)
        assert running.ring.put(1, command_bytes(kind=9, target_id=77))
        assert client.lines(1) == [b"command 9 77\n"]
    assert running.end()["commands"] == 1


def test_ring_records_that_are_no_command_are_counted_and_passed_over(start):
    running = start()
    with running.connect() as client:
        client.send(b"here\n")
        client.lines(1)
        running.ring.put(2, command_bytes(kind=9, target_id=1))
        running.ring.put(1, b"short")
        running.ring.put(1, struct.pack("<I", 96).ljust(80, b"\xff"))
        running.ring.put(1, command_bytes(kind=9, target_id=2))
        assert client.lines(1) == [b"command 9 2\n"]
    assert running.end()["bad_commands"] == 3


def test_the_doors_deadline_wakes_the_loop(either):
    running = either()
    with running.connect() as client:
        client.send(b"tick\n")
        assert client.lines(2) == [b"tick\n", b"tock\n"]


def test_a_client_beyond_the_last_slot_is_refused_at_once(start):
    running = start(links=2)
    with running.connect() as one, running.connect() as two, running.connect() as three:
        assert three.read(1) == b""
        one.send(b"one\n")
        two.send(b"two\n")
        assert [one.lines(1), two.lines(1)] == [[b"one\n"], [b"two\n"]]
    assert running.end()["refused"] == 1


def test_a_slot_is_used_again_and_again(start):
    running = start(links=1)
    for i in range(50):
        while True:  # refused until the loop has seen the last client go
            with running.connect() as client:
                client.send(b"turn %d\n" % i)
                try:
                    if client.read(64) == b"turn %d\n" % i:
                        break
                except ConnectionResetError:
                    pass
    assert running.door.connects == 50


def test_stop_says_goodbye_and_ends(either):
    running = either()
    with running.connect() as client:
        client.send(b"here\n")
        client.lines(1)
        running.reactor.stop()
        assert client.rest() == b"bye\n"
    running.wait_over()
    assert running.reactor.state == "ended"
    assert (running.door.closings, running.door.disconnects) == (1, 1)
    with pytest.raises(ConnectionRefusedError):
        running.connect()


def test_stop_does_not_wait_for_ever_for_those_who_stay(start):
    running = start(drain_ms=1, output_max=32 << 20)
    with running.connect() as client:
        client.send(b"flood 20000000\n")
        client.read(1)
        running.reactor.stop()
        running.wait_over()
    assert running.reactor.state == "ended"
    assert running.door.disconnects == 1


def test_a_halted_door_ends_the_run_and_nothing_more_is_sent(either):
    running = either()
    with running.connect() as client:
        client.send(b"fault\n")
        assert client.read(16) == b""
    running.wait_over()
    assert running.reactor.state == "halted"


def test_a_reactor_runs_once(start):
    running = start()
    running.end()
    with pytest.raises(RuntimeError, match="has not run yet; this one is ended"):
        running.reactor.run()
    with pytest.raises(RuntimeError, match="listen is for"):
        running.reactor.listen()


@pytest.mark.parametrize(
    ("limits", "complaint"),
    [
        ({"wait": "doze"}, '"block" or "spin", not "doze"'),
        ({"core": 4000}, "core 4000 is not one"),
        ({"read_max": 0}, "read_max"),
        ({"output_max": 0}, "output_max"),
        ({"accept_max": 0}, "accept_max"),
        ({"events_max": 257}, "events_max must be 1 to 256"),
    ],
)
def test_wrong_limits_are_refused(door, limits, complaint):
    with pytest.raises(ValueError, match=complaint):
        Reactor(door(), Ring(256), **limits)


def test_only_the_core_thread_is_pinned(start):
    ours = os.sched_getaffinity(0)
    core = min(ours)
    running = start(core=core)
    with running.connect() as client:
        client.send(b"here\n")
        client.lines(1)
        assert os.sched_getaffinity(running.thread.native_id) == {core}
    assert os.sched_getaffinity(0) == ours
