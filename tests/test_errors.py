"""Exceptions say where, and how the process ends."""

from internaliser.errors import ConfigError, ControlError, DataError, Mistake, UsageError


def test_a_mistake_names_what_is_known_of_its_place() -> None:
    assert str(Mistake("f", 3, "a.b", "bad")) == "f:3: a.b: bad"
    assert str(Mistake("f", 0, "a.b", "bad")) == "f: a.b: bad"
    assert str(Mistake("f", 3, "", "bad")) == "f:3: bad"
    assert str(Mistake("f", 0, "", "bad")) == "f: bad"


def test_a_configuration_is_refused_with_one_line_per_mistake() -> None:
    error = ConfigError([Mistake("f", 1, "", "x"), Mistake("f", 2, "", "y")])
    assert str(error) == "f:1: x\nf:2: y"
    assert len(error.mistakes) == 2


def test_what_the_caller_got_wrong_exits_with_2_and_all_else_with_1() -> None:
    mistake = Mistake("f", 1, "", "x")
    assert (ConfigError([mistake]).exit_code, UsageError().exit_code) == (2, 2)
    assert (DataError().exit_code, ControlError().exit_code) == (1, 1)
