from internaliser.core.core import Core

def decode(
    core: Core, message: bytes, *, session: int = 0, client: int = 0
) -> tuple[int, bytes]: ...
