"""A recorded market of Binance, played again: snapshots and diffs of a capture. Reads files.

A capture has one line per message (cryptofeed's grammar):

    URL <-> TIME            connected
    TIME: JSON              received
    URL -> TIME: BODY       an answer of REST

X.ws.N.0 is one connection; X.http.0.0 beside it has the depth snapshots and X.0 the exchangeInfo.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from internaliser.venues.binance_simulator.amount import units
from internaliser.venues.binance_simulator.listing import Listing, listing_from
from internaliser.venues.binance_simulator.market import BUY, SELL, Depth, Levels, Market, Print

_RECEIVED = re.compile(r"[0-9.]+: ")
_CONNECTION = re.compile(r"(.*)\.ws\.[0-9]+\.[0-9]+")

Told = dict[str, Any]


class ReplayedMarket(Market):
    """A market whose crowd does what was recorded; behind the end it begins again.

    Update ids are the recorded ones, plus what clients' orders and new beginnings have used up.
    """

    def __init__(self, listing: Listing, seed: int, snapshot: Told, events: list[Told]) -> None:
        self.span = 0  # ids the next event takes; 0 = one a level
        super().__init__(listing, seed)
        self.snapshot = snapshot
        self.events = [event for event in events if event["u"] > snapshot["lastUpdateId"]]
        self.at = 0
        self.rewind()
        self.publish()
        self.last_id = snapshot["lastUpdateId"]

    def rewind(self) -> None:
        """The recorded snapshot again."""
        self.set_crowd(levels_of(self.snapshot["bids"]), levels_of(self.snapshot["asks"]))
        self.at = 0

    def move(self) -> Print | None:
        """The next recorded event."""
        if self.at == len(self.events):
            self.rewind()
            return None
        event = self.events[self.at]
        self.at += 1
        for side, levels in ((BUY, event["b"]), (SELL, event["a"])):
            for price, qty in levels_of(levels):
                self.set_level(side, price, qty)
        self.span = event["u"] - event["U"] + 1
        return None

    def _numbered(self, bids: Levels, asks: Levels) -> Depth:
        depth = super()._numbered(bids, asks)
        span, self.span = self.span, 0
        if span:
            self.last_id = depth.first_id + span - 1
        return Depth(depth.first_id, self.last_id, bids, asks)


def markets_of(path: Path, seed: int) -> list[Market]:
    """The markets of a recorded connection that have a snapshot; ValueError without."""
    name = _CONNECTION.fullmatch(path.name)
    if name is None:
        raise ValueError(f"expected a recorded connection X.ws.N.0, not {path.name}")
    snapshots = dict(snapshots_of(path.with_name(f"{name[1]}.http.0.0")))
    info = exchange_info_of(path.with_name(f"{name[1]}.0"))
    events: dict[str, list[Told]] = {symbol: [] for symbol in snapshots}
    for event in diffs_of(path):
        if event["s"] in events:
            events[event["s"]].append(event)
    return [
        ReplayedMarket(listing_from(info[symbol], middle(one)), seed, one, events[symbol])
        for symbol, one in snapshots.items()
    ]


def snapshots_of(path: Path) -> Iterator[tuple[str, Told]]:
    for url, body in answers_of(path):
        found = re.search(r"/depth\?symbol=([A-Z0-9]+)", url)
        if found is not None:
            yield found[1], body


def exchange_info_of(path: Path) -> dict[str, Told]:
    for url, body in answers_of(path):
        if url.endswith("/exchangeInfo"):
            return {one["symbol"]: one for one in body["symbols"]}
    raise ValueError(f"{path} has no exchangeInfo")


def answers_of(path: Path) -> Iterator[tuple[str, Told]]:
    """URL and body of each recorded answer of REST."""
    for line in lines_of(path):
        url, is_answer, rest = line.partition(" -> ")
        if is_answer and not _RECEIVED.match(line):
            yield url, json.loads(rest.partition(": ")[2])


def diffs_of(path: Path) -> Iterator[Told]:
    """Every depthUpdate received, in order."""
    for line in lines_of(path):
        if _RECEIVED.match(line):
            message = json.loads(line.partition(": ")[2])
            event = message.get("data", message)
            if event.get("e") == "depthUpdate":
                yield event


def lines_of(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from (line.rstrip("\n") for line in file if line.strip())
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error}") from None


def levels_of(pairs: list[list[str]]) -> Levels:
    return [(units(price, "price"), units(qty, "qty")) for price, qty in pairs]


def middle(snapshot: Told) -> int:
    return (units(snapshot["bids"][0][0], "bid") + units(snapshot["asks"][0][0], "ask")) // 2
