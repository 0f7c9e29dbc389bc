"""What a market takes of an instrument, as a CONFIG_LISTING command: in our ticks and lots, safely.

Minimums are rounded up and maximums down. Steps that ours do not divide make the instrument
untradable there: an order of ours could then not be written in the market's steps.
"""

from decimal import Decimal

from internaliser.model.commands import config_command
from internaliser.venues.contract import InstrumentRules
from internaliser.venues.figures import InstrumentTerms, at_least, at_most, is_sane

NARROW_MAX = 2**62


def listing_command(
    source: int, instrument: InstrumentTerms, rules: InstrumentRules | None
) -> tuple[bytes, str]:
    """The command, and why it lists nothing (empty when it does, or when the market is closed)."""
    values, fault = {"is_listed": 0}, "the market does not have it"
    if rules is not None:
        fault = _fault(instrument, rules)
        if not fault and rules.is_open:
            values = {"is_listed": 1, **_values(instrument, rules)}
    command = config_command(
        "listing",
        {"source": source, "instrument": instrument.index, **values},
        name=instrument.symbol,
        note=instrument.venue_symbol,
    )
    return command, fault


def _fault(instrument: InstrumentTerms, rules: InstrumentRules) -> str:
    figures = (
        *(rules.tick, rules.lot, rules.qty_min, rules.qty_max),
        *(rules.notional_min, rules.price_min, rules.price_max),
    )
    if not all(is_sane(figure) and figure >= 0 for figure in figures if figure is not None):
        return f"its rules make no sense: {rules}"
    for name, ours, theirs, count in (
        ("tick", instrument.tick, rules.tick, instrument.ticks(rules.tick)),
        ("lot", instrument.lot, rules.lot, instrument.lots(rules.lot)),
    ):
        if not count:
            return f"our {name} {ours} does not divide the market's {theirs}"
    for name, most, step in (
        ("quantity", rules.qty_max, instrument.lot),
        ("price", rules.price_max, instrument.tick),
    ):
        if most and most < step:
            return f"its largest {name} {most} is below our step {step}"
    return ""


def _values(instrument: InstrumentTerms, rules: InstrumentRules) -> dict[str, int]:
    unit = instrument.tick * instrument.lot
    return {
        "price_step": instrument.ticks(rules.tick) or 0,
        "qty_step": instrument.lots(rules.lot) or 0,
        "qty_min": _lower(rules.qty_min, instrument.lot),
        "qty_max": _upper(rules.qty_max, instrument.lot),
        "notional_min": 0 if rules.notional_min is None else at_least(rules.notional_min, unit),
        "price_min": _lower(rules.price_min, instrument.tick),
        "price_max": _upper(rules.price_max, instrument.tick),
    }


def _lower(bound: Decimal | None, step: Decimal) -> int:
    return 0 if bound is None else min(at_least(bound, step), NARROW_MAX)


def _upper(bound: Decimal | None, step: Decimal) -> int:
    """0 = no limit, which a market also says with a bound of 0."""
    return 0 if not bound else min(at_most(bound, step), NARROW_MAX)
