from collections.abc import Mapping

def offered(
    levels: list[tuple[int, int]], terms: Mapping[str, int]
) -> list[tuple[int, int, int]]: ...
