"""Our own session as an initiator that dials again whenever its link is gone."""

import contextlib
import threading
from pathlib import Path
from types import TracebackType

from internaliser.fix.dictionary import Dictionary
from internaliser.fix.fix_session import FixSession, SessionEvent
from tests.fix.acceptor import Initiator, join

ROOT = Path(__file__).resolve().parents[2]
PAUSE_S = 0.02


def refuses(event: SessionEvent) -> list[tuple[str, bytes]]:
    """It takes no application messages."""
    fields = [(45, b"%d" % event.msg_seq_num), (372, event.msg_type.encode()), (380, b"3")]
    return [("j", join(fields))]


class Redialler:
    """A context manager; dials `port` as CLIENT1 to NODE."""

    def __init__(self, port: int) -> None:
        self.session = FixSession(
            "initiator",
            "FIX.4.4",
            "CLIENT1",
            "NODE",
            dictionary=Dictionary(ROOT / "fix_specs" / "FIX44.xml"),
            keeps_early=True,
        )
        self.initiator = Initiator(self.session, lambda: refuses, port=port)
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._redial)

    def __enter__(self) -> "Redialler":
        self.initiator.__enter__()
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_over.set()
        self.thread.join()
        self.initiator.__exit__()

    def _redial(self) -> None:
        while not self.is_over.wait(PAUSE_S):
            if self.initiator.is_idle.is_set():
                with contextlib.suppress(ConnectionRefusedError):  # the run is over
                    self.initiator.dial()
