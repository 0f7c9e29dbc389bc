"""`internaliser ledger check`: the ledger against the core, which is rebuilt by replay.

    found = check(Path("data"), database)
    found["ok"], found["findings"]

Looks only, at one moment of the ledger, while it may be written to and the node may run.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from internaliser.errors import DataError
from internaliser.gateway.ids import id_text
from internaliser.inspect import recovered
from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import JournalReader
from internaliser.ledger.books import Books, Mark
from internaliser.ledger.database import Database
from internaliser.ledger.projection import KINDS
from internaliser.model.codes import STATUSES
from internaliser.names import scaled_text
from internaliser.recovery import Recovered

FINDINGS_MAX = 100  # told one by one; more are only counted


@dataclass(slots=True)
class Sums:
    """What the transfers make of each account, by its number."""

    whole: Counter[int] = field(default_factory=Counter)
    as_of: Counter[int] = field(default_factory=Counter)
    count: int = 0


def check(data_dir: Path, database: Database) -> dict[str, Any]:
    """The one JSON object the command prints. Raises DataError where there is nothing to check."""
    with database.snapshot():
        books = Books(database)
        if not books.is_made:
            raise DataError(f"there is no ledger at {database.label}")
        mark = books.mark
        if mark is None:
            return _report(database, 0, 0, 0, [])
        is_whole, is_up_to_date = _look_ahead(data_dir, mark)
        state = _state_at(data_dir, mark, is_whole)
        sums = _sums(database, state.core.seq)
        findings = [*_balance_findings(books, sums), *_account_findings(books, sums, state)]
        if state.core.seq == mark.seq:
            findings += _order_findings(database, state)
            findings += _child_findings(database, state)
        report = _report(database, mark.seq, len(sums.whole), sums.count, findings)
    return report | {"compared_seq": state.core.seq, "is_up_to_date": is_up_to_date}


def _report(
    database: Database, seq: int, accounts: int, transfers: int, findings: list[str]
) -> dict[str, Any]:
    return {
        "ok": not findings,
        "ledger": database.label,
        "seq": seq,
        "accounts": accounts,
        "transfers": transfers,
        "finding_count": len(findings),
        "findings": findings[:FINDINGS_MAX],
    }


def _look_ahead(data_dir: Path, mark: Mark) -> tuple[bool, bool]:
    """Whether the ledger holds all the journal has of its last step, and all the journal has."""
    with JournalReader(journal_folder(data_dir), durable_only=True) as reader:
        reader.seek(mark.position)
        for record in reader:
            if record.kind in KINDS and (record.seq, record.index) > mark.key:
                return record.seq > mark.seq, False
    return True, True


def _state_at(data_dir: Path, mark: Mark, is_whole: bool) -> Recovered:
    """The core after the last step the ledger has whole."""
    state = recovered(data_dir, mark.seq if is_whole else mark.seq - 1)
    if is_whole and not state.replay.is_complete:
        state = recovered(data_dir, mark.seq - 1)  # the journal itself ends inside the step
    if state.core.seq < mark.seq - 1:
        raise DataError(
            f"{data_dir}: the journal ends at step {state.core.seq}, the ledger at {mark.seq}"
        )
    return state


def _sums(database: Database, seq: int) -> Sums:
    """Every transfer added up, exactly: in integers, here."""
    sums = Sums()
    sql = "SELECT seq, debit_account, credit_account, units FROM transfers"
    for of, debit, credit, text in database.rows(sql):
        units = int(text)
        sums.count += 1
        sums.whole[debit] -= units
        sums.whole[credit] += units
        if of <= seq:
            sums.as_of[debit] -= units
            sums.as_of[credit] += units
    return sums


def _balance_findings(books: Books, sums: Sums) -> Iterator[str]:
    """The ledger by itself: balances are the sums of postings and make zero per asset."""
    totals: Counter[str] = Counter()
    for number, account in books.accounts().items():
        totals[account.asset] += account.units
        if account.units != sums.whole[number]:
            whose = " ".join(account.whose)
            told = f"balance {account.units}, postings {sums.whole[number]}"
            yield f"account {number} ({whose}): {told}"
    for asset, total in totals.items():
        if total:
            yield f"the balances of {asset} sum to {total}, expected zero"


def _account_findings(books: Books, sums: Sums, state: Recovered) -> Iterator[str]:
    """The ledger against the core: every account of either, to the last unit."""
    ledger = books.accounts()
    decimals = {row["name"]: row["decimals"] for row in state.core.assets()}
    known = set()
    for row in state.core.accounts():
        number = row["account"]
        known.add(number)
        kind = "venue" if row["owner_kind"] == "source" else row["owner_kind"]
        whose = (kind, row["owner"], row["asset"])
        account = ledger.get(number)
        if account is not None and tuple(map(_as_core, account.whose)) != whose:
            told = f"{' '.join(account.whose)} in the ledger"
            yield f"account {number}: {told}, {' '.join(whose)} in the core"
        units = sums.as_of[number]
        if units != row["balance"]:
            scale = decimals[row["asset"]]
            told = f"{scaled_text(units, scale)} in the ledger"
            core = f"{scaled_text(row['balance'], scale)} in the core"
            yield f"account {number} ({' '.join(whose)}): {told}, {core}"
    for number, units in sums.as_of.items():
        if number not in known and units:
            yield f"account {number}: {units} in the ledger, no such account in the core"


def _order_findings(database: Database, state: Recovered) -> Iterator[str]:
    """Orders the core still knows, and none open in the ledger that it does not."""
    node = state.core.node_id
    core = {
        id_text(node, row["order_id"]): (
            row["cum_qty"],
            STATUSES[ord(row["ord_status"])],
            int(row["is_open"]),
        )
        for row in state.core.orders()
    }
    sql = "SELECT order_id, cum_qty_lots, status, is_open FROM orders"
    for name, *told in database.rows(sql):
        expected = core.pop(name, None)
        if expected is not None and expected != tuple(told):
            yield f"order {name}: {tuple(told)} in the ledger, {expected} in the core"
        elif expected is None and told[-1]:
            yield f"order {name}: open in the ledger, not in the core"
    for name, expected in core.items():
        yield f"order {name}: not in the ledger, {expected} in the core"


def _child_findings(database: Database, state: Recovered) -> Iterator[str]:
    """Children without an outcome: the same in both."""
    sql = "SELECT child_id, cum_qty_lots, state FROM children WHERE state <> 'done'"
    ledger = {row[0]: row[1:] for row in database.rows(sql)}
    node = state.core.node_id
    core = {
        id_text(node, row["child_id"]): (row["cum_qty"], row["state"])
        for row in state.core.children(live_only=True)
    }
    for name in sorted(ledger.keys() | core.keys()):
        if ledger.get(name) != core.get(name):
            yield f"child {name}: {ledger.get(name)} in the ledger, {core.get(name)} in the core"


def _as_core(name: str) -> str:
    """The journal's texts are read as Latin-1, the core's labels as UTF-8: the bytes are equal."""
    return name.encode("latin-1", "replace").decode("utf-8", "replace")
