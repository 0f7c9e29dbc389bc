def run_bench(
    links: list[tuple[int, str, int, int]],
    *,
    begin_string: str = "FIX.4.4",
    target: str = "NODE",
    symbol: str = "TEST1",
    price: str = "1",
    qty: str = "1",
    orders: int = 10_000,
    rate_per_s: int = 0,
    outstanding: int = 1,
    seconds: float = 0,
    warm_up: int = 200,
    quiet_s: float = 5,
) -> dict[str, int | float]: ...

class Load:
    def __init__(self, link_count: int) -> None: ...
    def add(self, number: int, fd: int, sender: str, next_out: int, next_in: int) -> None: ...
    def run(self) -> dict[str, int | float]: ...
