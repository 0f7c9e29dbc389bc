"""The dictionary of each version that ships with the node.

dictionary_of("FIX.4.2").verdict(message)
"""

import re
from functools import cache

from internaliser.fix.dictionary import Dictionary
from internaliser.fix.spec import load
from internaliser.resources import resource

_MSG_TYPE = re.compile(r"""\bmsgtype=["']([^"']+)""")
FIELDS_MAX = 2048  # fix/codec.pxd: fields kept of one message

# By BeginString: the file, or the session layer's and that of the messages it carries.
FILES: dict[str, tuple[str, ...]] = {
    "FIX.4.2": ("FIX42.xml",),
    "FIX.4.4": ("FIX44.xml",),
    "FIXT.1.1": ("FIXT11.xml", "FIX50SP2.xml"),
}


# A version may take in messages of a later one, for a client that asks for them.
LENDERS = {"FIX.4.2": "FIX44.xml"}


@cache
def dictionary_of(
    begin_string: str,
    role: str = "acceptor",
    *,
    user_defined: bool = False,
    also: frozenset[str] = frozenset(),
    supported: tuple[str, ...] | None = None,
    fields_max: int = FIELDS_MAX,
    instances_max: int = FIELDS_MAX,
    dialect: str | None = None,
) -> Dictionary:
    """Compiled for one role, once: sessions share it. `also`: MsgTypes that a 4.2 session takes in
    as 4.4 has them. `supported`: the MsgTypes taken in, where the file says others. The limits are
    those of the Dictionary. `dialect`: the file of a counterparty's (fix/dialect.py)."""
    path, *carried = (resource(f"fix_specs/{name}") for name in FILES[begin_string])
    application = carried[0] if carried else None
    if also and begin_string in LENDERS:
        own = load(path).messages.values()
        application = resource(f"fix_specs/{LENDERS[begin_string]}")
        supported = (*also, *(one.msg_type for one in own if role in one.accepted_by))
    return Dictionary(
        path,
        application=application,
        dialect=dialect,
        role=role,
        supported=supported,
        foreign=_all_msg_types(),
        user_defined=user_defined,
        fields_max=fields_max,
        instances_max=instances_max,
    )


@cache
def _all_msg_types() -> frozenset[str]:
    """What some version knows, another one does not offer: that is not the same as no MsgType."""
    texts = (
        resource(f"fix_specs/{name}").read_text() for names in FILES.values() for name in names
    )
    return frozenset(kind for text in texts for kind in _MSG_TYPE.findall(text))
