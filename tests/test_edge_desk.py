"""The desk of one node knows what happened before a question, also before the node started."""

from pathlib import Path

import pytest

from internaliser import log
from internaliser.cold.tail import JournalTail
from internaliser.journal.reader import JournalReader
from internaliser.model.commands import admin_command
from tests.cold.asking import values
from tests.cold.traded import Traded


def test_a_question_waits_for_what_happened_before_it(tmp_path: Path) -> None:
    desk = Traded(tmp_path / "data")
    desk.read()
    desk.trade()
    question = desk.question("AD|568=q|569=0", batch_no=desk.node.writer.batch_no - 1)
    assert not desk.desk.is_ready(question)
    desk.read()
    assert desk.desk.is_ready(question)


def test_what_a_node_before_this_one_did_is_known(tmp_path: Path) -> None:
    desk = Traded(tmp_path / "data")
    (told,) = values(desk.trade()[-1], 17)
    desk.desk.close()
    desk.restart()
    desk.desk = desk.open_desk()
    (_, fill) = desk.ask("AD|568=q|569=0")
    assert values(fill, 17) == [told]


def test_states_are_those_of_the_core_and_of_what_came_since(tmp_path: Path) -> None:
    desk = Traded(tmp_path / "data")
    desk.node.door.apply(admin_command("halt"), desk.now_ns)
    assert desk.turn()
    assert values(desk.ask("g|335=t|263=0")[0], 340) == ["1"]
    desk.desk.close()
    desk.restart()
    desk.desk = desk.open_desk()
    assert values(desk.ask("g|335=t|263=0")[0], 340) == ["1"]
    desk.node.door.apply(admin_command("resume"), desk.now_ns)
    assert desk.turn()
    assert values(desk.ask("g|335=t|263=0")[0], 340) == ["2"]


def test_what_the_desk_looks_for_is_counted_and_only_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    read = JournalTail.read
    monkeypatch.setattr(
        JournalTail, "read", lambda self, most: looks.append(most) or read(self, most)
    )
    desk = Traded(tmp_path / "data")
    before = desk.node.state.steps.notable_count
    report = desk.trade()[-1]
    assert desk.desk.read() is False
    assert looks == []
    desk.node.door.apply(admin_command("halt"), desk.now_ns)
    (order_id,), (exec_id,) = values(report, 37), values(report, 17)
    desk.says("CLIENT1", f"Q|37={order_id}|17={exec_id}|127=D|55=TEST1|54=1|38=1")
    desk.node.door.apply(admin_command("resume"), desk.now_ns)
    assert desk.turn()
    desk.read()
    assert len(looks) == 1
    desk.read()
    assert len(looks) == 1
    with JournalReader(desk.node.folder.journal) as journal:
        written = [record.kind for record in journal if record.kind in (16, 103)]
    assert written[-3:] == [103, 16, 103]
    assert desk.node.state.steps.notable_count - before == 3


def test_a_dispute_is_a_line_for_the_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(log, "event", lambda name, **more: logged.append((name, more)))
    desk = Traded(tmp_path / "data")
    desk.read()
    report = desk.trade()[-1]
    (order_id,), (exec_id,) = values(report, 37), values(report, 17)
    dispute = f"Q|37={order_id}|17={exec_id}|127=D|55=TEST1|54=1|38=1"
    assert desk.says("CLIENT1", dispute) == []
    desk.read()
    ((name, told),) = logged
    assert name == "case_opened"
    assert (told["client"], told["exec_id"], told["why"]) == ("CLIENT1", exec_id, "D")
