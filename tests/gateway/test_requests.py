"""What the core asks of the edge leaves after its commit, in order, and never too much of it."""

from pathlib import Path

import pytest

from internaliser.gateway.requests import Requests
from internaliser.model.commands import config_command
from internaliser.model.fields import record_fields
from internaliser.model.records import market_view, source_state, timer, venue_report
from tests.gateway.desk import ORDER, Desk

NS_PER_S = 10**9
EDGE_VENUE = """
[[venues]]
name = "{}"
kind = "binance"
key_env = "NONE"
secret_env = "NONE"
credit = "unlimited"
stale_after_ms = 60000
instruments = {{ "TEST1" = {{ symbol = "T1USD" }} }}
"""
STEPS = {"source": 0, "instrument": 2, "is_listed": 1, "price_step": 1, "qty_step": 1}


class EdgeDesk(Desk):
    """A desk with markets on the edge, all of which the test plays."""

    def __init__(self, folder: Path, *overrides: str, venues: int = 1) -> None:
        names = [f"EDGE{number}" for number in range(venues)]
        more = "".join(EDGE_VENUE.format(name) for name in names)
        super().__init__(folder, *overrides, more=more)
        self.listed = range(venues)
        self.open()

    def open(self) -> None:
        """As the node does once recovery is over."""
        self.requests = Requests()
        self.node.state.steps.open_requests(self.requests)

    def restart(self) -> None:
        super().restart()
        self.open()

    def apply(self, command: bytes) -> None:
        self.node.door.apply(command, self.now_ns)

    def come_up(self) -> None:
        """Every market lists TEST1, is up and shows one level; what was asked until then is
        gone."""
        for source in self.listed:
            steps = {**STEPS, "source": source}
            self.apply(config_command("listing", steps, name="TEST1", note="T1USD"))
            self.apply(source_state(source=source, action="up"))
            self.apply(market_view(source=source, instrument=2, asks=[(10_000 + source, 5)]))
        assert self.turn()
        self.requests.take()

    def come_up_again(self) -> None:
        """As the desks do when they have taken everything."""
        for source in self.listed:
            self.apply(source_state(source=source, action="up"))
        assert self.turn()

    def asked(self) -> list[str]:
        """What may leave by now, a word or two each."""
        found = map(record_fields, self.requests.take())
        return [
            f"{one['event']} {one['child_id'] & 0xFFF}" if "event" in one else str(one["action"])
            for one in found
        ]

    def links(self) -> list[str]:
        return [row["link"] for row in self.node.state.core.sources()]

    def child_id(self, number: int) -> int:
        return self.node.state.core.epoch << 44 | number


@pytest.fixture
def desk(tmp_path: Path) -> EdgeDesk:
    desk = EdgeDesk(tmp_path / "data")
    desk.log_on("CLIENT1")
    desk.come_up()
    return desk


def test_a_child_leaves_only_once_it_is_durable(tmp_path: Path) -> None:
    desk = EdgeDesk(tmp_path / "data", "journal.sync=off")
    desk.log_on("CLIENT1")
    desk.come_up()
    desk.hand_in("CLIENT1", ORDER.format("a", 1, 3, "100.00"))
    assert desk.asked() == []
    assert desk.turn()
    assert desk.asked() == ["requested 1"]
    assert desk.node.writer.synced_batch == desk.node.writer.batch_no - 1


def test_the_core_s_questions_and_cancels_leave_too(desk: EdgeDesk) -> None:
    desk.says("CLIENT1", ORDER.format("a", 1, 3, "100.00"))
    desk.says("CLIENT1", "F|11=b|41=a|55=TEST1|54=1|38=3")
    desk.now_ns += 3 * NS_PER_S
    desk.apply(timer(action="child_overdue", child_id=desk.child_id(1)))
    assert desk.turn()
    assert desk.asked() == ["requested 1", "cancel 1", "query 1"]


def test_link_states_come_in_order_with_the_requests(desk: EdgeDesk) -> None:
    desk.says("CLIENT1", ORDER.format("a", 1, 3, "100.00"))
    for action in ("down", "up"):
        desk.apply(source_state(source=0, action=action))
    assert desk.turn()
    assert desk.asked() == ["requested 1", "down", "up", "query 1"]


def test_what_waits_past_the_room_shuts_every_edge_source_by_a_step(tmp_path: Path) -> None:
    desk = EdgeDesk(tmp_path / "data", venues=2)
    desk.log_on("CLIENT1")
    desk.come_up()
    desk.requests.room = 1
    desk.hand_in("CLIENT1", ORDER.format("a", 1, 3, "100.00"))
    assert desk.links() == ["up", "up"]
    desk.hand_in("CLIENT1", ORDER.format("b", 1, 3, "101.00"))
    assert desk.turn()
    assert desk.links() == ["down", "down"]
    assert desk.asked() == ["requested 1", "down", "down"]
    shutting = [one for one in desk.records() if one["kind"] == "source_state"][-2:]
    assert [(one["source"], one["action"], one["note"]) for one in shutting] == [
        (0, "down", "the edge is late"),
        (1, "down", "the edge is late"),
    ]
    (child,) = desk.node.state.core.children()
    assert child["state"] == "unknown"
    # Room again: the link comes up, the child is asked about, orders go out once more.
    desk.requests.room = 100
    desk.come_up_again()
    assert desk.asked()[:2] == ["up", "query 1"]


def test_a_source_that_is_down_is_not_shut_again(desk: EdgeDesk) -> None:
    desk.requests.room = 0
    desk.says("CLIENT1", ORDER.format("a", 1, 3, "100.00"))
    desk.says("CLIENT1", ORDER.format("b", 1, 3, "100.00"))
    states = [one for one in desk.records() if one["kind"] == "source_state"]
    assert [one["action"] for one in states] == ["up", "down"]
    assert desk.node.state.core.children() == []


def test_a_full_room_at_recovery_changes_nothing(desk: EdgeDesk) -> None:
    desk.requests.room = 1
    desk.says("CLIENT1", ORDER.format("a", 1, 3, "100.00"))
    desk.says("CLIENT1", ORDER.format("b", 1, 3, "100.00"))
    before = desk.node.state.core.state_hash()
    desk.restart()
    assert desk.node.recovered_hash == before
    assert desk.asked() == []


def test_a_child_of_before_a_crash_is_asked_about_when_the_market_says_up(desk: EdgeDesk) -> None:
    desk.says("CLIENT1", ORDER.format("a", 1, 3, "100.00"))
    desk.restart()
    assert desk.asked() == []
    desk.apply(source_state(source=0, action="up"))
    assert desk.turn()
    assert desk.asked() == ["up", "query 1"]
    desk.apply(venue_report(source=0, child_id=1 << 44 | 1, not_found=2, ord_status="rejected"))
    assert desk.turn()
    (child,) = desk.node.state.core.children()
    assert child["state"] == "done"


def test_records_are_taken_in_order_and_once() -> None:
    requests = Requests()
    records = [source_state(source=n, action="up") for n in range(3)]
    requests.put(records[0])
    assert requests.take() == []
    requests.commit()
    requests.put(records[1])
    assert requests.take() == records[:1]
    requests.commit()
    requests.put(records[2])
    assert requests.count == 2
    assert requests.take() == records[1:2]
    requests.commit()
    assert requests.take() == records[2:]
    assert requests.count == 0


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(ValueError, match="not one record"):
        Requests().put(source_state(source=0, action="up")[:-8])
