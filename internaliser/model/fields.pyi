from typing import Any

KINDS: dict[int, str]
ADMINS: dict[int, str]
CONFIGS: dict[int, str]
STATUSES: dict[int, str]

def record_fields(record: bytes) -> dict[str, Any]: ...
def order_key(record: bytes) -> tuple[str, int]: ...
