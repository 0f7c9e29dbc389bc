"""Making an order fit its symbol's rules, or saying here why it cannot: before anything is sent.

    fitted(order, rules, average)   ->   the order to send, or Denied(reason, text)

Rounding is to the safe side only: the quantity down to the lot (never above what was asked), a
buyer's price down and a seller's up to the tick (never worse than what was asked).
"""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from internaliser.venues.binance.amounts import MATH, floored, raised, text_of
from internaliser.venues.binance.market_info import SymbolRules
from internaliser.venues.contract import InstrumentRules, PlaceOrder, ReasonClass


class Denied(Struct, frozen=True, gc=False):
    reason: ReasonClass
    text: str


def fitted(
    order: PlaceOrder, symbol: SymbolRules, average: Decimal | None = None
) -> PlaceOrder | Denied:
    """`average` is the venue's average price where it is known and fresh; without it the percent
    filter is left to the venue, which refuses with proof."""
    rules = symbol.rules
    if not rules.is_open:
        return Denied(ReasonClass.SYMBOL_HALTED, f"{rules.symbol} takes no orders now")
    if order.tif == "GTX" and not symbol.has_post_only:
        return Denied(ReasonClass.MALFORMED, f"{rules.symbol} takes no post-only orders")
    if order.qty <= 0 or order.price <= 0:
        return Denied(ReasonClass.MALFORMED, "quantity and price are above zero")
    qty = floored(order.qty, rules.lot)
    is_buy = order.side == "BUY"
    price = floored(order.price, rules.tick) if is_buy else raised(order.price, rules.tick)
    denied = _qty_denied(qty, rules) or _price_denied(price, symbol, order, average)
    denied = denied or _value_denied(qty, price, rules)
    if denied is not None:
        return denied
    is_changed = qty != order.qty or price != order.price
    return replace(order, qty=qty, price=price) if is_changed else order


def _qty_denied(qty: Decimal, rules: InstrumentRules) -> Denied | None:
    if qty == 0 or (rules.qty_min is not None and qty < rules.qty_min):
        least = rules.lot if rules.qty_min is None else rules.qty_min
        text = f"quantity {text_of(qty)} is under {text_of(least)}"
        return Denied(ReasonClass.BELOW_MIN, text)
    if rules.qty_max is not None and qty > rules.qty_max:
        text = f"quantity {text_of(qty)} is over {text_of(rules.qty_max)}"
        return Denied(ReasonClass.ABOVE_MAX, text)
    return None


def _price_denied(
    price: Decimal, symbol: SymbolRules, order: PlaceOrder, average: Decimal | None
) -> Denied | None:
    rules = symbol.rules
    least, most = rules.price_min, rules.price_max
    if price == 0 or (least is not None and price < least) or (most is not None and price > most):
        return Denied(ReasonClass.PRICE_BAND, f"price {text_of(price)} is outside the symbol's")
    band = symbol.bands.get(order.side)
    if band is None or average is None:
        return None
    up, down = MATH.multiply(average, band.up), MATH.multiply(average, band.down)
    if (band.up and price > up) or price < down:
        text = f"price {text_of(price)} is outside {text_of(down)} to {text_of(up)}"
        return Denied(ReasonClass.PRICE_BAND, text)
    return None


def _value_denied(qty: Decimal, price: Decimal, rules: InstrumentRules) -> Denied | None:
    value = MATH.multiply(qty, price)
    if rules.notional_min is not None and value < rules.notional_min:
        text = f"value {text_of(value)} is under {text_of(rules.notional_min)}"
        return Denied(ReasonClass.BELOW_MIN, text)
    if rules.notional_max is not None and value > rules.notional_max:
        text = f"value {text_of(value)} is over {text_of(rules.notional_max)}"
        return Denied(ReasonClass.ABOVE_MAX, text)
    return None
