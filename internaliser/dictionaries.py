"""The dictionary of each version that ships with the node.

dictionary_of("FIX.4.2").verdict(message)
"""

from functools import cache

from internaliser.fix.dictionary import Dictionary
from internaliser.fix.spec import load
from internaliser.resources import resource

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
) -> Dictionary:
    """Compiled for one role, once: sessions share it. `also`: MsgTypes that a 4.2 session takes in
    as 4.4 has them. `supported`: the MsgTypes taken in, where the file says others."""
    path, *carried = (resource(f"fix_specs/{name}") for name in FILES[begin_string])
    lender = LENDERS.get(begin_string) if also else None
    if lender is None:
        application = carried[0] if carried else None
        return Dictionary(
            path,
            application=application,
            role=role,
            user_defined=user_defined,
            supported=supported,
        )
    own = load(path).messages.values()
    return Dictionary(
        path,
        application=resource(f"fix_specs/{lender}"),
        role=role,
        supported=also | {one.msg_type for one in own if role in one.accepted_by},
        user_defined=user_defined,
    )
