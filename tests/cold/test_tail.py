"""Following the journal in bounded pieces."""

from pathlib import Path

from internaliser.cold.tail import JournalTail
from internaliser.journal.reader import JournalReader
from tests.gateway.desk import ORDER, Desk

ORDER_EVENT = 100


def tail_of(desk: Desk) -> tuple[JournalTail, list[int]]:
    """A tail of the desk's journal, and the steps of the order events it hands on."""
    tail = JournalTail(JournalReader(desk.node.folder.journal, durable_only=True))
    seen: list[int] = []
    tail.subscribe(ORDER_EVENT, lambda record: seen.append(record.seq))
    return tail, seen


def test_what_is_subscribed_comes_once_in_order_and_in_pieces(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    tail, seen = tail_of(desk)
    while tail.read(3):
        pass
    assert seen == []
    for number in range(5):
        desk.says("CLIENT1", ORDER.format(f"a{number}", 1, 1, "1.00"))
    last = desk.node.writer.batch_no - 1
    assert not tail.has_read(last)
    assert tail.read(3)
    assert not tail.has_read(last)
    while tail.read(3):
        pass
    assert tail.has_read(last)
    assert len(seen) == 5 == len(set(seen))
    assert seen == sorted(seen)
    tail.close()


def test_what_is_not_durable_is_not_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    tail, seen = tail_of(desk)
    desk.hand_in("CLIENT1", ORDER.format("a", 1, 1, "1.00"))
    tail.read(1000)
    assert seen == []
    assert desk.turn()
    tail.read(1000)
    assert len(seen) == 1


def test_what_is_passed_over_is_neither_read_nor_missed(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    tail, seen = tail_of(desk)
    desk.says("CLIENT1", ORDER.format("a", 1, 1, "1.00"))
    batch_no, position = desk.node.writer.released
    assert batch_no == desk.node.writer.batch_no - 1
    tail.pass_over(batch_no, position)
    assert tail.has_read(batch_no)
    assert not tail.read(1000)
    assert seen == []
    desk.says("CLIENT1", ORDER.format("b", 1, 1, "1.00"))
    assert not tail.has_read(batch_no + 1)
    assert not tail.read(1000)
    assert tail.has_read(batch_no + 1)
    assert len(seen) == 1 == tail.taken
    tail.close()
