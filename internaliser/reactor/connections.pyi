from internaliser.gateway.links import Links
from internaliser.reactor.dials import Dials
from internaliser.reactor.lingerers import Lingerers

class Connections:
    def __init__(
        self,
        epoll_fd: int,
        door: Links,
        dials: Dials,
        lingerers: Lingerers,
        *,
        read_max: int,
        output_max: int,
        linger_ns: int,
    ) -> None: ...
    def counters(self) -> dict[str, int]: ...
