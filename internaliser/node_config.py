"""The configuration as commands to the core: everything at first, later only what changed.

    for command in commands_for(config, held):
        door.on_command(command)

`held` says what the core holds already. Nothing is taken back by leaving it out of the file: an
instrument that is gone is closed, a client or venue that is gone stays known and idle. What would
change the meaning of numbers in the journal or in open orders is refused, all of it at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from internaliser.config import Config
from internaliser.config.rules import steps
from internaliser.config.sections import (
    Amounts,
    Client,
    Credit,
    FixVenue,
    Instrument,
    Venue,
    VenueInstrument,
)
from internaliser.errors import ConfigError, Mistake
from internaliser.model.commands import config_command

NONE16 = 0xFFFF  # model/types.pxd
OWNER_CLIENT, OWNER_SOURCE = 1, 2  # core/accounts.pxd
SOURCE_VENUE = 2  # model/enums.pxd
NS_PER_MS = 10**6
RATE_UNIT = Decimal("0.0001")  # basis points in one part of 10**8
SELF_MATCH = {"allow": 0, "cancel-incoming": 1, "cancel-resting": 2, "cancel-both": 3}
SCOPES = {"local": 0, "venues": 2}

# Changing one of these would give another meaning to prices and quantities already recorded.
SCALE_FIELDS = {
    "base": "base",
    "quote": "quote",
    "tick_mantissa": "tick",
    "price_decimals": "tick",
    "lot_mantissa": "lot",
    "qty_decimals": "lot",
    "lot_base_units": "lot",
    "tick_lot_quote_units": "tick",
}

# The fields of ConfigInstrument.
INSTRUMENT_FIELDS = (
    *SCALE_FIELDS,
    "is_open",
    "price_min",
    "price_max",
    "qty_min",
    "qty_max",
    "band_bp",
)

# The fields of ConfigListing that a venue's steps consist of; all 0 until they are known.
STEP_FIELDS = (
    "price_step",
    "qty_step",
    "qty_min",
    "qty_max",
    "notional_min",
    "price_min",
    "price_max",
)

Key = tuple[str, str, str]  # kind of configuration command, its name, its note


@dataclass(frozen=True, slots=True)
class Item:
    """One configuration command: its kind, its two texts, its struct's fields."""

    kind: str
    name: str
    note: str
    values: Mapping[str, int]

    def key(self) -> Key:
        """What two items about the same thing have in common."""
        if self.kind in ("funding", "credit"):
            owner = f"{self.values['owner_kind']}/{self.values['owner']}/{self.values['asset']}"
            return (self.kind, owner, "")
        if self.kind == "listing":
            return (self.kind, self.name, str(self.values["source"]))
        return (self.kind, self.name, self.note)


@dataclass(frozen=True, slots=True)
class Held:
    """What the core holds: items of each kind in index order, how many orders are open, and where
    (source, instrument) children are under way."""

    items: Sequence[Item] = ()
    open_count: int = 0
    under_way: frozenset[tuple[int, int]] = frozenset()

    def names(self, kind: str) -> list[str]:
        """Names of one kind; the place in the list is the index."""
        return [item.name for item in self.items if item.kind == kind]


def commands_for(config: Config, held: Held) -> list[bytes]:
    """CONFIG commands, in order, that bring a core holding `held` to `config`.

    Raises ConfigError with one Mistake per change that is refused; then nothing may be applied.
    """
    changes = changes_for(config, held)
    return [config_command(i.kind, i.values, name=i.name, note=i.note) for i in changes]


def changes_for(config: Config, held: Held) -> list[Item]:
    """As `commands_for`, before encoding."""
    wanted = list(_items(config, held))
    now = {item.key(): item for item in held.items}
    mistakes: list[Mistake] = []
    changes = []
    ended = [*_closed(wanted, held), *_emptied(wanted, held)]
    # First what gives up its symbol at a venue: another may have it in the same file.
    for item in [*_delisted(wanted, held), *wanted, *ended]:
        before = now.get(item.key())
        if before is None and item.values.get("amount") == 0:
            continue  # what was never given is zero
        if before is not None and before.note == item.note and not _changed(item, before):
            continue
        mistakes += _contradictions(item, before, held)
        changes.append(item)
    mistakes += _other_ways(config, held)
    if mistakes:
        raise ConfigError(mistakes)
    return changes


def _items(config: Config, held: Held) -> Iterator[Item]:
    """Everything the file says, with the indexes it has or will get."""
    assets = _indexes([asset.name for asset in config.assets], held.names("asset"))
    clients = _indexes([client.name for client in config.clients], held.names("client"))
    sources = _indexes([venue.name for venue in config.venues], held.names("source"))
    decimals = {asset.name: asset.decimals for asset in config.assets}
    limits = config.limits
    yield Item(
        "limits",
        "",
        "",
        {
            "orders_max": limits.orders_max,
            "closed_orders_max": limits.closed_orders_max,
            "children_max": limits.children_max,
            "expiry_chunk": limits.expiry_chunk,
            "fills_per_step_max": limits.fills_per_step_max,
            "levels_max": limits.levels_max,
        },
    )
    for asset in config.assets:
        yield Item("asset", asset.name, "", {"decimals": asset.decimals})
    reference = config.node.reference_asset
    if reference or held.names("reference"):
        yield Item("reference", "", "", {"asset": assets.get(reference, NONE16)})
    for instrument in config.instruments:
        yield _instrument(instrument, assets, decimals)
    for client in config.clients:
        yield _client(client)
    for venue in config.venues:
        yield _source(venue)
    for venue in config.venues:
        yield from _listings(venue, sources[venue.name], config, held)
    for client in config.clients:
        for begin_string in config.fix.begin_strings:
            ids = {"client": clients[client.name], "source": NONE16}
            yield Item("session", begin_string, f"{config.fix.comp_id}>{client.name}", ids)
    for venue in config.venues:
        if not isinstance(venue, FixVenue):
            continue
        ids = {"client": NONE16, "source": sources[venue.name]}
        comp_ids = f"{venue.sender_comp_id}>{venue.target_comp_id}"
        yield Item("session", venue.begin_string, comp_ids, ids)
    for client in config.clients:
        yield from _money(
            "funding", client.funding, OWNER_CLIENT, clients[client.name], config, held
        )
        yield from _money(
            "credit", client.credit_limit, OWNER_CLIENT, clients[client.name], config, held
        )
    for venue in config.venues:
        yield from _money("funding", venue.funding, OWNER_SOURCE, sources[venue.name], config, held)
        yield from _money(
            "credit", venue.credit_limit, OWNER_SOURCE, sources[venue.name], config, held
        )


def _indexes(names: Sequence[str], held: Sequence[str]) -> dict[str, int]:
    """Index of each name: the one it has, else the next free one in the file's order."""
    order = [*held, *(name for name in names if name not in set(held))]
    return {name: index for index, name in enumerate(order)}


def _instrument(
    instrument: Instrument, assets: Mapping[str, int], decimals: Mapping[str, int]
) -> Item:
    tick, lot = instrument.tick, instrument.lot
    tick_mantissa, price_decimals = _mantissa(tick)
    lot_mantissa, qty_decimals = _mantissa(lot)
    base_unit = Decimal(1).scaleb(-decimals[instrument.base])
    quote_unit = Decimal(1).scaleb(-decimals[instrument.quote])
    values = {
        "base": assets[instrument.base],
        "quote": assets[instrument.quote],
        "is_open": int(instrument.is_open),
        "price_decimals": price_decimals,
        "tick_mantissa": tick_mantissa,
        "lot_mantissa": lot_mantissa,
        "qty_decimals": qty_decimals,
        "price_min": max(1, _whole(instrument.price_min, tick)),
        "price_max": _whole(instrument.price_max, tick),
        "qty_min": max(1, _whole(instrument.qty_min, lot)),
        "qty_max": _whole(instrument.qty_max, lot),
        "lot_base_units": _whole(lot, base_unit),
        "tick_lot_quote_units": _whole(tick * lot, quote_unit),
        "band_bp": instrument.band_bp,
    }
    return Item("instrument", instrument.symbol, "", values)


def _client(client: Client) -> Item:
    values = {
        "maker_fee": _whole(client.maker_fee_bp, RATE_UNIT),
        "taker_fee": _whole(client.taker_fee_bp, RATE_UNIT),
        "routed_fee": _whole(client.routed_fee_bp, RATE_UNIT),
        "open_orders_max": client.open_orders_max,
        "has_unlimited_credit": _is_unlimited(client.credit),
        "self_match": SELF_MATCH[client.self_match],
        "scope": SCOPES[client.route_scope],
        "never_worse_gross": int(client.never_worse_gross),
    }
    return Item("client", client.name, "", values)


def _source(venue: Venue) -> Item:
    values = {
        "taker_fee": _whole(venue.taker_fee_bp, RATE_UNIT),
        "credit_adj": _whole(venue.credit_adj_bp, RATE_UNIT),
        "stale_after_ns": venue.stale_after_ms * NS_PER_MS,
        "answer_after_ns": venue.answer_after_ms * NS_PER_MS,
        "kind": SOURCE_VENUE,
        "child_rounds_max": venue.child_rounds_max,
        "has_unlimited_credit": _is_unlimited(venue.credit),
    }
    return Item("source", venue.name, "", values)


def _listings(venue: Venue, source: int, config: Config, held: Held) -> Iterator[Item]:
    """What the venue lists. Steps that it tells itself stay as it told them last."""
    symbols = [instrument.symbol for instrument in config.instruments]
    indexes = _indexes(symbols, held.names("instrument"))
    ours = {instrument.symbol: instrument for instrument in config.instruments}
    now = {item.key(): item for item in held.items if item.kind == "listing"}
    for symbol, theirs in venue.instruments.items():
        place = {"source": source, "instrument": indexes[symbol], "is_listed": 1}
        item = Item("listing", symbol, theirs.symbol or symbol, place)
        if isinstance(venue, FixVenue):
            steps_there = _steps(ours[symbol], theirs)
        else:
            known = now.get(item.key())
            steps_there = {key: known.values[key] if known else 0 for key in STEP_FIELDS}
        yield Item(item.kind, item.name, item.note, {**place, **steps_there})


def _steps(ours: Instrument, theirs: VenueInstrument) -> dict[str, int]:
    """The file's steps of a venue, in our ticks and lots; a least notional is rounded up."""
    notional = Fraction(theirs.notional_min) / (Fraction(ours.tick) * Fraction(ours.lot))
    return {
        "price_step": _whole(theirs.tick or ours.tick, ours.tick),
        "qty_step": _whole(theirs.lot or ours.lot, ours.lot),
        "qty_min": _whole(theirs.qty_min, ours.lot),
        "qty_max": _whole(theirs.qty_max, ours.lot),
        "notional_min": ceil(notional),
        "price_min": 0,
        "price_max": 0,
    }


def _money(
    kind: str, amounts: Amounts, owner_kind: int, owner: int, config: Config, held: Held
) -> Iterator[Item]:
    assets = _indexes([asset.name for asset in config.assets], held.names("asset"))
    for asset in config.assets:
        if asset.name in amounts:
            amount = _whole(amounts[asset.name], Decimal(1).scaleb(-asset.decimals))
            yield _amount(kind, amount, owner_kind, owner, assets[asset.name])


def _amount(kind: str, amount: int, owner_kind: int, owner: int, asset: int) -> Item:
    values = {"amount": amount, "asset": asset, "owner": owner, "owner_kind": owner_kind}
    return Item(kind, "", "", values)


def _closed(wanted: Sequence[Item], held: Held) -> list[Item]:
    """Instruments that left the file: known, but closed."""
    keys = {item.key() for item in wanted}
    return [
        Item(item.kind, item.name, item.note, {**_terms(item), "is_open": 0})
        for item in held.items
        if item.kind == "instrument" and item.key() not in keys
    ]


def _delisted(wanted: Sequence[Item], held: Held) -> list[Item]:
    """What a venue lists no more, or not by this name: nothing new goes there by it, what is under
    way keeps it."""
    symbols = {item.key(): item.note for item in wanted}
    return [
        Item(item.kind, item.name, item.note, {**_listed(item), "is_listed": 0})
        for item in held.items
        if item.kind == "listing" and symbols.get(item.key()) != item.note
    ]


def _listed(item: Item) -> dict[str, int]:
    """A listing as configured, without what the core adds to it."""
    return {key: item.values[key] for key in ("source", "instrument", *STEP_FIELDS)}


def _terms(item: Item) -> dict[str, int]:
    """An instrument as configured, without what the core adds to it."""
    return {key: item.values[key] for key in INSTRUMENT_FIELDS}


def _emptied(wanted: Sequence[Item], held: Held) -> list[Item]:
    """Funding and credit that left the file: zero."""
    keys = {item.key() for item in wanted}
    return [
        Item(item.kind, item.name, item.note, {**item.values, "amount": 0})
        for item in held.items
        if item.kind in ("funding", "credit") and item.key() not in keys
    ]


def _contradictions(item: Item, before: Item | None, held: Held) -> list[Mistake]:
    if item.kind == "listing" and item.values["is_listed"]:
        return _symbol_contradictions(item, before, held)
    if before is None:
        return []
    if item.kind == "asset":
        text = (
            f"cannot change from {before.values['decimals']} to {item.values['decimals']}: "
            "amounts in this data folder are counted in its units"
        )
        return [_mistake(f"assets.{item.name}.decimals", text)]
    if item.kind == "limits" and item.values["orders_max"] < held.open_count:
        text = f"{item.values['orders_max']} is below the {held.open_count} orders open now"
        return [_mistake("limits.orders_max", text)]
    if item.kind == "instrument":
        keys = [SCALE_FIELDS[key] for key in _changed(item, before) if key in SCALE_FIELDS]
        text = "cannot change: orders in this data folder are counted in it; list a new symbol"
        return [_mistake(f"instruments.{item.name}.{key}", text) for key in dict.fromkeys(keys)]
    return []


def _symbol_contradictions(item: Item, before: Item | None, held: Held) -> list[Mistake]:
    """A venue's reports name what is under way there: its symbol cannot become another's, nor the
    instrument get another symbol."""
    source = item.values["source"]
    others = [
        one
        for one in held.items
        if one.kind == "listing" and one.values["source"] == source and one.note == item.note
    ]
    before_or_others = [*others, *([before] if before else [])]
    for one in before_or_others:
        is_same = (one.name, one.note) == (item.name, item.note)
        if not is_same and (source, one.values["instrument"]) in held.under_way:
            key = f"venues.{held.names('source')[source]}.instruments.{item.name}.symbol"
            text = f'an order for {one.name} is under way there as "{one.note}": not while it is'
            return [_mistake(key, text)]
    return []


def _other_ways(config: Config, held: Held) -> Iterator[Mistake]:
    """Venues that are to be reached another way than before: their children went the old one."""
    known = held.names("source")
    over_fix = {item.values["source"] for item in held.items if item.kind == "session"}
    for venue in config.venues:
        if venue.name in known:
            was_fix = known.index(venue.name) in over_fix
            if was_fix != isinstance(venue, FixVenue):
                text = "cannot change to or from fix: give the venue a new name"
                yield _mistake(f"venues.{venue.name}.kind", text)


def _changed(item: Item, before: Item) -> list[str]:
    return [key for key, value in item.values.items() if before.values[key] != value]


def _mistake(key: str, text: str) -> Mistake:
    return Mistake("configuration against data folder", 0, key, text)


def _mantissa(step: Decimal) -> tuple[int, int]:
    """`step` as mantissa and decimals: 0.25 -> (25, 2), 10 -> (10, 0)."""
    decimals = max(0, -int(step.normalize().as_tuple().exponent))
    return _whole(step, Decimal(1).scaleb(-decimals)), decimals


def _whole(value: Decimal, unit: Decimal) -> int:
    count = steps(value, unit)
    assert count is not None, (
        f"{value} is not a whole number of {unit}: config/rules.py lets none by"
    )
    return count


def _is_unlimited(credit: Credit) -> int:
    return int(credit == "unlimited")
