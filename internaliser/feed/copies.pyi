from collections.abc import Iterable

from internaliser.core.core import Core
from internaliser.gateway.links import Links
from internaliser.gateway.roster import Roster
from internaliser.journal.reader import JournalReader

class Copies:
    def __init__(
        self,
        roster: Roster,
        names: Core,
        links: Links,
        tail: JournalReader,
        *,
        capacity: int,
        behind_bytes: int = 262144,
    ) -> None: ...
    @property
    def replaying_count(self) -> int: ...
    @property
    def sent(self) -> int: ...
    @property
    def detached(self) -> int: ...
    def open_copy(self, session: int, accounts: Iterable[int]) -> None: ...
