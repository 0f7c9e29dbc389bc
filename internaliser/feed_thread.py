"""The feed of a node: market data and drop copy on a thread and a port of their own.

    feed = FeedThread(config, state, position, folder)   # the core stands still, as of `position`
    feed.start()
    feed.stop()                                          # everything durable has been told

It reads what the core has written and nothing waits for it: when it ends for a fault, orders go on.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from internaliser import log
from internaliser.admission import (
    access_for,
    asking_for,
    configure_party,
    enquiries_for,
    parties,
)
from internaliser.config import Config
from internaliser.config.rules import ALL_ACCOUNTS, has_credential
from internaliser.config.sections import Client, DropCopy
from internaliser.core.core import Core
from internaliser.core.view_board import ViewBoard
from internaliser.dictionaries import dictionary_of
from internaliser.feed.books import LocalBooks
from internaliser.feed.copies import Copies
from internaliser.feed.feed_door import FeedDoor
from internaliser.feed.market import Market
from internaliser.feed.outside import OutsideBooks
from internaliser.gateway.roster import Roster
from internaliser.gateway.sent import SentStore
from internaliser.held import held_by
from internaliser.journal.folder import DataFolder
from internaliser.journal.reader import JournalReader
from internaliser.model.commands import config_command, epoch_command
from internaliser.node_config import INSTRUMENT_FIELDS
from internaliser.priority import step_back
from internaliser.reactor.inlet import RING_ANSWER
from internaliser.reactor.reactor import Reactor
from internaliser.reactor.ring import Ring
from internaliser.recovery import Recovered

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
RING_BYTES = 1 << 12  # a reactor wants one; nobody commands the feed
VERDICT_RING_BYTES = 1 << 16  # what the edge says of Logons
TAKEN_IN = ("0", "1", "2", "3", "4", "5", "A", "V")  # the session layer and MarketDataRequest
NAMED = {  # what reports and market data name, and what of it their encoders ask
    "asset": ("decimals",),
    "instrument": INSTRUMENT_FIELDS,
    "client": (),
    "source": ("kind",),
}


@dataclass(frozen=True, slots=True)
class FeedSession:
    """Who may log on to the feed. `accounts` None = a client, for market data; else a drop copy."""

    name: str
    party: int  # who it is at the door: clients in their order, then drop copies
    begin_string: str
    accounts: tuple[int, ...] | None


def needs_certificate(config: Config, party: Client | DropCopy) -> bool:
    """Must it show one, whatever else it shows? Where certificates are required, and it has no
    credential for the port that sees none."""
    return config.fix.tls_client_certs == "required" and not has_credential(party)


def feed_sessions(config: Config, core: Core) -> Iterator[FeedSession]:
    """One per name and version: every client and every drop copy."""
    numbers = {row["name"]: row["index"] for row in core.clients()}
    for begin_string in config.fix.begin_strings:
        for number, client in enumerate(config.clients):
            yield FeedSession(client.name, number, begin_string, None)
        for number, copy in enumerate(config.drop_copies, len(config.clients)):
            names = list(numbers) if ALL_ACCOUNTS in copy.accounts else copy.accounts
            accounts = tuple(numbers[name] for name in names if name in numbers)
            yield FeedSession(copy.name, number, begin_string, accounts)


def names_core(core: Core) -> Core:
    """A core that knows what things are called, as `core` does, and nothing of orders: what the
    encoders ask. The feed's own, so that the threads share nothing."""
    names = Core(core.node_id, orders_max=2, levels_max=2)
    names.apply_bytes(epoch_command(max(core.epoch, 1), core.rules_version))
    for item in held_by(core).items:
        if item.kind in NAMED:
            values = {key: item.values[key] for key in NAMED[item.kind]}
            (told,) = names.apply_bytes(config_command(item.kind, values, name=item.name))
            assert told.reason is None, f"{item.kind} {item.name}: {told.reason}"
    return names


def open_feed_door(config: Config, core: Core, position: int, folder: DataFolder) -> FeedDoor:
    """A door of what `core` holds as of the journal's `position`; the core then shows its outside
    views to it."""
    feed, fix = config.feed, config.fix
    names = names_core(core)
    instruments = len(names.instruments())
    books = LocalBooks(
        instruments, orders_max=config.limits.orders_max, children_max=config.limits.children_max
    )
    books.load(core)
    board = None
    if core.sources():
        board = ViewBoard(len(core.sources()), instruments)
        core.show_views(board)
    tail = JournalReader(folder.journal, durable_only=True)
    tail.seek(position)
    sessions = list(feed_sessions(config, core))
    roster = Roster(len(sessions), SentStore(len(sessions)))
    access = access_for(config, feed.connections_max)
    for number, party in enumerate(parties(config)):
        configure_party(access, number, party, needs_certificate=needs_certificate(config, party))
    door = FeedDoor(
        roster,
        books,
        tail,
        access=access,
        enquiries=enquiries_for(config, len(sessions)),
        connections_max=feed.connections_max,
        message_size_max=fix.message_bytes_max,
        logon_size_max=config.access.logon_bytes_max,
        output_max=feed.output_bytes_max,
        logon_timeout_ns=fix.logon_timeout_s * NS_PER_S,
        poll_ms=feed.poll_ms,
        idle_ms=feed.idle_ms,
    )
    market = Market(
        books,
        OutsideBooks(instruments, board),
        names,
        roster,
        door,
        depth_max=feed.depth_max,
        subscriptions_max=feed.subscriptions_max,
        behind_bytes=feed.behind_bytes,
        is_aggregated=feed.default_book == "aggregated",
    )
    copies = Copies(
        roster,
        names,
        door,
        tail,
        capacity=len(sessions),
        behind_bytes=feed.behind_bytes,
    )
    for index, session in enumerate(sessions):
        _seat(config, roster, index, session)
        if session.accounts is not None:
            copies.open_copy(index, session.accounts)
    door.serve(market, copies)
    return door


def _seat(config: Config, roster: Roster, index: int, session: FeedSession) -> None:
    fix = config.fix
    roster.configure(
        index,
        begin_string=session.begin_string,
        ours=fix.comp_id,
        theirs=session.name,
        client=session.party,
        dictionary=dictionary_of(
            session.begin_string,
            user_defined=fix.user_tags == "accept",
            supported=TAKEN_IN,
            fields_max=fix.message_fields_max,
            instances_max=fix.group_instances_max,
        ),
        heart_bt_s=fix.heart_bt_max_s,
        reset_on_logon=True,
        limits={
            "sending_time_window_ns": fix.sending_time_window_s * NS_PER_S,
            "logon_timeout_ns": fix.logon_timeout_s * NS_PER_S,
            "logout_timeout_ns": fix.logout_timeout_s * NS_PER_S,
            "heart_bt_min_s": fix.heart_bt_min_s,
            "heart_bt_max_s": fix.heart_bt_max_s,
            "resend_chunk": fix.resend_chunk,
            "resend_pause_ns": fix.resend_pause_ms * NS_PER_MS,
            "timestamp_digits": fix.timestamp_digits,
        },
    )


class FeedThread:
    """Made before the core runs; listens, then serves from `start` to `stop`."""

    def __init__(self, config: Config, state: Recovered, position: int, folder: DataFolder) -> None:
        feed = config.feed
        self.door = open_feed_door(config, state.core, position, folder)
        assert self.door.enquiries is not None
        self.asking = asking_for(config, self.door.enquiries)
        self.answers = Ring(VERDICT_RING_BYTES)
        self.names = dict(enumerate(one.name for one in feed_sessions(config, state.core)))
        self.reactor = Reactor(
            self.door,
            Ring(RING_BYTES),
            asking=self.asking,
            answers=self.answers,
            output_max=feed.output_bytes_max,
        )
        self.nice = feed.nice
        self.socket_bytes = feed.socket_bytes
        self.thread = threading.Thread(target=self._run, name="feed")

    def answer(self, record: bytes) -> bool:
        """Hand an answer of the edge to the door; False when there is no room."""
        return self.answers.put(RING_ANSWER, record)

    def listen(self, host: str, port: int) -> int:
        """Listen; the port taken. OSError when it cannot be had."""
        self.port = self.reactor.listen(host, port, unsent_max=self.socket_bytes)
        return self.port

    def start(self) -> None:
        """Serve, on a thread of its own."""
        self.thread.start()

    def stop(self) -> None:
        """Tell what is left to tell, say goodbye, return when it is over. Once the core has
        ended."""
        self.reactor.stop()
        self.thread.join()

    def _run(self) -> None:
        step_back(self.nice)
        self.reactor.run()
        if self.door.is_halted:
            log.event("feed_halted", level=50, records=self.door.records)
