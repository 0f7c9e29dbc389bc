"""The TLS port of a running node: who gets in, with which certificate, and what passes through."""

import contextlib
import os
import signal
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from internaliser.config.sections import FixSection
from internaliser.errors import InternaliserError
from internaliser.fix_client import FixClient, FixError
from internaliser.tls_front import tls_context
from tests.node.certificates import Authority
from tests.node.process import command_line
from tests.node.tls import Tls, TlsNode

TWO = 'clients.CLIENT2.certificate_names=["two.example"]'
THREE = 'clients.CLIENT3.certificate_names=["fix:CLIENT2"]'


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsNode]:
    running = TlsNode(
        tmp_path_factory.mktemp("tls"), settings=(TWO, THREE, "access.failures_free=1000")
    )
    yield running
    assert running.process.stop() == 0


def logon_of(link: Tls, name: str) -> bytes | None:
    """MsgType of the answer to a Logon, None when the link is closed without one."""
    try:
        answer = link.log_on(name)
    finally:
        link.close()
    return None if answer is None else answer[b"35"]


def test_a_client_trades_over_tls_with_the_certificate_that_names_it(node: TlsNode) -> None:
    link = node.connect(node.one)
    answer = link.log_on("CLIENT1")
    assert answer is not None
    assert answer[b"35"] == b"A"
    link.send("CLIENT1", "D|11=t1|55=TEST1|54=1|38=1|40=2|44=1.00|60=20260101-00:00:00")
    report = link.receive()
    assert report is not None
    assert (report[b"35"], report[b"11"], report[b"150"]) == (b"8", b"t1", b"0")
    link.close()


def test_a_certificate_of_another_client_gets_no_fix_answer(node: TlsNode) -> None:
    assert logon_of(node.connect(node.two), "CLIENT1") is None
    assert logon_of(node.connect(node.one), "CLIENT2") is None
    assert logon_of(node.connect(node.one), "NOBODY") is None


def test_names_are_the_dns_and_uri_ones_and_the_common_name(node: TlsNode) -> None:
    assert logon_of(node.connect(node.two), "CLIENT2") == b"A"
    assert logon_of(node.connect(node.two), "CLIENT3") == b"A"
    assert logon_of(node.connect(node.authority.issue("CLIENT4")), "CLIENT4") == b"A"


def test_expired_foreign_and_missing_certificates_end_with_the_handshake(
    node: TlsNode, tmp_path: Path
) -> None:
    foreign = Authority(tmp_path, "OTHER")
    for files in (
        node.authority.issue("CLIENT1", has_expired=True),
        foreign.issue("CLIENT1"),
        node.authority.issue("CLIENT1", is_server=True),
        None,
    ):
        # With TLS 1.3 the client's side is through before ours has looked: it hears an alert then.
        try:
            link = node.connect(files)
        except (ssl.SSLError, ConnectionError):
            continue
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            link.send("CLIENT1", "A|98=0|108=30|141=Y")
        assert link.receive() is None
        link.close()


def test_a_client_with_certificate_names_cannot_come_by_the_plain_port(node: TlsNode) -> None:
    two = FixClient("127.0.0.1", node.process.port, "CLIENT2", "NODE")
    with pytest.raises(FixError, match="the connection was closed"):
        two.log_on()
    with FixClient("127.0.0.1", node.process.port, "CLIENT5", "NODE") as client:
        client.log_on()


def test_a_large_stream_both_ways_arrives_whole(node: TlsNode) -> None:
    link = node.connect(node.authority.issue("CLIENT6"))
    assert link.log_on("CLIENT6") is not None
    pad = "x" * 150
    stream = b"".join(link.encode("CLIENT6", f"1|112={n}-{pad}") for n in range(5000))
    view = memoryview(stream)
    seen = 0
    while seen < 5000:
        if view:
            sent = link.socket.send(view[:100_000])
            view = view[sent:]
        answer = link.receive()
        assert answer is not None
        assert answer[b"112"] == f"{seen}-{pad}".encode()
        seen += 1
    link.close()


def test_a_new_certificate_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    node = TlsNode(tmp_path, client_certs="optional")
    try:
        old = node.connect(node.one)
        assert old.log_on("CLIENT1") is not None
        fresh = node.authority.issue("renewed.example", is_server=True)
        node.server.cert.write_bytes(fresh.cert.read_bytes())
        node.server.key.write_bytes(fresh.key.read_bytes())
        os.kill(node.process.pid, signal.SIGHUP)
        for _ in range(1000):
            link = node.connect(node.two)
            subject = (link.socket.getpeercert() or {})["subject"]
            link.close()
            if subject == ((("commonName", "renewed.example"),),):
                break
        else:
            raise AssertionError(f"still {subject}")
        old.send("CLIENT1", "1|112=still here")
        answer = old.receive()
        assert answer is not None
        assert answer[b"112"] == b"still here"
        # An orderly stop says goodbye through TLS as well.
        os.kill(node.process.pid, signal.SIGTERM)
        goodbye = old.receive()
        assert goodbye is not None
        assert (goodbye[b"35"], goodbye[b"58"]) == (b"5", b"node stops")
        old.send("CLIENT1", "5")
        assert old.receive() is None
        old.close()
    finally:
        assert node.process.stop() == 0


def test_an_address_that_keeps_failing_handshakes_is_not_shaken_hands_with(
    tmp_path: Path,
) -> None:
    node = TlsNode(tmp_path, settings=("access.failures_free=3", "access.delay_ms=600000"))
    foreign = Authority(tmp_path / "other", "OTHER").issue("CLIENT1")
    try:
        for _ in range(5):
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                assert logon_of(node.connect(foreign, source="127.0.0.9"), "CLIENT1") is None
        with pytest.raises((ssl.SSLError, ConnectionError)):  # though this certificate is good
            node.connect(node.one, source="127.0.0.9")
        assert logon_of(node.connect(node.one), "CLIENT1") == b"A"
    finally:
        assert node.process.stop() == 0


def test_bad_files_are_named_at_the_start(tmp_path: Path) -> None:
    missing = FixSection(tls_cert_file=str(tmp_path / "no.pem"), tls_key_file="no.key")
    with pytest.raises(InternaliserError, match=r"no certificate and key in .*no\.pem"):
        tls_context(missing)
    files = Authority(tmp_path).issue("node", is_server=True)
    with pytest.raises(InternaliserError, match=r"no CA certificates in fix\.tls_ca_file"):
        tls_context(
            FixSection(
                tls_cert_file=str(files.cert), tls_key_file=str(files.key), tls_ca_file="none.pem"
            )
        )


def test_a_taken_tls_port_is_one_line(tmp_path: Path, node: TlsNode) -> None:
    line = command_line("run", "--config", "config/plain.toml", "--data", tmp_path / "data")
    for setting in (
        "fix.port=0",
        f"fix.tls_port={node.port}",
        f"fix.tls_cert_file={node.server.cert}",
        f"fix.tls_key_file={node.server.key}",
    ):
        line += ["--set", setting]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "--set fix.tls_port=PORT" in done.stderr
    assert len(done.stderr.splitlines()) == 1
