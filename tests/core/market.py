"""A core with one instrument, and what a journal would hold of it."""

from internaliser.core.core import Core
from internaliser.model import records
from internaliser.model.commands import config_command
from internaliser.model.records import Record, read_records

NS = 1_000_000_000
SILENT = 1
FAULT = -1
LIMITS = {
    "orders_max": 1000, "closed_orders_max": 100, "children_max": 100, "expiry_chunk": 3,
    "fills_per_step_max": 50, "levels_max": 1000,
}  # fmt: skip
INSTRUMENT = {
    "base": 0, "quote": 1, "is_open": 1, "price_decimals": 2, "tick_mantissa": 1,
    "lot_mantissa": 1, "qty_decimals": 0, "price_min": 1, "price_max": 10**9, "qty_min": 1,
    "qty_max": 10**9, "lot_base_units": 1, "tick_lot_quote_units": 1,
}  # fmt: skip
LISTING = {"is_listed": 1, "price_step": 1, "qty_step": 1}


class Market:
    """A core with everything that goes through it recorded as the journal would."""

    def __init__(self, node_id: int = 1, **limits: int) -> None:
        self.core = Core(node_id, orders_max=5000, levels_max=5000)
        self.now_ns = 1_000 * NS
        self.journal: list[bytes] = []
        self.events: list[bytes] = []
        self.clients: dict[str, int] = {}
        self.sources: dict[str, int] = {}
        self.assets: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.apply(records.epoch(time_ns=self.now_ns))
        self.configure("limits", {**LIMITS, **limits})
        self.asset("BTC", 0)
        self.asset("USD", 2)
        self.configure("instrument", INSTRUMENT, "BTC/USD")

    def apply(self, command: bytes) -> list[Record]:
        result, stamped, views, events = self.core.apply_raw(command)
        assert result != FAULT, f"seq {self.core.seq}: {self.core.fault}"
        if result != SILENT:
            self.journal += [*records.split_records(views), stamped]
            self.events.append(events)
        self.core.check()
        return read_records(events)

    def configure(self, kind: str, values: dict[str, int], name: str = "", note: str = "") -> None:
        events = self.apply(config_command(kind, values, name=name, note=note))
        assert events[-1].reason is None, events

    def asset(self, name: str, decimals: int) -> None:
        self.configure("asset", {"decimals": decimals}, name)
        self.assets[name] = len(self.assets)

    def client(self, name: str, **terms: int) -> None:
        self.configure("client", {"has_unlimited_credit": 1, "scope": 2, **terms}, name)
        self.clients.setdefault(name, len(self.clients))

    def session(self, client: str) -> None:
        ids = {"client": self.clients[client], "source": 0xFFFF}
        number = len(self.core.sessions())
        self.configure("session", ids, f"FIX.4.{number}", f"NODE>{client}")

    def source(self, name: str, **terms: int) -> None:
        values = {"kind": 2, "has_unlimited_credit": 1, "answer_after_ns": 5 * NS, **terms}
        self.configure("source", {"child_rounds_max": 3, **values}, name)
        if name not in self.sources:
            self.sources[name] = len(self.sources)
            self.listing(name)

    def listing(self, source: str, **terms: int) -> None:
        values = {"source": self.sources[source], "instrument": 0, **LISTING, **terms}
        self.configure("listing", values, "BTC/USD", "BTCUSD")

    def fund(self, owner: str, asset: str, amount: int, kind: str = "funding") -> None:
        is_client = owner in self.clients
        index = self.clients[owner] if is_client else self.sources[owner]
        values = {
            "asset": self.assets[asset], "amount": amount, "owner": index,
            "owner_kind": 1 if is_client else 2,
        }  # fmt: skip
        self.configure(kind, values)

    def replayed(self) -> Core:
        """A second core, fed with what the journal holds; its events must be the recorded ones."""
        other = Core(self.core.node_id, orders_max=5000, levels_max=5000)
        recorded = iter(self.events)
        for command in self.journal:
            result, stamped, views, events = other.apply_raw(command)
            assert result != FAULT, other.fault
            assert views == b"", "replay reads no view that the journal does not hold"
            if result != SILENT:
                assert stamped == command
                assert read_records(events) == read_records(next(recorded))
        assert next(recorded, None) is None
        return other

    def copied(self) -> Core:
        other = Core(self.core.node_id, orders_max=5000, levels_max=5000)
        other.load(self.core.snapshot(), self.core.seq)
        return other
