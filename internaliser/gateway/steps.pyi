from internaliser.core.core import Core
from internaliser.gateway.roster import Roster
from internaliser.journal.writer import JournalWriter

class Steps:
    def __init__(self, core: Core, roster: Roster) -> None: ...
    def open_journal(self, journal: JournalWriter) -> None: ...
