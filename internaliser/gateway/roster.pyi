from internaliser.fix.dictionary import Dictionary
from internaliser.gateway.sent import SentStore
from internaliser.journal.writer import JournalWriter

class Roster:
    @property
    def capacity(self) -> int: ...
    def __init__(self, capacity: int, sent: SentStore) -> None: ...
    def open_journal(self, journal: JournalWriter) -> None: ...
    def configure(
        self,
        index: int,
        *,
        begin_string: str,
        ours: str,
        theirs: str,
        dictionary: Dictionary,
        client: int | None = None,
        source: int | None = None,
        heart_bt_s: int = 30,
        reset_on_logon: bool = False,
        limits: dict[str, int] | None = None,
        cancels: int = 0,
        grace_ns: int = 0,
        early_bytes_max: int = ...,
        next_expected: str = "answered",
        tells_last: bool = False,
        test_session: str = "any",
        too_low: str = "logout",
    ) -> None: ...
    def rows(self) -> list[dict[str, object]]: ...
    def counters(self) -> bytes: ...
    def counters_of(self, index: int) -> tuple[int, int]: ...
    def restore_counters(self, counters: bytes) -> None: ...
