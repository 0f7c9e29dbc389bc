"""Plain values into dataclasses, of any shape: the reader knows none of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal

from hypothesis import given
from hypothesis import strategies as st

from internaliser.config.lines import Path
from internaliser.config.reader import nearest, read_section
from internaliser.config.sections import Between, Config, Length


@dataclass(frozen=True)
class Leaf:
    price: Decimal
    tag: Annotated[str, Length(3)] = "x"


@dataclass(frozen=True)
class Tree:
    count: Annotated[int, Between(1, 9)]
    kind: Literal["a", 1] = "a"
    is_on: bool = False
    leaves: tuple[Leaf, ...] = ()
    named: Mapping[str, Leaf] = field(default_factory=dict)
    maybe: Decimal | None = None


def read(raw: object) -> tuple[Tree | None, list[tuple[Path, str]]]:
    told: list[tuple[Path, str]] = []
    value = read_section(Tree, raw, (), lambda path, text: told.append((path, text)))
    return value, told


def test_every_shape_is_read() -> None:
    raw = {
        "count": 3,
        "kind": 1,
        "is_on": True,
        "leaves": [{"price": "1.50"}, {"price": 2, "tag": "abc"}],
        "named": {"one": {"price": "0.1"}},
        "maybe": "7",
    }
    leaves = (Leaf(Decimal("1.50")), Leaf(Decimal(2), "abc"))
    tree = Tree(3, 1, True, leaves, {"one": Leaf(Decimal("0.1"))}, Decimal(7))
    assert read(raw) == (tree, [])


def test_defaults_stand_in_for_what_is_left_out() -> None:
    assert read({"count": 3}) == (Tree(3), [])


def test_each_mistake_is_told_with_its_path_and_nothing_is_built() -> None:
    raw = {
        "kind": True,
        "is_on": 1,
        "leaves": [{"price": "x"}, {"price": "1", "tag": ""}, 5],
        "named": {"one": {}},
        "extra": 1,
    }
    value, told = read(raw)
    assert value is None
    assert [path for path, _ in told] == [
        ("extra",),
        ("count",),
        ("kind",),
        ("is_on",),
        ("leaves", 0, "price"),
        ("leaves", 1, "tag"),
        ("leaves", 2),
        ("named", "one", "price"),
    ]


def test_the_nearest_name_is_told_or_all_of_them() -> None:
    assert nearest("prt", ["host", "port"]) == "; nearest known key is port"
    assert nearest("zzz", ["host", "port"]) == "; known keys are host, port"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["fix", "port", "assets", "name", "clients", "funding", "USD", "tick"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_whatever_stands_there_is_read_or_told_never_raised(raw: object) -> None:
    told: list[tuple[Path, str]] = []
    value = read_section(Config, raw, (), lambda path, text: told.append((path, text)))
    assert (value is None) <= bool(told)
    assert all("\n" not in text for _, text in told)
