"""The simulated Binance's matching: orders in, executions and user events out. No I/O, no clock.

What an event says here is true; whether, when and how it is sent is misbehaviour's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from internaliser.venues.binance_simulator import telling
from internaliser.venues.binance_simulator.account import Account, Fees, pays_with
from internaliser.venues.binance_simulator.amount import UNIT, product
from internaliser.venues.binance_simulator.listing import AVERAGE_MINUTES
from internaliser.venues.binance_simulator.market import (
    BUY,
    Market,
    is_as_good,
    opposite,
)
from internaliser.venues.binance_simulator.order import (
    CANCELED,
    EXPIRED,
    FOK,
    GTC,
    LIMIT_MAKER,
    MARKET,
    Fill,
    Order,
    Terms,
)
from internaliser.venues.binance_simulator.refusal import (
    CLOSED,
    DUPLICATE,
    INSUFFICIENT,
    WOULD_TAKE,
    filter_failure,
    new_order_rejected,
)
from internaliser.venues.binance_simulator.telling import Told
from internaliser.venues.binance_simulator.trading import Tape, Trade

TRADING = "TRADING"
FIRST_ORDER_ID = 4_000_000_000  # more than 32 bits, as at the venue

Sink = Callable[[str, Told, Order | None], None]  # account, event, the order it is of


@dataclass(slots=True)
class Place:
    """One symbol: its book, its trades, who rests there, whether it trades."""

    market: Market
    tape: Tape
    status: str = TRADING
    resting: list[Order] = field(default_factory=list)
    told_trades: list[Trade] = field(default_factory=list)  # for the streams to take


class Exchange:
    """Orders of all accounts against the markets. Order, trade and execution ids never repeat."""

    def __init__(self, markets: list[Market], fees: Fees, sink: Sink) -> None:
        self.places = {one.listing.symbol: Place(one, Tape(one.mid)) for one in markets}
        self.fees = fees
        self.sink = sink
        self.accounts: dict[str, Account] = {}
        self.orders: list[Order] = []
        self.by_id: dict[int, Order] = {}
        self.by_symbol: dict[tuple[str, str], list[Order]] = {}
        self.by_cl_ord_id: dict[tuple[str, str], Order] = {}
        self.execution_count = 0

    # Requests.

    def check(self, account: Account, terms: Terms, now_ms: int) -> None:
        """Everything that can be refused before the order exists; nothing changes."""
        place = self.places[terms.symbol]
        listing, book = place.market.listing, place.market
        if place.status != TRADING:
            raise new_order_rejected(CLOSED)
        average = place.tape.average(AVERAGE_MINUTES, now_ms)
        if terms.qty:
            listing.check_qty(terms.qty)
        if terms.type == MARKET:
            qty, price = (terms.qty, average) if terms.qty else (UNIT, terms.quote_qty)
            listing.check_notional(price, qty, is_market=True)
        else:
            listing.check_price(terms.price, average)
            listing.check_notional(terms.price, terms.qty, is_market=False)
        earlier = self.by_cl_ord_id.get((account.name, terms.cl_ord_id))
        if earlier is not None and earlier.is_open:
            raise new_order_rejected(DUPLICATE)
        own = sum(1 for order in place.resting if order.account == account.name)
        if own >= listing.orders_max:
            raise filter_failure("MAX_NUM_ORDERS")
        asset, amount = self._cost(place, terms)
        if account.of(asset).free < amount:
            raise new_order_rejected(INSUFFICIENT)
        if terms.type == LIMIT_MAKER:
            other = book.prices(opposite(terms.side))
            if other and is_as_good(terms.side, other[0], terms.price):
                raise new_order_rejected(WOULD_TAKE)

    def place(
        self, account: Account, terms: Terms, now_ms: int, *, pieces: int = 1, is_idle: bool = False
    ) -> Order:
        """Accept and execute as far as the book goes; a Refusal changes nothing.

        `pieces`: executions made of each level. `is_idle`: it is accepted and meets nobody.
        """
        self.check(account, terms, now_ms)
        place = self.places[terms.symbol]
        qty = terms.qty or self._qty_for(place, terms)
        order = Order(
            account.name, FIRST_ORDER_ID + len(self.orders), terms, now_ms, qty=qty,
            updated_ms=now_ms,
        )  # fmt: skip
        asset, order.locked = self._cost(place, terms)
        is_locked = account.lock(asset, order.locked)
        assert is_locked, "checked just now"
        account.updated_ms = now_ms
        self.orders.append(order)
        self.by_id[order.order_id] = order
        self.by_symbol.setdefault((account.name, terms.symbol), []).append(order)
        self.by_cl_ord_id[account.name, terms.cl_ord_id] = order
        self._tell(order, "NEW", now_ms)
        if is_idle:
            return order
        if terms.tif != FOK or self._offered(order) >= order.qty:
            self._execute(order, now_ms, pieces)
        if order.is_open and (terms.type == MARKET or terms.tif != GTC):
            self._end(order, EXPIRED, now_ms)
        elif order.is_open:
            place.market.place(terms.side, terms.price, order.leaves_qty)
            place.resting.append(order)
        return order

    def cancel(self, order: Order, cancel_id: str, now_ms: int) -> None:
        """Take an open order out of the book because its client asked."""
        self._withdraw(order)
        self._end(order, CANCELED, now_ms, cancel_id)

    def end_unasked(self, order: Order, status: str, now_ms: int) -> None:
        """The venue itself ends an open order."""
        self._withdraw(order)
        self._end(order, status, now_ms)

    def fill(self, order: Order, qty: int, now_ms: int) -> None:
        """Someone takes `qty` of a resting order."""
        place = self.places[order.terms.symbol]
        if order in place.resting:
            place.market.withdraw(order.terms.side, order.terms.price, qty)
        self._book(order, order.terms.price, qty, now_ms, is_maker=True)
        if not order.is_open and order in place.resting:
            place.resting.remove(order)

    def on_market(self, symbol: str, now_ms: int) -> None:
        """After the crowd moved: the resting orders that it reached execute."""
        place = self.places[symbol]
        market = place.market
        for order in list(place.resting):
            other = opposite(order.terms.side)
            while order.is_open:
                best = market.best(other)
                if best is None or not is_as_good(order.terms.side, best[0], order.terms.price):
                    break
                qty = min(best[1], order.leaves_qty)
                market.take(other, best[0], qty)
                self.fill(order, qty, now_ms)

    def deposit(self, account: Account, asset: str, delta: int, now_ms: int) -> None:
        """Balance that came (or went) without a trade."""
        account.of(asset).free += delta
        account.updated_ms = now_ms
        self.sink(account.name, telling.balance_update(asset, delta, now_ms), None)
        self.sink(account.name, telling.position(account, (asset,), now_ms), None)

    # Matching.

    def _reachable(self, order: Order) -> list[int]:
        """Prices of the other side that the order accepts, best first."""
        terms = order.terms
        prices = self.places[terms.symbol].market.prices(opposite(terms.side))
        if terms.type == MARKET:
            return prices
        return [price for price in prices if is_as_good(terms.side, price, terms.price)]

    def _offered(self, order: Order) -> int:
        market = self.places[order.terms.symbol].market
        other = opposite(order.terms.side)
        return sum(market.qty(other, price) for price in self._reachable(order))

    def _execute(self, order: Order, now_ms: int, pieces: int) -> None:
        """Best price first; at one price clients' orders before the crowd."""
        place = self.places[order.terms.symbol]
        other = opposite(order.terms.side)
        for price in self._reachable(order):
            for maker in [one for one in place.resting if one.terms.side == other]:
                if maker.terms.price == price and order.is_open:
                    qty = min(order.leaves_qty, maker.leaves_qty)
                    self._book(order, price, qty, now_ms, is_maker=False, against=maker)
            crowd = min(place.market.crowd[other].get(price, 0), order.leaves_qty)
            for qty in parts(crowd, pieces, place.market.listing.lot):
                place.market.take(other, price, qty)
                self._book(order, price, qty, now_ms, is_maker=False)
            if not order.is_open:
                return

    def _book(
        self,
        order: Order,
        price: int,
        qty: int,
        now_ms: int,
        *,
        is_maker: bool,
        against: Order | None = None,
    ) -> None:
        """One trade: on the tape, at one or both orders, in the balances, told."""
        place = self.places[order.terms.symbol]
        is_buyer_maker = is_maker == (order.terms.side == BUY)
        ids = {order.terms.side: order.order_id}
        if against is not None:
            ids[against.terms.side] = against.order_id
        trade = place.tape.add(
            price, qty, now_ms, is_buyer_maker=is_buyer_maker,
            buyer=ids.get(BUY, 0), seller=ids.get(opposite(BUY), 0),
        )  # fmt: skip
        place.told_trades.append(trade)
        self._settle(order, trade, is_maker=is_maker)
        if against is not None:
            place.market.withdraw(against.terms.side, price, qty)
            self._settle(against, trade, is_maker=True)
            if not against.is_open:
                place.resting.remove(against)

    def _settle(self, order: Order, trade: Trade, *, is_maker: bool) -> None:
        listing = self.places[order.terms.symbol].market.listing
        account = self.accounts[order.account]
        paid, brought = pays_with(order.terms.side, listing.base, listing.quote)
        quote = product(trade.price, trade.qty)
        amount, gross = (quote, trade.qty) if paid == listing.quote else (trade.qty, quote)
        commission = self.fees.of(gross, is_maker=is_maker)
        account.exchange(paid, amount, brought, gross - commission)
        account.updated_ms = trade.time_ms
        order.locked -= amount
        if order.terms.side == BUY and order.terms.type != MARKET:
            # A better price gives back at once what its quantity had locked too much.
            surplus = product(order.terms.price, trade.qty) - amount
            account.unlock(paid, surplus)
            order.locked -= surplus
        fill = Fill(
            trade.trade_id, trade.price, trade.qty, quote, commission, brought, is_maker,
            trade.time_ms,
        )  # fmt: skip
        order.add(fill)
        if not order.is_open:
            self._unlock(order)
        self._tell(order, "TRADE", trade.time_ms, fill=fill)

    def _end(self, order: Order, status: str, now_ms: int, cancel_id: str = "") -> None:
        order.status = status
        order.updated_ms = now_ms
        self._unlock(order)
        self._tell(order, status, now_ms, cancel_id=cancel_id)

    def _withdraw(self, order: Order) -> None:
        place = self.places[order.terms.symbol]
        if order in place.resting:
            place.resting.remove(order)
            place.market.withdraw(order.terms.side, order.terms.price, order.leaves_qty)

    def _unlock(self, order: Order) -> None:
        listing = self.places[order.terms.symbol].market.listing
        account = self.accounts[order.account]
        paid, _ = pays_with(order.terms.side, listing.base, listing.quote)
        account.unlock(paid, order.locked)
        account.updated_ms = order.updated_ms
        order.locked = 0

    def _tell(
        self, order: Order, execution: str, now_ms: int, *, fill: Fill | None = None,
        cancel_id: str = "",
    ) -> None:  # fmt: skip
        """The order's event and the balances it moved."""
        self.execution_count += 1
        event = telling.report(
            order, execution, self.execution_count, now_ms, fill=fill, cancel_id=cancel_id
        )
        self.sink(order.account, event, order)
        listing = self.places[order.terms.symbol].market.listing
        account = self.accounts[order.account]
        assets = (listing.base, listing.quote)
        self.sink(order.account, telling.position(account, assets, now_ms), order)

    # What an order can cost.

    def _cost(self, place: Place, terms: Terms) -> tuple[str, int]:
        """(asset, amount) to lock: the worst case of a limit order, the walk of a market order."""
        listing = place.market.listing
        paid, _ = pays_with(terms.side, listing.base, listing.quote)
        if terms.type != MARKET:
            return paid, product(terms.price, terms.qty) if terms.side == BUY else terms.qty
        qty = terms.qty or self._qty_for(place, terms)
        if terms.side != BUY:
            return paid, qty
        other, cost = opposite(terms.side), 0
        for price in place.market.prices(other):
            part = min(qty, place.market.qty(other, price))
            cost += product(price, part)
            qty -= part
        return paid, cost

    def _qty_for(self, place: Place, terms: Terms) -> int:
        """How much a market order by amount comes to: whole lots, never more than the amount."""
        market, other = place.market, opposite(terms.side)
        left, found, lot = terms.quote_qty, 0, place.market.listing.lot
        for price in market.prices(other):
            part = min(market.qty(other, price), left * UNIT // price // lot * lot)
            if not part:
                break
            found += part
            left -= product(price, part)
        if found < lot:
            raise new_order_rejected(
                "Order book liquidity is less than `LOT_SIZE` filter minimum quantity."
            )
        return found

    # Looking.

    def open_orders(self, account: str, symbol: str = "") -> list[Order]:
        return [
            order
            for name, place in self.places.items()
            if symbol in ("", name)
            for order in place.resting
            if order.account == account
        ]

    def assets(self) -> list[str]:
        listings = [place.market.listing for place in self.places.values()]
        return sorted({asset for one in listings for asset in (one.base, one.quote)})


def parts(qty: int, pieces: int, lot: int) -> list[int]:
    """`qty` in at most so many pieces of whole lots, the last one the largest."""
    if not qty:
        return []
    size = max(qty // pieces // lot * lot, lot)
    count = min(pieces, qty // size)
    return [size] * (count - 1) + [qty - size * (count - 1)]
