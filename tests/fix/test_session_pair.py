"""Two sessions on a fake wire that is cut anywhere: every message arrives once and in order."""

import os
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from internaliser.fix.codec import split
from internaliser.fix.fix_session import FixSession, SessionEvent
from tests.fix.talk import SECOND_NS, START_NS, pairs_of

IS_DEEP = os.environ.get("INTERNALISER_DEEP") == "1"
QUIET_ROUNDS_MAX = 200
# As small as the configuration lets it be: every request takes a number that the other end, when it
# misses something too, asks for in its turn, and a heartbeat takes one more.
ASKS = st.sampled_from([0, 10])
TELLS = st.sampled_from(["never", "answered", "always"])


class Side:
    """One end: its session, what it sent, what reached it, and the bytes on the way to it."""

    def __init__(self, role: str, name: str, other: str, **options: Any) -> None:
        self.names = (role, "FIX.4.4", name, other)
        self.options = options
        self.session = FixSession(*self.names, **options)
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.coming = b""
        self.is_up = False

    def take(self, events: list[SessionEvent]) -> bool:
        """Note what happened; True when the session wants the link closed."""
        for event in events:
            if event.kind == "application":
                body = [v for t, v in pairs_of(event.message) if t == 58]
                self.received.append(body[0])
        return any(event.kind in ("close", "close_now") for event in events)

    def restart(self) -> None:
        """A new process that knows the counters and what was sent."""
        old = self.session
        self.session = FixSession(
            *self.names,
            next_in=old.next_in,
            next_out=old.next_out,
            sent=old.sent,
            **self.options,
        )


class Pair(RuleBasedStateMachine):
    @initialize(
        chunk=st.integers(1, 4),
        keeps_early=st.tuples(st.booleans(), st.booleans()),
        heart_bt_s=st.sampled_from([1, 5, 30]),
        buffer_limit=st.sampled_from([2_000, 1 << 20]),
        asks=st.tuples(ASKS, ASKS),
        tells=st.tuples(TELLS, TELLS),
        tells_last=st.booleans(),
    )
    def set_up(
        self,
        chunk: int,
        keeps_early: tuple[bool, bool],
        heart_bt_s: int,
        buffer_limit: int,
        asks: tuple[int, int],
        tells: tuple[str, str],
        tells_last: bool,
    ) -> None:
        self.now_ns = START_NS
        self.serial = 0
        common = {
            "resend_chunk": chunk,
            "buffer_limit": max(buffer_limit, 8192),
            "tells_last": tells_last,
        }
        self.client = Side(
            "initiator",
            "CLIENT1",
            "NODE",
            keeps_early=keeps_early[0],
            heart_bt_s=heart_bt_s,
            resend_ask_max=asks[0],
            next_expected=tells[0],
            **common,
        )
        self.node = Side(
            "acceptor",
            "NODE",
            "CLIENT1",
            keeps_early=keeps_early[1],
            resend_ask_max=asks[1],
            next_expected=tells[1],
            **common,
        )
        self.sides = (self.client, self.node)
        self.connect()

    def other(self, side: Side) -> Side:
        return self.node if side is self.client else self.client

    def connect(self) -> None:
        for side in self.sides:
            side.coming = b""
            side.session.connect(self.now_ns)
            side.is_up = True
        self.flush()

    def close(self, side: Side) -> None:
        """This side hangs up; what it wrote still travels, and then the other side notices."""
        self.flush()
        side.session.disconnect(self.now_ns)
        side.is_up = False

    def flush(self) -> None:
        for side in self.sides:
            data = side.session.data_to_send()
            if side.is_up:
                self.other(side).coming += data

    def deliver(self, side: Side, count: int) -> None:
        if not side.is_up:
            side.coming = b""
            return
        data, side.coming = side.coming[:count], side.coming[count:]
        if side.take(side.session.receive_data(data, self.now_ns)):
            self.close(side)
        self.flush()
        if side.is_up and not self.other(side).is_up and not side.coming:
            self.close(side)

    def tick(self) -> None:
        for side in self.sides:
            while side.is_up and 0 < side.session.deadline_ns <= self.now_ns:
                if side.take(side.session.on_time(self.now_ns)):
                    self.close(side)
        self.flush()

    @rule(from_client=st.booleans(), count=st.integers(1, 5))
    def send(self, from_client: bool, count: int) -> None:
        side = self.client if from_client else self.node
        for _ in range(count):
            self.serial += 1
            body = b"%d" % self.serial
            side.sent.append(body)
            side.session.send("B" if self.serial % 3 else "AE", b"58=%b\x01" % body, self.now_ns)
        self.flush()

    @rule(to_client=st.booleans(), count=st.integers(1, 400))
    def deliver_some(self, to_client: bool, count: int) -> None:
        self.deliver(self.client if to_client else self.node, count)

    @rule()
    def deliver_everything(self) -> None:
        for _ in range(QUIET_ROUNDS_MAX):
            if not any(side.coming and side.is_up for side in self.sides):
                return
            for side in self.sides:
                self.deliver(side, len(side.coming))

    @rule(seconds=st.floats(0.01, 40))
    def pass_time(self, seconds: float) -> None:
        self.now_ns += int(seconds * SECOND_NS)
        self.tick()

    @rule(seconds=st.sampled_from([300, 7200, 100_000]))
    def jump(self, seconds: int) -> None:
        # Bytes do not travel for minutes: what is under way arrives first, or a cut loses it.
        self.deliver_everything()
        self.now_ns += seconds * SECOND_NS
        self.tick()

    @rule()
    def cut(self) -> None:
        for side in self.sides:
            side.session.disconnect(self.now_ns)
            side.is_up = False
            side.coming = b""

    @rule(is_client=st.booleans())
    def restart(self, is_client: bool) -> None:
        self.cut()
        (self.client if is_client else self.node).restart()

    @rule(from_client=st.booleans())
    def log_out(self, from_client: bool) -> None:
        (self.client if from_client else self.node).session.logout(self.now_ns, "end of day")
        self.flush()

    @precondition(lambda self: not any(side.is_up for side in self.sides))
    @rule()
    def reconnect(self) -> None:
        self.connect()

    @rule()
    def settle_and_reset(self) -> None:
        self.settle()
        self.cut()
        self.client.session.reset_on_logon = True
        self.connect()
        self.client.session.reset_on_logon = False
        self.deliver_everything()
        assert (self.client.session.next_in, self.node.session.next_in) == (2, 2)

    @rule(seconds=st.integers(1, 4000))
    def close_for_the_night(self, seconds: int) -> None:
        """The node logs out, shuts, starts both counters anew while nobody is there, opens again.

        The client, told when to expect it, does the same.
        """
        self.settle()
        self.node.session.logout(self.now_ns, "end of the week")
        self.flush()
        self.deliver_everything()
        assert not any(side.is_up for side in self.sides)
        self.node.session.shut("outside the hours of this session")
        self.now_ns += seconds * SECOND_NS
        self.connect()
        self.deliver_everything()
        assert [side.session.state for side in self.sides] == ["disconnected"] * 2
        self.node.session.shut("")
        for side in self.sides:
            side.session.reset()
        self.connect()
        self.deliver_everything()
        assert [side.session.next_in for side in self.sides] == [2, 2]

    @invariant()
    def no_counter_runs_away(self) -> None:
        """What is numbered beyond the messages sent is upkeep: a loop would show here."""
        for side in self.sides:
            assert side.session.next_out < 2_000

    @invariant()
    def nothing_twice_nothing_out_of_order(self) -> None:
        for side in self.sides:
            assert side.received == self.other(side).sent[: len(side.received)]

    def is_settled(self) -> bool:
        client, node = self.client.session, self.node.session
        return (
            client.state == node.state == "active"
            and not any(side.coming for side in self.sides)
            and client.next_in == node.next_out
            and node.next_in == client.next_out
            and not client.is_resending
            and not node.is_resending
        )

    def settle(self) -> None:
        for _ in range(QUIET_ROUNDS_MAX):
            if not any(side.is_up for side in self.sides):
                self.connect()
            self.deliver_everything()
            for side in self.sides:
                if side.is_up and not self.other(side).is_up:
                    self.close(side)
            if self.is_settled():
                return
            self.now_ns += SECOND_NS
            self.tick()
        raise AssertionError("the two never agree")

    def teardown(self) -> None:
        if not hasattr(self, "client"):
            return
        self.settle()
        for side in self.sides:
            assert side.received == self.other(side).sent


Pair.TestCase.settings = settings(
    max_examples=2000 if IS_DEEP else 60,
    stateful_step_count=100 if IS_DEEP else 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestPair = Pair.TestCase


def stream_of_a_day() -> tuple[bytes, list[bytes]]:
    """What a client sends in a short day, and the bodies of its application messages."""
    client = FixSession("initiator", "FIX.4.4", "CLIENT1", "NODE")
    client.connect(START_NS)
    data = client.data_to_send()
    node = FixSession("acceptor", "FIX.4.4", "NODE", "CLIENT1")
    node.connect(START_NS)
    node.receive_data(data, START_NS)
    client.receive_data(node.data_to_send(), START_NS)
    bodies = [b"%d" % n for n in range(6)]
    for body in bodies:
        client.send("B", b"58=%b\x01" % body, START_NS)
    messages = split(client.data_to_send()).messages
    return data + b"".join(messages), bodies


def test_a_stream_means_the_same_wherever_it_is_cut() -> None:
    data, bodies = stream_of_a_day()
    cuts = [0, *range(1, len(data)), len(data)]
    for middle in cuts:
        node = Side("acceptor", "NODE", "CLIENT1")
        node.session.connect(START_NS)
        for start, end in pairwise([0, middle, len(data)]):
            assert not node.take(node.session.receive_data(data[start:end], START_NS))
        assert (node.received, node.session.next_in) == (bodies, 8)


def test_a_stream_byte_by_byte_means_the_same() -> None:
    data, bodies = stream_of_a_day()
    node = Side("acceptor", "NODE", "CLIENT1")
    node.session.connect(START_NS)
    for at in range(len(data)):
        node.take(node.session.receive_data(data[at : at + 1], START_NS))
    assert node.received == bodies


def test_a_link_cut_after_any_byte_loses_nothing() -> None:
    data, bodies = stream_of_a_day()
    for middle in range(len(data)):
        client = Side("initiator", "CLIENT1", "NODE")
        node = Side("acceptor", "NODE", "CLIENT1")
        for side in (client, node):
            side.session.connect(START_NS)
        sent = client.session.data_to_send()
        node.take(node.session.receive_data(sent, START_NS))
        client.take(client.session.receive_data(node.session.data_to_send(), START_NS))
        for body in bodies:
            client.session.send("B", b"58=%b\x01" % body, START_NS)
        rest = client.session.data_to_send()
        node.take(node.session.receive_data(rest[: max(0, middle - len(sent))], START_NS))
        for side in (client, node):
            side.session.disconnect(START_NS)
            side.session.connect(START_NS)
        for _ in range(4):
            node.take(node.session.receive_data(client.session.data_to_send(), START_NS))
            client.take(client.session.receive_data(node.session.data_to_send(), START_NS))
        assert node.received == bodies
