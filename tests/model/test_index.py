from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.model.index import Multimap, text_key


def test_a_value_is_found_under_its_key_only() -> None:
    index = Multimap()
    index.put(7, 70)
    assert index.values(7) == [70]
    assert index.values(8) == []


def test_one_key_holds_many_values() -> None:
    index = Multimap()
    for value in (1, 2, 2, 3):
        index.put(5, value)
    assert sorted(index.values(5)) == [1, 2, 2, 3]


def test_removing_takes_one_pair_and_leaves_the_rest() -> None:
    index = Multimap()
    for value in (1, 2, 2):
        index.put(5, value)
    index.remove(5, 2)
    assert sorted(index.values(5)) == [1, 2]
    assert len(index) == 2


def test_removing_what_is_not_there_changes_nothing() -> None:
    index = Multimap()
    index.put(5, 1)
    index.remove(5, 9)
    index.remove(6, 1)
    assert index.values(5) == [1]


def test_it_grows_without_losing_anything() -> None:
    index = Multimap(expected=1)
    for number in range(10_000):
        index.put(number, number * 3)
    assert all(index.values(number) == [number * 3] for number in range(10_000))


def test_the_value_that_marks_an_empty_slot_is_refused() -> None:
    with pytest.raises(ValueError, match="marks an empty slot"):
        Multimap().put(1, 0xFFFFFFFF)


def test_a_size_that_would_wrap_is_refused() -> None:
    with pytest.raises(MemoryError):
        Multimap(expected=0xFFFFFFFF)


# Few keys, so that probes run into one another; many removals, so that entries are shifted back.
STEPS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 25), st.integers(0, 3)), min_size=1, max_size=200
)


@given(STEPS)
def test_it_behaves_as_a_multimap(steps: list[tuple[bool, int, int]]) -> None:
    index = Multimap()
    twin: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for is_put, key, value in steps:
        if is_put:
            index.put(key, value)
            twin[key][value] += 1
        else:
            index.remove(key, value)
            if twin[key][value]:
                twin[key][value] -= 1
        for known in range(26):
            assert Counter(index.values(known)) == +twin[known]


@given(st.integers(0, 2**64 - 1), st.binary(max_size=40))
def test_a_text_has_one_key(salt: int, text: bytes) -> None:
    assert text_key(salt, text) == text_key(salt, bytes(bytearray(text)))


def test_keys_differ_by_text_length_and_salt() -> None:
    texts = [b"", b"\0", b"\0\0", b"A", b"AB", b"BA", b"ABCDEFGH", b"ABCDEFGH\0", b"ABCDEFGHI"]
    keys = {text_key(salt, text) for salt in (0, 1) for text in texts}
    assert len(keys) == 2 * len(texts)
