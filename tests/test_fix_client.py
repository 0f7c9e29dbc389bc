"""The small initiator: logon, upkeep, and what it says when the other end does not play."""

import socket

import pytest

from internaliser.fix_client import FixClient, FixError, value
from tests.fix_acceptor import CLOSE, Fields, FixAcceptor, Reply


def kind(fields: Fields) -> bytes:
    return value(fields, 35) or b""


def polite(fields: Fields) -> Reply:
    """Answers Logon and Logout; a news message (B) with the same."""
    if kind(fields) in (b"A", b"5"):
        return [[(35, kind(fields))]]
    return [[(35, "B"), (148, "echo")]] if kind(fields) == b"B" else []


def connected(node: FixAcceptor) -> FixClient:
    return FixClient("127.0.0.1", node.port, "CLIENT1", "NODE")


def test_a_session_from_logon_to_logout() -> None:
    with FixAcceptor(polite) as node, connected(node) as client:
        client.log_on()
        assert client.send([(35, "B"), (148, "hello")]) == 2
        answer = client.receive(timeout_s=5)
        assert answer is not None
        assert value(answer, 148) == b"echo"
        client.log_out()
        assert node.kinds() == ["A", "B", "5"]
        assert [value(fields, 34) for fields in node.received] == [b"1", b"2", b"3"]


def test_the_number_the_node_expects_is_taken() -> None:
    def node_at_57(fields: Fields) -> Reply:
        if kind(fields) == b"A" and value(fields, 34) != b"57":
            return [[(35, "5"), (58, "MsgSeqNum(34) too low, expected 57 but received 1")], []]
        return polite(fields)

    with FixAcceptor(node_at_57) as node, connected(node) as client:
        client.log_on()
        assert client.send([(35, "B")]) == 58
        assert "141" not in [str(tag) for tag, _ in node.received[-1]]


def test_reset_logs_on_with_141() -> None:
    with FixAcceptor(polite) as node, connected(node) as client:
        client.log_on(is_reset=True)
        assert value(node.received[0], 141) == b"Y"


def test_a_session_over_fixt_says_what_it_carries() -> None:
    with FixAcceptor(polite) as node:
        for begin_string, version in (("FIXT.1.1", b"9"), ("FIX.4.2", None)):
            with FixClient("127.0.0.1", node.port, "CLIENT1", "NODE", begin_string) as client:
                client.log_on()
                assert value(node.received[-1], 8) == begin_string.encode()
                assert value(node.received[-1], 1137) == version


def test_a_refused_logon_tells_the_reason() -> None:
    with (
        FixAcceptor(lambda _: [[(35, "5"), (58, "unknown CompID")], []]) as node,
        connected(node) as client,
        pytest.raises(FixError, match=r"CLIENT1 > NODE at .*: logon refused: unknown CompID"),
    ):
        client.log_on()


def test_a_closed_connection_is_told() -> None:
    with FixAcceptor(lambda _: CLOSE) as node, connected(node) as client:
        with pytest.raises(FixError, match="the connection was closed"):
            client.log_on()
        assert node.kinds() == ["A"]


def test_nobody_listening_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FixError, match="Connection refused"):
        FixClient("127.0.0.1", port, "CLIENT1", "NODE").log_on()


def test_a_test_request_is_answered_with_its_id() -> None:
    def curious(fields: Fields) -> Reply:
        asked: Reply = [[(35, "1"), (112, "are you there")]]
        heard: Reply = [[(35, "B"), (148, value(fields, 112) or b"")]]
        return {b"B": asked, b"0": heard}.get(kind(fields), polite(fields))

    with FixAcceptor(curious) as node, connected(node) as client:
        client.log_on()
        client.send([(35, "B")])
        answer = client.receive(timeout_s=5)
        assert answer is not None
        assert value(answer, 148) == b"are you there"
        assert node.kinds() == ["A", "B", "0"]


def test_a_resend_request_is_gap_filled_and_takes_no_number() -> None:
    def forgetful(fields: Fields) -> Reply:
        asked: Reply = [[(35, "2"), (7, 1), (16, 0)], [(35, "B")]]
        return asked if kind(fields) == b"B" else polite(fields)

    with FixAcceptor(forgetful) as node, connected(node) as client:
        client.log_on()
        client.send([(35, "B")])
        assert client.receive(timeout_s=5) is not None
        client.log_out()
        fill = node.received[2]
        assert [value(fill, tag) for tag in (35, 34, 43, 123, 36)] == [b"4", b"1", b"Y", b"Y", b"3"]
        assert value(fill, 122) is not None
        assert value(node.received[3], 34) == b"3"


def test_nothing_in_time_is_none() -> None:
    with FixAcceptor(polite) as node, connected(node) as client:
        client.log_on()
        assert client.receive(timeout_s=0.01) is None
