"""Scenarios: a text in, what the clients of a whole node read out.

    # A comment.
    config clients.CLIENT1.taker_fee_bp=10    only at the top: changes to config/plain.toml
    venue "TEST1" = { symbol = "T-1" }        only at the top: there is a venue SIM that lists this
    clients CLIENT1 CLIENT2                   connect and log on; their Logons are not shown
    dial SIM                                  the link to the venue is up, its Logon answered
    CLIENT1 > D|11=a|55=TEST1|54=1|38=10|40=2|44=100.00|59=0
    CLIENT1 < 8|150=0|39=0|11=a|151=10

A `>` line is one message: MsgType first, then its fields; header, TransactTime(60) of an order and
trailer are added, also MsgSeqNum(34) unless the line gives one. After every line that makes
something happen, the `<` lines that follow must be all the messages that the clients read, each
client's in order, and the venue's. Of a message the fields listed are compared: `37=$a` keeps the
value under a name at its first use and compares it later (in a `>` line it stands for the value),
`103=` says that the field is absent. A word without "=" is a phrase: what it means on the wire of a
version stands in versions.py.

    connect CLIENT1                a link, without a Logon
    disconnect CLIENT1             the link is gone
    closed CLIENT1                 the node has closed its link
    time +30s                      the clock moves, by `s` or `ms`; timers fire on the way
    admin halt CLIENT1             halt, reduce, resume, cancel_client, cancel_all, day_end
    batch                          the inputs up to `end` happen in one turn
    crash                          the process dies behind the last turn and starts again
    crash before commit            as `batch` ... `end`, but the turn never ends: the process dies
    stop                           the orderly end begins: a Logout on every session
    restart                        with all links gone: a snapshot, the end, and a start
    book TEST1                     the book drawn, asks above the line, each `QTY @ PRICE [xORDERS]`
    balances                       OWNER ASSET AMOUNT ASSET AMOUNT: all that are not zero, per owner
    orders CLIENT1                 CL_ORD_ID STATUS CUM/QTY of every order the node keeps of it

Whatever happens, every start must recover the very state of the last turn, and the core's own
checks must hold. At the end the journal is replayed once more from its first record.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from internaliser.config import Config
from internaliser.model.commands import admin_command
from internaliser.names import scaled_text
from internaliser.recovery import recover
from tests.node.fix import encode, fields_of, split, time_text
from tests.scenarios.versions import FIX44, Version
from tests.whole_node import LISTED, NS_PER_MS, START_NS, VENUE, WholeNode, plain_config

NS_PER_S = 10**9
TIMERS_MAX = 10_000  # in one `time` line
TIMED = frozenset("DFGq")  # messages that need TransactTime(60)
TABLES = frozenset(("book", "balances", "orders"))


class ScenarioFailed(AssertionError):
    """What was expected at which line, and what came."""


@dataclass(slots=True)
class Line:
    number: int
    text: str
    words: list[str]
    table: list[str] = field(default_factory=list)  # the indented lines below


@dataclass(slots=True)
class Talker:
    """A client's end: it writes what the scenario says and keeps what it reads."""

    name: str
    version: Version = FIX44
    next_out: int = 1
    link: int | None = None
    unread: bytes = b""
    messages: list[bytes] = field(default_factory=list)

    def write(self, text: str, now_ns: int) -> bytes:
        msg_type, _, rest = text.partition("|")
        given = [pair.partition("=") for pair in rest.split("|") if pair]
        body = [(tag, value) for tag, _, value in given]
        body += [pair for pair in self.version.added.get(msg_type, ()) if pair[0] not in dict(body)]
        tags = dict(body)
        number = int(tags.get("34", self.next_out))
        self.next_out = max(self.next_out, number + 1)
        if "141" in tags and tags["141"] == "Y":
            self.next_out = 2
        head = [("35", msg_type), ("34", str(number))]
        if "43" in tags:
            head += [("43", tags["43"]), ("122", tags.get("122", time_text(now_ns).decode()))]
        head += [
            ("49", tags.get("49", self.name)),
            ("52", tags.get("52", time_text(now_ns).decode())),
        ]
        head.append(("56", tags.get("56", "NODE")))
        if msg_type in TIMED and "60" not in tags:
            body.append(("60", time_text(now_ns).decode()))
        in_head = {tag for tag, _ in head}
        fields = [*head, *(pair for pair in body if pair[0] not in in_head)]
        return encode(
            [(tag.encode(), value.encode()) for tag, value in fields],
            self.version.begin_string.encode(),
        )

    def read(self, data: bytes) -> None:
        messages, self.unread = split(self.unread + data)
        self.messages += messages


class Scenario:
    """One text and the node it happens to."""

    def __init__(self, text: str, folder: Path, version: Version) -> None:
        self.version = version
        self.lines = list(lines_of(text))
        self.folder = folder
        self.now_ns = START_NS
        self.talkers: dict[str, Talker] = {}
        self.kept: dict[str, str] = {}
        self.expected: list[Line] = []
        self.is_batch = False
        self.dies_in_batch = False
        venue = "".join(VENUE.replace(LISTED, listed) for listed in self._told("venue"))
        self.config: Config = plain_config(*self._told("config"), more=venue)
        self.node = WholeNode(folder, self.config, self.now_ns)
        self.live_hash = self.node.state.core.state_hash()

    def run(self) -> None:
        """Every line; then nothing unexpected, and a replay that arrives at the same state."""
        for line in self.lines:
            if "<" in line.words[:2]:
                self.expected.append(line)
                continue
            if not self.is_batch:
                self._compare()
            self._do(line)
        self._compare()
        self._crash()
        recovered = recover(self.folder, node_id=self.config.node.id, from_start=True)
        assert recovered.core.state_hash() == self.live_hash

    def _told(self, word: str) -> list[str]:
        """What stands behind `word` in the lines that begin with it; they are done with."""
        found = [line for line in self.lines if line.words[0] == word]
        self.lines = [line for line in self.lines if line.words[0] != word]
        return [line.text.partition(" ")[2] for line in found]

    # --- what happens --------------------------------------------------------------------------

    def _do(self, line: Line) -> None:
        words = line.words
        if words[0] in TABLES:
            found = list(getattr(self, f"_{words[0]}")(*words[1:]))
            if found != line.table:
                raise ScenarioFailed(told(line, line.table, found))
        elif words[0] == "closed":
            link = self.talkers[words[1]].link
            assert link is not None
            assert self.node.door.is_closing(link), f"line {line.number}: {words[1]} is not closed"
        elif words[:3] == ["crash", "before", "commit"] or words == ["batch"]:
            self.is_batch = True
            self.dies_in_batch = words[0] == "crash"
        elif words == ["end"]:
            self.is_batch = False
            if self.dies_in_batch:
                self._crash()
                self._start()
            else:
                self._turn()
        else:
            self.now_ns += NS_PER_MS
            self._act(words, line.text)
            if not self.is_batch:
                self._turn()

    def _act(self, words: list[str], text: str) -> None:
        if len(words) > 1 and words[1] == ">":
            self._write(words[0], text.partition(">")[2].strip())
        elif words[0] == "clients":
            self._log_on(words[1:])
        elif words[0] == "dial":
            self._dial(words[1])
        elif words[0] == "connect":
            talker = self.talkers.setdefault(words[1], Talker(words[1], self.version))
            talker.link, talker.unread = self.node.connect(self.now_ns), b""
        elif words[0] == "disconnect":
            talker = self.talkers[words[1]]
            assert talker.link is not None
            self.node.disconnect(talker.link, self.now_ns)
            talker.link = None
        elif words[0] == "time":
            self._pass_time(words[1])
        elif words[0] == "admin":
            client = None if len(words) < 3 else self._client(words[2])
            self.node.door.apply(admin_command(words[1], client=client, note="test"), self.now_ns)
        elif words[0] == "crash":
            self._crash()
            self._start()
        elif words[0] == "stop":
            self.node.door.close(self.now_ns)
        else:
            assert words == ["restart"], f"unknown: {text}"
            self.node.stop(self.now_ns)
            self._start()

    def _write(self, name: str, text: str) -> None:
        talker = self.talkers[name]
        assert talker.link is not None, f"{name} is not connected"
        text = re.sub(r"\$\w+", lambda found: self.kept[found[0]], text)
        self.node.receive(talker.link, talker.write(text, self.now_ns), self.now_ns)

    def _log_on(self, names: list[str]) -> None:
        for name in names:
            self._act(["connect", name], "")
            self._write(name, "A|98=0|108=30")
        self._turn()
        for name in names:
            (logon,) = self.talkers[name].messages
            assert dict(fields_of(logon))[b"35"] == b"A", logon
            self.talkers[name].messages = []

    def _dial(self, name: str) -> None:
        """The node's own link to a venue: it logs on first."""
        talker = self.talkers.setdefault(name, Talker(name))
        rows = self.node.state.core.sessions()
        session = next(row["index"] for row in rows if row["source"] is not None)
        talker.link, talker.unread = self.node.connect(self.now_ns, session), b""
        self._turn()
        (logon,) = talker.messages
        assert dict(fields_of(logon))[b"35"] == b"A", logon
        talker.messages = []
        self._write(name, "A|98=0|108=10")

    def _pass_time(self, text: str) -> None:
        amount, unit = text.lstrip("+").rstrip("ms"), text.lstrip("+").lstrip("0123456789.")
        end_ns = self.now_ns + int(Decimal(amount) * (NS_PER_S if unit == "s" else NS_PER_MS))
        for _ in range(TIMERS_MAX):
            due_ns = self.node.door.due_ns
            if due_ns == 0 or due_ns > end_ns:
                break
            self.now_ns = max(self.now_ns, due_ns)
            self.node.pass_time(self.now_ns)
            self._turn()
        else:
            raise ScenarioFailed(f"timers without end at {self.now_ns}")
        self.now_ns = end_ns

    def _turn(self) -> None:
        assert self.node.turn(self.now_ns), f"halted: {self.node.state.core.fault}"
        self.node.state.core.check()
        self.live_hash = self.node.state.core.state_hash()
        for talker in self.talkers.values():
            if talker.link is not None:
                talker.read(self.node.sent(talker.link))

    def _crash(self) -> None:
        self.node.crash()
        for talker in self.talkers.values():
            talker.link = None

    def _start(self) -> None:
        self.node = WholeNode(self.folder, self.config, self.now_ns)
        assert self.node.recovered_hash == self.live_hash, "replay is not what was live"
        self.live_hash = self.node.state.core.state_hash()

    # --- what is compared ----------------------------------------------------------------------

    def _compare(self) -> None:
        expected, self.expected = self.expected, []
        for name, talker in self.talkers.items():
            lines = [line for line in expected if line.words[0] == name]
            found, talker.messages = talker.messages, []
            wanted = [self._plain(line.text.partition("<")[2].strip(), name) for line in lines]
            if len(found) != len(wanted) or not all(map(self._fits, wanted, found)):
                number = lines[0].number if lines else 0
                raise ScenarioFailed(
                    told(Line(number, f"{name} reads", []), wanted, [shown(one) for one in found])
                )
        strangers = [line.text for line in expected if line.words[0] not in self.talkers]
        assert not strangers, strangers

    def _plain(self, wanted: str, name: str) -> str:
        """A `<` line with its phrases as the fields they are."""
        phrases = self.talkers[name].version.phrases
        kind, *pairs = wanted.split("|")
        return "|".join([kind, *(pair if "=" in pair else phrases[pair] for pair in pairs)])

    def _fits(self, wanted: str, message: bytes) -> bool:
        fields = [(tag.decode(), value.decode()) for tag, value in fields_of(message)]
        values = dict(reversed(fields))
        msg_type, *pairs = wanted.split("|")
        if values["35"] != msg_type:
            return False
        for tag, _, value in (pair.partition("=") for pair in pairs):
            if value.startswith("$"):
                if self.kept.setdefault(value, values.get(tag, "")) != values.get(tag, ""):
                    return False
            elif values.get(tag, "") != value:
                return False
        return True

    def _client(self, name: str) -> int:
        rows = self.node.state.core.clients()
        return next(int(row["index"]) for row in rows if row["name"] == name)

    def _book(self, symbol: str) -> Iterator[str]:
        row = next(row for row in self.node.state.core.instruments() if row["symbol"] == symbol)
        bids, asks = self.node.state.core.depth(row["index"])

        def drawn(level: tuple[int, int, int]) -> str:
            price, qty, count = level
            text = f"{qty * row['lot_mantissa']} @ {price * row['tick_mantissa'] / 100:.2f}"
            return text if count == 1 else f"{text} x{count}"

        yield from (drawn(level) for level in reversed(asks))
        yield "---"
        yield from (drawn(level) for level in bids)

    def _balances(self) -> Iterator[str]:
        decimals = {row["name"]: row["decimals"] for row in self.node.state.core.assets()}
        amounts: dict[str, list[str]] = {}
        for row in self.node.state.core.accounts():
            if row["balance"]:
                text = scaled_text(row["balance"], decimals[row["asset"]])
                amounts.setdefault(row["owner"], []).append(f"{row['asset']} {text}")
        for owner in sorted(amounts):
            yield " ".join([owner, *sorted(amounts[owner])])

    def _orders(self, client: str) -> Iterator[str]:
        for row in self.node.state.core.orders():
            if row["client"] == client:
                yield f"{row['cl_ord_id']} {row['ord_status']} {row['cum_qty']}/{row['qty']}"


def lines_of(text: str) -> Iterator[Line]:
    """The lines with something in them; an indented one belongs to the one above."""
    line: Line | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        content = raw.split("#")[0].rstrip()
        if not content:
            continue
        if content.startswith(" "):
            assert line is not None, f"line {number} belongs to nothing"
            line.table.append(" ".join(content.split()))
            continue
        if line is not None:
            yield line
        line = Line(number, content, content.split())
    if line is not None:
        yield line


def shown(message: bytes) -> str:
    """A message as a scenario writes it, without what changes from run to run."""
    pairs = [(tag.decode(), value.decode()) for tag, value in fields_of(message)]
    values = dict(pairs)
    hidden = ("8", "9", "35", "49", "52", "56", "60", "122")
    return "|".join([values["35"], *(f"{t}={v}" for t, v in pairs if t not in hidden)])


def told(line: Line, expected: list[str], found: list[str]) -> str:
    """Expected and found, one under the other."""
    both = "\n".join(
        [
            f"line {line.number}: {line.text}",
            "  expected:",
            *(f"    {one}" for one in expected),
            "  found:",
            *(f"    {one}" for one in found),
        ]
    )
    return f"\n{both}"


def play(text: str, folder: Path, version: Version = FIX44) -> None:
    """Run one scenario in an empty folder; its clients speak the version, venues speak 4.4."""
    Scenario(text, folder, version).run()
