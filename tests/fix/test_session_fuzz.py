"""Whatever a peer sends: whole messages come back, and the counters keep their rules."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.fix.codec import decode, split
from tests.fix.talk import SECOND_NS, Talk, pairs_of

IS_DEEP = os.environ.get("INTERNALISER_DEEP") == "1"

NUMBERS = st.integers(-1, 12).map(str)
VALUES = st.one_of(NUMBERS, st.sampled_from(["Y", "N", "", "T", "T-5", "T+5", "T-500", "x", "0"]))
TAGS = st.sampled_from(
    [7, 16, 36, 43, 49, 52, 56, 97, 98, 108, 112, 115, 122, 123, 128, 141, 789, 58, 11]
)
KINDS = st.sampled_from(["0", "1", "2", "3", "4", "5", "A", "D", "8", "UX", "*"])


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A message of any kind with a likely number and fields that may make sense."""
    fields = [f"35={draw(KINDS)}"]
    if draw(st.integers(0, 9)) > 0:
        fields.append(f"34={draw(st.one_of(st.just('next'), NUMBERS))}")
    fields += [f"{draw(TAGS)}={draw(VALUES)}" for _ in range(draw(st.integers(0, 4)))]
    return "|".join(fields)


STEPS = st.one_of(
    lines(),
    lines(),
    lines(),
    st.sampled_from(["send", "logout", "cut", "35=A|34=next|98=0|108=30"]),
    st.floats(0.1, 100),
    st.binary(min_size=1, max_size=40),
)


class Judge:
    """Watches one session: what it writes is whole and numbered without a hole."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.next_out = self.next_in = 1

    def look(self) -> None:
        session = self.talk.session
        data = session.data_to_send()
        cut = split(data)
        assert (cut.used, cut.garbled) == (len(data), 0)
        if session.was_reset:
            self.next_in = self.next_out = 1
        for message in cut.messages:
            decode(message)
            values = dict(pairs_of(message))
            number = int(values[34])
            if number == 1 and values[35] == b"A" and values.get(141) == b"Y":
                self.next_out = 1
            if values.get(43) == b"Y":
                assert number < session.next_out
            else:
                assert number >= self.next_out
                self.next_out = number + 1
        assert self.next_out <= session.next_out
        assert session.next_in >= self.next_in
        self.next_out, self.next_in = session.next_out, session.next_in
        session.clear_flags()


@given(
    role=st.sampled_from(["acceptor", "initiator"]),
    keeps_early=st.booleans(),
    chunk=st.integers(1, 3),
    steps=st.lists(STEPS, max_size=30),
)
@settings(max_examples=20_000 if IS_DEEP else 300, deadline=None)
def test_any_peer_is_survived(
    role: str, keeps_early: bool, chunk: int, steps: list[str | float | bytes]
) -> None:
    talk = Talk(role, keeps_early=keeps_early, resend_chunk=chunk)
    judge = Judge(talk)
    judge.look()
    talk.events += talk.session.receive_data(talk.wire("35=A|34=1|98=0|108=30"), talk.now_ns)
    for step in steps:
        if isinstance(step, float):
            talk.now_ns += int(step * SECOND_NS)
            talk.events += talk.session.on_time(talk.now_ns)
        elif isinstance(step, bytes):
            talk.events += talk.session.receive_data(step, talk.now_ns)
        elif step == "send":
            talk.send("58=hello")
        elif step == "logout":
            talk.session.logout(talk.now_ns, "enough")
        elif step == "cut":
            talk.session.disconnect(talk.now_ns)
            talk.session.connect(talk.now_ns)
        else:
            line = step.replace("34=next", f"34={talk.session.next_in}")
            talk.events += talk.session.receive_data(talk.wire(line), talk.now_ns)
        judge.look()
    numbers = [event.msg_seq_num for event in talk.events if event.kind == "application"]
    if not any(event.kind == "logged_on" for event in talk.events):
        assert numbers == []
