"""What goes over the wire, read by a dissector that is not ours."""

import shutil
import subprocess
from pathlib import Path

import pytest

from internaliser.dictionaries import FILES as VERSIONS
from internaliser.engagement.conversation import conversation
from tests.engagement.capture import NODE_PORT, capture

WARNED = "_ws.expert.severity >= 0x00400000"  # note, warning or error


def tshark(path: Path, *words: str) -> str:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    done = subprocess.run(
        ["tshark", "-r", path, "-d", f"tcp.port=={NODE_PORT},fix", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_a_dissector_reads_every_message_as_what_it_is(version: str, tmp_path: Path) -> None:
    lines = conversation(version)
    path = tmp_path / "wire.pcap"
    capture(lines, path)
    found = tshark(path, "-Y", "fix", "-T", "fields", "-e", "fix.MsgType").split()
    assert found == [line.msg_type for line in lines]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_dissector_warns_of_nothing(version: str, tmp_path: Path) -> None:
    path = tmp_path / "wire.pcap"
    capture(conversation(version), path)
    assert tshark(path, "-Y", WARNED) == ""


def test_a_wrong_message_is_warned_of(tmp_path: Path) -> None:
    """The dissector does look: a checksum that is off by one is told."""
    lines = conversation("FIX.4.4")
    text = lines[0].text
    wrong = text[:-3] + f"{(int(text[-3:]) + 1) % 256:03}"
    path = tmp_path / "wire.pcap"
    capture([type(lines[0])(lines[0].client, True, wrong, "")], path)
    assert tshark(path, "-Y", WARNED) != ""
