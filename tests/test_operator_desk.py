"""Requests of the operator against a journal that answers as the core would."""

import asyncio
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from internaliser.errors import ControlError
from internaliser.journal.folder import DataFolder
from internaliser.journal.reader import JournalReader
from internaliser.journal.writer import JournalWriter
from internaliser.model.fields import record_fields
from internaliser.names import Names
from internaliser.node_config import Held, changes_for
from internaliser.operator_desk import OperatorDesk
from tests.records import NONE16, config, open_journal, record, with_seq
from tests.small_market import BESIDE_A_VENUE


class FakeCore:
    """Journals each command and an outcome for it, as the core thread does."""

    def __init__(self, writer: JournalWriter) -> None:
        self.writer = writer
        self.seq = 100
        self.outcomes = [(0, 1, 0)]  # reason, count, more: one per state event of the next command
        self.commands: list[dict[str, object]] = []
        self.has_room = True

    def submit(self, command: bytes) -> bool:
        if not self.has_room:
            return False
        self.commands.append(record_fields(command))
        for reason, count, more in self.outcomes:
            self.seq += 1
            self.writer.write(with_seq(command, self.seq))
            told = struct.pack("<q6HI", 0, 1, 9, NONE16, NONE16, reason, count, more)
            self.writer.write(record(103, told, self.seq))
        self.writer.end_batch(1, True)
        return True


@pytest.fixture
def core(tmp_path: Path) -> Iterator[FakeCore]:
    with DataFolder(tmp_path / "data") as folder, open_journal(folder, node_id=1) as writer:
        yield FakeCore(writer)


@pytest.fixture
def desk(core: FakeCore, tmp_path: Path) -> Iterator[OperatorDesk]:
    names = Names()
    for seq, item in enumerate(changes_for(BESIDE_A_VENUE, Held()), start=1):
        for data in config(item, seq):
            names.take(record_fields(data))
            core.writer.write(data)
    core.writer.end_batch(1, True)
    with JournalReader(tmp_path / "data" / "journal", durable_only=True) as tail:
        yield OperatorDesk(names, core.submit, tail, lambda: core.writer.released[1])


def ask(desk: OperatorDesk, verb: str, **request: object) -> dict[str, object]:
    handler = desk.handlers()[verb]

    async def one() -> dict[str, object]:
        return await handler({"who": "ann", "why": "test", **request})

    return asyncio.run(one())


def asked(core: FakeCore, *keys: str) -> list[object]:
    return [core.commands[-1][key] for key in keys]


def test_a_halt_of_the_node_is_journalled_with_who_and_why(
    desk: OperatorDesk, core: FakeCore
) -> None:
    assert ask(desk, "halt") == {"seq": 101, "count": 1}
    assert asked(core, "kind", "action", "client", "source") == ["admin", "halt", None, None]
    (note,) = asked(core, "note")
    assert str(note).startswith("ann: test [")


def test_a_client_or_a_venue_can_be_halted_alone(desk: OperatorDesk, core: FakeCore) -> None:
    ask(desk, "halt", client="BOB")
    assert asked(core, "client", "source") == [1, None]
    ask(desk, "resume", venue="MARKET")
    assert asked(core, "action", "client", "source") == ["resume", None, 0]


def test_orders_are_canceled_by_id_by_client_or_all(desk: OperatorDesk, core: FakeCore) -> None:
    ask(desk, "cancel", order_id="1-1-42")
    assert asked(core, "action", "target_id") == ["cancel_order", (1 << 44) + 42]
    ask(desk, "cancel", client="ALICE")
    assert asked(core, "action", "client") == ["cancel_client", 0]
    ask(desk, "cancel", all=True)
    assert asked(core, "action") == ["cancel_all"]


def test_a_cancel_in_chunks_is_done_when_nothing_remains(
    desk: OperatorDesk, core: FakeCore
) -> None:
    core.outcomes = [(0, 256, 1), (0, 256, 1), (0, 3, 0)]
    assert ask(desk, "cancel", all=True) == {"seq": 103, "count": 515}


def test_a_child_is_resolved_in_ticks_and_lots(desk: OperatorDesk, core: FakeCore) -> None:
    child = {"child_id": "1-1-7", "symbol": "BTC/USD"}
    ask(desk, "resolve-child", **child, filled="0.04", price="100.5")
    assert asked(core, "action", "qty", "price") == ["resolve_child", 2, 201]
    ask(desk, "resolve-child", **child, filled="0")
    assert asked(core, "qty", "price") == [0, 0]


def test_a_transfer_names_both_accounts(desk: OperatorDesk, core: FakeCore) -> None:
    money = {"asset": "USD", "amount": "1.5"}
    ask(desk, "transfer", **money, **{"from": "client:ALICE", "to": "house"})
    keys = ("asset", "amount", "debit_kind", "debit_owner", "credit_kind", "credit_owner")
    assert asked(core, *keys) == [0, 15_000, 1, 0, 3, 0]
    ask(desk, "transfer", **money, **{"from": "venue:MARKET", "to": "outside"})
    assert asked(core, *keys) == [0, 15_000, 2, 0, 4, 0]


def test_the_day_can_be_ended(desk: OperatorDesk, core: FakeCore) -> None:
    ask(desk, "day-end")
    assert asked(core, "action") == ["day_end"]


def test_what_the_core_refuses_is_told_with_its_reason(desk: OperatorDesk, core: FakeCore) -> None:
    core.outcomes = [(14, 0, 0)]
    with pytest.raises(ControlError, match="refused: unknown_order"):
        ask(desk, "cancel", order_id="1-1-42")


def test_a_full_ring_is_told(desk: OperatorDesk, core: FakeCore) -> None:
    core.has_room = False
    with pytest.raises(ControlError, match="no room for a command"):
        ask(desk, "halt")


def test_no_outcome_in_time_is_told(
    desk: OperatorDesk, core: FakeCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("internaliser.operator_desk.OUTCOME_TIMEOUT_S", 0.02)
    core.outcomes = []
    with pytest.raises(ControlError, match=r"no outcome within 0\.02 s"):
        ask(desk, "halt")


@pytest.mark.parametrize(
    ("verb", "request_fields", "told"),
    [
        ("halt", {"client": "EVE"}, "no client is named EVE"),
        ("halt", {"client": "BOB", "venue": "MARKET"}, "found both"),
        ("halt", {"who": ""}, "who: expected 1 to 24 printable characters"),
        ("halt", {"why": "a\nb"}, "why: expected 1 to 80 printable characters"),
        ("halt", {"why": None}, "why: expected"),
        ("cancel", {}, "expected exactly one of an order, a client or all"),
        ("cancel", {"order_id": "1-1-1", "all": True}, "expected exactly one"),
        ("cancel", {"order_id": "x"}, "expected an id like 1-1-42, found x"),
        ("resolve-child", {"child_id": "1-1-7", "symbol": "X"}, "no instrument is named X"),
        (
            "resolve-child",
            {"child_id": "1-1-7", "symbol": "BTC/USD", "filled": "0.03", "price": "1"},
            r"filled: expected a whole number of lots of BTC/USD \(0.02\), found 0.03",
        ),
        (
            "resolve-child",
            {"child_id": "1-1-7", "symbol": "BTC/USD", "filled": "0.04"},
            "a filled quantity needs the price",
        ),
        ("transfer", {"asset": "EUR"}, "no asset is named EUR"),
        ("transfer", {"asset": "USD", "amount": "-1"}, "amount: expected a whole number"),
        ("transfer", {"asset": "USD", "amount": "1e999999999"}, "amount: expected"),
        ("transfer", {"asset": "USD", "amount": "0"}, "an amount above zero"),
        (
            "transfer",
            {"asset": "USD", "amount": "1", "from": "ALICE", "to": "house"},
            "expected client:NAME, venue:NAME, house or outside, found ALICE",
        ),
    ],
)
def test_a_wrong_request_changes_nothing(
    desk: OperatorDesk, core: FakeCore, verb: str, request_fields: dict[str, object], told: str
) -> None:
    with pytest.raises(ControlError, match=told):
        ask(desk, verb, **request_fields)
    assert core.commands == []
