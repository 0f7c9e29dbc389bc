"""The journal as rows: what `internaliser dump` prints, from a live or a copied folder, unlocked.

    for row in rows("executions", Path("data")):
        print(row["exec_id"], row["last_px"])

Prices, quantities and amounts are exact decimal texts; ids are those of the FIX reports.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from internaliser.balances import balance_rows
from internaliser.cases import case_rows
from internaliser.decisions import KINDS, Decision, Sight, chosen_rows, seen_rows
from internaliser.errors import DataError
from internaliser.gateway.amounts import average_text
from internaliser.gateway.ids import exec_id_text, id_text
from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import Ending, JournalReader
from internaliser.model.fields import order_key, record_fields
from internaliser.names import KIND_CONFIG, KIND_STATE_EVENT, Fields, Names
from internaliser.recovery import NO_LIMIT, Recovered, recover

KIND_SESSION = 50  # model/record.pxd
KIND_ORDER_EVENT = 100
KIND_CHILD_EVENT = 102
NS_PER_S = 10**9
TRADE_INDEX_BITS = 16  # core/trade.pyx

Row = dict[str, Any]

# Events that answer a question or announce a request: of the order only its status may be another.
ANSWERS = frozenset(("status", "mass_status", "disputed", "cancel_refused", "replace_refused"))


def rows(what: str, data_dir: Path, now_ns: int | None = None) -> Iterator[Row]:
    """Rows of one kind, oldest first. Raises DataError where the journal is not whole.

    `now_ns`: the time that ages are counted to, of balances; the clock's when None.
    """
    if what == "balances":
        yield from balance_rows(
            recovered(data_dir).core, time.time_ns() if now_ns is None else now_ns
        )
        return
    with JournalReader(journal_folder(data_dir)) as reader:
        if not reader.starts_at_first_batch:
            raise DataError(f"{reader.folder}: the first segments are missing")
        yield from ROWS[what](reader)
        if reader.find_end() is Ending.DAMAGED:
            raise DataError(f"journal damaged: {reader.fault}")


def recovered(data_dir: Path, until: int | None = None, *, from_start: bool = False) -> Recovered:
    """The state of a data folder, by replay up to step `until`. Raises DataError where it fails."""
    with JournalReader(journal_folder(data_dir)) as reader:
        if next(iter(reader), None) is None and reader.fault is None:
            raise DataError(f"{reader.folder}: there is no journal")
        node_id = reader.node_id
    last = NO_LIMIT if until is None else until
    return recover(data_dir, node_id=node_id, until=last, from_start=from_start)


def _journal(reader: JournalReader) -> Iterator[Row]:
    """Every record, whole."""
    for record in reader:
        place = {"position": record.position, "batch": record.batch_no}
        yield {**place, **record_fields(record.data)}


def _orders(reader: JournalReader) -> Iterator[Row]:
    """One row per order, as it stands after its last event."""
    names = Names()
    latest: dict[int, bytes] = {}  # the event that changed it last
    answered: dict[int, bytes] = {}  # the answer given since: a refusal ends a pending state
    named: dict[int, bytes] = {}  # the event that gave it its ClOrdID and terms
    for record in reader:
        if record.kind == KIND_ORDER_EVENT:
            event, order_id = order_key(record.data)
            if order_id and event in ANSWERS:
                answered[order_id] = record.data
            elif order_id:
                latest[order_id] = record.data
                answered.pop(order_id, None)
                if order_id not in named or event == "replaced":
                    named[order_id] = record.data
        elif record.kind in (KIND_CONFIG, KIND_STATE_EVENT):
            names.take(record_fields(record.data))
    for order_id, data in latest.items():
        now = record_fields(data)
        status = record_fields(answered.get(order_id, data))["ord_status"]
        terms = record_fields(named[order_id])
        yield _order(reader.node_id, names, terms, {**now, "ord_status": status})


def _order(node_id: int, names: Names, terms: Fields, now: Fields) -> Row:
    instrument = now["instrument"]
    is_known = instrument is not None
    qty = _maybe(names.qty, instrument)
    price = _maybe(names.price, instrument)
    return {
        "order_id": id_text(node_id, now["order_id"]),
        "client": names.client(now["client"]),
        "cl_ord_id": terms["cl_ord_id"],
        "symbol": names.symbol(instrument) if is_known else now["symbol"],
        "side": now["side"],
        "ord_type": now["ord_type"],
        "tif": now["tif"],
        "price": price(now["price"]) if now["price"] else None,
        "qty": qty(now["qty"]),
        "cum_qty": qty(now["cum_qty"]),
        "leaves_qty": qty(now["leaves_qty"]),
        "avg_px": _average(names, now) if now["cum_qty"] else None,
        "status": now["ord_status"],
        "reason": now["reason"],
        "changed": time_text(now["time_ns"]),
    }


def _executions(reader: JournalReader) -> Iterator[Row]:
    """One row per execution: each side of a match, and each routed fill with what the decision that
    sent it out had seen."""
    sight = Sight()
    for names, fields in _executed(reader, sight):
        instrument = fields["instrument"]
        source = names.source(fields["source"])
        decision = sight.of_child(fields["contra_id"]) if source else None
        yield {
            "exec_id": _exec_id(reader.node_id, fields),
            "trade_id": _trade_id(reader.node_id, fields),
            "order_id": id_text(reader.node_id, fields["order_id"]),
            "cl_ord_id": fields["cl_ord_id"],
            "client": names.client(fields["client"]),
            "symbol": names.symbol(instrument),
            "side": fields["side"],
            "last_qty": names.qty(instrument, fields["last_qty"]),
            "last_px": names.price(instrument, fields["last_px"]),
            "liquidity": fields["liquidity"],
            "source": source or "local",
            "source_exec_id": fields["note"] or None,
            "fee": names.quote_amount(instrument, fields["fee"]),
            "cum_qty": names.qty(instrument, fields["cum_qty"]),
            "leaves_qty": names.qty(instrument, fields["leaves_qty"]),
            "seq": fields["seq"],
            "time": time_text(fields["time_ns"]),
            "child_id": id_text(reader.node_id, fields["contra_id"]) if source else None,
            "decided_seq": decision.seq if decision else None,
            "seen": seen_rows(decision, names) if decision else None,
        }


def _decisions(reader: JournalReader) -> Iterator[Row]:
    """One row per step and order that sent children out: what it chose, and what it saw."""
    names, sight = Names(), Sight()
    waiting: Decision | None = None
    for record in reader:
        if record.kind not in KINDS and record.kind != KIND_CONFIG:
            continue
        fields = record_fields(record.data)
        if waiting is not None and fields["seq"] != waiting.seq:
            yield _decision(reader.node_id, names, waiting)
            waiting = None
        names.take(fields)
        decision = sight.take(fields)
        if decision is not None and waiting is not None:
            yield _decision(reader.node_id, names, waiting)
        waiting = decision or waiting
    if waiting is not None:
        yield _decision(reader.node_id, names, waiting)


def _decision(node_id: int, names: Names, decision: Decision) -> Row:
    return {
        "seq": decision.seq,
        "time": time_text(decision.time_ns),
        "order_id": id_text(node_id, decision.parent_id),
        "symbol": names.symbol(decision.instrument),
        "side": decision.side,
        "chose": list(chosen_rows(decision, names)),
        "seen": seen_rows(decision, names),
    }


def _trades(reader: JournalReader) -> Iterator[Row]:
    """One row per trade: two clients inside, or a client and a venue."""
    waiting: dict[int, Fields] = {}  # the first side of a local trade, until its second follows
    for names, fields in _executed(reader):
        if fields["source"] is not None:
            yield _trade(reader.node_id, names, fields, None)
        elif (other := waiting.pop(fields["trade_id"], None)) is None:
            waiting[fields["trade_id"]] = fields
        else:
            removed, added = (
                (fields, other) if fields["liquidity"] == "removed" else (other, fields)
            )
            yield _trade(reader.node_id, names, removed, added)


def _trade(node_id: int, names: Names, incoming: Fields, resting: Fields | None) -> Row:
    """`incoming` is the side that removed liquidity here or at a venue."""
    instrument = incoming["instrument"]
    ours = (names.client(incoming["client"]), id_text(node_id, incoming["order_id"]))
    if resting is None:
        theirs = (names.source(incoming["source"]), id_text(node_id, incoming["contra_id"]))
    else:
        theirs = (names.client(resting["client"]), id_text(node_id, resting["order_id"]))
    buyer, seller = (ours, theirs) if incoming["side"] == "buy" else (theirs, ours)
    return {
        "trade_id": _trade_id(node_id, incoming),
        "symbol": names.symbol(instrument),
        "qty": names.qty(instrument, incoming["last_qty"]),
        "price": names.price(instrument, incoming["last_px"]),
        "buyer": buyer[0],
        "seller": seller[0],
        "buy_order_id": buyer[1],
        "sell_order_id": seller[1],
        "incoming_side": incoming["side"],
        "source": names.source(incoming["source"]) or "local",
        "seq": incoming["seq"],
        "time": time_text(incoming["time_ns"]),
    }


def _positions(reader: JournalReader) -> Iterator[Row]:
    """One row per client and instrument: what its executions add up to, fees apart."""
    totals: dict[tuple[int, int], list[int]] = {}  # bought, sold, paid, received, fees
    last = Names()
    for names, fields in _executed(reader):
        last = names
        instrument = fields["instrument"]
        total = totals.setdefault((fields["client"], instrument), [0] * 5)
        units = names.instruments[instrument]["tick_lot_quote_units"]
        is_sell = fields["side"] == "sell"
        total[is_sell] += fields["last_qty"]
        total[2 + is_sell] += fields["last_qty"] * fields["last_px"] * units
        total[4] += fields["fee"]
    for (client, instrument), (bought, sold, paid, received, fees) in sorted(totals.items()):
        yield {
            "client": last.client(client),
            "symbol": last.symbol(instrument),
            "net_qty": last.qty(instrument, bought - sold),
            "bought_qty": last.qty(instrument, bought),
            "sold_qty": last.qty(instrument, sold),
            "paid": last.quote_amount(instrument, paid),
            "received": last.quote_amount(instrument, received),
            "fees": last.quote_amount(instrument, fees),
            "quote": last.asset(last.instruments[instrument]["quote"]),
        }


def _sessions(reader: JournalReader) -> Iterator[Row]:
    """One row per session: who, and the two counters as the journal has them."""
    names = Names()
    latest: dict[int, Fields] = {}
    for record in reader:
        if record.kind == KIND_SESSION:
            fields = record_fields(record.data)
            latest[fields["session"]] = fields
        elif record.kind in (KIND_CONFIG, KIND_STATE_EVENT):
            names.take(record_fields(record.data))
    for index, terms in enumerate(names.sessions):
        ours, _, theirs = terms["note"].partition(">")
        counters = latest.get(index)
        yield {
            "session": index,
            "begin_string": terms["name"],
            "ours": ours,
            "theirs": theirs,
            "with": "venue" if terms["client"] is None else "client",
            "next_in": counters["next_in"] if counters else 1,
            "next_out": counters["next_out"] if counters else 1,
            "changed": time_text(counters["time_ns"]) if counters else None,
        }


def _children(reader: JournalReader) -> Iterator[Row]:
    """One row per child order, as it stands after its last event. `unknown` waits for evidence."""
    names = Names()
    latest: dict[int, Fields] = {}
    for record in reader:
        if record.kind == KIND_CHILD_EVENT:
            fields = record_fields(record.data)
            latest[fields["child_id"]] = fields
        elif record.kind in (KIND_CONFIG, KIND_STATE_EVENT):
            names.take(record_fields(record.data))
    for child_id, fields in latest.items():
        instrument = fields["instrument"]
        yield {
            "child_id": id_text(reader.node_id, child_id),
            "parent_id": id_text(reader.node_id, fields["parent_id"]),
            "venue": names.source(fields["source"]),
            "symbol": names.symbol(instrument),
            "side": fields["side"],
            "price": names.price(instrument, fields["price"]),
            "qty": names.qty(instrument, fields["qty"]),
            "cum_qty": names.qty(instrument, fields["cum_qty"]),
            "state": fields["state"],
            "reason": fields["reason"],
            "changed": time_text(fields["time_ns"]),
        }


def _cases(reader: JournalReader) -> Iterator[Row]:
    """One row per execution that a client disputes."""
    yield from case_rows(reader, time_text)


def _executed(reader: JournalReader, sight: Sight | None = None) -> Iterator[tuple[Names, Fields]]:
    """Every execution with the names in force when it happened; `sight` sees what went before."""
    names = Names()
    for record in reader:
        if record.kind == KIND_ORDER_EVENT:
            if order_key(record.data)[0] == "executed":
                yield names, record_fields(record.data)
        elif record.kind in (KIND_CONFIG, KIND_STATE_EVENT) or (sight and record.kind in KINDS):
            fields = record_fields(record.data)
            names.take(fields)
            if sight is not None:
                sight.take(fields)


ROWS: dict[str, Callable[[JournalReader], Iterator[Row]]] = {
    "orders": _orders,
    "executions": _executions,
    "decisions": _decisions,
    "trades": _trades,
    "positions": _positions,
    "sessions": _sessions,
    "children": _children,
    "cases": _cases,
    "journal": _journal,
}


def time_text(time_ns: int) -> str:
    """Nanoseconds since 1970 as 2026-11-21T21:00:00.123456789Z."""
    seconds, rest = divmod(time_ns, NS_PER_S)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def _exec_id(node_id: int, fields: Fields) -> str:
    return exec_id_text(node_id, fields["epoch"], fields["seq"], fields["index"])


def _trade_id(node_id: int, fields: Fields) -> str:
    """Step and place in it of the trade's first side, written like that side's ExecID."""
    seq, index = divmod(fields["trade_id"], 1 << TRADE_INDEX_BITS)
    return exec_id_text(node_id, fields["epoch"], seq, index)


def _average(names: Names, fields: Fields) -> str:
    terms = names.instruments[fields["instrument"]]
    return average_text(
        fields["cum_notional"], fields["cum_qty"], terms["tick_mantissa"], terms["price_decimals"]
    )


def _maybe(text: Callable[[int, int], str], instrument: int | None) -> Callable[[int], str | None]:
    """`text` with the instrument given; None for everything where there is no instrument."""
    if instrument is None:
        return lambda value: None
    return lambda value: text(instrument, value)
