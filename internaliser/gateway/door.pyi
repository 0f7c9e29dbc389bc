from internaliser.core.core import Core
from internaliser.gateway.access import Access
from internaliser.gateway.doorway import Doorway
from internaliser.gateway.enquiries import Enquiries
from internaliser.gateway.roster import Roster
from internaliser.gateway.steps import Steps
from internaliser.journal.writer import JournalWriter

class Door(Doorway):
    def __init__(
        self,
        core: Core,
        roster: Roster,
        steps: Steps,
        journal: JournalWriter,
        *,
        access: Access | None = None,
        connections_max: int = 1024,
        message_size_max: int = ...,
        logon_size_max: int = ...,
        output_max: int = ...,
        logon_timeout_ns: int = 10_000_000_000,
        enquiries: Enquiries | None = None,
    ) -> None: ...
    def apply(self, command: bytes, now_ns: int) -> bytes: ...
    def presence(self, session: int) -> tuple[int, int]: ...
