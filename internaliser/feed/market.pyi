from internaliser.core.core import Core
from internaliser.feed.books import LocalBooks
from internaliser.feed.outside import OutsideBooks
from internaliser.feed.readers import Readers
from internaliser.gateway.links import Links
from internaliser.gateway.roster import Roster

class Market:
    def __init__(
        self,
        books: LocalBooks,
        outside: OutsideBooks,
        names: Core,
        roster: Roster,
        links: Links,
        *,
        depth_max: int = 1000,
        subscriptions_max: int = 65536,
        behind_bytes: int = 262144,
        is_aggregated: bool = True,
    ) -> None: ...
    @property
    def published(self) -> int: ...
    @property
    def conflated(self) -> int: ...
    @property
    def readers(self) -> Readers: ...
