"""A node's journal that grows: a core under a random mix, journalled in turns, crashed and resumed.

    grower = Grower(folder, seed=1)
    grower.turns(10)            # some steps each; what a turn wrote is durable at its end
    grower.crash()              # the process dies, perhaps inside a write, and starts again
    grower.close()

Everything that posts is in the mix: trades inside with fees and rebates, fills at two venues with
fees in three assets, fills for the house, funding up and down, transfers, children resolved by
the operator. No sessions, no clock.
"""

from pathlib import Path
from random import Random

from internaliser.core.core import Core
from internaliser.journal.fault import segment_numbers, segment_path
from internaliser.journal.folder import DataFolder
from internaliser.journal.writer import JournalWriter
from internaliser.model import records
from internaliser.model.commands import admin_command, config_command, epoch_command
from internaliser.model.records import read_records, split_records
from internaliser.recovery import recover

NODE_ID = 3
NS = 10**9
SILENT, FAULT = 1, -1
SEGMENT_SIZE = 1 << 18
BATCH_MAX = 1 << 13
ASSETS = {"BTC": 18, "USD": 6, "FEE": 0}
INSTRUMENT = {
    "base": 0, "quote": 1, "is_open": 1, "price_decimals": 2, "tick_mantissa": 5,
    "lot_mantissa": 1, "qty_decimals": 4, "price_min": 1, "price_max": 10**6, "qty_min": 1,
    "qty_max": 10**9, "lot_base_units": 10**14, "tick_lot_quote_units": 5,
}  # fmt: skip
LIMITS = {
    "orders_max": 4000, "closed_orders_max": 500, "children_max": 2000, "expiry_chunk": 50,
    "fills_per_step_max": 200, "levels_max": 2000,
}  # fmt: skip
CLIENTS = {
    "ANN": {"maker_fee": 0, "taker_fee": 0, "routed_fee": 0},
    "BEN": {"maker_fee": -1_000_000, "taker_fee": 2_000_000, "routed_fee": 500_000},
    "CAN": {"maker_fee": 500_000, "taker_fee": 1_000_000, "self_match": 2},
}
SOURCES = {"NORTH": {"taker_fee": 1_000_000}, "SOUTH": {"taker_fee": -500_000}}
LISTING = {"instrument": 0, "is_listed": 1, "price_step": 1, "qty_step": 1}
FUNDED_MAX = 10**30


class Grower:
    """One journal; `core` is the state it leads to."""

    def __init__(self, data: Path, seed: int) -> None:
        self.data = data
        self.random = Random(seed)
        self.now_ns = 1_700_000_000 * NS
        self.count = 0
        self.names: list[tuple[int, str]] = []
        self.children: dict[int, tuple[int, int, int]] = {}  # source, price, qty left
        self._open(Core(NODE_ID))
        self._apply(epoch_command(1, self.core.rules_version))
        self._configure()
        self._end_turn()

    def turns(self, count: int, steps_max: int = 12) -> None:
        """So many turns of the core thread."""
        for _ in range(count):
            for _ in range(self.random.randint(1, steps_max)):
                self._step()
            self._end_turn()

    def crash(self, *, is_torn: bool = False) -> None:
        """Die with a turn under way and start again; `is_torn`: half a batch stands at the end."""
        self._step()
        self.close()
        if is_torn:
            self._tear()
        self.start()

    def start(self) -> None:
        """Begin another run on the folder as it is, after `close`."""
        state = recover(self.data, node_id=NODE_ID)
        self._open(state.core)
        state.roster.open_journal(self.writer)
        state.steps.open_journal(self.writer)
        if not state.replay.is_complete:
            state.replay.complete()
        self._apply(epoch_command(self.core.epoch + 1, self.core.rules_version))
        for source in range(len(SOURCES)):
            self._apply(records.source_state(source=source, action="up"))
        self._end_turn()

    def close(self) -> None:
        """The end of the process; what was not committed is gone."""
        self.writer.close()
        self.folder.close()

    def _open(self, core: Core) -> None:
        self.core = core
        self.folder = DataFolder(self.data)
        self.writer = JournalWriter(
            self.folder,
            node_id=NODE_ID,
            policy="off",
            segment_size=SEGMENT_SIZE,
            batch_max=BATCH_MAX,
            ahead=1,
            rules_version=core.rules_version,
        )

    def _tear(self) -> None:
        """Bytes behind the last batch, as a write cut short leaves them."""
        path = segment_path(self.folder.journal, segment_numbers(self.folder.journal)[-1])
        content = path.read_bytes()
        end = len(content.rstrip(b"\0")) + 7 & ~7
        if 72 < end < len(content) - 64:  # behind the head, and room left
            with path.open("r+b") as file:
                file.seek(end + 16)
                file.write(self.random.randbytes(32))

    def _end_turn(self) -> None:
        self.writer.end_batch(self.core.now_ns, False)

    def _apply(self, command: bytes) -> None:
        stamped = bytearray(command)
        stamped[16:24] = self.now_ns.to_bytes(8, "little")
        result, command, views, events = self.core.apply_raw(bytes(stamped))
        assert result != FAULT, self.core.fault
        if result != SILENT:
            for record in [*split_records(views), command, *split_records(events)]:
                self.writer.write(record)
        for event in read_records(events):
            if event.kind == "child_event" and event.event == "requested":
                self.children[event.child_id] = (event.source, event.price, event.qty)
        self.now_ns += self.random.randint(1, NS // 10)

    def _config(self, kind: str, values: dict[str, int], name: str = "") -> None:
        self._apply(config_command(kind, values, name=name))

    def _configure(self) -> None:
        self._config("limits", LIMITS)
        for name, decimals in ASSETS.items():
            self._config("asset", {"decimals": decimals}, name)
        self._config("instrument", INSTRUMENT, "BTC/USD")
        for name, terms in CLIENTS.items():
            self._config("client", {"has_unlimited_credit": 1, "scope": 2, **terms}, name)
        for name, terms in SOURCES.items():
            values = {"kind": 2, "has_unlimited_credit": 1, "answer_after_ns": 5 * NS, **terms}
            self._config(
                "source", {"child_rounds_max": 50, "stale_after_ns": 90 * NS, **values}, name
            )
        for source in range(len(SOURCES)):
            listing = config_command(
                "listing", {"source": source, **LISTING}, name="BTC/USD", note="BTCUSD"
            )
            self._apply(listing)
            self._apply(records.source_state(source=source, action="up"))

    # --- the mix ----------------------------------------------------------------------------------

    def _step(self) -> None:
        mix = {
            self._new: 40, self._cancel: 6, self._replace: 6, self._view: 14, self._report: 22,
            self._fund: 2, self._transfer: 3, self._timer: 5, self._resolve: 2, self._link: 1,
            self._mark: 2, self._venue_balance: 2,
        }  # fmt: skip
        choice = self.random.choices(list(mix), list(mix.values()))[0]
        command = choice()
        if command is not None:
            self._apply(command)

    def _name(self) -> str:
        self.count += 1
        return f"{'é' if self.count % 50 == 0 else 'n'}{self.count}"

    def _pick(self) -> tuple[int, str]:
        return self.random.choice(self.names[-40:])

    def _new(self) -> bytes:
        pick = self.random
        client, name = pick.randrange(len(CLIENTS)), self._name()
        self.names.append((client, name))
        is_market = pick.random() < 0.1
        return records.new_order(
            client=client,
            instrument=None if pick.random() < 0.01 else 0,
            symbol="NO\tSUCH",
            side=pick.choice(("buy", "sell")),
            qty=pick.randint(1, 5000),
            price=0 if is_market else pick.randint(990, 1010),
            ord_type="market" if is_market else "limit",
            tif=pick.choice(("day", "day", "gtc", "ioc", "fok")) if not is_market else "day",
            cl_ord_id=name,
            session=None,
        )

    def _cancel(self) -> bytes | None:
        if not self.names:
            return None
        client, orig = self._pick()
        return records.cancel_order(
            client=client, cl_ord_id=self._name(), orig_cl_ord_id=orig, session=None
        )

    def _replace(self) -> bytes | None:
        if not self.names:
            return None
        client, orig = self._pick()
        name = self._name()
        self.names.append((client, name))
        return records.replace_order(
            client=client,
            cl_ord_id=name,
            orig_cl_ord_id=orig,
            qty=self.random.randint(1, 5000),
            price=self.random.randint(990, 1010),
            session=None,
        )

    def _view(self) -> bytes:
        pick = self.random
        bids = {999 - pick.randint(0, 8): pick.randint(1, 4000) for _ in range(4)}
        asks = {1001 + pick.randint(0, 8): pick.randint(1, 4000) for _ in range(4)}
        return records.market_view(
            source=pick.randrange(len(SOURCES)),
            instrument=0,
            bids=sorted(bids.items(), reverse=True),
            asks=sorted(asks.items()),
        )

    def _report(self) -> bytes | None:
        if not self.children:
            return None
        pick = self.random
        child_id = pick.choice(list(self.children)[-20:])
        source, price, left = self.children[child_id]
        what = pick.choice(("fill", "fill", "fill", "over", "expired", "rejected", "new"))
        if what in ("fill", "over") and left > 0:
            last = left + 1 if what == "over" else pick.randint(1, left)
            self.children[child_id] = (source, price, left - last)
            return records.venue_report(
                source=source,
                child_id=child_id,
                last_qty=last,
                last_px=price,
                exec_id=f"v{self._name()}",
                fee=pick.choice((0, 7, -3, 10**16)),
                fee_asset=pick.choice((None, 0, 1, 2)),
                is_final=last >= left,
            )
        if what in ("fill", "over"):
            return None
        is_final = what != "new"
        return records.venue_report(
            source=source, child_id=child_id, exec_type=what, is_final=is_final
        )

    def _fund(self) -> bytes:
        pick = self.random
        kind = pick.choice((1, 1, 2))
        values = {
            "asset": pick.randrange(len(ASSETS)),
            "amount": pick.randint(0, FUNDED_MAX),
            "owner_kind": kind,
            "owner": pick.randrange(len(CLIENTS) if kind == 1 else len(SOURCES)),
        }
        return config_command("funding", values)

    def _transfer(self) -> bytes:
        pick = self.random
        return admin_command(
            "transfer",
            transfer={
                "asset": pick.randrange(len(ASSETS)),
                "debit_kind": 1,
                "debit_owner": pick.randrange(len(CLIENTS)),
                "credit_kind": pick.choice((3, 4)),
                "credit_owner": 0,
                "amount": pick.randint(1, 10**24),
            },
            note="ann: fees of the month",
        )

    def _timer(self) -> bytes | None:
        self.now_ns += NS
        return self.core.timer_due(self.now_ns)

    def _resolve(self) -> bytes | None:
        unknown = [row for row in self.core.children(live_only=True) if row["state"] == "unknown"]
        if not unknown:
            return None
        row = self.random.choice(unknown)
        filled = self.random.randint(row["cum_qty"], row["qty"])
        self.children.pop(row["child_id"], None)
        return admin_command(
            "resolve_child",
            target_id=row["child_id"],
            qty=filled,
            price=row["price"],
            note="ann: by phone",
        )

    def _link(self) -> bytes:
        source = self.random.randrange(len(SOURCES))
        self._apply(records.source_state(source=source, action="down"))
        return records.source_state(source=source, action="up")

    def _mark(self) -> bytes:
        return records.mark(instrument=0, price=2 * self.random.randint(990, 1010))

    def _venue_balance(self) -> bytes:
        """What a venue states: evidence beside the accounts, posts nothing."""
        pick = self.random
        return records.venue_balance(
            source=pick.randrange(len(SOURCES)),
            asset=pick.randrange(len(ASSETS)),
            free=pick.randint(0, FUNDED_MAX),
        )
