"""QuickFIX over TLS through a standard wrapper: it logs on and trades."""

import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.node.tls import TlsNode

STUNNEL = shutil.which("stunnel4") or shutil.which("stunnel")
SETTINGS = """[DEFAULT]
ConnectionType=initiator
ReconnectInterval=1
HeartBtInt=30
StartTime=00:00:00
EndTime=00:00:00
UseDataDictionary=N
ResetOnLogon=Y
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
[SESSION]
BeginString=FIX.4.4
SenderCompID=CLIENT1
TargetCompID=NODE
"""
TUNNEL = """foreground = yes
pid =
[fix]
client = yes
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{node}
cert = {cert}
key = {key}
CAfile = {ca}
verifyChain = yes
"""
ORDER = "send D 11=A0|55=TEST1|54=1|38=1|40=2|44=1.00|60=20260101-00:00:00"
PATIENCE_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.interop
def test_quickfix_logs_on_and_trades_through_stunnel(tmp_path: Path) -> None:
    pytest.importorskip("quickfix", reason="quickfix is not installed")
    if STUNNEL is None:
        pytest.skip("stunnel is not installed (apt package stunnel4)")
    node, port = TlsNode(tmp_path), free_port()
    tunnel_file, settings_file = tmp_path / "stunnel.conf", tmp_path / "quickfix.cfg"
    files = {"cert": node.one.cert, "key": node.one.key, "ca": node.authority.ca}
    tunnel_file.write_text(TUNNEL.format(port=port, node=node.port, **files))
    settings_file.write_text(SETTINGS.format(port=port))
    with open(tmp_path / "stunnel.log", "w") as tunnel_log:
        tunnel = subprocess.Popen([STUNNEL, tunnel_file], stdout=tunnel_log, stderr=tunnel_log)
    peer = subprocess.Popen(
        [sys.executable, "-m", "tests.fix.quickfix_peer", settings_file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert peer.stdin is not None
    assert peer.stdout is not None
    timer = threading.Timer(PATIENCE_S, peer.kill)
    timer.start()
    try:
        said = []
        for line in peer.stdout:
            said.append(line.strip())
            if said[-1] == "logon":
                peer.stdin.write(ORDER + "\n")
                peer.stdin.flush()
            if said[-1] == "A0":
                break
        assert said[-1:] == ["A0"], (said, (tmp_path / "stunnel.log").read_text())
    finally:
        timer.cancel()
        peer.stdin.close()
        peer.wait(PATIENCE_S)
        peer.stdout.close()
        tunnel.terminate()
        tunnel.wait(PATIENCE_S)
        assert node.process.stop() == 0
