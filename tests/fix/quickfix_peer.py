"""QuickFIX in a process of its own, moved by lines on its input; what happens to it comes out as
lines.

    python -m tests.fix.quickfix_peer SETTINGS_FILE

In: "send D 11=A0|55=BTC/USD", "expect 3" (set the number expected next), "logout", "sync". Out:
"up", "logon", "logout", "A0" for a message with that ClOrdID, "A0 again" for a repeat of it, "sync"
once everything told before is done. It ends without a word when its input does.
"""

import os
import sys
import time

import quickfix as fix

QUIET_LOOKS = 4  # in a row at which the number set was still there
LOOK_S = 0.05


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
            self._expect(session, int(rest))
        elif verb == "logout":
            session.logout("done")
        elif verb == "sync":
            say("sync")

    @staticmethod
    def _expect(session: "fix.Session", number: int) -> None:
        """Set it until it stays: QuickFIX counts a message after it has handed it on, elsewhere."""
        quiet = 0
        while quiet < QUIET_LOOKS:
            is_set = session.getExpectedTargetNum() == number
            quiet = quiet + 1 if is_set else 0
            session.setNextTargetMsgSeqNum(number)
            time.sleep(LOOK_S)


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
