"""Reading, sending and closing: limits on both sides, and every end told to the door."""

import socket
import struct

import pytest


def test_a_link_that_wants_to_close_now_sends_nothing(start):
    running = start()
    with running.connect() as client:
        client.send(b"unsent\ndrop\n")
        assert client.read(16) == b""


def test_a_client_that_goes_is_told_to_the_door(start):
    running = start()
    running.connect().close()
    running.until("closed", 1)
    running.end()
    assert running.door.disconnects == running.door.connects


def test_a_reset_connection_is_told_to_the_door(start):
    running = start()
    client = running.connect()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    running.until("closed", 1)
    running.end()
    assert running.door.disconnects == running.door.connects


def test_an_answer_larger_than_the_socket_takes_is_sent_in_parts(either):
    running = either(output_max=32 << 20)
    with running.connect() as client:
        client.send(b"flood 20000000\nend\n")
        running.until("short_sends", 1)
        got = 0
        while got < 20_000_004:
            got += len(client.read(1 << 20))
        client.send(b"again\n")
        assert client.lines(1) == [b"again\n"]
    assert running.end()["cuts"] == 0


def test_a_slow_reader_is_cut_at_the_output_limit_and_others_go_on(either):
    running = either(output_max=1 << 20)
    with running.connect() as slow, running.connect() as other:
        slow.send(b"flood 20000000\n")
        running.until("cuts", 1)
        other.send(b"still here\n")
        assert other.lines(1) == [b"still here\n"]
        assert len(slow.rest()) < 20_000_000


def test_input_the_door_cannot_use_is_cut_at_its_limit(start):
    running = start()
    with running.connect() as client:
        with pytest.raises(ConnectionError):
            client.send_for_ever(b"y" * 65536)
        running.until("cuts", 1)
    assert running.end()["cuts"] == 1


def test_no_link_is_read_more_than_its_share_per_turn(start):
    running = start(read_max=64)
    running.door.input_max = 1 << 20
    with running.connect() as client:
        client.send(b"z" * 6399 + b"\n")
        assert client.lines(1) == [b"z" * 6399 + b"\n"]
    assert running.door.data_calls >= 100
