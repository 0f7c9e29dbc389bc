"""Each `.pyi` tells the truth about its compiled module: names, members, parameters, defaults."""

import ast
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
with open(ROOT / "pyproject.toml", "rb") as file:
    COMPILED = [
        module["name"] for module in tomllib.load(file)["tool"]["setuptools"]["ext-modules"]
    ]

# name, is keyword-only, default as written (None = required; "..." = not said)
Parameter = tuple[str, bool, str | None]


def source(name: str, suffix: str) -> Path:
    return ROOT / Path(*name.split(".")).with_suffix(suffix)


STUBBED = [name for name in COMPILED if source(name, ".pyi").exists()]


def own_names(module: ModuleType) -> set[str]:
    """Public classes and functions that the module makes itself."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and callable(value)
        and getattr(value, "__module__", None) == module.__name__
    }


def stub_body(name: str) -> list[ast.stmt]:
    return ast.parse(source(name, ".pyi").read_text()).body


def stub_definitions(
    body: list[ast.stmt],
) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name, node


def stub_attributes(body: list[ast.stmt]) -> set[str]:
    names = set()
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def stub_parameters(function: ast.FunctionDef) -> list[Parameter]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [
        *(
            (name, False, default)
            for name, default in zip(positional, defaults + arguments.defaults, strict=True)
        ),
        *(
            (name, True, default)
            for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        ),
    ]
    return [
        (name.arg, keyword, None if default is None else ast.unparse(default))
        for name, keyword, default in pairs
        if name.arg not in ("self", "cls")
    ]


def real_parameters(function: object) -> list[Parameter]:
    assert callable(function)
    return [
        (
            parameter.name,
            parameter.kind is parameter.KEYWORD_ONLY,
            None if parameter.default is parameter.empty else repr(parameter.default),
        )
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in ("self", "cls")
    ]


def constructor_parameters(name: str, class_name: str) -> list[tuple[str, bool, bool]]:
    """Of a compiled class, read from its source: name, is keyword-only, has a default."""
    text = source(name, ".pyx").read_text()
    body = re.search(rf"^(?:cdef )?class {class_name}\b.*?(?=^\S|\Z)", text, re.M | re.S)
    for method in ("__init__", "__cinit__"):
        found = body and re.search(
            rf"    def {method}\(\s*self\s*,?(.*?)\)( -> None)?:\n", body[0], re.S
        )
        if found:
            return declared_parameters(found[1])
    return []


def declared_parameters(text: str) -> list[tuple[str, bool, bool]]:
    parameters, is_keyword = [], False
    for part in re.sub(r"#.*", "", text).replace("\n", " ").split(","):
        left, equals, _ = part.replace(" not None", "").partition("=")
        words = re.split(r"[\s*&]+", left.partition(":")[0].strip())
        if left.strip() == "*":
            is_keyword = True
        elif words != [""] and not left.strip().startswith("*"):
            parameters.append((words[-1], is_keyword, bool(equals)))
    return parameters


def differences(stub: list[Parameter], real: list[Parameter]) -> bool:
    if [parameter[:2] for parameter in stub] != [parameter[:2] for parameter in real]:
        return True
    for (_, _, said), (_, _, default) in zip(stub, real, strict=True):
        if (said is None) != (default is None):
            return True
        if said is None or default is None or said == "...":
            continue
        if ast.literal_eval(said) != ast.literal_eval(default):
            return True
    return False


@pytest.mark.parametrize("name", COMPILED)
def test_a_compiled_module_with_something_for_python_has_a_stub(name: str) -> None:
    if own_names(importlib.import_module(name)):
        assert source(name, ".pyi").exists()


@pytest.mark.parametrize("name", STUBBED)
def test_a_stub_declares_what_the_module_makes_and_nothing_else(name: str) -> None:
    module = importlib.import_module(name)
    body = stub_body(name)
    declared = {defined for defined, _ in stub_definitions(body)} | stub_attributes(body)
    assert own_names(module) - declared == set()
    assert {
        name for name in declared if not (name.startswith("_") or hasattr(module, name))
    } == set()


@pytest.mark.parametrize("name", STUBBED)
def test_functions_take_what_their_stub_says(name: str) -> None:
    module = importlib.import_module(name)
    for defined, node in stub_definitions(stub_body(name)):
        if isinstance(node, ast.FunctionDef):
            assert not differences(
                stub_parameters(node), real_parameters(getattr(module, defined))
            ), defined


def stubbed_classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for name in STUBBED:
        for _, node in stub_definitions(stub_body(name)):
            if isinstance(node, ast.ClassDef):
                yield name, node


@pytest.mark.parametrize(
    ("name", "node"),
    [pytest.param(name, node, id=f"{name}.{node.name}") for name, node in stubbed_classes()],
)
def test_classes_have_the_members_their_stub_says(name: str, node: ast.ClassDef) -> None:
    real = getattr(importlib.import_module(name), node.name)
    methods = dict(stub_definitions(node.body))
    said = {
        member for member in {*methods, *stub_attributes(node.body)} if not member.startswith("_")
    }
    made = {member for member in vars(real) if not member.startswith("_")}
    assert said == made
    for member, function in methods.items():
        assert isinstance(function, ast.FunctionDef)
        value = inspect.getattr_static(real, member)
        is_property = any(ast.unparse(mark) == "property" for mark in function.decorator_list)
        assert is_property == inspect.isdatadescriptor(value), member
        if is_property or member in ("__init__", "__new__"):
            continue
        if inspect.isroutine(value) and not member.startswith("__"):
            assert not differences(
                stub_parameters(function), real_parameters(getattr(real, member))
            ), member


@pytest.mark.parametrize(
    ("name", "node"),
    [pytest.param(name, node, id=f"{name}.{node.name}") for name, node in stubbed_classes()],
)
def test_constructors_take_what_their_stub_says(name: str, node: ast.ClassDef) -> None:
    methods = dict(stub_definitions(node.body))
    said = methods.get("__init__", methods.get("__new__"))
    parameters = stub_parameters(said) if isinstance(said, ast.FunctionDef) else []
    assert [
        (argument, is_keyword, default is not None) for argument, is_keyword, default in parameters
    ] == constructor_parameters(name, node.name)
