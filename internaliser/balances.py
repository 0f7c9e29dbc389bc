"""`dump balances`: every account, what each venue says of its own, totals and their value.

    for row in balance_rows(core, time.time_ns()):
        print(row["kind"], row["owner"], row["asset"], row["balance"])

A venue's account says what we have booked there (`held`); `stated_*` is the venue's own word, with
its age. A venue that says nothing has its rows all the same, and every total names what it lacks.
Values are by the journalled marks: what a value came by and how old that is stands beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

from internaliser.core.core import Core
from internaliser.market.aggregate import MATHS, Mid, value_of
from internaliser.names import scaled_text

NS_PER_S = 10**9
AGE_DECIMALS = 3
VALUE_STEP = Decimal("0.01")  # values are for people; amounts are exact

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stated:
    """What one venue says it has of ours, in smallest units."""

    free: int
    locked: int
    stated_ns: int


def balance_rows(core: Core, now_ns: int) -> Iterator[Row]:
    """Accounts of clients, house and outside; then per asset its venues and their total."""
    decimals = {row["name"]: row["decimals"] for row in core.assets()}
    for row in core.accounts():
        if row["owner_kind"] != "source":
            yield _account(row["owner_kind"], row["owner"], row, decimals)
    places = _places(core)
    for asset in decimals:
        venues = [_venue(core, *place, decimals, now_ns) for place in places if place[1] == asset]
        yield from venues
        if venues:
            yield _total(core, asset, venues, now_ns)


def _account(kind: str, owner: str, row: Row, decimals: dict[str, int]) -> Row:
    """What the node owes the owner, and what of it is free."""
    texts = {
        key: scaled_text(row[key], decimals[row["asset"]])
        for key in ("balance", "reserved", "credit_limit", "available")
    }
    if row["has_unlimited_credit"]:
        texts |= {"credit_limit": "unlimited", "available": "unlimited"}
    return {"kind": kind, "owner": owner, "asset": row["asset"], **texts}


def _places(core: Core) -> list[tuple[str, str]]:
    """(venue, asset) wherever we have something booked, stated, or could trade."""
    found = {
        (row["owner"], row["asset"]) for row in core.accounts() if row["owner_kind"] == "source"
    }
    found |= {(row["source"], row["asset"]) for row in core.stated_balances()}
    instruments = core.instruments()
    sources = core.sources()
    for row in core.listings():
        terms = instruments[row["instrument"]]
        name = sources[row["source"]]["name"]
        found |= {(name, terms["base"]), (name, terms["quote"])}
    order = [row["name"] for row in sources]
    return sorted(found, key=lambda place: (order.index(place[0]), place[1]))


def _venue(core: Core, venue: str, asset: str, decimals: dict[str, int], now_ns: int) -> Row:
    empty: Row = {
        **dict.fromkeys(("balance", "reserved", "credit_limit", "available"), 0),
        "asset": asset,
        "has_unlimited_credit": False,
    }
    accounts = (
        row
        for row in core.accounts()
        if (row["owner_kind"], row["owner"], row["asset"]) == ("source", venue, asset)
    )
    account = next(accounts, empty)
    stated = next(
        (
            Stated(row["free"], row["locked"], row["stated_ns"])
            for row in core.stated_balances()
            if (row["source"], row["asset"]) == (venue, asset)
        ),
        None,
    )
    places = decimals[asset]
    row = {
        **_account("venue", venue, account, decimals),
        "held": scaled_text(-account["balance"], places),
        "stated_free": None,
        "stated_locked": None,
        "difference": None,
        "age_s": None,
        "state": _state(core, venue, stated),
    }
    if stated is not None:
        excess = stated.free + stated.locked + account["balance"]
        row |= {
            "stated_free": scaled_text(stated.free, places),
            "stated_locked": scaled_text(stated.locked, places),
            "difference": scaled_text(excess, places),
            "age_s": age_text(now_ns - stated.stated_ns),
        }
    return row


def _state(core: Core, venue: str, stated: Stated | None) -> str:
    """Whether the venue's word can be relied on, in words."""
    (source,) = [row for row in core.sources() if row["name"] == venue]
    if source["session"] is not None:
        return "not asked: over FIX"
    if source["unanswered_ns"]:
        return "no answer"
    if source["link"] == "down":
        return "no answer: link down"
    return "answered" if stated is not None else "no answer yet"


def _total(core: Core, asset: str, venues: list[Row], now_ns: int) -> Row:
    """Sums over the venues. What is missing in the stated sums is named, not left out."""
    held, reserved = _sum(venues, "held"), _sum(venues, "reserved")
    told = [row for row in venues if row["stated_free"] is not None]
    lacking = [f"{row['owner']} ({row['state']})" for row in venues if row["state"] != "answered"]
    row = {
        "kind": "total",
        "owner": "venues",
        "asset": asset,
        "held": plain_text(held),
        "reserved": plain_text(reserved),
        "free": plain_text(MATHS.subtract(held, reserved)),
        "stated_free": plain_text(_sum(told, "stated_free")) if told else None,
        "stated_locked": plain_text(_sum(told, "stated_locked")) if told else None,
        "age_s": max((one["age_s"] for one in told), key=Decimal, default=None),
        "state": "complete" if not lacking else "without " + ", ".join(lacking),
    }
    return row | _value(core, asset, held, now_ns)


def _value(core: Core, asset: str, held: Decimal, now_ns: int) -> Row:
    """What the total is worth in the reference asset, by which marks, how old; or that nobody
    knows."""
    reference = core.reference()
    if reference is None:
        return {}
    worth = value_of(held, asset, reference, _marks(core, now_ns))
    if worth is None:
        return {"value": None, "value_in": reference, "marks": "no mark leads there"}
    marks = (
        f"{mid.symbol} {plain_text(mid.price)} ({age_text(mid.age_ns)} s)" for mid in worth.mids
    )
    return {
        "value": plain_text(worth.value.quantize(VALUE_STEP, context=MATHS)),
        "value_in": reference,
        "marks": ", ".join(marks) or None,
    }


def _marks(core: Core, now_ns: int) -> list[Mid]:
    terms = {row["symbol"]: row for row in core.instruments()}
    found = []
    for mark in core.marks():
        row = terms[mark["symbol"]]
        tick = Decimal(row["tick_mantissa"]).scaleb(-row["price_decimals"])
        price = MATHS.divide(tick * mark["mark_twice"], Decimal(2))
        age_ns = max(0, now_ns - mark["mark_ns"])
        found.append(Mid(mark["symbol"], row["base"], row["quote"], price, age_ns))
    return found


def _sum(rows: list[Row], key: str) -> Decimal:
    """Exact: an account has fewer digits than these sums have room for."""
    return reduce(MATHS.add, (Decimal(row[key]) for row in rows), Decimal(0))


def plain_text(value: Decimal) -> str:
    """Without exponent and without trailing zeros."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text


def age_text(age_ns: int) -> str:
    """Seconds, exact to the millisecond; a figure from the future (another clock) has age 0."""
    return scaled_text(max(0, age_ns) // 10 ** (9 - AGE_DECIMALS), AGE_DECIMALS)
