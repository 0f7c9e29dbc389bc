"""A simulated Binance as a process, beside a node that routes to it over REST and WebSocket.

    with RestVenue(folder, data, seed=1, orders="ws") as venue:
        node = NodeProcess(data, config=venue.config)

It answers as the simulated FIX exchange does (tests/node/exchange.py), so that both are judged by
the same code.
"""

import json
import threading
import urllib.request
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import JournalReader
from internaliser.model.fields import record_fields
from tests.node.exchange import CLIENTS, CONTROL_S, FUNDING, HEAD, MID, SYMBOL, Json, Venue
from tests.node.process import command_line

THEIRS = "BTCUSD"
ASSETS = {"BTC": "BTC", "USD": "USD"}
API_KEY, SECRET, ACCOUNT = "node-key", "node-secret", "NODE"
READER_KEY, READER_SECRET = "reader-key", "reader-secret"  # of the same account
UPDATES_PER_S = 40
STALE_MS = 2000
UNLIMITED = 10**9  # of what the exchange would count in a minute
KINDS_OF_LINK = (7, 11)  # source_state, epoch: model/record.pxd

# Of the kinds of slowness, those that leave children in flight: what is late, and by which rules.
SLOW: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"kind": "late_answer", "every": 1}],
    [{"kind": "late_answer", "every": 2}, {"kind": "user_silent"}],
    [{"kind": "no_answer", "every": 3}, {"kind": "late_fill", "every": 2}],
    [{"kind": "timeout_after", "every": 3}, {"kind": "timeout_before", "every": 4}],
)

SECTION = """
[[venues]]
name = "{name}"
kind = "binance"
rest_url = "http://127.0.0.1:{port}"
stream_url = "ws://127.0.0.1:{port}"
api_url = "ws://127.0.0.1:{port}/ws-api/v3"
orders = "{orders}"
key_type = "{key_type}"
key_file = "{folder}/api.key"
secret_file = "{folder}/api.secret"
recv_window_ms = 500
place_within_ms = 300
request_timeout_ms = 800
balance_poll_ms = 1000
rules_poll_ms = 5000
reconnect_min_ms = 20
reconnect_max_ms = 100
stale_after_ms = {stale_ms}
answer_after_ms = 300
taker_fee_bp = 10
credit = "unlimited"
instruments = {{ "{symbol}" = {{ symbol = "{theirs}" }} }}
"""


class RestVenue(Venue):
    """From construction to the end of `with`; it outlives every node on `data`."""

    name = "BINANCE"
    theirs = THEIRS
    assets = ASSETS

    def __init__(
        self,
        folder: Path,
        data: Path,
        seed: int,
        orders: str = "rest",
        stale_ms: int = STALE_MS,
        updates_per_s: int = UPDATES_PER_S,
        source: int = 0,
    ) -> None:
        self.config = folder / "rest_venue.toml"
        self.random = Random(seed)
        self.source = source  # its number in the core
        self.drops = 0  # times that all connections were dropped
        self.asking = threading.Lock()  # a drop would take what is asked meanwhile with it
        self.links = LinkWatch(data)
        # Logged on by key over the WebSocket API, signed one by one over REST.
        key_type = "ed25519" if orders == "ws" else "hmac"
        secret = write_keys(folder, key_type)
        line = command_line(
            "simulate", "binance", "--seed", seed, "--updates-per-s", updates_per_s,
            "--symbols", f"{SYMBOL}:{MID}:0.01:1:1", "--funding", FUNDING,
            "--key", f"{API_KEY}:{secret}:{ACCOUNT}",
            "--key", f"{READER_KEY}:{READER_SECRET}:{ACCOUNT}", "--weight-max", UNLIMITED,
            "--orders-max", UNLIMITED, "--connections-max", UNLIMITED,
        )  # fmt: skip
        self.port = self._start(line)["http"]
        self.section = SECTION.format(
            name=self.name, port=self.port, orders=orders, key_type=key_type, folder=folder,
            stale_ms=stale_ms, symbol=SYMBOL, theirs=THEIRS,
        )  # fmt: skip
        head = HEAD.format(symbol=SYMBOL, usd_decimals=8, btc_decimals=8)
        self.config.write_text(head + CLIENTS + self.section)

    def _hang_up(self) -> None:
        """Every request has a connection of its own."""

    @property
    def is_linked(self) -> bool:
        """Whether the node's core counts this venue as up."""
        return self.links.is_up(self.source)

    def ask(self, **request: object) -> Json:
        """As of the other exchange: truth, misbehave, behave, slow; in its words."""
        do = request.pop("do")
        if do == "truth":
            return self._truth()
        if do == "slow":
            return self._slow(int(str(request["ms"])))
        return self.post(str(do), **request)

    def get(self, verb: str) -> Any:
        """GET /simulator/VERB."""
        address = f"http://127.0.0.1:{self.port}/simulator/{verb}"
        with self.asking, urllib.request.urlopen(address, timeout=CONTROL_S) as response:
            return json.load(response)

    def post(self, verb: str, **request: object) -> Json:
        """POST /simulator/VERB."""
        address = f"http://127.0.0.1:{self.port}/simulator/{verb}"
        data = json.dumps(request).encode()
        with self.asking, urllib.request.urlopen(address, data, CONTROL_S) as response:
            answer: Json = json.load(response)
        return answer

    def _slow(self, ms: int) -> Json:
        """Children are in flight for so long: each time for other reasons."""
        self.post("behave")
        if ms:
            if self.random.random() < 0.5:
                self._drop_after(self.random.uniform(0, 1.0))
            for rule in self.random.choice(SLOW):
                delay = {} if rule["kind"] == "user_silent" else {"delay_ms": ms}
                self.post("misbehave", **rule, **delay)
        return {}

    def _drop_after(self, delay_s: float) -> None:
        """Every connection drops, at a moment of its own."""
        timer = threading.Timer(delay_s, self.drop_all)
        timer.daemon = True
        timer.start()

    def drop_all(self) -> None:
        with suppress(OSError):  # the simulator may be gone by now
            RestVenue.post(self, "misbehave", kind="restart")  # of this one, whoever stands beside
            self.drops += 1

    def _truth(self) -> Json:
        """Orders and executions, balances, books and misbehaviours as they really are."""
        state = self.get("state")
        balances = self.get("balances")[ACCOUNT]
        return {
            "orders": [order_truth(name, order) for name, order in self.get("orders").items()],
            "orders_received": state["orders_received"],
            "misbehaved": [kind for kind, n in state["misbehaved"].items() for _ in range(n)],
            "books": self.get("books"),
            "balances": {
                ACCOUNT: {
                    asset: str(Decimal(one["free"]) + Decimal(one["locked"]))
                    for asset, one in balances.items()
                }
            },
        }


class LinkWatch:
    """Follows the journal of a data folder: which sources are up for the core."""

    def __init__(self, data: Path) -> None:
        self.folder = journal_folder(data)
        self.position = 0
        self.up: set[int] = set()

    def is_up(self, source: int) -> bool:
        """As the last durable word of the core has it."""
        try:
            self._read_on()
        except FileNotFoundError:
            return False
        return source in self.up

    def _read_on(self) -> None:
        with JournalReader(self.folder, durable_only=True) as reader:
            if self.position:
                reader.seek(self.position)
            for record in reader:
                if record.kind in KINDS_OF_LINK:
                    self._take(record_fields(record.data))
            self.position = reader.next_position

    def _take(self, fields: Json) -> None:
        if fields["kind"] == "epoch":
            self.up.clear()
        elif fields["action"] == "up":
            self.up.add(fields["source"])
        else:
            self.up.discard(fields["source"])


def order_truth(name: str, order: Json) -> Json:
    """An order in the words of the other exchange; quantities without zeros at their end."""
    return {
        "cl_ord_id": name,
        "qty": plain(order["qty"]),
        "cum_qty": plain(order["cum_qty"]),
        "executions": [
            {"qty": plain(one["qty"]), "price": plain(one["price"])} for one in order["executions"]
        ],
    }


def plain(text: str) -> str:
    """ "7.00000000" as "7"."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_keys(folder: Path, key_type: str) -> str:
    """The node's key files; the secret as the exchange is told it."""
    (folder / "api.key").write_text(API_KEY)
    secret = folder / "api.secret"
    if key_type == "hmac":
        secret.write_text(SECRET)
        return SECRET
    private = Ed25519PrivateKey.generate()
    secret.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = folder / "api.public"
    public.write_bytes(
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return f"@{public}"
