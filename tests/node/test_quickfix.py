"""QuickFIX as a client of the node in every version, judging what we say by its dictionaries."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fix.test_interop import Theirs
from tests.node.process import NodeProcess

HAS_QUICKFIX = importlib.util.find_spec("quickfix") is not None
DICTIONARIES = Path(sys.prefix) / "share" / "quickfix"
pytestmark = [
    pytest.mark.interop,
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_QUICKFIX, reason="the quickfix package is not installed"),
    pytest.mark.skipif(not DICTIONARIES.exists(), reason="quickfix came without its dictionaries"),
]

SETTINGS = """[DEFAULT]
ConnectionType=initiator
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
ReconnectInterval=1
HeartBtInt=30
StartTime=00:00:00
EndTime=00:00:00
ResetOnLogon=Y
UseDataDictionary=Y
{dictionaries}
[SESSION]
BeginString={version}
SenderCompID={sender}
TargetCompID=NODE
"""
FILES = {
    "FIX.4.2": "DataDictionary={at}/FIX42.xml",
    "FIX.4.4": "DataDictionary={at}/FIX44.xml",
    "FIXT.1.1": "DefaultApplVerID=FIX.5.0SP2\n"
    "TransportDataDictionary={at}/FIXT11.xml\nAppDataDictionary={at}/FIX50SP2.xml",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    fees = ("clients.CLIENT1.maker_fee_bp=1", "clients.CLIENT1.taker_fee_bp=2")
    node = NodeProcess(
        tmp_path_factory.mktemp("node") / "data", settings=("journal.sync=off", *fees)
    )
    node.wait_ready()
    yield node.port
    node.kill()


def order(version: str, *fields: tuple[int, str]) -> list[tuple[int, str]]:
    handled = [(21, "1")] if version == "FIX.4.2" else []
    return [*fields, (55, "TEST1"), (60, "20260101-00:00:00.000"), *handled]


@pytest.mark.parametrize("version", FILES)
def test_quickfix_takes_every_report(port: int, version: str, tmp_path: Path) -> None:
    """Each line waited for is a message that QuickFIX found good; one it refuses never comes."""
    names = [f"{letter}-{version}" for letter in "abcdefghi"]
    a, b, c, d, e, f, g, h, i = names
    at = FILES[version].format(at=DICTIONARIES)
    path = tmp_path / "quickfix.cfg"
    path.write_text(SETTINGS.format(port=port, version=version, sender="CLIENT1", dictionaries=at))
    theirs = Theirs(path)
    try:
        theirs.log.wait("up", "logon")
        limit = [(38, "10"), (40, "2"), (44, "100")]
        theirs.send("D", order(version, (11, a), (54, "1"), *limit))
        theirs.log.wait(a)  # new
        theirs.send("D", order(version, (11, a), (54, "1"), *limit))
        theirs.log.wait(a)  # a duplicate
        theirs.send("D", order(version, (11, b), (54, "2"), (38, "4"), (40, "2"), (44, "100")))
        theirs.log.wait(b, "*", "*")  # new, and both sides of the fill, with fees
        theirs.send("G", order(version, (11, c), (41, a), (54, "1"), *limit))
        theirs.log.wait(c)  # replaced
        theirs.send("H", [(11, c), (55, "TEST1"), (54, "1")])
        theirs.log.wait(c)  # its status
        theirs.send("F", [*order("", (11, d), (41, c), (54, "1")), (38, "10")])
        theirs.log.wait(d)  # canceled
        theirs.send("F", [*order("", (11, e), (41, d), (54, "1")), (38, "10")])
        theirs.log.wait(e)  # too late: an OrderCancelReject
        theirs.send("H", [(11, f), (55, "TEST1"), (54, "1")])
        theirs.log.wait(f)  # the status of an unknown order
        theirs.send("D", order(version, (11, g), (54, "1"), *limit, (59, "3")))
        theirs.log.wait(g, g)  # new, canceled
        theirs.send("D", order(version, (11, h), (54, "1"), (38, "1"), (40, "2"), (44, "0.001")))
        theirs.log.wait(h)  # rejected
        theirs.send("F", [*order("", (11, i), (41, "never"), (54, "1")), (38, "1")])
        theirs.log.wait(i)  # unknown
    finally:
        theirs.end()
