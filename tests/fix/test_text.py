import pytest

from internaliser.fix.text import encode, from_text, to_text


def test_a_message_written_by_hand_is_framed() -> None:
    assert to_text(encode("FIX.4.4", from_text("35=0|34=2"))) == "8=FIX.4.4|9=10|35=0|34=2|10=166|"


def test_framing_fields_written_by_hand_are_left_out() -> None:
    assert from_text("8=FIX.4.4|9=99|35=0|10=000|") == [(35, b"0")]


def test_another_separator_may_be_used() -> None:
    assert from_text("35=D;58=a|b;", ";") == [(35, b"D"), (58, b"a|b")]


def test_values_may_be_bytes_text_or_numbers() -> None:
    assert encode("FIX.4.2", [(35, b"0"), (58, "\xe9"), (34, 7)])[15:-7] == (
        b"35=0\x0158=\xe9\x0134=7\x01"
    )


@pytest.mark.parametrize("bad", ["", "35", "35=0|x=1", "35=0||34=1", "=1"])
def test_what_is_no_pair_is_named(bad: str) -> None:
    with pytest.raises(ValueError, match="expected tag=value"):
        from_text(bad)


def test_the_message_type_comes_first() -> None:
    with pytest.raises(ValueError, match=r"MsgType\(35\) must be the first field"):
        encode("FIX.4.4", [(34, 1), (35, "0")])
    with pytest.raises(ValueError, match=r"MsgType\(35\) must be the first field"):
        encode("FIX.4.4", [])


def test_computed_fields_cannot_be_given() -> None:
    with pytest.raises(ValueError, match=r"computed, not given: \[9, 10\]"):
        encode("FIX.4.4", [(35, "0"), (10, "1"), (9, "5")])
