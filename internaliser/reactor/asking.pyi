from enum import IntEnum

from internaliser.gateway.enquiries import Enquiries
from internaliser.reactor.ring import Ring

class AskingRingKind(IntEnum):
    RING_QUESTION = 1
    RING_CREDENTIALS = 2

class Asking:
    def __init__(self, enquiries: Enquiries, ring: Ring) -> None: ...
    @property
    def enquiries(self) -> Enquiries: ...
    @property
    def ring(self) -> Ring: ...
    @property
    def carried(self) -> int: ...
    @property
    def is_behind(self) -> int: ...
