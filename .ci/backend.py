"""setuptools as the build backend, with the modules translated to C on every core first.

setuptools compiles C on every core, but has Cython translate one module after the other in its own
process, which spends a third of that time in the garbage collector, over a heap that only grows.
"""

import gc
import os
import tomllib
from pathlib import Path
from typing import Any

from setuptools import Extension, build_meta
from setuptools.build_meta import *  # noqa: F403  (what is not replaced below is setuptools' own)


def build_wheel(*args: Any, **options: Any) -> str:
    """See setuptools.build_meta."""
    translate()
    return build_meta.build_wheel(*args, **options)


def build_editable(*args: Any, **options: Any) -> str:
    """See setuptools.build_meta."""
    translate()
    return build_meta.build_editable(*args, **options)


def translate() -> None:
    """The .c file of every .pyx that changed, as pyproject.toml names them. Run in its folder."""
    from Cython.Build import cythonize  # not there yet when pip asks what the build requires

    tool = tomllib.loads(Path("pyproject.toml").read_text())["tool"]
    modules = [
        Extension(module["name"], module["sources"]) for module in tool["setuptools"]["ext-modules"]
    ]
    directives = tool["distutils"]["build_ext"]["cython-directives"]
    gc.disable()  # in the processes that translate, too: some 700 MB over all of them, once
    cythonize(modules, nthreads=os.cpu_count() or 1, compiler_directives=directives)
    gc.enable()
