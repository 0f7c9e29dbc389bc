class Names:
    """An index for tests and tools: 32-bit tags, each with any number of names (0 to 2**31 - 1)."""

    def __init__(self) -> None: ...
    def __len__(self) -> int: ...
    @property
    def is_moving(self) -> bool:
        """Whether entries are still in the table before the last doubling."""

    def put(self, tag: int, name: int) -> None:
        """Add a pair; a name is put once."""

    def remove(self, tag: int, name: int) -> None:
        """Remove a pair; nothing happens if there is none."""

    def reserve(self, names: int) -> None:
        """Have room for so many more at once."""

    def ahead(self) -> None:
        """Make the next table now if the present one is more than half full."""

    def names(self, tag: int) -> list[int]:
        """All names under `tag`."""
