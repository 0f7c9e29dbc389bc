"""What an installation gets: every package, every compiled module, the files beside the package."""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from internaliser.dictionaries import FILES
from internaliser.resources import resource

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "internaliser"
with open(ROOT / "pyproject.toml", "rb") as file:
    PROJECT = tomllib.load(file)
SETUPTOOLS = PROJECT["tool"]["setuptools"]
SHIPPED: dict[str, str] = SETUPTOOLS["package-dir"]


def test_every_package_of_the_tree_is_listed() -> None:
    tree = {".".join(path.parent.relative_to(ROOT).parts) for path in HOUSE.rglob("__init__.py")}
    assert set(SETUPTOOLS["packages"]) - set(SHIPPED) == tree


def test_compiled_modules_are_built_alike() -> None:
    for module in SETUPTOOLS["ext-modules"]:
        assert module["sources"] == [module["name"].replace(".", "/") + ".pyx"]
        assert module["extra-compile-args"] in (["-O3", "-g0"], ["-O1", "-g0"], ["-O0", "-g0"])


def test_a_source_archive_has_its_build_backend() -> None:
    (folder,) = PROJECT["build-system"]["backend-path"]
    backend = f"{folder}/{PROJECT['build-system']['build-backend']}.py"
    assert [backend] in [module.get("depends") for module in SETUPTOOLS["ext-modules"]]
    if (ROOT / "README.md").exists():  # the checkout, not a copy of the tests beside a wheel
        assert (ROOT / backend).exists()


def test_every_kind_of_file_in_the_packages_is_shipped() -> None:
    listed = SETUPTOOLS["package-data"].values()
    patterns = {Path(pattern).name for kind in listed for pattern in kind}
    folders = [HOUSE, *(ROOT / folder for folder in SHIPPED.values())]
    kinds = {
        path.name if path.name in patterns else f"*{path.suffix}"
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    made_here = {"*.py", "*.pyx", "*.c", "*.so"}
    assert kinds - made_here - patterns == set()


@pytest.mark.parametrize(
    "name",
    [
        *(f"fix_specs/{name}" for names in FILES.values() for name in names),
        "config/demo.toml",
        "config/plain.toml",
        "config/reference.toml",
    ],
)
def test_shipped_files_are_found(name: str) -> None:
    assert resource(name).read_bytes() == (ROOT / name).read_bytes()


def test_every_dependency_has_an_upper_bound() -> None:
    optional = PROJECT["project"]["optional-dependencies"].values()
    for requirement in [
        *PROJECT["project"]["dependencies"],
        *(r for group in optional for r in group),
    ]:
        assert re.search(r">=[\d.]+,<[\d.]+", requirement), requirement


def test_tests_build_with_what_the_package_is_built_with() -> None:
    build = set(PROJECT["build-system"]["requires"])
    assert build <= set(PROJECT["project"]["optional-dependencies"]["test"])


def test_the_command_is_installed_when_the_package_is() -> None:
    try:
        entry_points = metadata.distribution("internaliser").entry_points
    except metadata.PackageNotFoundError:
        pytest.skip("built in place, not installed")
    assert entry_points["internaliser"].value == PROJECT["project"]["scripts"]["internaliser"]


def test_this_python_is_one_we_support() -> None:
    assert sys.version_info >= (3, 11)
    assert PROJECT["project"]["requires-python"] == ">=3.11"
