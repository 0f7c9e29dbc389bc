"""The dictionary of each version that ships with the node.

dictionary_of("FIX.4.2").verdict(message)
"""

from functools import cache

from internaliser.fix.dictionary import Dictionary
from internaliser.resources import resource

# By BeginString: the file, or the session layer's and that of the messages it carries.
FILES: dict[str, tuple[str, ...]] = {
    "FIX.4.2": ("FIX42.xml",),
    "FIX.4.4": ("FIX44.xml",),
    "FIXT.1.1": ("FIXT11.xml", "FIX50SP2.xml"),
}


@cache
def dictionary_of(
    begin_string: str, role: str = "acceptor", *, user_defined: bool = False
) -> Dictionary:
    """Compiled for one role, once: sessions share it."""
    path, *carried = (resource(f"fix_specs/{name}") for name in FILES[begin_string])
    application = carried[0] if carried else None
    return Dictionary(path, application=application, role=role, user_defined=user_defined)
