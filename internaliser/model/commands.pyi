from collections.abc import Mapping

def config_command(
    kind: str, values: Mapping[str, int], *, name: str = "", note: str = ""
) -> bytes: ...
def admin_command(
    action: str,
    *,
    client: int | None = None,
    source: int | None = None,
    target_id: int = 0,
    qty: int = 0,
    price: int = 0,
    transfer: Mapping[str, int] | None = None,
    note: str = "",
) -> bytes: ...
def epoch_command(epoch: int, rules_version: int) -> bytes: ...
