from internaliser.feed.books import LocalBooks
from internaliser.feed.copies import Copies
from internaliser.feed.market import Market
from internaliser.gateway.access import Access
from internaliser.gateway.enquiries import Enquiries
from internaliser.gateway.entrance import Entrance
from internaliser.gateway.roster import Roster
from internaliser.journal.reader import JournalReader

class FeedDoor(Entrance):
    def __init__(
        self,
        roster: Roster,
        books: LocalBooks,
        tail: JournalReader,
        *,
        access: Access | None = None,
        enquiries: Enquiries | None = None,
        connections_max: int = 1024,
        message_size_max: int = ...,
        logon_size_max: int = 65536,
        output_max: int = ...,
        logon_timeout_ns: int = 10_000_000_000,
        poll_ms: int = 1,
        idle_ms: int = 50,
    ) -> None: ...
    @property
    def records(self) -> int: ...
    @property
    def is_current(self) -> bool: ...
    @property
    def market(self) -> Market: ...
    def serve(self, market: Market, copies: Copies) -> None: ...
