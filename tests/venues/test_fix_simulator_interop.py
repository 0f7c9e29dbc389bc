"""QuickFIX as a client of the simulated exchange: an engine not written here judges it."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import Any

import pytest

from .support import TIMEOUT_S, running

quickfix = pytest.importorskip("quickfix")
pytestmark = pytest.mark.interop

SPEC = Path(__file__).parents[2] / "fix_specs" / "FIX44.xml"


class Application(quickfix.Application):  # type: ignore[misc]
    """Hands every application message and every refusal to the test."""

    def __init__(self) -> None:
        super().__init__()
        self.received: queue.Queue[str] = queue.Queue()
        self.logons: queue.Queue[Any] = queue.Queue()
        self.refused: list[str] = []

    def onCreate(self, session: Any) -> None: ...
    def onLogout(self, session: Any) -> None: ...
    def fromAdmin(self, message: Any, session: Any) -> None: ...
    def toApp(self, message: Any, session: Any) -> None: ...

    def onLogon(self, session: Any) -> None:
        self.logons.put(session)

    def toAdmin(self, message: Any, session: Any) -> None:
        text = message.toString()
        if "\x0135=3\x01" in text or "\x0135=5\x01" in text:
            self.refused.append(text)

    def fromApp(self, message: Any, session: Any) -> None:
        self.received.put(message.toString())

    def fields(self) -> dict[str, str]:
        """The next application message, the first value of each tag."""
        text = self.received.get(timeout=TIMEOUT_S)
        values: dict[str, str] = {}
        for pair in text.strip("\x01").split("\x01"):
            tag, _, value = pair.partition("=")
            values.setdefault(tag, value)
        return values


def message(line: str) -> Any:
    made = quickfix.Message()
    first, *rest = [part.split("=", 1) for part in line.split("|")]
    made.getHeader().setField(35, first[1])
    for tag, value in rest:
        made.setField(int(tag), value)
    return made


def subscription() -> Any:
    made = message("35=V|262=M0|263=1|264=0|265=1")
    for value in "01":
        group = quickfix.Group(267, 269)
        group.setField(269, value)
        made.addGroup(group)
    group = quickfix.Group(146, 55)
    group.setField(55, "BTC/USD")
    made.addGroup(group)
    return made


def settings(folder: Path, port: int) -> Any:
    path = folder / "client.cfg"
    path.write_text(
        "[DEFAULT]\nConnectionType=initiator\nHeartBtInt=30\nReconnectInterval=1\n"
        "StartTime=00:00:00\nEndTime=00:00:00\nUseDataDictionary=Y\nValidateUserDefinedFields=Y\n"
        f"DataDictionary={SPEC}\nFileStorePath={folder}\nFileLogPath={folder}\n"
        "[SESSION]\nBeginString=FIX.4.4\nSenderCompID=NODE\nTargetCompID=SIM\n"
        f"SocketConnectHost=127.0.0.1\nSocketConnectPort={port}\n"
    )
    return quickfix.SessionSettings(str(path))


def test_quickfix_trades_watches_and_recovers_a_lost_report(tmp_path: Path) -> None:
    with running() as exchange:
        application = Application()
        config = settings(tmp_path, exchange.ports["fix"])
        store = quickfix.FileStoreFactory(config)
        initiator = quickfix.SocketInitiator(application, store, config)
        initiator.start()
        try:
            session = application.logons.get(timeout=TIMEOUT_S)
            quickfix.Session.sendToTarget(subscription(), session)
            assert application.fields()["35"] == "W"

            line = "35=D|11={}|55=BTC/USD|54=1|60=20231114-22:13:20|38=3|40=2|44=101|59=3"
            quickfix.Session.sendToTarget(message(line.format("A")), session)
            assert [application.fields().get("150", "X") for _ in range(3)] == ["0", "F", "X"]

            quickfix.Session.sendToTarget(message("35=H|11=A|55=BTC/USD|54=1"), session)
            assert application.fields()["39"] == "2"
            quickfix.Session.sendToTarget(
                message("35=F|11=C|41=A|55=BTC/USD|54=1|60=20231114-22:13:20"), session
            )
            assert application.fields()["102"] == "0"

            exchange.control("misbehave", kind="disconnect_after")
            quickfix.Session.sendToTarget(message(line.format("B")), session)
            application.logons.get(timeout=TIMEOUT_S)
            again = [application.fields() for _ in range(3)]
            assert [(one["150"], one["39"], one["14"], one["43"]) for one in again] == [
                ("0", "0", "0", "Y"),
                ("F", "1", "2", "Y"),
                ("4", "4", "2", "Y"),
            ]
            assert application.refused == []
        finally:
            initiator.stop(True)
