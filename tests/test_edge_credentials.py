"""Logons that wait for their credentials, at a running node: passwords, signatures, refusals."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from internaliser.credentials import hash_password
from internaliser.edge_credentials import shown_by
from internaliser.fix.codec import encode
from tests.node.fix import time_text
from tests.node.process import NodeProcess
from tests.node.tls import Plain

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("credentials")
    (folder / "one.hash").write_text(hash_password(PASSWORD.encode()) + "\n")
    public = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    process = NodeProcess(
        folder / "data",
        settings=(
            "journal.sync=off",
            "access.failures_free=1000",
            f"clients.CLIENT1.password_hash_file={folder / 'one.hash'}",
            "clients.CLIENT1.username=alice",
            f"clients.CLIENT2.public_key={public}",
        ),
    )
    process.wait_ready()
    yield process
    assert process.stop() == 0
    text = process.errors.read_text()
    assert PASSWORD not in text
    for file in (folder / "data").rglob("*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes(), file


def answer(node: NodeProcess, sender: str, fields: str) -> tuple[bytes, bytes]:
    """MsgType and Text(58) of what a Logon gets; the link is closed then."""
    link = Plain(node.port)
    link.send(sender, f"A|98=0|108=30|141=Y{fields}")
    message = link.receive()
    assert message is not None
    if message[b"35"] == b"5":
        assert link.receive() is None
    link.close()
    return message[b"35"], message.get(b"58", b"")


REFUSED = (b"5", b"logon refused")


def test_the_right_password_logs_on_and_trades(node: NodeProcess) -> None:
    link = Plain(node.port)
    link.send("CLIENT1", f"A|98=0|108=30|141=Y|553=alice|554={PASSWORD}")
    # Sent before the answer: it is kept until the Logon is through.
    link.send("CLIENT1", "1|112=early")
    first, second = link.receive(), link.receive()
    assert first is not None
    assert second is not None
    assert (first[b"35"], second[b"35"], second[b"112"]) == (b"A", b"0", b"early")
    link.close()


@pytest.mark.parametrize(
    "fields",
    [
        "",
        "|553=alice|554=wrong",
        f"|553=CLIENT1|554={PASSWORD}",
        f"|554={PASSWORD}",
        "|95=4|96=AAAA",
    ],
)
def test_anything_else_is_refused_in_the_same_words(node: NodeProcess, fields: str) -> None:
    assert answer(node, "CLIENT1", fields) == REFUSED


@pytest.mark.parametrize(
    ("begin_string", "more", "status"),
    [("FIX.4.2", [], None), ("FIX.4.4", [], None), ("FIXT.1.1", [(1137, b"9")], b"5")],
)
def test_why_a_logon_is_refused_is_told_where_the_version_can(
    node: NodeProcess, begin_string: str, more: list[tuple[int, bytes]], status: bytes | None
) -> None:
    link = Plain(node.port)
    head = [(35, b"A"), (49, b"CLIENT1"), (56, b"NODE"), (34, b"1")]
    logon = [*head, (52, time_text(time.time_ns())), (98, b"0"), (108, b"30"), *more]
    link.socket.sendall(encode(begin_string, [*logon, (553, b"alice"), (554, b"wrong")]))
    refusal = link.receive()
    assert refusal is not None
    assert (refusal[b"35"], refusal[b"58"], refusal.get(b"1409")) == (*REFUSED, status)
    link.close()


def test_a_refusal_tells_nothing_of_the_session(node: NodeProcess) -> None:
    owner = Plain(node.port)
    owner.send("CLIENT1", f"A|98=0|108=30|141=Y|553=alice|554={PASSWORD}")
    assert owner.receive() is not None
    stranger = Plain(node.port)
    stranger.send("CLIENT1", "A|98=0|108=30|553=alice|554=wrong")
    refusal = stranger.receive()
    assert refusal is not None
    assert (refusal[b"34"], refusal[b"58"]) == (b"1", b"logon refused")
    # Who knows the password is told that the session is in use.
    twin = Plain(node.port)
    twin.send("CLIENT1", f"A|98=0|108=30|553=alice|554={PASSWORD}")
    told = twin.receive()
    assert told is not None
    assert told[b"58"] == b"already logged on"
    for link in (owner, stranger, twin):
        link.close()


def signed_logon(link: Plain, sender: str = "CLIENT2") -> bytes:
    """A Logon as the rules say: 35, 49, 56, 34 and 52 are signed."""
    now = time_text(time.time_ns())
    number = b"%d" % link.next_out
    link.next_out += 1
    signature = base64.b64encode(
        KEY.sign(b"\x01".join((b"A", sender.encode(), b"NODE", number, now)))
    )
    fields = [(35, b"A"), (49, sender.encode()), (56, b"NODE"), (34, number), (52, now)]
    fields += [(98, b"0"), (108, b"30"), (141, b"Y"), (95, b"%d" % len(signature))]
    data: bytes = encode("FIX.4.4", [*fields, (96, signature)])
    return data


def signed_on(port: int) -> tuple[Plain, bytes]:
    """A link that has logged on with a signature, and its Logon."""
    link = Plain(port)
    logon = signed_logon(link)
    link.socket.sendall(logon)
    message = link.receive()
    assert message is not None
    assert message[b"35"] == b"A"
    return link, logon


def test_a_signed_logon_passes_once_and_never_again(node: NodeProcess) -> None:
    link, logon = signed_on(node.port)
    link.close()
    replay = Plain(node.port)
    replay.socket.sendall(logon)
    refusal = replay.receive()
    assert refusal is not None
    assert refusal[b"58"] == b"logon refused"
    replay.close()
    assert answer(node, "CLIENT2", f"|553=CLIENT2|554={PASSWORD}") == REFUSED


def log_on(port: int, sender: str, fields: str) -> Plain:
    link = Plain(port)
    link.send(sender, f"A|98=0|108=30|141=Y{fields}")
    message = link.receive()
    assert message is not None
    assert message[b"35"] == b"A", message
    return link


def told(link: Plain, request: str) -> dict[bytes, bytes]:
    link.send("CLIENT1", request)
    message = link.receive()
    assert message is not None
    return message


def settings_of(folder: Path) -> tuple[str, ...]:
    (folder / "one.hash").write_text(hash_password(PASSWORD.encode()) + "\n")
    public = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    return (
        "journal.sync=off",
        "access.failures_free=2",
        "access.delay_ms=60000",
        f"clients.CLIENT1.password_hash_file={folder / 'one.hash'}",
        "clients.CLIENT1.username=alice",
        f"clients.CLIENT2.public_key={public}",
    )


def test_a_changed_password_and_a_signed_logon_outlive_the_node(tmp_path: Path) -> None:
    data, settings = tmp_path / "data", settings_of(tmp_path)
    first = NodeProcess(data, settings=settings)
    first.wait_ready()
    link = log_on(first.port, "CLIENT1", f"|553=alice|554={PASSWORD}")
    found = told(link, f"BE|923=u|924=3|553=alice|554={PASSWORD}|925=battery staple")
    assert (found[b"35"], found[b"926"]) == (b"BF", b"5")
    signed, logon = signed_on(first.port)
    first.kill()
    link.close()
    signed.close()

    second = NodeProcess(data, settings=settings)
    second.wait_ready()
    assert answer(second, "CLIENT1", f"|553=alice|554={PASSWORD}") == REFUSED
    log_on(second.port, "CLIENT1", "|553=alice|554=battery staple").close()
    replay = Plain(second.port)
    replay.socket.sendall(logon)
    refusal = replay.receive()
    assert refusal is not None
    assert refusal[b"58"] == b"logon refused"
    replay.close()
    assert second.stop() == 0
    assert b"battery" not in (data / "credentials.json").read_bytes()
    assert "battery" not in second.errors.read_text()


def test_wrong_old_passwords_count_as_wrong_logons_and_end_the_session(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path / "data", settings=settings_of(tmp_path))
    node.wait_ready()
    link = log_on(node.port, "CLIENT1", f"|553=alice|554={PASSWORD}")
    for _ in range(2):
        found = told(link, "BE|923=u|924=3|553=alice|554=wrong|925=mine")
        assert (found[b"35"], found[b"926"]) == (b"BF", b"4")
    found = told(link, "BE|923=u|924=3|553=alice|554=wrong|925=mine")
    assert (found[b"35"], found[b"926"]) == (b"BF", b"4")
    end = link.receive()
    assert end is not None
    assert (end[b"35"], end[b"58"]) == (b"5", b"too many wrong passwords")
    link.close()
    # The address it came from is not heard for now, others are.
    blocked = Plain(node.port)
    blocked.send("CLIENT3", "A|98=0|108=30|141=Y")
    assert blocked.receive() is None
    blocked.close()
    other = Plain(node.port, "127.0.2.2")
    other.send("CLIENT1", f"A|98=0|108=30|141=Y|553=alice|554={PASSWORD}")
    message = other.receive()
    assert message is not None
    assert message[b"35"] == b"A"
    other.close()
    assert node.stop() == 0


def test_a_client_without_a_password_has_none_to_change(node: NodeProcess) -> None:
    link = log_on(node.port, "CLIENT3", "")
    link.send("CLIENT3", "BE|923=u|924=3|553=CLIENT3|554=a|925=b")
    found = link.receive()
    assert found is not None
    assert (found[b"926"], found[b"927"]) == (b"6", b"this session has no password to change")
    link.close()


def test_a_client_without_credentials_logs_on_as_before(node: NodeProcess) -> None:
    assert answer(node, "CLIENT3", "")[0] == b"A"


def test_what_a_logon_shows_is_read_from_its_fields() -> None:
    raw = encode(
        "FIX.4.4",
        [
            *((35, "A"), (49, "ME"), (56, "NODE"), (34, 7), (52, "20260101-00:00:00.000")),
            *((553, "u"), (554, "p"), (95, 3), (96, "a\x01b")),
        ],
    )
    shown = shown_by(raw)
    assert (shown.username, shown.password, shown.signature) == ("u", b"p", b"a\x01b")
    assert shown.signed == b"A\x01ME\x01NODE\x017\x0120260101-00:00:00.000"
    assert shown.sending_time_ns == 1_767_225_600_000_000_000
    assert shown_by(encode("FIX.4.4", [(35, "A"), (52, "soon")])).sending_time_ns == 0


def test_a_bad_hash_is_told_before_the_node_starts(tmp_path: Path) -> None:
    from tests.node.process import NotReady

    process = NodeProcess(tmp_path / "data", settings=("clients.CLIENT1.password_hash=secret",))
    with pytest.raises(NotReady, match=r"clients\.CLIENT1\.password_hash: expected the line"):
        process.wait_ready()
