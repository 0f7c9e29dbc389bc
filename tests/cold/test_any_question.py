"""Whatever a client writes into a question: every answer stands up to the dictionary, nothing
breaks."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.cold.question import FIX42, FIX44, FIX50, Question
from internaliser.dictionaries import dictionary_of
from internaliser.fix import codec
from tests.cold.asking import GOOD, message, said
from tests.cold.traded import Traded

TAGS = {
    "x": (320, 559, 55, 167, 460, 263),
    "c": (320, 321, 55, 263, 336),
    "e": (324, 55, 263, 336),
    "g": (335, 336, 263, 338, 339),
    "AD": (568, 569, 263, 571, 17, 37, 11, 880, 55, 54, 580, 75, 60),
    "AN": (710, 724, 263, 1, 581, 55, 15, 715, 60),
    "BE": (923, 924, 553, 554, 925),
    "BW": (1346, 1347, 1351, 1355, 1182, 1183),
    "AR": (571, 150, 572, 939, 55),
    "R": (131, 146, 55),
}
VALUES = st.one_of(
    st.sampled_from(
        (
            *("0", "1", "2", "3", "4", "5", "TEST1", "CLIENT1", "CLIENT2", "USD", "EXEC", "DAY"),
            *("1-1-57-3", "20231114", "20231114-22:13:20", "99999999", "b1", "FOR", "[N/A]"),
            *("-1", "0001", "18446744073709551616", "20240230", "00010101", "N"),
        )
    ),
    st.text("aZ09 =-/.:%", min_size=1, max_size=140),
)


@pytest.fixture(scope="module")
def desk() -> Iterator[Traded]:
    with tempfile.TemporaryDirectory() as folder:
        desk = Traded(Path(folder) / "data", "clients.CLIENT1.taker_fee_bp=10")
        desk.trade()
        yield desk


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_an_answer_is_sound_whatever_was_asked(desk: Traded, data: st.DataObject) -> None:
    begin_string = data.draw(st.sampled_from((FIX42, FIX44, FIX50)))
    msg_type = data.draw(st.sampled_from(sorted(TAGS)))
    tags = [tag for tag in TAGS[msg_type] if data.draw(st.integers(0, 9)) > 0]
    fields = tuple((tag, data.draw(VALUES).encode("latin-1")) for tag in tags)
    body = b"".join(b"%d=%b\x01" % field for field in fields)
    whole = message(msg_type, body or b"58=x\x01", begin_string)
    if dictionary_of(begin_string).verdict(whole).reason != GOOD:
        return  # the session refuses it before anybody reads it
    question = Question(
        session=0,
        client=0,
        client_name="CLIENT1",
        begin_string=begin_string,
        msg_type=msg_type,
        msg_seq_num=2,
        generation=1,
        time_ns=desk.now_ns,
        fields=tuple(codec.split_fields(whole)),
    )
    desk.read_for(question)
    outs = [out for out in desk.desk.answer(question) if out is not None]
    said(outs, begin_string)
    assert len(outs) <= 50
