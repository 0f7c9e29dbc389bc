"""What a routing decision chose, and which outside books it saw: from the journal alone.

    for record in journal: sight.take(record_fields(record.data))
    sight.of_child(child_id).seen          # at the step that asked for this child

The journal holds a view before the first decision that reads it; a decision that finds nothing new
saw what stands. A link that went down or a start takes the source's books away.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from internaliser.names import Names, scaled_text

KINDS = frozenset((6, 7, 11, 102, 103))  # model/record.pxd: what `take` reads
RATE_DECIMALS = 4  # a basis point is 10**4 of the parts that fees are counted in

Fields = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """One source's book of one instrument, as journalled."""

    source: int
    received_ns: int
    is_fresh: bool
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Decision:
    """Children asked for in one step for one order, and the books that step had."""

    seq: int
    time_ns: int
    parent_id: int
    instrument: int
    side: str
    seen: tuple[View, ...]
    down: frozenset[int]  # sources that were not up
    children: list[Fields] = field(default_factory=list)


class Sight:
    """Folds records in the journal's order. Holds one decision per child, books shared."""

    def __init__(self) -> None:
        self._views: dict[int, dict[int, View]] = {}  # by instrument, by source
        self._up: set[int] = set()
        self._asked: Fields = {}
        self._latest: Decision | None = None
        self._of_child: dict[int, Decision] = {}

    def take(self, fields: Fields) -> Decision | None:
        """One record's fields. The decision a child was just asked for by, if that is new."""
        kind = fields["kind"]
        if kind == "market_view":
            self._on_view(fields)
        elif kind in ("source_state", "epoch"):
            self._asked = fields
        elif kind == "state_event" and fields["of"] in ("source_state", "epoch"):
            if fields["reason"] is None and fields["seq"] == self._asked.get("seq"):
                self._on_link(self._asked)
        elif kind == "child_event" and fields["event"] == "requested":
            return self._on_requested(fields)
        return None

    def of_child(self, child_id: int) -> Decision | None:
        """The decision that asked for this child; None when the journal does not hold it."""
        return self._of_child.get(child_id)

    def _on_view(self, fields: Fields) -> None:
        bids, asks = (
            tuple((price, qty) for price, qty in fields[side]) for side in ("bids", "asks")
        )
        view = View(fields["source"], fields["received_ns"], fields["is_fresh"], bids, asks)
        self._views.setdefault(fields["instrument"], {})[view.source] = view

    def _on_link(self, asked: Fields) -> None:
        if asked["kind"] == "epoch":
            self._views.clear()
            self._up.clear()
        elif asked["action"] == "up":
            self._up.add(asked["source"])
        elif asked["action"] == "down":
            self._up.discard(asked["source"])
            for views in self._views.values():
                views.pop(asked["source"], None)

    def _on_requested(self, fields: Fields) -> Decision | None:
        latest = self._latest
        is_new = latest is None or (latest.seq, latest.parent_id) != (
            fields["seq"],
            fields["parent_id"],
        )
        if latest is None or is_new:
            views = tuple(self._views.get(fields["instrument"], {}).values())
            latest = Decision(
                fields["seq"],
                fields["time_ns"],
                fields["parent_id"],
                fields["instrument"],
                fields["side"],
                views,
                frozenset(view.source for view in views if view.source not in self._up),
            )
        latest.children.append(fields)
        self._latest = latest
        self._of_child[fields["child_id"]] = latest
        return latest if is_new else None


def seen_rows(decision: Decision, names: Names) -> list[Row]:
    """Per source: what it offered to that side, how old that was, what it charges, whether the
    planner could use it."""
    return [_seen(decision, view, names) for view in decision.seen]


def _seen(decision: Decision, view: View, names: Names) -> Row:
    levels = view.asks if decision.side == "buy" else view.bids
    terms = names.sources[view.source]
    age_ns = decision.time_ns - view.received_ns
    is_stale = 0 < terms["stale_after_ns"] < age_ns
    return {
        "source": names.source(view.source),
        "age_ms": scaled_text(max(0, age_ns) // 1000, 3),
        "usable": view.is_fresh and not is_stale and view.source not in decision.down,
        "fee_bp": scaled_text(terms["taker_fee"] + terms["credit_adj"], RATE_DECIMALS),
        "levels": [_level(names, decision.instrument, qty, price) for price, qty in levels],
    }


def chosen_rows(decision: Decision, names: Names) -> Iterator[Row]:
    """Per child: where, how much, at which price at the most."""
    for child in decision.children:
        yield {
            "source": names.source(child["source"]),
            "level": _level(names, decision.instrument, child["qty"], child["price"]),
        }


def _level(names: Names, instrument: int, qty: int, price: int) -> str:
    """ "7@100.25": quantity at price, as in the scenarios."""
    return f"{names.qty(instrument, qty)}@{names.price(instrument, price)}"
