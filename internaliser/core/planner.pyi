def plan_ladder(
    side: int,
    limit: int,
    qty: int,
    rungs: list[tuple[int, int, int, int, int, bool]],
    slices_max: int | None = None,
) -> list[tuple[int, int, int, int]]: ...
def is_worse(
    side: int,
    price: int,
    rate: int,
    qty: int,
    rungs: list[tuple[int, int, int, int, int, bool]],
) -> bool: ...
def net(side: int, price: int, rate: int) -> int: ...
