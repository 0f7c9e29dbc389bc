from typing import Any

from internaliser.core.core import Core

def read_request(
    names: Core, message: bytes, *, depth_max: int, is_aggregated: bool = True
) -> tuple[dict[str, Any] | None, bytes | None]: ...
