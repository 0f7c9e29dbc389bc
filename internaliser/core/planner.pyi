from collections.abc import Sequence

_Rung = tuple[int, int, int, int, int, bool] | tuple[int, int, int, int, int, bool, int, int]

def plan_ladder(
    side: int,
    limit: int,
    qty: int,
    rungs: Sequence[_Rung],
    slices_max: int | None = None,
) -> list[tuple[int, int, int, int]]: ...
def is_worse(
    side: int,
    price: int,
    rate: int,
    qty: int,
    rungs: Sequence[_Rung],
) -> bool: ...
def net(side: int, price: int, rate: int) -> int: ...
