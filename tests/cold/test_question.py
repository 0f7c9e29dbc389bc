"""Reading a question and writing bodies."""

from internaliser.cold.question import OTHER, Question, body, chunks, date_text, reject, time_text
from tests.cold.asking import asked, said
from tests.whole_node import START_NS


def test_fields_are_read_by_tag() -> None:
    question = asked("x|320=r1|559=0|55=BTC/USD")
    assert (question.text(320), question.text(55), question.text(58)) == ("r1", "BTC/USD", None)
    assert question.id == "r1"


def test_what_an_enquiry_holds_becomes_a_question() -> None:
    raw = b"8=FIX.4.4\x019=5\x0135=x\x01320=r1\x01559=4\x0110=000\x01"
    facts = {
        "session": 3,
        "msg_type": "x",
        "msg_seq_num": 7,
        "generation": 2,
        "batch_no": 5,
        "time_ns": 1,
        "raw": raw,
    }
    question = Question.read(facts, 1, "ALICE", "FIX.4.4")
    assert (question.session, question.client_name, question.text(559)) == (3, "ALICE", "4")
    assert not question.is_fix50


def test_a_field_without_a_value_is_left_out() -> None:
    assert body((1, "a"), (2, None), (3, 0), (4, b"x")) == b"1=a\x013=0\x014=x\x01"


def test_a_reject_names_the_question() -> None:
    out = reject(asked("x|320=r1|559=4"), OTHER, "no" * 500)
    (text,) = said([out])
    assert text.startswith("j|45=2|372=x|379=r1|380=0|58=nono")
    assert len(text) < 300


def test_times_are_utc() -> None:
    assert time_text(START_NS) == "20231114-22:13:20.000000"
    assert date_text(START_NS) == "20231114"


def test_a_list_is_cut_by_bytes_and_by_count() -> None:
    parts = [b"aaaa", b"bbbb", b"cc", b"d"]
    assert list(chunks(parts, 8, 10)) == [[b"aaaa", b"bbbb"], [b"cc", b"d"]]
    assert list(chunks(parts, 100, 3)) == [[b"aaaa", b"bbbb", b"cc"], [b"d"]]
    assert list(chunks([b"longer than it may be"], 3, 3)) == [[b"longer than it may be"]]
    assert list(chunks([], 3, 3)) == [[]]
