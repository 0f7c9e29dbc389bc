"""Conformance: the matching cases of other engines, as far as this node offers what they ask
for."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from internaliser.model.records import Record, cancel_order, new_order, replace_order

from .market import Market

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [parent / "shared" / "conformance" for parent in (ROOT.parent, ROOT.parent.parent)]
FOLDER = next((folder for folder in FOLDERS if folder.is_dir()), None)
OFFERED = {"limit", "market"}
SELF_MATCH = {None: 0, "cancel_newest": 1}
NOT_OFFERED_FLAGS = {"post_only", "aon"}


def load(name: str) -> dict[str, Any]:
    if FOLDER is None:
        return {"cases": [], "matrices": []}
    data: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return data


def is_offered(case: dict[str, Any]) -> bool:
    """Stops, icebergs, post-only, all-or-none and decrementing are not offered by this node."""
    return not any(
        step.get("type", "limit") not in OFFERED or "display" in step or "stop" in step
        or NOT_OFFERED_FLAGS & set(step.get("flags", ())) or step.get("stp") not in SELF_MATCH
        for step in case["steps"]
    )  # fmt: skip


CASES = [case for case in load("matching_examples.json")["cases"] if is_offered(case)]


class MatchingCase:
    """One case on a market of its own; every owner is a client."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        prices = [Decimal(str(step["px"])) for step in case["steps"] if "px" in step]
        places = max((-int(price.as_tuple().exponent) for price in prices), default=0)
        self.scale = 10**places
        self.market = Market()
        self.orders: dict[str, dict[str, Any]] = {}
        self.current: dict[str, str] = {}
        self.ids: dict[int, str] = {}
        self.count = 0
        rule = max(SELF_MATCH[step.get("stp")] for step in case["steps"])
        for owner in dict.fromkeys(step.get("owner", step["id"]) for step in case["steps"]):
            self.market.client(owner, self_match=rule)

    def run(self) -> None:
        for step in self.case["steps"]:
            events = self.market.apply(getattr(self, step["op"])(step))
            self.look_at(step, [event for event in events if event.kind == "order_event"])
        bids, asks = self.market.core.depth(0)
        wanted = self.case["book"]
        for found, side in ((bids, "bids"), (asks, "asks")):
            assert [(price, qty) for price, qty, _ in found] == [
                (self.ticks(price), qty) for price, qty in wanted[side]
            ]

    def ticks(self, price: Any) -> int:
        return int(Decimal(str(price)) * self.scale)

    def name(self, step: dict[str, Any]) -> str:
        self.count += 1
        return f"{step['id']}.{self.count}"

    def new(self, step: dict[str, Any]) -> bytes:
        self.orders[step["id"]] = step
        self.current[step["id"]] = self.name(step)
        return new_order(
            client=self.market.clients[step["owner"]], instrument=0, side=step["side"],
            qty=step["qty"], price=self.ticks(step.get("px", 0)),
            ord_type=step.get("type", "limit"),
            tif=step.get("tif", "day"), cl_ord_id=self.current[step["id"]],
        )  # fmt: skip

    def cancel(self, step: dict[str, Any]) -> bytes:
        orig = self.current.get(step["id"], "unknown")
        owner = self.market.clients[step.get("owner", step["id"])]
        return cancel_order(client=owner, cl_ord_id=self.name(step), orig_cl_ord_id=orig)

    def replace(self, step: dict[str, Any]) -> bytes:
        orig, first = self.current[step["id"]], self.orders[step["id"]]
        name = self.name(step)
        px = step.get("px", first.get("px", 0))
        self.orders[step["id"]] = {**first, "px": px}
        command = replace_order(
            client=self.market.clients[first["owner"]], cl_ord_id=name, orig_cl_ord_id=orig,
            qty=step.get("qty", first["qty"]), price=self.ticks(px),
        )  # fmt: skip
        self.current[step["id"]] = name
        return command

    def look_at(self, step: dict[str, Any], events: list[Record]) -> None:
        for event in events:
            self.ids[event.order_id] = event.cl_ord_id.split(".")[0]
        expect = step.get("expect", {})
        makers = [
            event for event in events if event.event == "executed" and event.liquidity == "added"
        ]
        fills = [
            {"maker": self.ids[event.order_id], "taker": self.ids[event.contra_id],
             "qty": event.last_qty, "px": event.last_px}
            for event in makers
        ]  # fmt: skip
        wanted = [{**fill, "px": self.ticks(fill["px"])} for fill in expect.get("fills", fills)]
        assert fills == wanted
        statuses = {self.ids[event.order_id]: event for event in events if event.order_id}
        if "status" in expect:
            self.look_at_status(expect["status"], statuses[step["id"]])
        if "result" in expect:
            is_refused = events[0].event.endswith("_refused")
            assert is_refused == (expect["result"] != "ok")
        if "leaves" in expect:
            assert statuses[step["id"]].leaves_qty == expect["leaves"]

    def look_at_status(self, wanted: str, event: Record) -> None:
        found = {"new": "resting", "partially_filled": "resting"}.get(
            event.ord_status, event.ord_status
        )
        assert found == wanted or {found, wanted} == {"canceled", "rejected"}


@pytest.mark.skipif(FOLDER is None, reason="the shared conformance folder is not there")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_matching_case_of_another_engine(case: dict[str, Any]) -> None:
    MatchingCase(case).run()
