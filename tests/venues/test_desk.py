"""The desk between the core and one market: both sides played by the test."""

from decimal import Decimal
from typing import Any

import pytest

from internaliser.model.fields import record_fields
from internaliser.venues.contract import (
    Depth,
    OrderRef,
    OrderReport,
    PlaceOrder,
    ReasonClass,
    ReportKind,
    StatedBalance,
)
from internaliser.venues.desk import DeskLimits, VenueDesk
from internaliser.venues.figures import AssetTerms, InstrumentTerms, VenueTerms
from internaliser.venues.outbox import Outbox
from tests.venues.fake_market import Book, FakeMarket, rules_of

TERMS = VenueTerms(
    node_id=1,
    name="EDGE",
    source=2,
    instruments=(InstrumentTerms(3, "TEST1", "T1USD", Decimal("0.01"), Decimal("0.001")),),
    assets={"USD": AssetTerms(0, 2), "TEST1": AssetTerms(1, 3)},
)
WITHIN_NS = 1000
STEP_NS = 50_000


class Scene:
    """A desk, its market, and a core that takes what it has room for."""

    def __init__(self, waiting_max: int = 100) -> None:
        self.room = 1000
        self.commands: list[dict[str, Any]] = []
        self.books: list[tuple[Any, ...]] = []
        self.logged: list[str] = []
        self.now_ns = STEP_NS
        self.outbox = Outbox(self.submit, waiting_max)
        self.desk = VenueDesk(
            TERMS, DeskLimits(WITHIN_NS), self.outbox, self, lambda: self.now_ns, self.log
        )
        self.market = FakeMarket(self.desk)
        self.desk.adapter = self.market

    def submit(self, command: bytes) -> bool:
        if self.room == 0:
            return False
        self.room -= 1
        self.commands.append(record_fields(command))
        return True

    def log(self, event: str, **fields: Any) -> None:
        self.logged.append(event)

    def mark(self, source: int, instrument: int, book: Depth) -> None:
        self.books.append(("mark", source, instrument, book))

    def lose(self, source: int, instrument: int) -> None:
        self.books.append(("lose", source, instrument))

    def remark(self, source: int) -> None:
        self.books.append(("remark", source))

    # what the core says

    def asks(self, event: str, child: int = 1, **more: Any) -> None:
        base = {
            "kind": "child_event", "event": event, "child_id": 1 << 44 | child, "instrument": 3,
            "side": "buy", "qty": 1500, "price": 10_025, "time_ns": STEP_NS,
        }  # fmt: skip
        self.desk.take({**base, **more})

    def says(self, *actions: str) -> None:
        for action in actions:
            self.desk.take({"kind": "state_event", "action": action})

    def links(self) -> list[str]:
        return [one["action"] for one in self.commands if one["kind"] == "source_state"]

    def reports(self) -> list[tuple[Any, ...]]:
        return [
            (one["target_id"] & 0xFF, one["exec_type"], one["reason"])
            for one in self.commands
            if one["kind"] == "venue_report"
        ]


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.desk.on_link(True, "reconciled")
    scene.says("up")
    return scene


def test_a_child_is_placed_with_the_market_s_names_and_figures(scene: Scene) -> None:
    scene.asks("requested")
    scene.asks("requested", child=2, side="sell")
    first = PlaceOrder(
        "1-1-1", "T1USD", "BUY", Decimal("1.5"), Decimal("100.25"), "IOC", STEP_NS + WITHIN_NS
    )
    assert scene.market.placed[0] == first
    assert (scene.market.placed[1].cl_ord_id, scene.market.placed[1].side) == ("1-1-2", "SELL")


def test_questions_and_cancels_name_the_child(scene: Scene) -> None:
    scene.asks("query")
    scene.asks("cancel")
    assert scene.market.queried == scene.market.canceled == [OrderRef("1-1-1", "T1USD")]


def test_an_order_that_waited_too_long_is_denied_and_not_placed(scene: Scene) -> None:
    scene.now_ns += WITHIN_NS
    scene.asks("requested")
    scene.now_ns += 1
    scene.asks("requested", child=2)
    assert [order.cl_ord_id for order in scene.market.placed] == ["1-1-1"]
    assert scene.reports() == [(2, "rejected", "too_late")]


def test_while_the_link_is_down_orders_are_denied(scene: Scene) -> None:
    scene.desk.on_link(False, "line lost")
    scene.asks("requested")
    assert scene.market.placed == []
    assert scene.reports() == [(1, "rejected", "disconnect")]


def test_only_changes_of_the_link_are_told_and_each_with_why(scene: Scene) -> None:
    for is_up in (True, False, False, True):
        scene.desk.on_link(is_up, "because")
    assert scene.links() == ["up", "down", "up"]
    assert scene.commands[-1]["note"] == "because"
    assert scene.logged == ["venue_up", "venue_down", "venue_up"]


def test_after_the_core_shut_the_link_it_comes_up_again_once_all_is_taken(scene: Scene) -> None:
    scene.asks("requested")
    scene.says("down")
    assert scene.links() == ["up", "up"]
    scene.says("up")
    assert scene.links() == ["up", "up"]
    assert scene.books == [("remark", 2), ("remark", 2)]


def test_our_own_down_is_not_answered_with_an_up(scene: Scene) -> None:
    scene.desk.on_link(False, "line lost")
    scene.says("down")
    assert scene.links() == ["up", "down"]
    scene.desk.on_link(True, "reconciled")
    scene.desk.on_link(False, "lost again")
    scene.desk.on_link(True, "reconciled")
    scene.says("up", "down", "up")
    assert scene.links() == ["up", "down", "up", "down", "up"]


def test_a_report_goes_to_the_core_and_one_of_a_stranger_does_not(scene: Scene) -> None:
    scene.desk.on_report(OrderReport("1-1-1", "T1USD", ReportKind.ACCEPTED))
    scene.desk.on_report(OrderReport("web_4711", "T1USD", ReportKind.ACCEPTED))
    assert scene.reports() == [(1, "new", None)]
    assert scene.logged == ["venue_up", "venue_report_foreign"]


def test_a_figure_that_cannot_be_counted_is_logged_as_an_error(scene: Scene) -> None:
    scene.desk.on_report(
        OrderReport("1-1-1", "T1USD", ReportKind.STATUS, cum_qty=Decimal("0.1234"))
    )
    assert scene.reports() == [(1, "order_status", "qty_off_lot")]
    assert scene.logged[-1] == "venue_report_uncountable"


def test_a_refusal_is_logged_with_its_reason(scene: Scene) -> None:
    refused = OrderReport("1-1-1", "T1USD", ReportKind.REJECTED, reason=ReasonClass.BELOW_MIN)
    scene.desk.on_report(refused)
    assert scene.reports() == [(1, "rejected", "qty_out_of_range")]
    assert scene.logged[-1] == "venue_refused"


def test_rules_are_told_when_they_change(scene: Scene) -> None:
    for tick in ("0.01", "0.01", "0.02"):
        scene.desk.on_rules([rules_of("T1USD", tick)])
    scene.desk.on_rules([])
    told = [
        (one["is_listed"], one["price_step"]) for one in scene.commands if one["kind"] == "config"
    ]
    assert told == [(1, 1), (1, 2), (0, 0)]
    assert scene.logged == ["venue_up", "venue_listing_unusable"]


def test_books_are_handed_on_by_our_numbers(scene: Scene) -> None:
    book = Book()
    scene.books.clear()
    scene.desk.on_book("T1USD", book)
    scene.desk.on_book_lost("T1USD", "gap")
    scene.desk.on_book("OTHER", book)
    scene.desk.on_book_lost("OTHER", "gap")
    assert scene.books == [("mark", 2, 3, book), ("lose", 2, 3)]


def test_balances_are_told_in_the_units_of_their_assets(scene: Scene) -> None:
    scene.desk.on_balances(
        [
            StatedBalance("USD", Decimal("12.34"), Decimal("0.01")),
            StatedBalance("BNB", Decimal(1), Decimal(0)),
        ],
        99,
    )
    (told,) = [one for one in scene.commands if one["kind"] == "venue_balance"]
    assert [told[key] for key in ("source", "asset", "free", "locked", "stated_ns", "action")] == [
        2, 0, 1234, 1, 99, "stated",
    ]  # fmt: skip


@pytest.mark.parametrize("amount", ["0.001", "-1", "NaN"])
def test_a_balance_that_cannot_be_counted_counts_as_unanswered(scene: Scene, amount: str) -> None:
    scene.desk.on_balances([StatedBalance("USD", Decimal(amount), Decimal(0))], 99)
    assert [one["action"] for one in scene.commands if one["kind"] == "venue_balance"] == [
        "unanswered"
    ]


def test_a_market_that_does_not_answer_is_told_as_such(scene: Scene) -> None:
    scene.desk.on_balances_unanswered("timeout \u2026")
    (told,) = [one for one in scene.commands if one["kind"] == "venue_balance"]
    assert (told["action"], told["asset"], told["note"]) == ("unanswered", None, "timeout ?")


def test_reports_wait_in_order_while_the_core_has_no_room(scene: Scene) -> None:
    scene.room = 0
    for child in (1, 2):
        scene.desk.on_report(OrderReport(f"1-1-{child}", "T1USD", ReportKind.ACCEPTED))
    scene.desk.on_link(False, "lost")
    assert scene.links() == ["up"]
    scene.room = 9
    assert scene.outbox.flush()
    assert scene.reports() == [(1, "new", None), (2, "new", None)]
    assert scene.links() == ["up", "down"]


def test_reports_that_found_no_room_at_all_are_made_good_by_a_new_link() -> None:
    scene = Scene(waiting_max=2)
    scene.desk.on_link(True, "reconciled")
    scene.says("up")
    scene.room = 0
    for child in range(1, 6):
        scene.desk.on_report(OrderReport(f"1-1-{child}", "T1USD", ReportKind.ACCEPTED))
    assert scene.desk.lost_reports == 3
    assert scene.logged == ["venue_up", "venue_reports_lost"]
    scene.room = 100
    assert scene.outbox.flush()
    assert scene.reports() == [(1, "new", None), (2, "new", None)]
    assert scene.links() == ["up", "down", "up"]
    scene.says("down", "up")
    assert scene.links() == ["up", "down", "up"]
    scene.desk.on_report(OrderReport("1-1-6", "T1USD", ReportKind.ACCEPTED))
    assert scene.reports()[-1] == (6, "new", None)


def test_a_link_that_goes_down_while_reports_find_no_room_stays_down() -> None:
    scene = Scene(waiting_max=1)
    scene.desk.on_link(True, "reconciled")
    scene.says("up")
    scene.room = 0
    for child in range(1, 4):
        scene.desk.on_report(OrderReport(f"1-1-{child}", "T1USD", ReportKind.ACCEPTED))
    scene.desk.on_link(False, "lost")
    scene.room = 1  # enough for what waits, not for more
    assert not scene.outbox.flush() or scene.links() == ["up", "down"]
    scene.room = 100
    assert scene.outbox.flush()
    assert scene.links() == ["up", "down"]
