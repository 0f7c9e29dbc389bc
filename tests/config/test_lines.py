"""Which line a key stands on."""

from internaliser.config.lines import line_numbers, line_of

TEXT = """\
[fix]                # 1
port = 1
"host" = "x"

[[clients]]          # 5
name = "A"

[[clients]]          # 8
name = "B"
[clients.funding]    # 10
USD = 1
"""


def test_keys_are_found_in_tables_lists_and_tables_of_a_list() -> None:
    assert line_numbers(TEXT) == {
        ("fix",): 1,
        ("fix", "port"): 2,
        ("fix", "host"): 3,
        ("clients", 0): 5,
        ("clients", 0, "name"): 6,
        ("clients", 1): 8,
        ("clients", 1, "name"): 9,
        ("clients", 1, "funding"): 10,
        ("clients", 1, "funding", "USD"): 11,
    }


def test_a_key_that_is_not_there_is_told_at_its_table() -> None:
    assert line_of(line_numbers(TEXT), ("clients", 1, "funding", "EUR")) == 10


def test_what_is_nowhere_has_line_zero() -> None:
    assert line_of(line_numbers(TEXT), ("journal", "sync")) == 0
