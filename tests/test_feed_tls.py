"""The feed over TLS: who gets in with which certificate, what passes through, how it ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.certificates import Files
from tests.node.process import PLAIN
from tests.node.tls import Plain, Tls, TlsNode

ASKED = "V|262=r|263=1|264=0|267=1|269=0|146=1|55=TEST1"
ORDER = "D|11=%s|55=TEST1|54=1|38=5|40=2|44=100|59=1|60=20260101-00:00:00"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsNode]:
    running = TlsNode(
        tmp_path_factory.mktemp("feed-tls"),
        "optional",
        settings=(
            "feed.enabled=true",
            'clients.CLIENT2.certificate_names=["two.example"]',
            "access.failures_free=1000",
        ),
    )
    yield running
    assert running.process.stop() == 0


def link_of(node: TlsNode, files: Files | None) -> Tls:
    return Tls(node.process.ports["feed_tls"], node.authority.ca, files)


def answers(link: Plain, name: str) -> list[bytes]:
    """MsgTypes of what a Logon and a request for market data get; [] = closed without a word."""
    link.send(name, "A|98=0|108=30|141=Y")
    link.send(name, ASKED)
    told = []
    while len(told) < 2 and (message := link.receive()) is not None:
        told.append(message[b"35"])
    link.close()
    return told


def test_a_client_reads_market_data_over_tls(node: TlsNode) -> None:
    link = link_of(node, node.one)
    link.send("CLIENT1", "A|98=0|108=30|141=Y")
    link.send("CLIENT1", ASKED)
    first, second = link.receive(), link.receive()
    assert first is not None
    assert second is not None
    assert (first[b"35"], second[b"35"]) == (b"A", b"W")
    trader = Plain(node.process.port)
    trader.send("CLIENT3", "A|98=0|108=30|141=Y")
    trader.send("CLIENT3", ORDER % "a")
    change = link.receive()
    assert change is not None
    assert (change[b"35"], change[b"270"], change[b"271"]) == (b"X", b"100", b"5")
    trader.close()
    link.close()


def test_a_certificate_is_good_for_whom_it_names_only(node: TlsNode) -> None:
    assert answers(link_of(node, node.two), "CLIENT2") == [b"A", b"W"]
    assert answers(link_of(node, node.one), "CLIENT2") == []
    assert answers(link_of(node, node.two), "CLIENT1") == []
    assert answers(link_of(node, None), "CLIENT4") == [b"A", b"W"]


def test_who_needs_a_certificate_does_not_come_without(node: TlsNode) -> None:
    assert answers(link_of(node, None), "CLIENT2") == []
    assert answers(Plain(node.process.ports["feed"]), "CLIENT2") == []
    assert answers(Plain(node.process.ports["feed"]), "CLIENT1") == [b"A", b"W"]


def test_a_drop_copy_s_certificate_has_its_name(tmp_path: Path) -> None:
    config = tmp_path / "node.toml"
    copy = '[[drop_copies]]\nname = "RISK"\naccounts = ["CLIENT1"]\n'
    config.write_text(f"{PLAIN.read_text()}\n{copy}")
    node = TlsNode(tmp_path, "optional", settings=("feed.enabled=true",), config=config)
    for files, told in ((node.authority.issue("RISK"), b"A"), (node.one, None)):
        link = link_of(node, files)
        link.send("RISK", "A|98=0|108=30|141=Y")
        message = link.receive()
        assert (message and message[b"35"]) == told
        link.close()
    assert node.process.stop() == 0


def test_where_certificates_are_required_the_plain_port_is_for_credentials(tmp_path: Path) -> None:
    node = TlsNode(tmp_path, "required", settings=("feed.enabled=true",))
    assert answers(Plain(node.process.ports["feed"]), "CLIENT1") == []
    assert answers(link_of(node, node.one), "CLIENT1") == [b"A", b"W"]
    assert node.process.stop() == 0


def test_at_an_orderly_stop_every_reader_hears_a_logout(tmp_path: Path) -> None:
    node = TlsNode(tmp_path, "optional", settings=("feed.enabled=true",))
    link = link_of(node, node.one)
    link.send("CLIENT1", "A|98=0|108=30|141=Y")
    first = link.receive()
    assert first is not None
    node.process.process.terminate()
    last = link.receive()
    assert last is not None
    assert (first[b"35"], last[b"35"], last[b"58"]) == (b"A", b"5", b"node stops")
    link.close()
    assert node.process.wait() == 0
