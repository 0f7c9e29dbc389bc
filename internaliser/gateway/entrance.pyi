from internaliser.gateway.access import Access
from internaliser.gateway.enquiries import Enquiries
from internaliser.gateway.links import Links

class Entrance(Links):
    @property
    def access(self) -> Access: ...
    @property
    def enquiries(self) -> Enquiries | None: ...
    def connect(
        self,
        now_ns: int,
        session: int | None = None,
        *,
        address: bytes | None = None,
        certified: bytes | None = None,
    ) -> int: ...
    def answer(self, record: bytes, now_ns: int) -> None: ...
