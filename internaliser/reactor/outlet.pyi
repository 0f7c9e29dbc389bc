from enum import IntEnum

from internaliser.gateway.requests import Requests
from internaliser.reactor.ring import Ring

class RequestRingKind(IntEnum):
    RING_REQUEST = 1

def ring_bytes(requests_max: int) -> int: ...

class Outlet:
    def __init__(self, requests: Requests, ring: Ring) -> None: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def ring(self) -> Ring: ...
    @property
    def carried(self) -> int: ...
    @property
    def is_behind(self) -> int: ...
