"""Files that ship with the node: dictionaries and example configurations.

In a checkout they lie beside the package; in an installation inside it (pyproject maps them).
"""

from pathlib import Path

from internaliser.errors import DataError

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The file `name` ("fix_specs/FIX44.xml"). DataError when the installation lacks it."""
    for root in (_PACKAGE.parent, _PACKAGE / "shipped"):
        if (root / name).is_file():
            return root / name
    where = f"looked beside {_PACKAGE} and in its folder shipped"
    raise DataError(f"{name} is missing from this installation ({where})")
