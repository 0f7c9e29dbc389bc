from collections.abc import Sequence

from internaliser.gateway.failures import Failures

class Access:
    def __init__(
        self,
        connections_max: int,
        *,
        failures: Failures | None = None,
        per_address_max: int = 1024,
    ) -> None: ...
    @property
    def failures(self) -> Failures: ...
    @property
    def per_address_max(self) -> int: ...
    @property
    def refused_count(self) -> int: ...
    def configure(
        self,
        client: int,
        *,
        needs_certificate: bool = False,
        is_checked: bool = False,
        networks: Sequence[tuple[bytes, int]] = (),
    ) -> None: ...
    def glance(self, link: int) -> tuple[bytes, int]: ...
