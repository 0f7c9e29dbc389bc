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


def test_a_signed_logon_passes_once_and_never_again(node: NodeProcess) -> None:
    link = Plain(node.port)
    logon = signed_logon(link)
    link.socket.sendall(logon)
    message = link.receive()
    assert message is not None
    assert message[b"35"] == b"A"
    link.close()
    replay = Plain(node.port)
    replay.socket.sendall(logon)
    refusal = replay.receive()
    assert refusal is not None
    assert refusal[b"58"] == b"logon refused"
    replay.close()
    assert answer(node, "CLIENT2", f"|553=CLIENT2|554={PASSWORD}") == REFUSED


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
