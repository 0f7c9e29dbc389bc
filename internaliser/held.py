"""What a core holds, said as configuration: the other side of the comparison in node_config.py."""

from collections.abc import Iterator
from typing import Any

from internaliser.core.core import Core
from internaliser.names import Names
from internaliser.node_config import OWNER_CLIENT, OWNER_SOURCE, Held, Item

NONE16 = 0xFFFF  # model/types.pxd
OWNERS = {"client": OWNER_CLIENT, "source": OWNER_SOURCE}

Row = dict[str, Any]


def held_by(core: Core) -> Held:
    """Every configuration item of `core`, each kind in index order; how many orders are open, and
    where children are under way."""
    open_count = sum(row["open_count"] for row in core.clients())
    sources = {row["name"]: row["index"] for row in core.sources()}
    instruments = {row["symbol"]: row["index"] for row in core.instruments()}
    under_way = frozenset(
        (sources[row["source"]], instruments[row["symbol"]])
        for row in core.children(live_only=True)
    )
    return Held(tuple(_items(core)), open_count, under_way)


def names_of(core: Core) -> Names:
    """What the numbers in the journal mean, as of now."""
    found: dict[str, list[Row]] = {}
    for item in _items(core):
        found.setdefault(item.kind, []).append(
            {**item.values, "name": item.name, "note": item.note}
        )
    return Names(
        assets=found.get("asset", []),
        instruments=found.get("instrument", []),
        clients=found.get("client", []),
        sources=found.get("source", []),
        sessions=found.get("session", []),
        listings=found.get("listing", []),
    )


def _items(core: Core) -> Iterator[Item]:
    assets = {row["name"]: row["index"] for row in core.assets()}
    if core.clients() or assets:
        yield Item("limits", "", "", core.limits())
    for row in core.assets():
        yield Item("asset", row["name"], "", {"decimals": row["decimals"]})
    for row in core.instruments():
        values = {**row, "base": assets[row["base"]], "quote": assets[row["quote"]]}
        yield Item("instrument", row["symbol"], "", _numbers(values))
    for row in core.clients():
        yield Item("client", row["name"], "", _numbers(row))
    for row in core.sources():
        yield Item("source", row["name"], "", _numbers(row))
    for row in core.listings():
        yield Item("listing", row["symbol"], row["source_symbol"], _numbers(row))
    for row in core.sessions():
        values = {key: NONE16 if row[key] is None else row[key] for key in ("client", "source")}
        yield Item("session", row["begin_string"], row["comp_ids"], values)
    if core.reference() is not None:
        yield Item("reference", "", "", {"asset": assets[core.reference()]})
    yield from _money(core, assets)


def _money(core: Core, assets: dict[str, int]) -> Iterator[Item]:
    owners = {
        "client": {row["name"]: row["index"] for row in core.clients()},
        "source": {row["name"]: row["index"] for row in core.sources()},
    }
    for row in core.accounts():
        kind = row["owner_kind"]
        if kind not in OWNERS:
            continue
        values = {
            "asset": assets[row["asset"]],
            "owner": owners[kind][row["owner"]],
            "owner_kind": OWNERS[kind],
        }
        if row["funded"]:
            yield Item("funding", "", "", {**values, "amount": row["funded"]})
        if row["credit_limit"]:
            yield Item("credit", "", "", {**values, "amount": row["credit_limit"]})


def _numbers(row: Row) -> dict[str, int]:
    return {key: int(value) for key, value in row.items() if isinstance(value, int)}
