"""The configuration of a node: TOML in, frozen typed sections out.

Every key is explained in `config/reference.toml`.
"""

from internaliser.config.load import load, parse
from internaliser.config.render import render
from internaliser.config.sections import Config

__all__ = ["Config", "load", "parse", "render"]
