"""QuickFIX in a process of its own, moved by lines on its input; what happens to it comes out as
lines.

    python -m tests.fix.quickfix_peer SETTINGS_FILE

In: "send D 11=A0|55=BTC/USD", "expect 3" (set the number expected next), "logout", "sync". Out:
"up", "logon", "logout", "A0" for a message with that ClOrdID, "A0 again" for a repeat of it, "sync"
once everything told before is done. It ends without a word when its input does.
"""

import os
import sys

import quickfix as fix


def say(line: str) -> None:
    print(line, flush=True)


class Peer(fix.Application):
    def __init__(self) -> None:
        super().__init__()
        self.is_on = False

    def onCreate(self, session_id: "fix.SessionID") -> None:
        self.session_id = session_id

    def onLogon(self, session_id: "fix.SessionID") -> None:
        self.is_on = True
        say("logon")

    def onLogout(self, session_id: "fix.SessionID") -> None:
        # QuickFIX says it twice when the other side asked for the end.
        if self.is_on:
            say("logout")
        self.is_on = False

    def toAdmin(self, message: "fix.Message", session_id: "fix.SessionID") -> None: ...

    def fromAdmin(self, message: "fix.Message", session_id: "fix.SessionID") -> None: ...

    def toApp(self, message: "fix.Message", session_id: "fix.SessionID") -> None: ...

    def fromApp(self, message: "fix.Message", session_id: "fix.SessionID") -> None:
        say(message.getField(11) + (" again" if message.getHeader().isSetField(43) else ""))

    def obey(self, line: str) -> None:
        verb, _, rest = line.strip().partition(" ")
        session = fix.Session.lookupSession(self.session_id)
        if verb == "send":
            msg_type, _, fields = rest.partition(" ")
            message = fix.Message()
            message.getHeader().setField(35, msg_type)
            for field in fields.split("|"):
                tag, _, value = field.partition("=")
                message.setField(int(tag), value)
            fix.Session.sendToTarget(message, self.session_id)
        elif verb == "expect":
            session.setNextTargetMsgSeqNum(int(rest))
        elif verb == "logout":
            session.logout("done")
        elif verb == "sync":
            say("sync")


def main() -> None:
    # QuickFIX keeps no reference of its own to what it is given.
    settings, peer, store = fix.SessionSettings(sys.argv[1]), Peer(), fix.MemoryStoreFactory()
    is_initiator = settings.get().getString("ConnectionType") == "initiator"
    engine = (fix.SocketInitiator if is_initiator else fix.SocketAcceptor)(peer, store, settings)
    if is_initiator:
        say("up")
    engine.start()
    if not is_initiator:
        say("up")
    for line in sys.stdin:
        peer.obey(line)
    # Its own way to stop takes seconds and sometimes crashes.
    os._exit(0)


if __name__ == "__main__":
    main()
