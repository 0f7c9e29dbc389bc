"""The door towards an outside market: we dial, log on, subscribe, and send what must not be
repeated."""

from pathlib import Path
from random import Random

import pytest

from tests.gateway.desk import ORDER, Desk, kinds
from tests.node.fix import fields_of, split
from tests.scenarios.runner import shown
from tests.simulation.venue import Venue
from tests.whole_node import NS_PER_MS, VENUE

NS_PER_S = 10**9


class Outside(Desk):
    """A desk whose node has dialled a market that answers every order well."""

    def __init__(self, folder: Path, *overrides: str) -> None:
        super().__init__(folder, *overrides, more=VENUE)
        self.venue = Venue(Random(1), forgets=False, is_tame=True)
        self.source_link = -1

    def dial(self) -> None:
        rows = self.node.state.core.sessions()
        session = next(row["index"] for row in rows if row["source"] is not None)
        self.venue.connected()
        self.source_link = self.node.connect(self.now_ns, session)
        assert self.turn()

    def lose_link(self) -> None:
        self.node.disconnect(self.source_link, self.now_ns)
        assert self.turn()

    def sends(self) -> list[bytes]:
        """What left towards the market."""
        messages, rest = split(self.node.sent(self.source_link))
        assert rest == b""
        return messages

    def answers(self, messages: list[bytes]) -> None:
        """The market takes these; its answers arrive in a turn of their own."""
        self.now_ns += NS_PER_MS
        out = b"".join(self.venue.take(message, self.now_ns) for message in messages)
        out += self.venue.on_time(self.now_ns)
        if out:
            self.node.receive(self.source_link, out, self.now_ns)
        assert self.turn()

    def log_on_outside(self) -> list[bytes]:
        """Logon and subscriptions; what leaves after the Logon."""
        self.dial()
        self.answers(self.sends())
        after = self.sends()
        self.answers(after)
        return after

    def link_state(self) -> str:
        (row,) = self.node.state.core.sources()
        return str(row["link"])


@pytest.fixture
def desk(tmp_path: Path) -> Outside:
    return Outside(tmp_path / "data")


def test_a_dialled_link_begins_with_our_logon(desk: Outside) -> None:
    desk.dial()
    assert [shown(message) for message in desk.sends()] == ["A|34=1|98=0|108=10"]
    assert desk.link_state() == "down"


def test_after_the_logon_the_source_is_up_and_what_it_lists_subscribed(desk: Outside) -> None:
    after = desk.log_on_outside()
    assert [dict(fields_of(message))[b"55"] for message in after] == [b"TEST1"]
    assert desk.link_state() == "up"
    assert desk.node.state.core.views()[0]["symbol"] == "TEST1"


def test_a_lost_link_takes_the_source_s_book_off_the_ladder(desk: Outside) -> None:
    desk.log_on_outside()
    desk.lose_link()
    assert desk.link_state() == "down"
    desk.log_on("CLIENT1")
    (report,) = desk.says("CLIENT1", ORDER.format("a", 1, 5, "200.00"))
    assert "|150=0|39=0|" in report
    assert desk.node.state.core.children() == []


def test_an_order_routed_is_journalled_synced_and_sent_and_its_fill_reported(
    desk: Outside,
) -> None:
    desk.log_on_outside()
    desk.log_on("CLIENT1")
    before = len(desk.records())
    (accepted,) = desk.says("CLIENT1", ORDER.format("a", 1, 1, "101.00"))
    assert "|150=0|" in accepted
    assert kinds(desk.records()[before:]) == [
        *("market_view", "new_order", "accepted", "out_message", "requested", "out_message")
    ]
    assert desk.node.writer.synced_batch == desk.node.writer.batch_no - 1
    (order,) = desk.sends()
    assert dict(fields_of(order))[b"59"] == b"3"
    desk.answers([order])
    (filled,) = desk.reads("CLIENT1")
    assert "|150=F|39=2|" in filled
    assert "|30=SIM|851=3|" in filled


def test_children_are_synced_though_nothing_else_is(tmp_path: Path) -> None:
    desk = Outside(tmp_path / "data", "journal.sync=off")
    desk.log_on_outside()
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", ORDER.format("far", 1, 1, "0.01"))
    assert desk.node.writer.synced_batch < desk.node.writer.batch_no - 1
    desk.says("CLIENT1", ORDER.format("a", 1, 1, "101.00"))
    assert desk.node.writer.synced_batch == desk.node.writer.batch_no - 1


def test_an_order_of_ours_is_never_replayed_but_asked_about(desk: Outside) -> None:
    desk.log_on_outside()
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", ORDER.format("a", 1, 1, "101.00"))
    (lost,) = desk.sends()
    desk.restart()
    (child,) = desk.node.state.core.children(live_only=True)
    assert child["state"] == "unknown"
    after = desk.log_on_outside()
    asked = [message for message in after if dict(fields_of(message))[b"35"] == b"H"]
    assert {dict(fields_of(message))[b"11"] for message in asked} == {dict(fields_of(lost))[b"11"]}
    assert not [message for message in after if dict(fields_of(message))[b"35"] == b"D"]
    desk.answers(desk.sends())
    desk.wait(NS_PER_S)
    assert desk.venue.faults == []
    assert desk.node.state.core.children(live_only=True) == []
    (order,) = desk.node.state.core.orders()
    assert order["cum_qty"] + order["away_qty"] == 1  # planned again, once


def test_a_link_whose_logon_nobody_answers_is_closed(desk: Outside) -> None:
    desk.dial()
    desk.wait(10 * NS_PER_S)
    assert desk.node.door.is_closing(desk.source_link)


def test_an_orderly_end_does_not_wait_for_a_logon_s_answer(desk: Outside) -> None:
    desk.dial()
    desk.node.door.close(desk.now_ns)
    desk.node.pass_time(desk.now_ns)
    assert desk.turn()
    assert desk.node.door.is_closing(desk.source_link)
