"""Closing without losing the last words."""

import pytest


def test_a_link_that_wants_to_close_sends_its_last_answer_first(start):
    running = start()
    with running.connect() as client:
        client.send(b"flood 100000\nclose\nnever read\n")
        assert client.rest() == b"x" * 100_000 + b"close\nnever read\n"
    running.end()
    assert running.door.disconnects == 1


def test_bytes_sent_after_the_end_do_not_reset_the_last_answer_away(start):
    running = start()
    with running.connect() as client:
        client.send(b"close\n")
        assert client.lines(1) == [b"close\n"]
        client.send(b"late\n")
        client.send(b"later\n")
        assert client.read(1) == b""


def test_a_closing_link_that_never_reads_is_cut_after_the_linger_time(start):
    running = start(output_max=32 << 20, linger_ms=1)
    with running.connect() as client:
        client.send(b"flood 20000000\nclose\n")
        running.until("cuts", 1)


def test_more_closing_links_than_may_linger_all_get_their_last_answer(start):
    running = start(links=100)
    clients = [running.connect() for _ in range(100)]
    for client in clients:
        client.send(b"close\n")
    assert [client.lines(1) for client in clients] == [[b"close\n"]] * 100
    for client in clients:
        client.close()


def test_a_lingering_socket_is_closed_after_its_time(start):
    running = start(linger_ms=1)
    with running.connect() as client:
        client.send(b"close\n")
        assert client.rest() == b"close\n"
        # Ours is gone for good when the other end's bytes are answered by a reset.
        with pytest.raises(ConnectionError):
            client.send_for_ever(b"still there?\n")
