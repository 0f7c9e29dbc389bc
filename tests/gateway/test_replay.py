"""Replay: the same bytes arrive at the same state; any other byte is found and named."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from internaliser.core.core import Core
from internaliser.gateway.replay import FAULT_TEXTS, Replay
from internaliser.gateway.roster import Roster
from internaliser.gateway.sent import SHELF, SentStore
from internaliser.gateway.steps import Steps
from internaliser.journal.folder import DataFolder
from internaliser.journal.reader import JournalReader
from internaliser.journal.writer import JournalWriter
from tests.gateway.desk import ORDER, Desk

ORDER_EVENT, OUT_MESSAGE, NEW_ORDER, SESSION = 100, 150, 1, 50
SEQ, EVENT, MESSAGE, CORE, RECORD = 1, 2, 3, 4, 5

Change = Callable[[list[bytes]], list[bytes]]


@pytest.fixture
def records(tmp_path: Path) -> list[bytes]:
    """What a node wrote on which two clients crossed."""
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1", "CLIENT2")
    desk.says("CLIENT1", ORDER.format("a", 2, 5, "1.00"))
    desk.says("CLIENT2", ORDER.format("b", 1, 3, "1.00"))
    desk.says("CLIENT2", "V|262=m|263=1|264=0|267=1|269=0|146=1|55=TEST1")
    with JournalReader(desk.node.folder.journal) as reader:
        return [record.data for record in reader]


def replayed(folder: Path, records: list[bytes], until: int = 2**64 - 1) -> tuple[Replay, Core]:
    """Replay of a journal that holds these records."""
    with DataFolder(folder) as data, JournalWriter(data, node_id=1, policy="off") as writer:
        for record in records:
            writer.write(record)
        writer.end_batch(1)
        core = Core(1)
        roster = Roster(16, SentStore(16))
        replay = Replay(core, roster, Steps(core, roster))
        with JournalReader(data.journal) as reader:
            replay.run(reader, until)
    return replay, core


def kind_of(record: bytes) -> int:
    return int(struct.unpack_from("<H", record, 4)[0])


def seq_of(record: bytes) -> int:
    return int(struct.unpack_from("<Q", record, 8)[0])


def changed(records: list[bytes], at: int, offset: int, value: int) -> list[bytes]:
    data = bytearray(records[at])
    data[offset] ^= value
    return [*records[:at], bytes(data), *records[at + 1 :]]


def last(records: list[bytes], kind: int) -> int:
    return max(at for at, record in enumerate(records) if kind_of(record) == kind)


def test_a_journal_leads_to_one_state(tmp_path: Path, records: list[bytes]) -> None:
    first, core = replayed(tmp_path / "one", records)
    _, again = replayed(tmp_path / "two", records)
    assert (first.fault, first.fault_text, first.is_complete) == (0, "", True)
    assert first.record_count == len(records)
    assert core.state_hash() == again.state_hash()
    assert [row["cum_qty"] for row in core.orders()] == [3, 3]


def event_with_other_price(records: list[bytes]) -> list[bytes]:
    return changed(records, last(records, ORDER_EVENT), 72, 1)


def message_with_other_text(records: list[bytes]) -> list[bytes]:
    at = max(i for i in range(last(records, OUT_MESSAGE)) if kind_of(records[i]) == OUT_MESSAGE)
    return changed(records, at, 48 + 3, 1)


def step_with_other_number(records: list[bytes]) -> list[bytes]:
    return changed(records, last(records, NEW_ORDER), 8, 64)


def step_left_out(records: list[bytes]) -> list[bytes]:
    seq = seq_of(records[last(records, NEW_ORDER)])
    order_of_first = next(i for i, r in enumerate(records) if kind_of(r) == NEW_ORDER)
    gone = seq_of(records[order_of_first])
    assert gone < seq
    return [r for r in records if seq_of(r) != gone or kind_of(r) == SESSION]


def event_left_out(records: list[bytes]) -> list[bytes]:
    at = last(records, ORDER_EVENT)
    return [*records[:at], *records[at + 1 :]]


def message_left_out(records: list[bytes]) -> list[bytes]:
    at = next(i for i, r in enumerate(records) if kind_of(r) == OUT_MESSAGE)
    return [*records[:at], *records[at + 1 :]]


def order_of_another_time(records: list[bytes]) -> list[bytes]:
    return changed(records, last(records, NEW_ORDER), 16, 4)


def session_of_no_number(records: list[bytes]) -> list[bytes]:
    at = last(records, SESSION)
    return changed(records, at, 25, 0xFF)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (event_with_other_price, EVENT),
        (message_with_other_text, MESSAGE),
        (step_with_other_number, SEQ),
        (step_left_out, SEQ),
        (event_left_out, MESSAGE),
        (message_left_out, EVENT),
        (order_of_another_time, EVENT),
        (session_of_no_number, RECORD),
    ],
)
def test_what_is_not_what_happened_is_found(
    tmp_path: Path, records: list[bytes], change: Change, fault: int
) -> None:
    replay, _ = replayed(tmp_path / "copy", change(records))
    assert (replay.fault, replay.fault_text) == (fault, FAULT_TEXTS[fault])


def test_a_list_of_sent_messages_that_is_not_where_they_stand_is_found(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    for number in range(2 * SHELF):
        desk.hand_in("CLIENT1", ORDER.format(f"a{number}", 1, 5, "1.00"))
        if number % 64 == 0:
            assert desk.turn()
            desk.reads("CLIENT1")
    assert desk.turn()
    assert desk.node.state.sent.shelves(1)
    with JournalReader(desk.node.folder.journal) as reader:
        records = [record.data for record in reader]
    # The copy has other batches: what was sent stands elsewhere.
    replay, _ = replayed(tmp_path / "copy", records)
    assert replay.fault == MESSAGE


def test_the_step_of_a_difference_is_named(tmp_path: Path, records: list[bytes]) -> None:
    at = last(records, ORDER_EVENT)
    replay, _ = replayed(tmp_path / "copy", event_with_other_price(records))
    assert replay.fault_seq == seq_of(records[at])


def test_replay_stands_at_any_step(tmp_path: Path, records: list[bytes]) -> None:
    seqs = sorted({seq_of(r) for r in records if kind_of(r) == NEW_ORDER})
    replay, core = replayed(tmp_path / "copy", records, until=seqs[0])
    assert (replay.fault, core.seq) == (0, seqs[0])
    assert len(core.orders()) == 1


@pytest.mark.parametrize("kept", range(1, 12))
def test_a_step_of_which_the_journal_holds_a_part_is_completed(
    tmp_path: Path, records: list[bytes], kept: int
) -> None:
    """As if the process had died between two batches of one large turn."""
    first = last(records, NEW_ORDER)
    whole = [r for r in records[first:] if seq_of(r) == seq_of(records[first])]
    # The refusal of a message type stands under the number of the step before it.
    whole = [r for r in whole if r is not records[last(records, OUT_MESSAGE)]]
    kept = min(kept, len(whole))
    with (
        DataFolder(tmp_path / "copy") as data,
        JournalWriter(data, node_id=1, policy="off") as writer,
    ):
        for record in [*records[:first], *whole[:kept]]:
            writer.write(record)
        writer.end_batch(1)
        core = Core(1)
        roster = Roster(16, SentStore(16))
        steps = Steps(core, roster)
        replay = Replay(core, roster, steps)
        with JournalReader(data.journal) as reader:
            assert replay.run(reader) == 0
        assert replay.is_complete == (kept == len(whole))
        roster.open_journal(writer)
        steps.open_journal(writer)
        replay.complete()
        writer.end_batch(2)
        assert replay.is_complete
        with JournalReader(data.journal) as reader:
            assert [record.data for record in reader] == [*records[:first], *whole]
