"""`internaliser verify`: everything the journal lets one check, by replay and by independent sums.

    findings, facts = verify(Path("data"))

Looks only; a running node is not disturbed. A finding is one sentence; none means that the chain
and the checksums hold, replay gives the recorded outputs, and the events add up.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from internaliser.errors import DataError
from internaliser.gateway.ids import id_text
from internaliser.journal.fault import JournalDamaged
from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import JournalReader
from internaliser.model.fields import record_fields
from internaliser.names import Fields
from internaliser.never_worse import KINDS, Judge
from internaliser.recovery import Recovered, recover

KIND_POSTING = 101  # model/record.pxd
FINDINGS_MAX = 100  # told one by one; more are only counted
DEAD = frozenset(("filled", "canceled", "rejected", "expired"))


@dataclass(slots=True)
class OrderSums:
    """What the events of one order must agree with."""

    qty: int = 0
    cum_qty: int = 0
    notional: int = 0


@dataclass(slots=True)
class Sums:
    """Folds the recorded events; `findings` collects what does not add up."""

    node_id: int
    findings: list[str] = field(default_factory=list)
    orders: dict[int, OrderSums] = field(default_factory=dict)
    first_sides: dict[int, Fields] = field(default_factory=dict)
    balances: Counter[int] = field(default_factory=Counter)
    exec_ids: int = 0
    last_exec: tuple[int, int, int] = (0, 0, 0)

    def take_order_event(self, fields: Fields) -> None:
        """I3 and I4: CumQty is the sum of executions, LeavesQty follows, a trade has two sides."""
        if not fields["order_id"] or fields["event"] == "rejected":
            return
        sums = self.orders.setdefault(fields["order_id"], OrderSums())
        sums.qty = fields["qty"] or sums.qty
        if fields["event"] == "executed":
            self._take_execution(fields, sums)
        name = id_text(self.node_id, fields["order_id"])
        if fields["cum_qty"] != sums.cum_qty:
            self.find(fields, f"order {name}: CumQty {fields['cum_qty']}, executed {sums.cum_qty}")
        if sums.cum_qty > fields["qty"]:
            self.find(fields, f"order {name}: executed {sums.cum_qty} of {fields['qty']} lots")
        is_dead = fields["ord_status"] in DEAD
        leaves_qty = 0 if is_dead else fields["qty"] - fields["cum_qty"]
        if fields["leaves_qty"] != leaves_qty:
            text = f"order {name}: LeavesQty {fields['leaves_qty']}, expected {leaves_qty}"
            self.find(fields, text)

    def _take_execution(self, fields: Fields, sums: OrderSums) -> None:
        sums.cum_qty += fields["last_qty"]
        sums.notional += fields["last_qty"] * fields["last_px"]
        self.exec_ids += 1
        exec_id = (fields["epoch"], fields["seq"], fields["index"])
        if exec_id <= self.last_exec:
            self.find(fields, "an ExecID does not rise")
        self.last_exec = exec_id
        if fields["last_qty"] <= 0 or fields["last_px"] <= 0:
            self.find(fields, "an execution without quantity or price")
        if fields["cum_notional"] != sums.notional:
            self.find(fields, "the notional is not the sum of the executions")
        if fields["source"] is None:
            self._pair(fields)

    def _pair(self, fields: Fields) -> None:
        other = self.first_sides.pop(fields["trade_id"], None)
        if other is None:
            self.first_sides[fields["trade_id"]] = fields
            return
        keys = ("seq", "instrument", "last_qty", "last_px")
        fits = all(fields[key] == other[key] for key in keys)
        crossed = fields["contra_id"] == other["order_id"]
        crossed = crossed and other["contra_id"] == fields["order_id"]
        if not fits or not crossed or fields["side"] == other["side"]:
            self.find(fields, "the two sides of a trade do not fit each other")

    def take_posting(self, fields: Fields) -> None:
        """I6: what is debited is credited; the balances this gives are compared with the core's."""
        if fields["amount"] <= 0:
            self.find(fields, f"a posting of {fields['amount']}")
        self.balances[fields["debit_account"]] -= fields["amount"]
        self.balances[fields["credit_account"]] += fields["amount"]

    def finish(self, cut_seq: int | None = None) -> None:
        """What only the end of the journal shows; step `cut_seq` stands there only in part."""
        for fields in self.first_sides.values():
            if fields["seq"] != cut_seq:
                self.find(fields, "a trade has one side only")

    def find(self, fields: Fields, text: str) -> None:
        """Remember a finding with its step."""
        self.findings.append(f"step {fields['seq']}: {text}")


def verify(data_dir: Path) -> tuple[list[str], dict[str, Any]]:
    """Check a data folder. The findings, and what was checked.

    Raises DataError only when there is no journal to check.
    """
    with JournalReader(journal_folder(data_dir)) as reader:
        if reader.fault is None and next(iter(reader), None) is None:
            raise DataError(f"{reader.folder}: there is no journal")
        node_id = reader.node_id
    sums = Sums(node_id)
    findings = list(_chain(data_dir))
    facts: dict[str, Any] = {"node_id": node_id}
    if findings:
        return findings, facts
    judge = Judge(sums.find)
    for fields in _records(data_dir):
        if fields["kind"] == "order_event":
            sums.take_order_event(fields)
        if fields["kind"] == "posting":
            sums.take_posting(fields)
        else:
            judge.take(fields)
    judge.finish()
    try:
        state = recover(data_dir, node_id=node_id, from_start=True)
    except DataError as error:
        sums.finish()
        return [*sums.findings, str(error)], facts
    # A crash may leave the last step in part: whole in the core, its outputs not all here.
    is_whole = state.replay.is_complete
    sums.finish(None if is_whole else state.core.seq)
    findings = [*sums.findings, *_state_findings(state)]
    if is_whole:
        findings += _sum_findings(state, sums)
    facts |= {
        "seq": state.core.seq,
        "is_last_step_whole": is_whole,
        "records": state.replay.record_count,
        "state_hash": state.core.state_hash(),
        "torn_tail": str(state.torn_tail) if state.torn_tail else None,
    }
    facts |= {"orders": len(sums.orders), "executions": sums.exec_ids}
    facts["sides_judged_against_outside"] = judge.fills
    return findings, facts


def report(data_dir: Path) -> dict[str, Any]:
    """The one JSON object `internaliser verify` prints."""
    findings, facts = verify(data_dir)
    return {
        "ok": not findings,
        **facts,
        "finding_count": len(findings),
        "findings": findings[:FINDINGS_MAX],
    }


def _chain(data_dir: Path) -> Iterator[str]:
    """The checksums and the chain of every batch."""
    with JournalReader(journal_folder(data_dir)) as reader:
        reader.count_rest()
        try:
            reader.check()
        except JournalDamaged as error:
            yield str(error)


def _records(data_dir: Path) -> Iterator[Fields]:
    with JournalReader(journal_folder(data_dir)) as reader:
        for record in reader:
            if record.kind == KIND_POSTING or record.kind in KINDS:
                yield record_fields(record.data)


def _state_findings(state: Recovered) -> Iterator[str]:
    """What replay arrived at: the core's own invariants, and I6."""
    try:
        state.core.check()
    except AssertionError as error:
        yield f"the core's state contradicts itself: {error}"
    totals: Counter[str] = Counter()
    for row in state.core.accounts():
        totals[row["asset"]] += row["balance"]
    for asset, total in totals.items():
        if total:
            yield f"the accounts of {asset} sum to {total}, expected zero"


def _sum_findings(state: Recovered, sums: Sums) -> Iterator[str]:
    """Where the core and the sums of the recorded events say different things."""
    for row in state.core.accounts():
        if row["balance"] != sums.balances[row["account"]]:
            what = f"{row['owner_kind']} {row['owner']}, {row['asset']}"
            told = f"balance {row['balance']}, postings {sums.balances[row['account']]}"
            yield f"account {row['account']} ({what}): {told}"
    for row in state.core.orders():
        order = sums.orders.get(row["order_id"])
        if order is None or order.cum_qty != row["cum_qty"]:
            name = id_text(sums.node_id, row["order_id"])
            executed = order.cum_qty if order else "no event"
            yield f"order {name}: the core has CumQty {row['cum_qty']}, the events {executed}"
