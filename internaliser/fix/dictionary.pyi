from collections.abc import Iterable
from os import PathLike
from typing import NamedTuple

from internaliser.fix.codec import Header, _Data
from internaliser.fix.spec import Spec

class Judgement(NamedTuple):
    reason: int
    ref_tag: int | None

class Dictionary:
    begin_string: str
    path: str
    spec: Spec
    def __init__(
        self,
        path: str | PathLike[str],
        *,
        application: str | PathLike[str] | None = None,
        dialect: str | PathLike[str] | None = None,
        role: str = "acceptor",
        supported: Iterable[str] | None = None,
        foreign: Iterable[str] = ...,
        user_defined: bool = False,
        group_order: bool = True,
        fields_max: int = ...,
        instances_max: int = ...,
    ) -> None: ...
    def verdict(self, data: _Data) -> Judgement: ...

class Checker:
    def __init__(self, dictionary: Dictionary) -> None: ...
    def verdict(self, data: _Data) -> Judgement: ...
    def fields(self, data: _Data) -> list[tuple[int, bytes]]: ...
    def header(self, data: _Data) -> Header: ...
