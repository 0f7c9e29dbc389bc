from typing import Literal

from internaliser.gateway.links import Links
from internaliser.reactor.adoptions import Adoptions
from internaliser.reactor.asking import Asking
from internaliser.reactor.outlet import Outlet
from internaliser.reactor.ring import Ring

STATES: tuple[str, ...]

class Reactor:
    def __init__(
        self,
        door: Links,
        commands: Ring,
        *,
        views: Ring | None = None,
        outlet: Outlet | None = None,
        asking: Asking | None = None,
        answers: Ring | None = None,
        wait: Literal["block", "spin"] = "block",
        core: int = -1,
        slice_us: int = 0,
        realtime: int = 0,
        events_max: int = 256,
        read_max: int = 32768,
        accept_max: int = 16,
        commands_max: int = 256,
        views_max: int = 64,
        answers_max: int = 32,
        output_max: int = ...,
        linger_ms: int = 2000,
        connect_ms: int = 5000,
        drain_ms: int = 5000,
    ) -> None: ...
    def listen(self, host: str = "127.0.0.1", port: int = 0, *, unsent_max: int = 0) -> int: ...
    def dial(
        self,
        session: int,
        host: str,
        port: int,
        *,
        backoff_min_ms: int = 200,
        backoff_max_ms: int = 10_000,
    ) -> None: ...
    def run(self) -> None: ...
    def stop(self) -> None: ...
    def fileno(self) -> int: ...
    def counters(self) -> dict[str, int]: ...
    @property
    def door(self) -> Links: ...
    @property
    def adoptions(self) -> Adoptions: ...
    @property
    def commands(self) -> Ring: ...
    @property
    def views(self) -> Ring | None: ...
    @property
    def outlet(self) -> Outlet | None: ...
    @property
    def asking(self) -> Asking | None: ...
    @property
    def ports(self) -> list[int]: ...
    @property
    def state(self) -> Literal["new", "running", "stopping", "ended", "halted"]: ...
