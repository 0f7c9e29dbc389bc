"""Compiles the small extensions these tests drive the nogil rooms with."""

import hashlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from Cython.Build import cythonize
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

import internaliser

HERE = Path(__file__).parent
PACKAGE = Path(internaliser.__file__).parent


def build(name: str, folder: Path) -> Path:
    """`name`.pyx of this folder as an extension in `folder`, which may already hold it."""
    found = list(folder.glob(f"{name}.*.so"))
    if found:
        return found[0]
    folder.mkdir(parents=True, exist_ok=True)
    extension = Extension(name, [str(HERE / f"{name}.pyx")], extra_compile_args=["-O2"])
    extensions = cythonize(
        [extension],
        build_dir=str(folder / "c"),
        include_path=[str(PACKAGE.parent)],
        compiler_directives={"language_level": "3", "freethreading_compatible": False},
        quiet=True,
    )
    command = build_ext(Distribution({"ext_modules": extensions}))
    command.build_lib = str(folder)
    command.build_temp = str(folder / "o")
    command.ensure_finalized()
    command.run()
    return next(folder.glob(f"{name}.*.so"))


@pytest.fixture(scope="session")
def compiled(pytestconfig: pytest.Config) -> Callable[[str], ModuleType]:
    """`compiled(name)`: the extension module built from tests/reactor/`name`.pyx, kept until a source changes."""
    digest = hashlib.sha256()
    for source in sorted([*HERE.glob("*.pyx"), *PACKAGE.rglob("*.pxd")]):
        digest.update(source.read_bytes())
    cache = pytestconfig.cache.mkdir(f"reactor-{digest.hexdigest()[:16]}")

    def load(name: str) -> ModuleType:
        if name not in sys.modules:
            spec = importlib.util.spec_from_file_location(name, build(name, cache))
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            sys.modules[name] = module
        return sys.modules[name]

    return load
