"""The same world with an outside market in it, which misbehaves.

    RoutedWorld(seed, folder).run(steps)

At the end, when the market has told all it ever will, the node must believe what is true: every
child done with the quantity that was filled, the venue's account the sum of it, nothing twice.
"""

from pathlib import Path

from internaliser.config import Config
from tests.node.fix import split
from tests.simulation.judge import Judge
from tests.simulation.venue import SYMBOL, Venue
from tests.simulation.wire import Wire
from tests.simulation.world import OVERRIDES, World
from tests.whole_node import VENUE, plain_config

NS_PER_S = 10**9
RELINK_NS = 20 * NS_PER_S  # while settling: what stays unknown needs a new link as evidence


class RoutedWorld(World):
    """`venue` holds the truth; its link to the node is dialled by the node."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.source_link: int | None = None
        self.relinked_ns = 0
        super().__init__(seed, folder)
        self.venue = Venue(self.random, forgets=self.config.venues[0].reset_on_logon)
        self.to_venue, self.from_venue = Wire(self.random), Wire(self.random)
        self.unread = b""

    def step(self) -> None:
        """As everywhere; and the outside market comes and goes."""
        pick = self.random.random()
        if self.source_link is None and pick < 0.3:
            self._dial()
        elif pick < 0.015:
            self._cut_source()
            if self.venue.forgets and pick < 0.005:
                self.venue.restart()
        super().step()

    def _choose_config(self) -> Config:
        sync = self.random.choice(("batch", "off"))
        resets = self.random.choice(("true", "false"))
        changes = (f"journal.sync={sync}", f"venues.SIM.reset_on_logon={resets}")
        return plain_config(*OVERRIDES, *changes, more=VENUE)

    def _new_judge(self) -> Judge:
        symbols = [one.symbol for one in self.config.instruments]
        return Judge(routed=frozenset((symbols.index(SYMBOL.decode()),)))

    # --- the link ------------------------------------------------------------------------------

    def _dial(self) -> None:
        rows = self.node.state.core.sessions()
        session = next(row["index"] for row in rows if row["source"] is not None)
        self.to_venue, self.from_venue = Wire(self.random), Wire(self.random)
        self.unread = b""
        self.venue.connected()
        self.source_link = self.node.connect(self.now_ns, session)
        self.relinked_ns = self.now_ns

    def _cut_source(self) -> None:
        """The link is lost; of what was under way a part still arrives."""
        if self.source_link is None:
            return
        self.to_venue.lose()
        self.from_venue.lose()
        self._arrive_at_venue(self.now_ns + NS_PER_S)
        late = self.from_venue.take(self.now_ns + NS_PER_S)
        if late:
            self.node.receive(self.source_link, late, self.now_ns)
        self.node.disconnect(self.source_link, self.now_ns)
        self._lose_source()

    def _lose_source(self) -> None:
        self.source_link = None
        self.venue.is_logged_on = False

    def _break_all(self) -> None:
        super()._break_all()
        self._cut_source()

    # --- one turn ------------------------------------------------------------------------------

    def _arrive_at_node(self) -> None:
        super()._arrive_at_node()
        if self.source_link is not None:
            data = self.from_venue.take(self.now_ns)
            if data:
                self.node.receive(self.source_link, data, self.now_ns)

    def _after_turn(self) -> None:
        super()._after_turn()
        if self.source_link is None:
            return
        self.to_venue.put(self.node.sent(self.source_link), self.now_ns)
        if self.node.door.is_closing(self.source_link):
            self._cut_source()

    def _arrive_at_clients(self) -> None:
        super()._arrive_at_clients()
        self._arrive_at_venue(self.now_ns)
        if self.source_link is not None and self.venue.hang_up:
            self._cut_source()

    def _arrive_at_venue(self, until_ns: int) -> None:
        messages, self.unread = split(self.unread + self.to_venue.take(until_ns))
        out = b"".join(self.venue.take(message, self.client_ns) for message in messages)
        out += self.venue.on_time(self.client_ns)
        if self.source_link is not None:
            self.from_venue.put(out, self.now_ns)

    def _crash(self, kind: str) -> None:
        if self.source_link is not None:
            self.to_venue.lose()
            self._arrive_at_venue(self.now_ns + NS_PER_S)
            self._lose_source()
        super()._crash(kind)

    # --- the end -------------------------------------------------------------------------------

    def settle(self) -> None:
        """From now on the market behaves; what it did before comes out."""
        self.venue.is_tame = True
        super().settle()

    def _is_settled(self) -> bool:
        if self.source_link is None:
            self._dial()
        unknown = self.node.state.core.children(live_only=True)
        if unknown and self.now_ns - self.relinked_ns > RELINK_NS:
            self._cut_source()
        is_under_way = self.venue.held_back or self.to_venue.pieces or self.from_venue.pieces
        is_told = self.venue.is_logged_on and not is_under_way
        if unknown or not is_told or self.now_ns - self.relinked_ns < NS_PER_S:
            return False
        return super()._is_settled()

    def _compare_live(self) -> None:
        super()._compare_live()
        self._crash("kill")  # the judge reads the whole journal
        found = [*self.venue.faults, *self._child_differences(), *self._account_differences()]
        if found:
            self._fail(found)

    def _child_differences(self) -> list[str]:
        found = []
        for child_id, child in self.judge.children.items():
            name = f"1-{child_id >> 44}-{child_id & (1 << 44) - 1}"
            order = self.venue.orders.get(name.encode())
            truth = order.cum_qty if order else 0
            if (child.cum_qty, child.state) != (truth, "done"):
                found.append(f"child {name}: {child}, the venue has {order}")
        known = {f"1-{c >> 44}-{c & (1 << 44) - 1}".encode() for c in self.judge.children}
        found += [
            f"nobody asked for {order}"
            for name, order in self.venue.orders.items()
            if name not in known
        ]
        return found

    def _account_differences(self) -> list[str]:
        """What the venue gave and got is the sum of what was filled there."""
        lots = cents = 0
        for order in self.venue.orders.values():
            sign = -1 if order.side == b"1" else 1
            lots += sign * order.cum_qty
            cents -= sign * order.cum_qty * order.px
        rows = self.node.state.core.accounts()
        balances = {row["asset"]: row["balance"] for row in rows if row["owner"] == "SIM"}
        found = (balances.get("TEST1", 0), balances.get("USD", 0))
        return [] if found == (lots, cents) else [f"account at SIM {found}, filled {lots, cents}"]
