"""What a decision saw and chose, folded from records laid out by hand."""

from typing import Any

from internaliser.decisions import Sight, chosen_rows, seen_rows
from internaliser.names import Names

MS = 10**6
TERMS = {"tick_mantissa": 1, "price_decimals": 2, "lot_mantissa": 1, "qty_decimals": 0}
NAMES = Names(
    instruments=[{"name": "BTC/USD", **TERMS}],
    sources=[
        {"name": name, "stale_after_ns": 1000 * MS, "taker_fee": fee, "credit_adj": 5000}
        for name, fee in (("X", 100_000), ("Y", 0))
    ],
)


class Journal:
    """Feeds a Sight; every call is a step of its own unless told which."""

    def __init__(self) -> None:
        self.sight = Sight()
        self.seq = 0

    def view(self, source: int, at_ns: int = 0, **levels: Any) -> None:
        base = {"kind": "market_view", "seq": self.seq + 1, "source": source, "instrument": 0}
        sides = {"bids": [], "asks": [], **levels}
        self.sight.take({**base, "received_ns": at_ns, "is_fresh": True, **sides})

    def link(self, action: str, source: int = 0, reason: str | None = None) -> None:
        self.seq += 1
        kind = "epoch" if action == "epoch" else "source_state"
        self.sight.take({"kind": kind, "seq": self.seq, "source": source, "action": action})
        told = {"kind": "state_event", "seq": self.seq, "of": kind, "reason": reason}
        self.sight.take(told)

    def child(self, child_id: int, source: int = 0, *, is_new: bool = True, **more: Any) -> Any:
        self.seq += is_new
        base = {
            "kind": "child_event", "event": "requested", "seq": self.seq, "parent_id": 9,
            "time_ns": 500 * MS, "instrument": 0, "side": "buy", "qty": 3, "price": 10_050,
        }  # fmt: skip
        return self.sight.take({**base, "child_id": child_id, "source": source, **more})


def seen(journal: Journal, child_id: int) -> list[Any]:
    decision = journal.sight.of_child(child_id)
    assert decision is not None
    return seen_rows(decision, NAMES)


def test_a_decision_shows_what_each_source_offered_to_its_side() -> None:
    journal = Journal()
    journal.link("up", 0)
    journal.link("up", 1)
    journal.view(0, 490 * MS, asks=[(10_050, 3), (10_100, 4)], bids=[(9_000, 1)])
    journal.view(1, 100 * MS, asks=[(10_000, 1)])
    journal.child(1)
    journal.child(2, 1, is_new=False, qty=1, price=10_000)
    assert seen(journal, 1) == seen(journal, 2) == [
        {
            "source": "X", "age_ms": "10", "usable": True, "fee_bp": "10.5",
            "levels": ["3@100.5", "4@101"],
        },
        {"source": "Y", "age_ms": "400", "usable": True, "fee_bp": "0.5", "levels": ["1@100"]},
    ]  # fmt: skip
    decision = journal.sight.of_child(1)
    assert decision is not None
    assert list(chosen_rows(decision, NAMES)) == [
        {"source": "X", "level": "3@100.5"},
        {"source": "Y", "level": "1@100"},
    ]


def test_a_seller_is_shown_the_bids() -> None:
    journal = Journal()
    journal.link("up")
    journal.view(0, bids=[(9_000, 1)], asks=[(10_000, 5)])
    journal.child(1, side="sell")
    assert seen(journal, 1)[0]["levels"] == ["1@90"]


def test_a_later_view_does_not_change_what_was_seen() -> None:
    journal = Journal()
    journal.link("up")
    journal.view(0, asks=[(10_050, 3)])
    journal.child(1)
    journal.view(0, asks=[(10_000, 9)])
    journal.child(2)
    assert seen(journal, 1)[0]["levels"] == ["3@100.5"]
    assert seen(journal, 2)[0]["levels"] == ["9@100"]


def test_a_view_too_old_was_not_usable() -> None:
    journal = Journal()
    journal.link("up")
    journal.view(0, asks=[(10_050, 3)])
    journal.child(1, time_ns=1000 * MS + 1)
    assert seen(journal, 1)[0]["usable"] is False


def test_a_source_that_went_down_has_no_book_and_one_refused_keeps_it() -> None:
    journal = Journal()
    journal.link("up")
    journal.view(0, asks=[(10_050, 3)])
    journal.link("down", reason="unknown_account")
    journal.child(1)
    journal.link("down")
    journal.child(2)
    assert len(seen(journal, 1)) == 1
    assert seen(journal, 2) == []


def test_a_start_forgets_every_book_and_link() -> None:
    journal = Journal()
    journal.link("up")
    journal.view(0, asks=[(10_050, 3)])
    journal.link("epoch")
    journal.child(1)
    journal.view(0, asks=[(10_050, 3)])
    journal.child(2)
    assert seen(journal, 1) == []
    assert seen(journal, 2)[0]["usable"] is False  # nobody said that the link is up again


def test_one_step_may_decide_for_several_orders() -> None:
    journal = Journal()
    first = journal.child(1)
    second = journal.child(2, is_new=False, parent_id=10)
    assert (first.parent_id, second.parent_id) == (9, 10)
    assert journal.child(3, is_new=False, parent_id=10) is None
    assert [child["child_id"] for child in second.children] == [2, 3]


def test_a_child_nobody_saw_asked_for_has_no_decision() -> None:
    assert Journal().sight.of_child(1) is None
