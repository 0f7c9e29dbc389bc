"""The versions say the same things, each in its own words."""

import pytest

from internaliser.certify.script import parse_script
from internaliser.certify.versions import VERSIONS, Version
from internaliser.dictionaries import dictionary_of


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_every_version_knows_every_phrase(version: Version) -> None:
    assert set(version.phrases) == set(VERSIONS["FIX.4.4"].phrases)
    for phrase in version.phrases:
        (step,) = parse_script([(1, f"< 8|{phrase}")], version.phrases)
        assert step.conditions


def test_a_fill_differs_between_the_versions() -> None:
    assert VERSIONS["FIX.4.2"].phrases["filled"] == "20=0|150=2|39=2"
    assert VERSIONS["FIX.4.4"].phrases["filled"] == "150=F|39=2"
    assert VERSIONS["FIXT.1.1"].phrases["filled"] == "150=F|39=2"


def test_exec_trans_type_is_required_in_42_and_absent_later() -> None:
    assert 20 in VERSIONS["FIX.4.2"].required["8"]
    assert 20 in VERSIONS["FIX.4.4"].absent["8"]
    assert VERSIONS["FIXT.1.1"].absent["8"] == (20,)


def test_codes_are_those_of_our_dictionaries() -> None:
    for name, version in VERSIONS.items():
        fields = dictionary_of(name).spec.fields
        assert {tag: set(fields[tag].values) for tag in version.values} == version.values
