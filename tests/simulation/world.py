"""A world from one seed: clients on bad wires, a dying node, a disk that forgets, a jumping clock.

    world = World(seed, folder)
    world.run(steps)

Raises SimulationFailed with the seed, the step and what was found.
"""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from internaliser.config import Config
from internaliser.model.commands import admin_command
from internaliser.recovery import recover
from tests.node.fix import Fields, body_of, fields_of, split, time_text
from tests.node.trader import Report, Trader
from tests.simulation.disk import full_at, image, tear
from tests.simulation.judge import Judge
from tests.simulation.wire import Wire
from tests.whole_node import NS_PER_MS, SEGMENT_SIZE, START_NS, WholeNode, plain_config

NS_PER_S = 10**9
CLIENTS = 4
OVERRIDES = (
    "limits.expiry_chunk=3",
    "fix.resend_chunk=7",
    "fix.heart_bt_max_s=30",
    "clients.CLIENT1.cancel_on_disconnect=session",
    "clients.CLIENT2.cancel_on_disconnect=account",
    "clients.CLIENT2.cancel_grace_ms=400",
)
MASS_SHARE = 0.01  # of a client's requests are about all its orders of a side or a symbol
BURST_MAX = 4
BATCH_BURST = 120  # requests in one turn: more than one batch
QUIET_STEPS_MAX = 20_000  # to answer everything at the end
SETTLE_TICK_NS = 20 * NS_PER_MS
JUMP_S = (1, 40)
LONG_JUMP_S = 7200


class SimulationFailed(AssertionError):
    """The seed is the bug report."""


@dataclass(slots=True)
class Client(Trader):
    """A trader that takes a Logout as what it is, and a ResendRequest even within a gap; and now
    and then cancels many orders at once."""

    mass_canceled: int = 0  # orders, as its reports add up

    def trade(self, now_ns: int) -> bytes:
        """As its mix has it, or a mass cancel."""
        if self.random.random() >= MASS_SHARE:
            return Trader.trade(self, now_ns)
        body = [(b"11", self._new_id())]
        if self.random.random() < 0.5:
            body += [(b"530", b"1"), (b"55", self.random.choice(self.symbols))]
        else:
            body += [(b"530", b"7"), (b"54", self.random.choice((b"1", b"2")))]
        return self._request(b"q", [*body, (b"60", time_text(now_ns))], now_ns)

    def take(self, message: bytes, now_ns: int) -> bytes:
        """Two gaps must not wait for each other: the node fills its ResendRequest in again."""
        values = dict(fields_of(message))
        out = b""
        if values[b"35"] == b"2" and int(values[b"34"]) > self.next_in:
            out = self._resend(int(values[b"7"]), int(values[b"16"]), now_ns)
        return out + Trader.take(self, message, now_ns)

    def _on_turn(self, fields: Fields, values: dict[bytes, bytes], now_ns: int) -> bytes:
        if values[b"35"] == b"r":
            self.told[self.next_in] = (b"r", body_of(fields))
            self.next_in += 1
            self.resend_asked_ns = now_ns
            self._answered(values[b"11"], Report(self.next_in - 1, values))
            self.mass_canceled += int(values[b"533"])
            return b""
        if values[b"35"] != b"5":
            return Trader._on_turn(self, fields, values, now_ns)
        self.next_in += 1
        self.is_logged_on = False
        return self._write(b"5", [], now_ns)


@dataclass(slots=True)
class Connection:
    """One client's link to the node: two wires, and what is not a whole message yet."""

    client: Client
    to_node: Wire
    to_client: Wire
    link: int | None  # None: the node's end is gone
    unread: bytes = b""


@dataclass(slots=True)
class Counts:
    """What happened, so that a test can say that it did happen."""

    crashes: dict[str, int] = field(default_factory=dict)
    cuts: int = 0
    turns: int = 0


class World:
    """Everything random comes from `seed`."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.folder = folder
        self.now_ns = START_NS  # the node's clock, which may be set back
        self.client_ns = START_NS  # the clients', which is not
        self.config = self._choose_config()
        self.clients = [
            Client(b"CLIENT%d" % number, Random(seed * 100 + number))
            for number in range(1, CLIENTS + 1)
        ]
        self.connections: dict[bytes, Connection] = {}
        self.judge = self._new_judge()
        self.counts = Counts()
        self.hashes: dict[int, str] = {}  # the state after each turn, by seq
        self.released_seq = 0  # outputs up to here have left
        self.step_no = 0
        self.node = self._start()

    def run(self, steps: int) -> None:
        """So many steps, then everything is answered and compared."""
        try:
            for self.step_no in range(1, steps + 1):
                self.step()
            self.settle()
        except SimulationFailed:
            raise
        except Exception as error:
            raise SimulationFailed(f"{self._where()}: {error!r}") from error

    def _choose_config(self) -> Config:
        return plain_config(*OVERRIDES, f"journal.sync={self.random.choice(('batch', 'off'))}")

    def _new_judge(self) -> Judge:
        return Judge()

    def step(self) -> None:
        """One thing happens, the clock ticks, bytes arrive, the turn ends."""
        pick = self.random.random()
        if pick < 0.70:
            self._trade()
        elif pick < 0.80:
            self._connect_one()
        elif pick < 0.84:
            self._ask_again()
        elif pick < 0.87:
            self._operate()
        elif pick < 0.89:
            self._cut_one()
        elif pick < 0.905:
            self._jump()
        elif pick < 0.92:
            self._die()
            return
        self._tick()

    def settle(self) -> None:
        """No more trouble: everyone connects, everything is answered, and all sides agree."""
        for client in range(CLIENTS):
            self.node.door.apply(admin_command("resume", client=client, note="end"), self.now_ns)
        for _ in range(QUIET_STEPS_MAX):
            for client in self.clients:
                if client.comp_id not in self.connections:
                    self._connect(client)
            self._tick(SETTLE_TICK_NS)
            if self._is_settled():
                break
        else:
            states = [(c.comp_id, c.is_logged_on, c.unanswered, len(c.early)) for c in self.clients]
            self._fail([f"never quiet: {states}"])
        self._compare_live()
        self._crash("kill")
        self.node.crash()
        whole = recover(self.folder, node_id=self.config.node.id, from_start=True)
        short = recover(self.folder, node_id=self.config.node.id)
        if whole.core.state_hash() != short.core.state_hash():
            self._fail(["a replay of everything is not what the snapshot leads to"])

    # --- what happens --------------------------------------------------------------------------

    def _trade(self) -> None:
        client = self.random.choice(self.clients)
        connection = self.connections.get(client.comp_id)
        if connection is None or not client.is_logged_on:
            return
        for _ in range(self.random.randint(1, BURST_MAX)):
            connection.to_node.put(client.trade(self.client_ns), self.now_ns)

    def _burst(self) -> None:
        """So much in one turn that the journal writes it in several batches."""
        connection = self._any()
        if connection is not None and connection.client.is_logged_on:
            for _ in range(BATCH_BURST):
                connection.to_node.put(connection.client.trade(self.client_ns), self.now_ns)
            self.now_ns += 5 * NS_PER_MS
            self.client_ns = max(self.client_ns, self.now_ns)

    def _connect_one(self) -> None:
        away = [client for client in self.clients if client.comp_id not in self.connections]
        if away:
            self._connect(self.random.choice(away))

    def _connect(self, client: Client) -> None:
        link = self.node.connect(self.now_ns)
        wires = Wire(self.random), Wire(self.random)
        self.connections[client.comp_id] = Connection(client, *wires, link)
        wires[0].put(client.log_on(self.client_ns), self.now_ns)

    def _ask_again(self) -> None:
        connection = self._any()
        if connection is not None and connection.client.is_logged_on:
            depth = self.random.choice((3, 30, 10_000))
            connection.to_node.put(connection.client.rewind(depth, self.client_ns), self.now_ns)

    def _operate(self) -> None:
        action = self.random.choice(
            ("halt", "resume", "resume", "reduce", "cancel_client", "cancel_all", "day_end")
        )
        client = None
        if action in ("halt", "reduce", "cancel_client", "resume"):
            client = self.random.randrange(CLIENTS)
        self.node.door.apply(admin_command(action, client=client, note="sim"), self.now_ns)

    def _cut_one(self) -> None:
        connection = self._any()
        if connection is not None:
            self.counts.cuts += 1
            self._break(connection)

    def _jump(self) -> None:
        """The clock of the machine is set, or nothing happened for a while."""
        pick = self.random.random()
        if pick < 0.1:
            self._break_all()
            self._tick()
            self.now_ns += LONG_JUMP_S * NS_PER_S
        elif pick < 0.3:
            self.now_ns -= self.random.randrange(500 * NS_PER_MS)
        else:
            self.now_ns += self.random.randint(*JUMP_S) * NS_PER_S

    def _any(self) -> Connection | None:
        up = [one for one in self.connections.values() if one.link is not None]
        return self.random.choice(up) if up else None

    # --- one turn ------------------------------------------------------------------------------

    def _tick(self, most_ns: int = 2 * NS_PER_MS) -> None:
        self.now_ns += self.random.randrange(most_ns)
        self.client_ns = max(self.client_ns, self.now_ns)
        self._arrive_at_node()
        if not self.node.turn(self.now_ns):
            self._fail([f"halted: {self.node.state.core.fault}"])
        self._after_turn()
        self._arrive_at_clients()

    def _arrive_at_node(self) -> None:
        due_ns = self.node.door.due_ns
        if due_ns and due_ns <= self.now_ns:
            self.node.pass_time(self.now_ns)
        connections = list(self.connections.values())
        self.random.shuffle(connections)
        for connection in connections:
            if connection.link is None:
                continue
            data = connection.to_node.take(self.now_ns)
            if data:
                self.node.receive(connection.link, data, self.now_ns)

    def _after_turn(self) -> None:
        self.counts.turns += 1
        core = self.node.state.core
        core.check()
        self.hashes[core.seq] = core.state_hash()
        self.released_seq = core.seq
        for connection in self.connections.values():
            if connection.link is None:
                continue
            connection.to_client.put(self.node.sent(connection.link), self.now_ns)
            if self.node.door.is_closing(connection.link):
                self.node.disconnect(connection.link, self.now_ns)
                connection.link = None

    def _arrive_at_clients(self) -> None:
        for connection in list(self.connections.values()):
            client = connection.client
            data = connection.to_client.take(self.now_ns)
            messages, connection.unread = split(connection.unread + data)
            out = b"".join(client.take(message, self.client_ns) for message in messages)
            out += client.on_time(self.client_ns)
            if connection.link is not None:
                connection.to_node.put(out, self.now_ns)
            elif not connection.to_client.pieces:
                del self.connections[client.comp_id]  # the end of the stream
                client.is_logged_on = False

    def _break_all(self) -> None:
        for connection in self.connections.values():
            if connection.link is not None:
                self._break(connection)

    def _break(self, connection: Connection) -> None:
        """The connection is lost for both; what was under way arrives in part."""
        connection.to_node.lose()
        connection.to_client.lose()
        if connection.link is not None:
            late = connection.to_node.take(self.now_ns + NS_PER_S)
            if late:
                self.node.receive(connection.link, late, self.now_ns)
            self.node.disconnect(connection.link, self.now_ns)
            connection.link = None

    # --- the node dies -------------------------------------------------------------------------

    def _die(self) -> None:
        kinds = ["kill", "inside a turn", "stop"]
        if self.config.journal.sync == "batch":
            kinds += ["torn", "full"]
        kind = self.random.choice(kinds)
        if self.random.random() < 0.4:
            self._burst()
        if kind == "stop":
            self._stop()
        elif kind == "inside a turn":
            self._arrive_at_node()
        elif kind == "torn":
            before = image(self.node.folder.journal)
            self._arrive_at_node()
            self.node.turn(self.now_ns)
            self.node.crash()
            tear(self.node.folder.journal, before, self.random)
        elif kind == "full":
            self._arrive_at_node()
            offset = self.node.writer.next_position % SEGMENT_SIZE
            with full_at(offset + self.random.randrange(400)):
                is_good = self.node.turn(self.now_ns)
            if is_good:
                self._after_turn()
        self._crash(kind)

    def _stop(self) -> None:
        """An orderly stop: Logouts, answers, closed links, a snapshot."""
        self.node.door.close(self.now_ns)
        for _ in range(5):
            self._tick(5 * NS_PER_MS)
        self._break_all()
        self._tick()
        self.node.stop(self.now_ns)

    def _crash(self, kind: str) -> None:
        self.counts.crashes[kind] = self.counts.crashes.get(kind, 0) + 1
        self.node.crash()
        for connection in self.connections.values():
            connection.link = None
            connection.to_node.pieces.clear()
            connection.to_client.lose()
        self.judge.read_on(self.folder)
        recovered = recover(self.folder, node_id=self.config.node.id)
        # A step that stands there only in part is completed by the next start.
        if recovered.replay.is_complete and (found := self.judge.findings(self.clients, recovered)):
            self._fail(found)
        self.node = self._start()

    def _start(self) -> WholeNode:
        node = WholeNode(self.folder, self.config, self.now_ns)
        if node.recovered_seq < self.released_seq:
            self._fail([f"seq {self.released_seq} had left, recovered only {node.recovered_seq}"])
        live = self.hashes.get(node.recovered_seq)
        if live is not None and live != node.recovered_hash:
            self._fail([f"replay is not what was live at seq {node.recovered_seq}"])
        core = node.state.core
        self.hashes = {core.seq: core.state_hash()}
        self.released_seq = core.seq
        return node

    # --- the end -------------------------------------------------------------------------------

    def _is_settled(self) -> bool:
        is_under_way = any(
            one.to_node.pieces or one.to_client.pieces for one in self.connections.values()
        )
        return not is_under_way and all(client.is_quiet for client in self.clients)

    def _compare_live(self) -> None:
        """What the clients think is open is what is open."""
        rows = self.node.state.core.orders(open_only=True)
        for client in self.clients:
            name = client.comp_id.decode()
            ours = {
                id_text(row["order_id"]): row["cl_ord_id"] for row in rows if row["client"] == name
            }
            theirs = {key.decode(): one.cl_ord_id.decode() for key, one in client.live.items()}
            if ours != theirs:
                self._fail([f"{name} thinks {theirs} is open, the node {ours}"])

    def _fail(self, found: list[str]) -> None:
        text = "\n  ".join(found[:10])
        raise SimulationFailed(f"{self._where()}: {len(found)} findings\n  {text}")

    def _where(self) -> str:
        return f"python -m tests.simulation --seed {self.seed} --steps {self.step_no}"


def id_text(order_id: int) -> str:
    """OrderID(37) as the design has it: node, epoch, seq."""
    return f"1-{order_id >> 44}-{order_id & (1 << 44) - 1}"
