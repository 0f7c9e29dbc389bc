from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.gateway.ids import exec_id_text, id_of, id_text

SEQ_MAX = (1 << 44) - 1
EPOCH_MAX = (1 << 20) - 1


def test_an_order_id_names_node_epoch_and_seq() -> None:
    assert id_text(1, 3 << 44 | 512) == "1-3-512"


def test_an_exec_id_names_the_events_place_in_the_journal() -> None:
    assert exec_id_text(1, 3, 512, 2) == "1-3-512-2"


@settings(deadline=None)
@given(st.integers(0, 0xFFFF), st.integers(0, EPOCH_MAX), st.integers(0, SEQ_MAX))
def test_every_id_survives_its_text(node: int, epoch: int, seq: int) -> None:
    assert id_of(id_text(node, epoch << 44 | seq)) == (node, epoch << 44 | seq)


def test_what_is_not_exactly_an_id_text_is_none() -> None:
    wrong = ["", "1", "1-3", "1-3-", "-3-5", "1-3-5-6", "01-3-5", "1-3-05", "1--5", "1-3-5 ",
             "a-b-c", "+1-3-5", "65536-3-5", f"1-{EPOCH_MAX + 1}-5", f"1-3-{SEQ_MAX + 1}",
             "99999999999999999999999-1-1", "1-3-512\x01"]  # fmt: skip
    assert [id_of(text) for text in wrong] == [None] * len(wrong)


@settings(deadline=None)
@given(st.text(alphabet="0123456789-", max_size=30))
def test_a_text_that_is_read_is_the_text_that_would_be_written(text: str) -> None:
    found = id_of(text)
    assert found is None or id_text(*found) == text
