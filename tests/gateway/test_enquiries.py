"""What the edge answers leaves whole and in bounds; answers are numbered, kept, or dropped."""

from pathlib import Path

import pytest

from internaliser.gateway.enquiries import BODY_MAX, IF_PRESENT, LAST, answer_record, enquiry_fields
from tests.gateway.desk import ORDER, Desk

ASK = "x|320=r{}|559=4"
BODY = b"320=r1\x01322=a1\x01560=2\x01"


class AskingDesk(Desk):
    """A desk whose edge the test plays: the MsgType x is taken in and handed to it."""

    def open(self, room: int = 1 << 20) -> None:
        assert self.node.door.enquiries is not None
        self.enquiries = self.node.door.enquiries
        self.enquiries.room = room

    def restart(self) -> None:
        super().restart()
        self.open()

    def asked(self) -> list[dict[str, object]]:
        return [enquiry_fields(record) for record in self.enquiries.take()]

    def answer(self, question: dict[str, object], body: bytes = BODY, flags: int = LAST) -> None:
        record = answer_record(
            question["session"],
            "y" if body else "",
            body,
            msg_seq_num=question["msg_seq_num"],
            generation=question["generation"],
            flags=flags,
        )
        self.node.door.answer(record, self.now_ns)
        assert self.turn()


@pytest.fixture
def desk(tmp_path: Path) -> AskingDesk:
    desk = AskingDesk(tmp_path / "data")
    desk.log_on("CLIENT1", "CLIENT2")
    desk.open()
    return desk


def test_a_question_is_handed_over_whole(desk: AskingDesk) -> None:
    assert desk.says("CLIENT1", ASK.format(1)) == []
    (question,) = desk.asked()
    assert question["msg_type"] == "x"
    assert question["msg_seq_num"] == 2
    assert b"\x01320=r1\x01559=4\x01" in question["raw"]
    assert question["generation"] == desk.node.door.presence(question["session"])[0] != 0


def test_a_question_names_the_batch_that_holds_what_happened_before_it(desk: AskingDesk) -> None:
    desk.says("CLIENT1", ORDER.format("a", 1, 1, "1.00"))
    written = desk.node.writer.batch_no - 1
    desk.says("CLIENT1", ASK.format(1))
    desk.hand_in("CLIENT1", ORDER.format("b", 1, 1, "1.00"))
    desk.says("CLIENT1", ASK.format(2))
    first, second = desk.asked()
    assert first["batch_no"] == written
    assert second["batch_no"] == desk.node.writer.batch_no - 1 > written


def test_an_answer_is_numbered_sent_and_sent_again_on_request(desk: AskingDesk) -> None:
    desk.says("CLIENT1", ASK.format(1))
    (question,) = desk.asked()
    desk.answer(question)
    assert desk.reads("CLIENT1") == ["y|34=2|320=r1|322=a1|560=2"]
    assert desk.reads("CLIENT2") == []
    assert desk.says("CLIENT1", "2|7=2|16=0") == ["y|34=2|43=Y|320=r1|322=a1|560=2"]


def test_several_messages_may_answer_one_question(desk: AskingDesk) -> None:
    desk.says("CLIENT1", ASK.format(1))
    (question,) = desk.asked()
    desk.answer(question, flags=0)
    assert desk.enquiries.open_count(question["session"]) == 1
    desk.answer(question)
    assert desk.enquiries.open_count(question["session"]) == 0
    assert [line[:6] for line in desk.reads("CLIENT1")] == ["y|34=2", "y|34=3"]


def test_a_question_may_be_done_with_without_a_word(desk: AskingDesk) -> None:
    desk.says("CLIENT1", ASK.format(1))
    (question,) = desk.asked()
    desk.answer(question, b"")
    assert desk.reads("CLIENT1") == []
    assert desk.enquiries.open_count(question["session"]) == 0


def test_without_room_a_question_is_refused_at_once_and_orders_go_on(desk: AskingDesk) -> None:
    desk.enquiries.room = 0
    assert desk.says("CLIENT1", ASK.format(1)) == [
        "j|34=2|45=2|372=x|379=r1|380=4|58=requests are not answered now: ask again later"
    ]
    assert desk.says("CLIENT1", ORDER.format("a", 1, 1, "1.00"))[0].startswith("8|")
    assert desk.asked() == []
    assert desk.enquiries.refused == 1


def test_a_share_of_the_room_is_not_for_questions(desk: AskingDesk) -> None:
    desk.enquiries.share = desk.enquiries.room - 100
    assert "380=4" in desk.says("CLIENT1", ASK.format(1))[0]


def test_a_session_with_too_many_open_questions_is_refused_and_no_other(tmp_path: Path) -> None:
    desk = AskingDesk(tmp_path / "data", "requests.unanswered_max=2")
    desk.log_on("CLIENT1", "CLIENT2")
    desk.open()
    for number in (1, 2):
        assert desk.says("CLIENT1", ASK.format(number)) == []
    (refusal,) = desk.says("CLIENT1", ASK.format(3))
    assert "|379=r3|380=4|58=too many requests of this session are unanswered" in refusal
    assert desk.says("CLIENT2", ASK.format(4)) == []
    questions = desk.asked()
    assert len(questions) == 3
    desk.answer(questions[0])
    desk.reads("CLIENT1")
    assert desk.says("CLIENT1", ASK.format(5)) == []


def test_a_question_larger_than_one_may_be_is_refused(tmp_path: Path) -> None:
    desk = AskingDesk(tmp_path / "data", "requests.request_bytes_max=1024")
    desk.log_on("CLIENT1")
    desk.open()
    (refusal,) = desk.says("CLIENT1", f"x|320=r1|559=4|58={'a' * 1024}")
    assert refusal.endswith("|380=4|58=the request is larger than one may be")


def test_an_answer_for_a_session_that_left_is_kept_and_delivered_by_resend(
    desk: AskingDesk,
) -> None:
    desk.says("CLIENT1", ASK.format(1))
    (question,) = desk.asked()
    desk.hang_up("CLIENT1")
    desk.answer(question)
    desk.connect("CLIENT1")
    assert desk.says("CLIENT1", "A|98=0|108=30") == ["A|34=3|98=0|108=30"]
    assert desk.says("CLIENT1", "2|7=2|16=0")[0] == "y|34=2|43=Y|320=r1|322=a1|560=2"


def test_what_is_stale_by_design_is_dropped_once_its_link_is_gone(desk: AskingDesk) -> None:
    desk.says("CLIENT1", ASK.format(1))
    (question,) = desk.asked()
    desk.answer(question, flags=LAST | IF_PRESENT)
    assert len(desk.reads("CLIENT1")) == 1
    desk.hang_up("CLIENT1")
    desk.answer(question, flags=IF_PRESENT)
    desk.connect("CLIENT1")
    assert desk.says("CLIENT1", "A|98=0|108=30") == ["A|34=3|98=0|108=30"]
    desk.answer(question, flags=IF_PRESENT)
    assert desk.reads("CLIENT1") == []


def test_a_crash_forgets_the_question_and_keeps_the_answer_that_was_given(
    desk: AskingDesk,
) -> None:
    desk.says("CLIENT1", ASK.format(1))
    desk.says("CLIENT2", ASK.format(2))
    mine, theirs = desk.asked()
    desk.answer(mine)
    desk.restart()
    desk.log_on("CLIENT1", "CLIENT2")
    assert desk.enquiries.open_count(theirs["session"]) == 0
    assert desk.says("CLIENT1", "2|7=2|16=2") == ["y|34=2|43=Y|320=r1|322=a1|560=2"]
    assert desk.says("CLIENT2", ASK.format(3)) == []
    assert [question["session"] for question in desk.asked()] == [theirs["session"]]


def test_no_question_stands_in_the_journal(desk: AskingDesk) -> None:
    desk.says("CLIENT1", "x|320=hush|559=4")
    desk.wait(2 * 10**9)
    assert b"hush" not in b"".join(path.read_bytes() for path in desk.node.folder.journal.iterdir())


@pytest.mark.parametrize("session", [24, 9999, 0xFFFF])
def test_an_answer_for_a_session_that_is_none_is_dropped(desk: AskingDesk, session: int) -> None:
    before = len(desk.records())
    desk.node.door.answer(answer_record(session, "y", BODY), desk.now_ns)
    assert desk.turn()
    assert len(desk.records()) == before


@pytest.mark.parametrize("record", [b"", b"short", bytes(48), answer_record(0, "y", BODY)[:-8]])
def test_bytes_that_are_no_answer_are_refused(desk: AskingDesk, record: bytes) -> None:
    with pytest.raises(ValueError, match="not an answer"):
        desk.node.door.answer(record, desk.now_ns)


def test_bytes_that_are_no_enquiry_are_refused() -> None:
    with pytest.raises(ValueError, match="not an enquiry"):
        enquiry_fields(b"short")
    with pytest.raises(ValueError, match="expected 1 to 7 bytes"):
        answer_record(0, "", BODY)


def test_an_answer_longer_than_a_resend_reads_back_is_refused() -> None:
    assert answer_record(0, "y", bytes(BODY_MAX))
    with pytest.raises(ValueError, match="at most 49152 bytes of body, not 49153"):
        answer_record(0, "y", bytes(BODY_MAX + 1))


def test_the_longest_answer_is_sent_again_whole(tmp_path: Path) -> None:
    desk = AskingDesk(tmp_path / "data")
    desk.log_on("CLIENT1")
    desk.open()
    desk.says("CLIENT1", ASK.format(1))
    (question,) = desk.asked()
    long = b"58=%b\x01" % (b"a" * 30_000)  # the journal of these tests takes no larger record
    desk.answer(question, long)
    (first,) = desk.reads("CLIENT1")
    assert desk.says("CLIENT1", "2|7=2|16=2") == [first.replace("34=2|", "34=2|43=Y|")]
