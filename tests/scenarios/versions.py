"""What scenarios that are played in every version call things, and what it is on each wire."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """`added`: fields that messages of a type get where the scenario is silent about them."""

    begin_string: str
    added: Mapping[str, tuple[tuple[str, str], ...]]
    phrases: Mapping[str, str]


_COMMON = {
    "canceled": "150=4|39=4",
    "pending-cancel": "150=6|39=6",
    "pending-replace": "150=E|39=E",
    "expired": "150=C|39=C",
    "rejected": "150=8|39=8",
}
_LATER = {
    **_COMMON,
    "new": "150=0|39=0|20=",
    "part-filled": "150=F|39=1",
    "filled": "150=F|39=2",
    "part-filled-under-cancel": "150=F|39=6",
    "part-filled-under-replace": "150=F|39=E",
    "filled-under-cancel": "150=F|39=6",
    "replaced": "150=5|39=0",
    "part-replaced": "150=5|39=1",
    "fill-replaced": "150=5|39=2",
    "duplicate-of-new": "150=8|39=0|103=6",
    "duplicate-of-canceled": "150=8|39=4|103=6",
    "status-new": "150=I|39=0",
    "status-part-filled": "150=I|39=1",
    "status-filled": "150=I|39=2",
    "status-canceled": "150=I|39=4",
    "status-unknown": "150=I|39=8|103=5|37=NONE",
    "name-used": "102=6",
    "by-operator": "378=8",
    "link-lost": "378=99",
    "logged-out": "378=99",
    "off-tick": "103=99",
    "unsupported": "103=11",
}

FIX42 = Version(
    "FIX.4.2",
    {"D": (("21", "1"),), "G": (("21", "1"),)},
    {
        **{name: f"20=0|{fields}" for name, fields in _COMMON.items()},
        "new": "20=0|150=0|39=0",
        "part-filled": "20=0|150=1|39=1|851=",
        "filled": "20=0|150=2|39=2|851=",
        "part-filled-under-cancel": "20=0|150=1|39=6",
        "part-filled-under-replace": "20=0|150=1|39=E",
        "filled-under-cancel": "20=0|150=2|39=6",
        "replaced": "20=0|150=5|39=5",
        "part-replaced": "20=0|150=5|39=1",
        "fill-replaced": "20=0|150=5|39=2",
        "duplicate-of-new": "20=0|150=8|39=0|103=6",
        "duplicate-of-canceled": "20=0|150=8|39=4|103=6",
        "status-new": "20=3|150=0|39=0",
        "status-part-filled": "20=3|150=1|39=1",
        "status-filled": "20=3|150=2|39=2",
        "status-canceled": "20=3|150=4|39=4",
        "status-unknown": "20=3|150=8|39=8|103=5|37=NONE",
        "name-used": "102=2",
        "by-operator": "378=4",
        "link-lost": "378=",
        "logged-out": "378=",
        "off-tick": "103=0",
        "unsupported": "103=0",
    },
)
FIX44 = Version("FIX.4.4", {}, _LATER)
FIX50 = Version(
    "FIXT.1.1",
    {"A": (("1137", "9"),)},
    {**_LATER, "off-tick": "103=18", "link-lost": "378=12", "logged-out": "378=13"},
)
VERSIONS = (FIX42, FIX44, FIX50)
