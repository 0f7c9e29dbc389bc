"""Records of the journal become rows of the ledger.

    projection = Projection(node_id, names, accounts, mark)
    for record in reader:
        projection.take(record)
    books.write(projection.batch, mark)

A pure fold: no file, no database. The same records give the same rows however they are cut into
batches, and records at or before the mark give none.
"""

from typing import Any

from internaliser.errors import DataError
from internaliser.gateway.ids import exec_id_text, id_text
from internaliser.inspect import time_text
from internaliser.journal.reader import Record
from internaliser.ledger.books import Account, Batch, Row
from internaliser.ledger.schema import (
    ACCOUNTS,
    ASSETS,
    CHILDREN,
    CLIENTS,
    EXECUTIONS,
    INSTRUMENTS,
    ORDERS,
    TRANSFERS,
    VENUE_REPORTS,
    VENUES,
)
from internaliser.model.fields import record_fields
from internaliser.names import OWNER_KINDS, Fields, Names

KIND_VENUE_REPORT = 5  # model/record.pxd
KIND_ADMIN = 9
KIND_CONFIG = 10
KIND_EPOCH = 11
KIND_ORDER_EVENT = 100
KIND_POSTING = 101
KIND_CHILD_EVENT = 102
KIND_STATE_EVENT = 103
# What the ledger is made of. In the journal their (seq, index) only rises.
KINDS = frozenset(
    (
        KIND_VENUE_REPORT,
        KIND_ADMIN,
        KIND_CONFIG,
        KIND_EPOCH,
        KIND_ORDER_EVENT,
        KIND_POSTING,
        KIND_CHILD_EVENT,
        KIND_STATE_EVENT,
    )
)
TRADE_INDEX_BITS = 16  # core/trade.pyx
DEAD = frozenset(("filled", "canceled", "rejected", "expired"))
NAMING = frozenset(("accepted", "rejected", "replaced"))  # give an order its ClOrdID
# Their reason is that of the refusal. A replace that comes too late also tells how the order ended.
REFUSING = frozenset(("cancel_refused", "replace_refused"))
# Say how an order is, or what somebody thinks of it: nothing of it changes.
TELLING = frozenset(("status", "mass_status", "disputed"))
BEFORE_ALL = (0, -1)


class Projection:
    """`batch` holds the rows of what was taken since `begin_batch`; `key` is the last record."""

    def __init__(
        self,
        node_id: int,
        rules_version: int,
        names: Names,
        accounts: dict[int, Account],
        key: tuple[int, int] = BEFORE_ALL,
        epoch: int = 0,
    ) -> None:
        self.node_id = node_id
        self.rules_version = rules_version
        self.names = names
        self.accounts = accounts
        self.key = key
        self.epoch = epoch
        self.time = ""
        self._time_ns = -1
        self.batch = Batch()
        self._command: Fields | None = None  # what asked for the step, where postings need it

    def begin_batch(self) -> None:
        """Forget rows: they are written."""
        self.batch = Batch()

    def take(self, record: Record) -> bool:
        """One record of a kind in KINDS, in order. False: it was taken before, and gave no row."""
        key = (record.seq, record.index)
        kind = record.kind
        if key <= self.key:
            if kind in (KIND_ADMIN, KIND_CONFIG, KIND_STATE_EVENT):
                self._recall(record_fields(record.data))
            return False
        fields = record_fields(record.data)
        if fields["time_ns"] != self._time_ns:  # one step, one time
            self._time_ns = fields["time_ns"]
            self.time = time_text(self._time_ns)
        if kind in (KIND_ADMIN, KIND_CONFIG, KIND_STATE_EVENT):
            self._recall(fields)
        if kind == KIND_ORDER_EVENT:
            self._take_order_event(fields)
        elif kind == KIND_POSTING:
            self._take_posting(fields)
        elif kind == KIND_CHILD_EVENT:
            self._take_child_event(fields)
        elif kind == KIND_VENUE_REPORT:
            self._take_venue_report(fields)
        elif kind == KIND_STATE_EVENT:
            self._take_state_event(fields)
        elif kind == KIND_EPOCH:
            self._take_epoch(fields)
        self.key = key
        return True

    def _recall(self, fields: Fields) -> None:
        """What later records of the same step are read with."""
        if fields["kind"] != "state_event":
            self._command = fields
        if fields["kind"] != "admin":
            self.names.take(fields)

    def _take_epoch(self, fields: Fields) -> None:
        if fields["qty"] != self.rules_version:
            raise DataError(
                f"step {fields['seq']} of the journal begins a run under rules version "
                f"{fields['qty']}, and this program projects version {self.rules_version}: "
                "project it with the version of internaliser that ran the node"
            )
        self.epoch = fields["target_id"]

    def _take_state_event(self, fields: Fields) -> None:
        """A configuration that applied: its row as it is now."""
        asked = self._command
        if fields["of"] != "config" or fields["reason"] is not None:
            return
        assert asked is not None
        assert asked["seq"] == fields["seq"]
        shelf = {
            "asset": (self.names.assets, self._asset_row, ASSETS),
            "instrument": (self.names.instruments, self._instrument_row, INSTRUMENTS),
            "client": (self.names.clients, self._client_row, CLIENTS),
            "source": (self.names.sources, self._venue_row, VENUES),
        }.get(asked["action"])
        if shelf is not None:
            entries, row, table = shelf
            index = next(i for i, entry in enumerate(entries) if entry["name"] == asked["name"])
            self.batch.change(table, row(index, entries[index]))

    def _asset_row(self, index: int, terms: Fields) -> Row:
        return {"asset_id": index, "asset": terms["name"], "decimals": terms["decimals"]}

    def _client_row(self, index: int, terms: Fields) -> Row:
        return {"client_id": index, "client": terms["name"]}

    def _venue_row(self, index: int, terms: Fields) -> Row:
        return {"venue_id": index, "venue": terms["name"]}

    def _instrument_row(self, index: int, terms: Fields) -> Row:
        base, quote = terms["base"], terms["quote"]
        named = {"base": self.names.asset(base), "quote": self.names.asset(quote)}
        told = {name: terms[name] for name in INSTRUMENTS.columns if name in terms}
        ids = {"instrument_id": index, "base_id": base, "quote_id": quote}
        return told | ids | named | {"symbol": terms["name"]}

    def _take_posting(self, fields: Fields) -> None:
        asset = self.names.asset(fields["asset"])
        for side, sign in (("debit", -1), ("credit", 1)):
            self._post(fields, side, asset, sign * fields["amount"])
        trade_id = fields["trade_id"]
        command = self._command
        is_asked = command is not None and command["seq"] == fields["seq"]
        self.batch.add(
            TRANSFERS,
            {
                "seq": fields["seq"],
                "event_index": fields["index"],
                "time": self.time,
                "purpose": fields["purpose"],
                "asset": asset,
                "units": str(fields["amount"]),
                "debit_account": fields["debit_account"],
                "credit_account": fields["credit_account"],
                "trade_id": self._trade_id(trade_id) if trade_id else None,
                "note": _plain(command["note"]) or None if command and is_asked else None,
            },
        )

    def _post(self, fields: Fields, side: str, asset: str, units: int) -> None:
        number, kind = fields[f"{side}_account"], fields[f"{side}_kind"]
        owner = self.names.owner(kind, fields[f"{side}_owner"])
        whose = (OWNER_KINDS[kind], owner, asset)
        account = self.accounts.setdefault(number, Account(*whose))
        if account.whose != whose:
            raise DataError(
                f"step {fields['seq']}: account {number} is {' '.join(account.whose)} in the "
                f"ledger and {' '.join(whose)} in the journal"
            )
        account.units += units
        self.batch.change(
            ACCOUNTS,
            {
                "account_id": number,
                "owner_kind": whose[0],
                "owner": owner,
                "asset": asset,
                "balance_units": str(account.units),
                "changed_seq": fields["seq"],
            },
        )

    def _take_order_event(self, fields: Fields) -> None:
        event = fields["event"]
        if fields["order_id"] and event not in TELLING:
            self.batch.change(ORDERS, self._order_row(fields))
        if event == "executed":
            self.batch.add(EXECUTIONS, self._execution_row(fields))

    def _order_row(self, fields: Fields) -> Row:
        instrument = fields["instrument"]
        names = self.names
        is_open = fields["ord_status"] not in DEAD
        row = {
            "order_id": id_text(self.node_id, fields["order_id"]),
            "client": names.client(fields["client"]),
            "cl_ord_id": _plain(fields["cl_ord_id"]) if fields["event"] in NAMING else None,
            "symbol": _plain(fields["symbol"]) if instrument is None else names.symbol(instrument),
            "side": fields["side"],
            "ord_type": fields["ord_type"],
            "tif": fields["tif"],
            "price_ticks": fields["price"] or None,
            "price": None,
            "cum_quote_units": "0",
            "status": fields["ord_status"],
            "reason": None if fields["event"] in REFUSING else fields["reason"],
            "is_open": int(is_open),
            "opened_seq": fields["seq"],
            "opened": self.time,
            "changed_seq": fields["seq"],
            "changed": self.time,
        }
        for name in ("qty", "cum_qty", "leaves_qty"):
            row[f"{name}_lots"] = fields[name]
            row[name] = None if instrument is None else names.qty(instrument, fields[name])
        if instrument is not None:
            units = names.instruments[instrument]["tick_lot_quote_units"]
            row["cum_quote_units"] = str(fields["cum_notional"] * units)
            if fields["price"]:
                row["price"] = names.price(instrument, fields["price"])
        return row

    def _execution_row(self, fields: Fields) -> Row:
        instrument = fields["instrument"]
        names = self.names
        units = names.instruments[instrument]["tick_lot_quote_units"]
        node = self.node_id
        return {
            "seq": fields["seq"],
            "event_index": fields["index"],
            "time": self.time,
            "exec_id": exec_id_text(node, fields["epoch"], fields["seq"], fields["index"]),
            "trade_id": self._trade_id(fields["trade_id"]),
            "order_id": id_text(node, fields["order_id"]),
            "cl_ord_id": _plain(fields["cl_ord_id"]),
            "client": names.client(fields["client"]),
            "symbol": names.symbol(instrument),
            "side": fields["side"],
            "liquidity": fields["liquidity"],
            "venue": names.source(fields["source"]),
            "venue_exec_id": _plain(fields["note"]) or None,
            "contra_id": id_text(node, fields["contra_id"]),
            "last_qty_lots": fields["last_qty"],
            "last_px_ticks": fields["last_px"],
            "last_qty": names.qty(instrument, fields["last_qty"]),
            "last_px": names.price(instrument, fields["last_px"]),
            "quote_units": str(fields["last_qty"] * fields["last_px"] * units),
            "fee_units": str(fields["fee"]),
        }

    def _take_child_event(self, fields: Fields) -> None:
        instrument = fields["instrument"]
        names = self.names
        self.batch.change(
            CHILDREN,
            {
                "child_id": id_text(self.node_id, fields["child_id"]),
                "parent_id": id_text(self.node_id, fields["parent_id"]),
                "venue": names.source(fields["source"]),
                "symbol": names.symbol(instrument),
                "side": fields["side"],
                "price_ticks": fields["price"],
                "qty_lots": fields["qty"],
                "cum_qty_lots": fields["cum_qty"],
                "price": names.price(instrument, fields["price"]),
                "qty": names.qty(instrument, fields["qty"]),
                "cum_qty": names.qty(instrument, fields["cum_qty"]),
                "state": fields["state"],
                "reason": fields["reason"],
                "requested_seq": fields["seq"],
                "requested": self.time,
                "changed_seq": fields["seq"],
                "changed": self.time,
            },
        )

    def _take_venue_report(self, fields: Fields) -> None:
        asset = fields["fee_asset"]
        self.batch.add(
            VENUE_REPORTS,
            {
                "seq": fields["seq"],
                "time": self.time,
                "venue": self.names.source(fields["source"]),
                "child_id": id_text(self.node_id, fields["target_id"]),
                "exec_type": fields["exec_type"],
                "ord_status": fields["ord_status"],
                "last_qty_lots": fields["last_qty"],
                "last_px_ticks": fields["last_px"],
                "cum_qty_lots": None if fields["cum_qty"] < 0 else fields["cum_qty"],
                "fee_units": str(fields["fee"]),
                "fee_asset": None if asset is None else self.names.asset(asset),
                "venue_exec_id": _plain(fields["note"]) or None,
                "is_final": int(fields["is_final"]),
                "not_found": int(fields["not_found"]),
            },
        )

    def _trade_id(self, trade_id: int) -> str:
        """As `dump trades` has it: step and place of the trade's first record in this epoch."""
        seq, index = divmod(trade_id, 1 << TRADE_INDEX_BITS)
        return exec_id_text(self.node_id, self.epoch, seq, index)


def _plain(text: Any) -> str:
    """A text a client or venue sent, its control characters shown: no database takes them all."""
    if text.isprintable():
        return str(text)
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
