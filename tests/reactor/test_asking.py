"""Questions over their ring to the edge by a running reactor; answers over theirs to the door."""

import select
import struct

import pytest

from internaliser.gateway.enquiries import Enquiries, answer_record
from internaliser.reactor.asking import RING_CREDENTIALS, RING_QUESTION, Asking
from internaliser.reactor.ring import Ring

SIZE = 128
STRIDE = SIZE + 8
QUESTION, CREDENTIALS = 200, 201  # model/record.pxd


def record(number: int, kind: int = QUESTION) -> bytes:
    return struct.pack("<IHHQ", SIZE, kind, 0, number).ljust(SIZE, b"\0")


def numbers(records: list[tuple[int, bytes]]) -> list[int]:
    return [struct.unpack_from("<IHHQ", data)[3] for _, data in records]


def enquiries() -> Enquiries:
    return Enquiries(session_count=4, open_max=4, message_max=SIZE)


def test_what_is_asked_reaches_the_ring_in_order_and_by_kind(start) -> None:
    asked = enquiries()
    asking = Asking(asked, Ring(4096))
    for number, kind in enumerate((QUESTION, CREDENTIALS, QUESTION)):
        asked.put(record(number, kind))
    running = start(asking=asking)
    select.select([asking.ring], [], [], 10)
    running.end()
    taken = asking.ring.take()
    assert numbers(taken) == [0, 1, 2]
    assert [kind for kind, _ in taken] == [
        RING_QUESTION,
        RING_CREDENTIALS,
        RING_QUESTION,
    ]


def test_what_finds_no_room_is_carried_when_there_is_some(start) -> None:
    asked = enquiries()
    asking = Asking(asked, Ring(1024))
    for number in range(100):
        asked.put(record(number))
    running = start(asking=asking)
    found: list[int] = []
    while len(found) < 100:
        assert select.select([asking.ring], [], [], 10)[0], f"stuck after {found}"
        found += numbers(asking.ring.take())
    running.end()
    assert found == list(range(100))
    assert asking.is_behind == 0


def test_nothing_more_is_taken_while_something_waits_for_the_ring(start) -> None:
    asked = enquiries()
    asking = Asking(asked, Ring(1024))
    for number in range(20):
        asked.put(record(number))
    running = start(asking=asking)
    running.until("turns", 3)
    running.end()
    assert asking.is_behind == 1
    assert asked.room == 0
    assert asking.carried == 1024 // STRIDE


def test_a_quarter_of_the_ring_is_kept_for_credentials() -> None:
    asked = enquiries()
    Asking(asked, Ring(4096))
    assert asked.share == 1024


def test_a_ring_too_small_for_one_question_is_refused() -> None:
    with pytest.raises(ValueError, match="does not hold a question of 4096 bytes"):
        Asking(Enquiries(1, 1, 4096), Ring(4096))


def test_answers_reach_the_door_and_wake_it_when_it_sleeps(either) -> None:
    answers = Ring(1 << 14)
    running = either(answers=answers)
    with running.connect() as client:
        client.send(b"here\n")
        client.lines(1)
        for number in range(20):
            assert answers.put(1, answer_record(number, "y", b"320=r\x01"))
            assert client.lines(1) == [b"answer %d y\n" % number]
    assert running.end()["answers"] == 20


def test_a_turn_takes_no_more_answers_than_its_limit_and_forgets_none(start) -> None:
    answers = Ring(1 << 14)
    for number in range(20):
        answers.put(1, answer_record(number, "y", b"320=r\x01"))
    running = start(answers=answers, answers_max=3)
    running.until("answers", 20)
    assert running.end()["turns"] >= 7


def test_what_is_no_answer_is_counted_and_passed_over(start) -> None:
    answers = Ring(1 << 14)
    answers.put(1, b"short")
    answers.put(2, answer_record(0, "y", b"320=r\x01"))
    answers.put(1, answer_record(1, "y", b"320=r\x01"))
    running = start(answers=answers)
    running.until("answers", 1)
    assert running.end()["bad_commands"] == 2
