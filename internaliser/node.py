"""The node: one process, composed here. The picture of the design in code.

config + journal ── recover ──► core, sessions
core thread:  reactor ─► door ─► core ─► journal      (nogil, the single writer)
edge thread:  operator's channel, the day's clock, signals, venues over REST   (this thread, uvloop)
"""

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any

import uvloop

from internaliser import log
from internaliser.admission import (
    access_for,
    asking_for,
    client_numbers,
    configure_clients,
    credential_of,
    enquiries_for,
    parties,
)
from internaliser.config import Config
from internaliser.config.sections import Client, FixVenue
from internaliser.core.core import Core
from internaliser.credential_file import FILE_NAME, CredentialFile
from internaliser.dialects import check_dialects, dialect_of
from internaliser.dictionaries import dictionary_of
from internaliser.edge import Edge
from internaliser.edge_adapters import ADAPTERS, Make
from internaliser.edge_hours import EdgeHours
from internaliser.errors import InternaliserError
from internaliser.feed_thread import FeedThread
from internaliser.fix.dictionary import Dictionary
from internaliser.gateway.door import Door
from internaliser.gateway.requests import Requests
from internaliser.held import held_by
from internaliser.hours import schedule_of
from internaliser.journal.folder import DataFolder
from internaliser.journal.writer import JournalWriter
from internaliser.model.commands import epoch_command
from internaliser.model.fields import record_fields
from internaliser.model.records import split_records
from internaliser.node_config import commands_for
from internaliser.priority import refuse_without_right, step_back
from internaliser.reactor.outlet import Outlet, ring_bytes
from internaliser.reactor.reactor import Reactor
from internaliser.reactor.ring import Ring
from internaliser.recovery import SESSIONS_MAX, Recovered, keep_snapshot, recover
from internaliser.throttles import throttle_of
from internaliser.tls_front import TlsFront, TlsPort

COMMAND_RING_BYTES = 1 << 20  # commands of the operator and of the edge's venues for the core
VIEW_RING_BYTES = 1 << 18  # market views of the edge's venues for the core
ANSWER_RING_BYTES = 1 << 19  # answers of the edge for sessions
# core.turn_connections and turn_bytes where they are 0, by journal.sync. Answers leave at a turn's
# end: where that waits for no sync a turn is short, and clients read the first answers beside us.
TURNS = {"batch": (256, 32 << 10), "interval": (32, 6 << 10), "off": (32, 6 << 10)}
NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
CANCELS = {"none": 0, "session": 1, "account": 2}  # CancelOnDisconnect of model/command.pxd


class Node:
    """Holds the data folder from construction to `close`. `run` returns when the node has ended."""

    def __init__(
        self,
        config: Config,
        data_folder: Path,
        adapters: Mapping[str, Callable[[Any], Make]] = ADAPTERS,
    ) -> None:
        self.config = config
        self.makers = {
            venue.name: adapters[venue.kind](venue)
            for venue in config.venues
            if not isinstance(venue, FixVenue)
        }
        self.folder = DataFolder(data_folder)
        try:
            self._open()
        except BaseException:
            self.folder.close()
            raise

    def _open(self) -> None:
        config = self.config
        refuse_taken_port(config.fix.host, config.fix.port)
        if config.feed.enabled:
            refuse_taken_port(config.feed.host, config.feed.port, "feed.port")
        refuse_without_right(config.core.realtime)
        self.kept_credentials = CredentialFile(self.folder.path / FILE_NAME)
        check_dialects(config)
        for party in parties(config):
            credential_of(party, self.kept_credentials)  # a bad one is refused before a change
        self.state: Recovered = recover(self.folder.path, node_id=config.node.id)
        self.state.core.make_room(config.core.orders_ahead)
        commands_for(config, held_by(self.state.core))
        # Whatever is refused has been refused by now: from here on the folder changes.
        self.writer = JournalWriter(
            self.folder,
            node_id=config.node.id,
            policy=config.journal.sync,
            interval_ms=config.journal.interval_ms,
            segment_size=config.journal.segment_mb << 20,
            rules_version=self.state.core.rules_version,
            realtime=config.core.realtime and config.core.realtime + 1,
        )
        self.recovered_seq = self.state.core.seq
        self.recovered_ns = self.state.core.now_ns
        self.door = open_door(config, self.state, self.writer, time.time_ns())
        self.hours = open_hours(config, self.state, self.door, time.time_ns())
        self.commands = Ring(COMMAND_RING_BYTES)
        self.views = Ring(VIEW_RING_BYTES)
        self.answers = Ring(ANSWER_RING_BYTES)
        self.outlet = self._open_outlet()
        assert self.door.enquiries is not None
        self.asking = asking_for(config, self.door.enquiries)
        self.reactor = Reactor(
            self.door,
            self.commands,
            views=self.views,
            outlet=self.outlet,
            asking=self.asking,
            answers=self.answers,
            wait=config.core.wait,
            core=config.core.cpu,
            slice_us=config.core.slice_us,
            realtime=config.core.realtime,
            events_max=config.core.turn_connections or TURNS[config.journal.sync][0],
            read_max=config.core.turn_bytes or TURNS[config.journal.sync][1],
            output_max=config.fix.output_bytes_max,
        )
        self.feed = None
        if config.feed.enabled:
            self.feed = FeedThread(config, self.state, self.writer.next_position, self.folder)
            if self.hours is not None and (record := self.hours.due_at_feed()):
                self.feed.door.answer(record, time.time_ns())
        self._listen()
        self._open_tls()

    def _open_outlet(self) -> Outlet | None:
        """The way to the edge's venues, where there are any."""
        if not self.makers:
            return None
        requests = Requests()
        self.state.steps.open_requests(requests)
        return Outlet(requests, Ring(ring_bytes(self.config.limits.requests_max)))

    def run(self, announce: Callable[[], None]) -> int:
        """Serve until SIGTERM, SIGINT or a halt. 0 after an orderly stop, 1 after a halt or a
        fault of the edge. `announce` is called once everything is served and signals are heard."""
        core_thread = threading.Thread(target=self.reactor.run, name="core")
        edge = Edge(self)
        core_thread.start()
        if self.feed is not None:
            self.feed.start()
        try:
            _run_edge(edge.serve(announce))
        finally:
            self.reactor.stop()
            core_thread.join()
            if self.feed is not None:
                self.feed.stop()
        if self.door.is_halted:
            core = self.state.core
            log.event("node_halted", level=50, seq=core.seq, reason=core.fault)
            return 1
        keep_snapshot(self.state, self.writer, self.folder.snapshots, time.time_ns())
        log.event("node_stopped", seq=self.state.core.seq)
        return 1 if edge.has_failed else 0

    def close(self) -> None:
        """Close the journal and let go of the data folder."""
        self.writer.close()
        self.folder.close()

    def ready(self) -> str:
        """The line that says every port listens."""
        ports = {"fix": self.reactor.ports[0]}
        if self.feed is not None:
            ports["feed"] = self.feed.port
        facts = {
            "pid": os.getpid(),
            "ports": {**ports, **self.tls_ports},
            "recovered_seq": self.recovered_seq,
        }
        return f"READY {json.dumps(facts, separators=(',', ':'))}"

    def _open_tls(self) -> None:
        """The TLS ports, where there is a certificate: of the orders, and of the feed."""
        fix, feed = self.config.fix, self.config.feed
        self.tls: list[TlsFront] = []
        self.tls_ports: dict[str, int] = {}
        if not fix.tls_cert_file:
            return
        port = TlsPort(fix.host, fix.tls_port, fix.connections_max)
        numbers = client_numbers(self.state.core)
        self._listen_tls("fix", port, numbers, self.reactor)
        if self.feed is not None:
            port = TlsPort(feed.host, feed.tls_port, feed.connections_max, feed.socket_bytes)
            numbers = {party.name: number for number, party in enumerate(parties(self.config))}
            self._listen_tls("feed", port, numbers, self.feed.reactor)

    def _listen_tls(
        self, section: str, port: TlsPort, numbers: Mapping[str, int], reactor: Reactor
    ) -> None:
        front = TlsFront(self.config, port, numbers, reactor.adoptions)
        try:
            self.tls_ports[f"{section}_tls"] = front.listen()
        except OSError as error:
            raise cannot_listen(port.host, port.port, error, f"{section}.tls_port") from None
        self.tls.append(front)

    def _listen(self) -> None:
        fix, feed = self.config.fix, self.config.feed
        try:
            self.reactor.listen(fix.host, fix.port)
        except OSError as error:
            raise cannot_listen(fix.host, fix.port, error) from None
        if self.feed is not None:
            try:
                self.feed.listen(feed.host, feed.port)
            except OSError as error:
                raise cannot_listen(feed.host, feed.port, error, "feed.port") from None
        venues = _fix_venues(self.config)
        names = [row["name"] for row in self.state.core.sources()]
        for row in self.state.core.sessions():
            if row["source"] is not None and names[row["source"]] in venues:
                venue = venues[names[row["source"]]]
                self.reactor.dial(
                    row["index"],
                    venue.host,
                    venue.port,
                    backoff_min_ms=venue.reconnect_min_ms,
                    backoff_max_ms=venue.reconnect_max_ms,
                )


def refuse_taken_port(host: str, port: int, key: str = "fix.port") -> None:
    """Raise when `port` cannot be had. Nothing keeps it: the reactor listens after recovery."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise cannot_listen(host, port, error, key) from None


def cannot_listen(host: str, port: int, error: OSError, key: str = "fix.port") -> InternaliserError:
    """The refusal, with the way out."""
    return InternaliserError(
        f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}; choose another with "
        f"--set {key}=PORT (0 takes a free one)"
    )


def open_door(config: Config, state: Recovered, writer: JournalWriter, now_ns: int) -> Door:
    """A door on what was recovered: the next epoch begun, the file applied, sessions seated.

    Writes to the journal. Raises ConfigError when the file contradicts what the core holds.
    """
    state.roster.open_journal(writer)
    state.steps.open_journal(writer)
    door = Door(
        state.core,
        state.roster,
        state.steps,
        writer,
        access=access_for(config, config.fix.connections_max),
        connections_max=config.fix.connections_max,
        message_size_max=config.fix.message_bytes_max,
        logon_size_max=config.access.logon_bytes_max,
        output_max=config.fix.output_bytes_max,
        logon_timeout_ns=config.fix.logon_timeout_s * NS_PER_S,
        enquiries=enquiries_for(config, state.roster.capacity),
    )
    core = state.core
    if not state.replay.is_complete:
        state.replay.complete()
    _apply(door, core, [epoch_command(core.epoch + 1, core.rules_version)], now_ns)
    _apply(door, core, commands_for(config, held_by(core)), now_ns)
    _apply(door, core, state.replay.rest(), now_ns)
    _seat_sessions(config, state)
    clients = [row["name"] for row in core.clients()]
    door.limit(throttle_of(config, SESSIONS_MAX, clients, core.sessions()))
    configure_clients(door.access, config, core)
    return door


def open_hours(config: Config, state: Recovered, door: Door, now_ns: int) -> EdgeHours | None:
    """The clients' hours, where there are any; an end that passed meanwhile is carried out."""
    schedule = schedule_of(config.schedule)
    if schedule is None:
        return None
    clock = EdgeHours(schedule, state, door)
    for record in clock.due(now_ns):
        door.answer(record, now_ns)
        if not door.finish(now_ns):
            raise InternaliserError("the journal does not take the end of the session hours")
    return clock


def _apply(door: Door, core: Core, commands: Iterable[bytes], now_ns: int) -> None:
    for command in commands:
        events = door.apply(command, now_ns)
        if not door.finish(now_ns):
            raise InternaliserError(f"the core halted at step {core.seq}: {core.fault}")
        refuse_refused(command, events)


def refuse_refused(command: bytes, events: bytes) -> None:
    """Raise when the core refused a command of the start; what was applied before it stays."""
    for event in map(record_fields, split_records(events)):
        if event["kind"] == "state_event" and event["reason"] is not None:
            asked = record_fields(command)
            what = " ".join(filter(None, (asked["action"], asked["name"])))
            raise InternaliserError(
                f"the core refuses the configuration of {what}: {event['reason']}"
            )


def _fix_venues(config: Config) -> dict[str, FixVenue]:
    return {venue.name: venue for venue in config.venues if isinstance(venue, FixVenue)}


def _seat_sessions(config: Config, state: Recovered) -> None:
    fix = config.fix
    limits = {
        "sending_time_window_ns": fix.sending_time_window_s * NS_PER_S,
        "logon_timeout_ns": fix.logon_timeout_s * NS_PER_S,
        "logout_timeout_ns": fix.logout_timeout_s * NS_PER_S,
        "heart_bt_min_s": fix.heart_bt_min_s,
        "heart_bt_max_s": fix.heart_bt_max_s,
        "resend_chunk": fix.resend_chunk,
        "resend_pause_ns": fix.resend_pause_ms * NS_PER_MS,
        "resend_output_max": fix.resend_output_bytes_max,
        "resend_repeats_max": fix.resend_repeats_max,
        "gap_asks_max": fix.gap_asks_max,
        "message_size_told": fix.message_bytes_max if fix.message_bytes_told else 0,
    }
    clients = {client.name: client for client in config.clients}
    venues = _fix_venues(config)
    client_names = [row["name"] for row in state.core.clients()]
    source_names = [row["name"] for row in state.core.sources()]
    for row in state.core.sessions():
        ours, theirs = row["comp_ids"].split(">")
        venue = None if row["source"] is None else venues.get(source_names[row["source"]])
        client = None if row["client"] is None else clients.get(client_names[row["client"]])
        counterparty = venue or client
        if counterparty is None:
            continue  # left the file: known to the journal, not offered
        terms = counterparty.session
        state.roster.configure(
            row["index"],
            begin_string=row["begin_string"],
            ours=ours,
            theirs=theirs,
            dictionary=_dictionary_for(config, counterparty, row["begin_string"]),
            client=row["client"],
            source=row["source"],
            heart_bt_s=fix.heart_bt_max_s if venue is None else venue.heart_bt_s,
            reset_on_logon=venue is not None and venue.reset_on_logon,
            **_absence(None if venue else client),
            limits={
                **limits,
                "timestamp_digits": terms.timestamp_digits or fix.timestamp_digits,
                "resend_ask_max": terms.resend_ask_max,
            },
            early_bytes_max=fix.early_bytes_max,
            next_expected=terms.next_expected,
            tells_last=terms.last_processed,
            too_low=terms.too_low,
            test_session=fix.test_session if venue is None else "any",
        )


def _dictionary_for(config: Config, party: Client | FixVenue, begin_string: str) -> Dictionary:
    """What its messages in this version are checked against."""
    dialect = dialect_of(party, begin_string)
    if isinstance(party, FixVenue):
        return dictionary_of(begin_string, "initiator", user_defined=True, dialect=dialect)
    return dictionary_of(
        begin_string,
        user_defined=config.fix.user_tags == "accept",
        also=frozenset(party.fix42_extensions),
        fields_max=config.fix.message_fields_max,
        instances_max=config.fix.group_instances_max,
        dialect=dialect,
    )


def _absence(client: Client | None) -> dict[str, int]:
    """What the end of a client's link cancels, and when; nothing for a venue's."""
    if client is None:
        return {}
    return {
        "cancels": CANCELS[client.cancel_on_disconnect],
        "grace_ns": client.cancel_grace_ms * NS_PER_MS,
    }


def run(config: Config, data_folder: Path) -> int:
    """Recover, serve, stop: `internaliser run`."""
    node = Node(config, data_folder)

    def announce() -> None:
        step_back(config.core.edge_nice)  # the core's thread and the feed's have begun
        print(node.ready(), flush=True)

    try:
        return node.run(announce)
    finally:
        node.close()


def _run_edge(main: Coroutine[None, None, None]) -> None:
    # Else libuv has a kernel thread that polls for milliseconds, on the core's core.
    os.environ.setdefault("UV_USE_IO_URING", "0")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)
