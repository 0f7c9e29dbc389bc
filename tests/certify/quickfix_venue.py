"""QuickFIX as an acceptor in three versions, with a small venue behind it, in a process of its own.

    python -m tests.certify.quickfix_venue PORT FOLDER CLIENT,CLIENT VERSION=DICTIONARY ...

FIXT.1.1 takes two: FIXT.1.1=TRANSPORT,APPLICATION. Prints "up"; ends when its input does.
"""

import os
import sys
from pathlib import Path

import quickfix as fix

from tests.certify.small_venue import Answer, SmallVenue

HEADER_TAGS = frozenset((8, 9, 34, 35, 43, 49, 52, 56, 115, 116, 122))
DEFAULT = """[DEFAULT]
ConnectionType=acceptor
SocketAcceptPort={port}
SocketReuseAddress=Y
SocketNodelay=Y
StartTime=00:00:00
EndTime=00:00:00
SenderCompID=NODE
TimestampPrecision=6
"""


class Venue(fix.Application):
    def __init__(self) -> None:
        super().__init__()
        self.venues: dict[str, SmallVenue] = {}

    def onCreate(self, session_id: "fix.SessionID") -> None: ...

    def onLogon(self, session_id: "fix.SessionID") -> None: ...

    def onLogout(self, session_id: "fix.SessionID") -> None: ...

    def toAdmin(self, message: "fix.Message", session_id: "fix.SessionID") -> None: ...

    def fromAdmin(self, message: "fix.Message", session_id: "fix.SessionID") -> None: ...

    def toApp(self, message: "fix.Message", session_id: "fix.SessionID") -> None: ...

    def fromApp(self, message: "fix.Message", session_id: "fix.SessionID") -> None:
        pairs = [part.partition("=") for part in message.toString().split("\x01") if part]
        asked = {int(tag): value for tag, _, value in reversed(pairs)}
        version = session_id.getBeginString().getString()
        client = session_id.getTargetCompID().getString()
        venue = self.venues.setdefault(version, SmallVenue(frozenset({"TEST1"})))
        for answer in venue.handle(client, version, asked[35], asked):
            self.tell(version, answer, asked[34])

    @staticmethod
    def tell(version: str, answer: Answer, asked_number: str) -> None:
        client, msg_type, fields = answer
        message = fix.Message()
        message.getHeader().setField(35, msg_type)
        if msg_type == "j":
            message.setField(45, asked_number)
        for tag, value in fields:
            message.setField(tag, value)
        fix.Session.sendToTarget(message, fix.SessionID(version, "NODE", client))


def session_text(version: str, client: str, paths: list[str]) -> str:
    lines = ["[SESSION]", f"BeginString={version}", f"TargetCompID={client}"]
    if len(paths) == 2:
        lines += [f"TransportDataDictionary={paths[0]}", f"AppDataDictionary={paths[1]}"]
        lines.append("DefaultApplVerID=FIX.5.0SP2")
    else:
        lines.append(f"DataDictionary={paths[0]}")
    return "\n".join(lines) + "\n"


def main() -> None:
    port, folder, clients, *versions = sys.argv[1:]
    text = DEFAULT.format(port=port)
    for word in versions:
        version, _, paths = word.partition("=")
        for client in clients.split(","):
            text += session_text(version, client, paths.split(","))
    path = Path(folder) / "venue.cfg"
    path.write_text(text)
    # QuickFIX keeps no reference of its own to what it is given.
    settings, venue, store = fix.SessionSettings(str(path)), Venue(), fix.MemoryStoreFactory()
    acceptor = fix.SocketAcceptor(venue, store, settings)
    acceptor.start()
    print("up", flush=True)
    sys.stdin.read()
    # Its own way to stop takes seconds and sometimes crashes.
    os._exit(0)


if __name__ == "__main__":
    main()
