"""Trading inside the node against the slow trusted core: every event, balance and book."""

from typing import Any

from hypothesis import given

from internaliser.model.records import Record
from tests.oracle.core import OracleClient, OracleCore, OracleSession, Told

from .stream import CLIENTS, SOURCES, Driver, local_stream, quick

START = {"C3": (40, 5_000)}  # lots and money the driver funds


def told_by(events: list[Record]) -> list[Told]:
    return [
        ("mass", event.client, event.cl_ord_id, event.affected)
        if event.kind == "mass_event"
        else (
            event.client, event.cl_ord_id, event.orig_cl_ord_id, event.event, event.ord_status,
            event.cum_qty, event.qty, event.last_qty, event.last_px, event.liquidity, event.fee,
            event.reason,
        )
        for event in events
        if event.kind in ("order_event", "mass_event")
    ]  # fmt: skip


def oracle() -> OracleCore:
    outside = max(source["taker_fee"] for source in SOURCES)
    clients = []
    for number, terms in enumerate(CLIENTS):
        lots, money = START.get(f"C{number}", (0, 0))
        clients.append(
            OracleClient(
                maker_fee=terms.get("maker_fee", 0),
                taker_fee=terms.get("taker_fee", 0),
                routed_fee=terms.get("routed_fee", 0) + outside,
                self_match=terms.get("self_match", 0),
                is_unlimited=bool(terms.get("has_unlimited_credit", 1)),
                lots=lots,
                money=money,
            )
        )
    sessions = [OracleSession(client) for client in (0, 1, 2, 3, 0)]
    return OracleCore(clients, sessions, expiry_chunk=4)


class Twins(Driver):
    """Gives every command to both."""

    def __init__(self) -> None:
        super().__init__(closed_orders_max=1000)  # the oracle forgets nothing
        self.oracle = oracle()
        self.expected: list[Told] = []
        self.counts: list[int] = []  # the oracle's, at the first steps of `unfinished`

    def new(self, client: int, side: str, price: int, qty: int, tif: str, flags: int) -> bytes:
        command = super().new(client, side, price, qty, tif, flags)
        price = 0 if tif == "market" else price
        session = self.session_of(client, qty)
        self.expected = self.oracle.new(client, self.names[-1][1], side, qty, price, tif, session)
        return command

    def cancel(self, pick: int) -> bytes | None:
        command = super().cancel(pick)
        if command is not None:
            client, orig = self.named(pick)
            self.expected = self.oracle.cancel(client, f"n{self.count}", orig)
        return command

    def replace(self, pick: int, price: int, qty: int, tif: str | None) -> bytes | None:
        if not self.names:
            return None
        client, orig = self.named(pick)
        command = super().replace(pick, price, qty, tif)
        name = self.names[-1][1]
        self.expected = self.oracle.replace(client, name, orig, qty, price, client, tif)
        return command

    def mass(self, client: int, side: str | None) -> bytes:
        command = super().mass(client, side)
        self.expected = self.oracle.mass_cancel(client, f"n{self.count}", side)
        return command

    def presence(self, session: int, is_up: bool, cancels: str) -> bytes:
        self.expected = self.oracle.link(session, is_up, cancels)
        return super().presence(session, is_up, cancels)

    def timer(self) -> bytes | None:
        command = super().timer()
        if command is not None:
            self.expected = self.oracle.timer()
        return command

    def day(self) -> bytes:
        self.expected = self.oracle.sweep("day_end")
        return super().day()

    def sweep(self) -> bytes:
        self.expected = self.oracle.sweep("cancel_all")
        return super().sweep()

    def note_rest(self, step: tuple[Any, ...], events: list[Record]) -> None:
        super().note_rest(step, events)
        if len(self.unfinished) > len(self.counts):
            self.counts.append(self.oracle.count)

    def go_on(self, pick: int) -> bytes | None:
        command = super().go_on(pick)
        if command is not None:
            what, _ = self.unfinished[pick % len(self.unfinished)]
            first = self.counts[pick % len(self.unfinished)]
            self.expected = self.oracle.sweep("day_end" if what == "day" else "cancel_all", first)
        return command

    def look_at(self, events: list[Record]) -> None:
        super().look_at(events)
        assert told_by(events) == self.expected
        assert self.market.core.depth(0) == self.oracle.depth()


@quick
@given(local_stream)
def test_every_event_every_balance_and_the_book_are_the_oracles(
    stream: list[tuple[Any, ...]],
) -> None:
    twins = Twins()
    twins.play(stream)
    rows = {(row["owner"], row["asset"]): row for row in twins.market.core.accounts()}
    for number, client in enumerate(twins.oracle.clients):
        for asset, balance, reserved in (
            ("BTC", client.lots, client.lots_reserved),
            ("USD", client.money, client.money_reserved),
        ):
            row = rows.get((f"C{number}", asset), {"balance": 0, "reserved": 0})
            assert (row["balance"], row["reserved"]) == (balance, reserved)
    assert rows.get(("house", "USD"), {"balance": 0})["balance"] == twins.oracle.house
