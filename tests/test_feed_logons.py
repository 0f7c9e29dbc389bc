"""Who may log on to the feed of a running node: passwords, signatures, addresses, certificates."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from internaliser.credentials import hash_password
from internaliser.fix.codec import encode
from tests.node.fix import time_text
from tests.node.process import PLAIN, NodeProcess
from tests.node.tls import Plain

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PASSWORD = "correct horse"
ORDER = "D|11=a|55=TEST1|54=1|60={now}|38=5|40=2|44=100|59=1"
REFUSED = (b"5", b"logon refused")
FOREIGN = "127.0.0.2"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("feed-logons")
    stored = hash_password(PASSWORD.encode())
    public = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    copy = f'[[drop_copies]]\nname = "RISK"\naccounts = ["*"]\npassword_hash = "{stored}"\n'
    near = f'[[drop_copies]]\nname = "NEAR"\naccounts = ["CLIENT3"]\npublic_key = "{public}"\n'
    near += 'allowed_addresses = ["127.0.0.1"]\n'
    config = folder / "node.toml"
    config.write_text(f"{PLAIN.read_text()}\n{copy}\n{near}")
    process = NodeProcess(
        folder / "data",
        config=config,
        settings=(
            "fix.port=0",
            "feed.port=0",
            "feed.enabled=true",
            "journal.sync=off",
            "access.failures_free=1000",
            f"clients.CLIENT1.password_hash={stored}",
            "clients.CLIENT1.username=alice",
            f"clients.CLIENT2.public_key={public}",
            'clients.CLIENT4.allowed_addresses=["127.0.0.1"]',
        ),
    )
    process.wait_ready()
    yield process
    assert process.stop() == 0
    text = process.errors.read_text()
    assert PASSWORD not in text
    assert "fault" not in text


def everything(
    node: NodeProcess, sender: str, fields: str, source: str = "127.0.0.1"
) -> list[dict[bytes, bytes]]:
    """All that a link which is refused hears until it is closed."""
    link = Plain(node.ports["feed"], source)
    link.send(sender, f"A|98=0|108=30|141=Y{fields}")
    # Asked before the verdict: nothing of it is answered on a link that is refused.
    link.send(sender, "V|262=r|263=1|264=0|267=1|269=0|146=1|55=TEST1")
    heard = []
    while (message := link.receive()) is not None:
        heard.append(message)
    link.close()
    return heard


def test_a_client_with_its_password_reads_market_data(node: NodeProcess) -> None:
    link = Plain(node.ports["feed"])
    link.send("CLIENT1", f"A|98=0|108=30|141=Y|553=alice|554={PASSWORD}")
    link.send("CLIENT1", "V|262=r|263=1|264=0|267=1|269=0|146=1|55=TEST1")
    first, second = link.receive(), link.receive()
    assert first is not None
    assert second is not None
    assert (first[b"35"], second[b"35"], second[b"262"]) == (b"A", b"W", b"r")
    link.close()


@pytest.mark.parametrize("sender", ["CLIENT1", "CLIENT2", "RISK", "NEAR"])
@pytest.mark.parametrize(
    "fields", ["", "|553=alice|554=wrong", f"|553=BOB|554={PASSWORD}", "|95=4|96=AAAA"]
)
def test_anything_else_is_refused_and_hears_nothing_more(
    node: NodeProcess, sender: str, fields: str
) -> None:
    (only,) = everything(node, sender, fields)
    assert (only[b"35"], only[b"58"]) == REFUSED
    assert only[b"34"] == b"1"


def test_a_drop_copy_hears_reports_with_its_password_only(node: NodeProcess) -> None:
    stranger = Plain(node.ports["feed"])
    stranger.send("RISK", "A|98=0|108=30|141=Y|5091=0|553=RISK|554=guess")
    risk = Plain(node.ports["feed"])
    risk.send("RISK", f"A|98=0|108=30|141=Y|5091=0|553=RISK|554={PASSWORD}")
    answer = risk.receive()
    assert answer is not None
    assert answer[b"35"] == b"A"
    client = Plain(node.port)
    assert client.log_on("CLIENT3") is not None
    client.send("CLIENT3", ORDER.format(now=time_text(time.time_ns()).decode()))
    report, copy, refusal = client.receive(), risk.receive(), stranger.receive()
    assert report is not None
    assert copy is not None
    assert refusal is not None
    assert (copy[b"35"], copy[b"17"]) == (b"8", report[b"17"])
    assert (refusal[b"35"], refusal[b"58"]) == REFUSED
    assert stranger.receive() is None
    for link in (client, risk, stranger):
        link.close()


def signed_logon(sender: str) -> bytes:
    """A Logon as the rules say: 35, 49, 56, 34 and 52 are signed."""
    now = time_text(time.time_ns())
    signed = b"\x01".join((b"A", sender.encode(), b"NODE", b"1", now))
    signature = base64.b64encode(KEY.sign(signed))
    fields = [(35, b"A"), (49, sender.encode()), (56, b"NODE"), (34, b"1"), (52, now)]
    fields += [(98, b"0"), (108, b"30"), (141, b"Y"), (95, b"%d" % len(signature))]
    data: bytes = encode("FIX.4.4", [*fields, (96, signature)])
    return data


def first_type(port: int, data: bytes) -> tuple[bytes, bytes]:
    """MsgType and Text(58) of what a Logon gets."""
    link = Plain(port)
    link.socket.sendall(data)
    message = link.receive()
    assert message is not None
    link.close()
    return message[b"35"], message.get(b"58", b"")


def test_a_signed_logon_is_good_once_at_both_ports_together(node: NodeProcess) -> None:
    logon = signed_logon("CLIENT2")
    assert first_type(node.port, logon)[0] == b"A"
    assert first_type(node.ports["feed"], logon) == REFUSED
    assert first_type(node.ports["feed"], signed_logon("CLIENT2"))[0] == b"A"
    assert first_type(node.ports["feed"], signed_logon("NEAR"))[0] == b"A"


@pytest.mark.parametrize("sender", ["CLIENT4", "NEAR"])
def test_a_foreign_address_is_turned_away_without_a_word(node: NodeProcess, sender: str) -> None:
    assert everything(node, sender, "", FOREIGN) == []


def test_the_allowed_address_is_let_in(node: NodeProcess) -> None:
    link = Plain(node.ports["feed"])
    answer = link.log_on("CLIENT4")
    assert answer is not None
    assert answer[b"35"] == b"A"
    link.close()


def test_a_bad_hash_of_a_drop_copy_is_told_before_the_node_starts(tmp_path: Path) -> None:
    from tests.node.process import NotReady

    config = tmp_path / "node.toml"
    copy = '[[drop_copies]]\nname = "RISK"\naccounts = ["*"]\npassword_hash = "x"\n'
    config.write_text(f"{PLAIN.read_text()}\n{copy}")
    process = NodeProcess(tmp_path / "data", config=config, settings=("feed.enabled=true",))
    with pytest.raises(NotReady, match=r"drop_copies\.RISK\.password_hash: expected the line"):
        process.wait_ready()
