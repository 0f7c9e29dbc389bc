"""The peer: an acceptor on QuickFIX for Python that accepts every order, and nothing else.

    python benchmarks/quickfix_acceptor.py      prints its port

It answers with the string API, several times faster than typed fields, keeps messages in memory and
writes no log. It has no book and no accounts: what it shows is the cost of the session alone.
"""

import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

import quickfix as fix

DICTIONARY = Path(__file__).parent.parent / "fix_specs" / "FIX44.xml"
SETTINGS = """[DEFAULT]
ConnectionType=acceptor
SocketAcceptPort={port}
SocketReuseAddress=Y
SocketNodelay=Y
StartTime=00:00:00
EndTime=00:00:00
HeartBtInt=30
ResetOnLogon=Y
{dictionary}
[SESSION]
BeginString=FIX.4.4
SenderCompID=NODE
TargetCompID=CLIENT1
"""


class Acceptor(fix.Application):  # type: ignore[misc]
    """One ExecutionReport per NewOrderSingle."""

    count = 0

    def onCreate(self, session: Any) -> None: ...
    def onLogon(self, session: Any) -> None: ...
    def onLogout(self, session: Any) -> None: ...
    def toAdmin(self, message: Any, session: Any) -> None: ...
    def fromAdmin(self, message: Any, session: Any) -> None: ...
    def toApp(self, message: Any, session: Any) -> None: ...

    def fromApp(self, message: Any, session: Any) -> None:
        if message.getHeader().getField(35) != "D":
            return
        self.count += 1
        number = str(self.count)
        report = fix.Message()
        report.getHeader().setField(35, "8")
        qty = message.getField(38)
        for tag, value in (
            (37, number),
            (17, number),
            (150, "0"),
            (39, "0"),
            (11, message.getField(11)),
            (55, message.getField(55)),
            (54, message.getField(54)),
            (38, qty),
            (44, message.getField(44)),
            (151, qty),
            (14, "0"),
            (6, "0"),
        ):
            report.setField(tag, value)
        fix.Session.sendToTarget(report, session)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def main() -> None:
    port = free_port()
    dictionary = (
        f"UseDataDictionary=Y\nDataDictionary={DICTIONARY}"
        if DICTIONARY.exists()
        else "UseDataDictionary=N"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(SETTINGS.format(port=port, dictionary=dictionary))
        file.flush()
        settings = fix.SessionSettings(file.name)
    acceptor = fix.SocketAcceptor(Acceptor(), fix.MemoryStoreFactory(), settings)
    acceptor.start()
    print(port, flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    acceptor.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
