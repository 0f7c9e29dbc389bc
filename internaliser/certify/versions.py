"""What differs between the FIX versions, as data: one clause serves all of them.

A phrase is a word that a clause writes among its conditions ("< 8|filled|11={a}"); each version
says what it means on its wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Fields = tuple[tuple[int, str], ...]

# Required in what we receive, beside the standard header and trailer (of every version).
_REQUIRED: dict[str, tuple[int, ...]] = {
    "2": (7, 16),
    "3": (45,),
    "4": (36,),
    "A": (98, 108),
    "1": (112,),
    "8": (37, 17, 150, 39, 54, 151, 14),
    "9": (37, 11, 39, 434),
    "j": (372, 380),
}


def _range(last: int, *more: int) -> frozenset[str]:
    return frozenset(str(number) for number in (*range(last + 1), *more))


@dataclass(frozen=True, slots=True)
class Version:
    """One row of the table. `added`: fields a message of that type needs when a clause is silent
    about them. `absent`: tags that the version does not know in that message. `values`: what the
    version lists for a code, where versions differ."""

    name: str
    begin_string: str
    phrases: Mapping[str, str]
    added: Mapping[str, Fields]
    required: Mapping[str, tuple[int, ...]]
    absent: Mapping[str, tuple[int, ...]]
    values: Mapping[int, frozenset[str]]


_FIX42 = Version(
    name="FIX.4.2",
    begin_string="FIX.4.2",
    phrases={
        "new": "20=0|150=0|39=0",
        "part-filled": "20=0|150=1|39=1",
        "filled": "20=0|150=2|39=2",
        "canceled": "20=0|150=4|39=4",
        "replaced": "20=0|150=5|39=0 or 5",
        "part-replaced": "20=0|150=5|39=1 or 5",
        "fill-replaced": "20=0|150=5|39=2 or 5",
        "rejected": "20=0|150=8|39=8",
        "duplicate": "20=0|150=8|103=6",
        "status": "20=3",
        "name-used": "102",
        "tag-repeated": "45",  # 4.2 has no reason of its own for these
        "tag-misplaced": "45",
    },
    added={"D": ((21, "1"),), "G": ((21, "1"),)},
    required=_REQUIRED | {"8": (*_REQUIRED["8"], 6, 20, 55), "9": (*_REQUIRED["9"], 41)},
    absent={"8": (479, 528, 851, 880, 1057)},
    values={
        39: frozenset("0123456789ABCDE"),
        150: frozenset("0123456789ABCDE"),
        102: _range(3),
        103: _range(8),
        373: _range(11),
        378: _range(5),
        380: _range(5),
    },
)

_PHRASES = {
    "new": "150=0|39=0",
    "part-filled": "150=F|39=1",
    "filled": "150=F|39=2",
    "canceled": "150=4|39=4",
    "replaced": "150=5|39=0",
    "part-replaced": "150=5|39=1",
    "fill-replaced": "150=5|39=2",
    "rejected": "150=8|39=8",
    "duplicate": "150=8|103=6",
    "status": "150=I",
    "name-used": "102=6",
    "tag-repeated": "373=13",
    "tag-misplaced": "373=14",
}

_FIX44 = Version(
    name="FIX.4.4",
    begin_string="FIX.4.4",
    phrases=_PHRASES,
    added={},
    required=_REQUIRED | {"8": (*_REQUIRED["8"], 6), "9": (*_REQUIRED["9"], 41)},
    absent={"8": (20, 880, 1057)},
    values={
        39: frozenset("012346789ABCDE"),
        150: frozenset("03456789ABCDEFGHI"),
        102: _range(6, 99),
        103: _range(11, 13, 14, 15, 99),
        373: _range(17, 99),
        378: _range(10, 99),
        380: _range(7),
    },
)

_FIXT11 = Version(
    name="FIXT.1.1",
    begin_string="FIXT.1.1",
    phrases=_PHRASES,
    added={"A": ((1137, "9"),)},
    required=_REQUIRED | {"A": (98, 108, 1137)},
    absent={"8": (20,)},
    values={
        39: frozenset("0123456789ABCDE"),
        150: frozenset("03456789ABCDEFGHIJKLMN"),
        102: _range(8, 18, 99),
        103: _range(16, *range(18, 30), 99),
        373: _range(18, 99),
        378: _range(20, 99),
        380: _range(10, 18),
    },
)

VERSIONS: dict[str, Version] = {version.name: version for version in (_FIX42, _FIX44, _FIXT11)}
