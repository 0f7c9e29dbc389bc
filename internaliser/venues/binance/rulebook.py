"""The symbols' rules and fees as last fetched, and an order made to fit them."""

from decimal import Decimal

from internaliser import log
from internaliser.venues.binance import calls
from internaliser.venues.binance.amounts import is_multiple
from internaliser.venues.binance.answers import Unreadable
from internaliser.venues.binance.caller import Caller
from internaliser.venues.binance.config import ListedSymbol
from internaliser.venues.binance.fitting import Denied, fitted
from internaliser.venues.binance.market_info import (
    Commission,
    SymbolRules,
    read_commission,
    read_exchange_info,
    with_fees,
)
from internaliser.venues.binance.reconciliation import Trouble, data_of
from internaliser.venues.binance.reply import Reply
from internaliser.venues.contract import PlaceOrder, ReasonClass, VenueSink


class Rulebook:
    """Empty until `fetch` was answered once: then nothing can be placed."""

    def __init__(self, caller: Caller, sink: VenueSink) -> None:
        self.caller = caller
        self.sink = sink
        self.symbols: dict[str, SymbolRules] = {}
        self._fees: dict[str, Commission] = {}

    async def fetch(self) -> None:
        """Ask for the rules, the venue's limits and our fees, and tell them. Raises Trouble.

        A symbol that the venue does not list, whose rules cannot be read, or whose steps are not
        multiples of ours, has no rules. Fees that are not told stay as they were, or unknown.
        """
        listed = {one.symbol: one for one in self.caller.config.symbols}
        data = data_of(await self.caller.ask(calls.exchange_info(tuple(listed))), "exchangeInfo")
        info = read_exchange_info(data)
        if isinstance(info, Unreadable):
            raise Trouble(f"exchangeInfo: {info.why}")
        self.caller.budget.set_limits(info.limits)
        rules = {}
        for name, symbol in info.symbols.items():
            if name in listed and self._fits_ours(symbol, listed[name]):
                fees = await self._fees_of(name)
                rules[name] = with_fees(symbol, fees) if fees is not None else symbol
        for name in listed.keys() - rules.keys():
            log.event("venue_symbol_without_rules", venue=self.caller.config.name, symbol=name)
        self.symbols = rules
        self.sink.on_rules([symbol.rules for symbol in rules.values()])

    def fit(self, order: PlaceOrder, average: Decimal | None) -> PlaceOrder | Denied:
        """`order` as it may be sent, or why it may not."""
        symbol = self.symbols.get(order.symbol)
        if symbol is None:
            return Denied(ReasonClass.SYMBOL_HALTED, f"no rules are known for {order.symbol}")
        return fitted(order, symbol, average)

    def _fits_ours(self, symbol: SymbolRules, ours: ListedSymbol) -> bool:
        rules = symbol.rules
        return is_multiple(rules.tick, ours.tick) and is_multiple(rules.lot, ours.lot)

    async def _fees_of(self, name: str) -> Commission | None:
        answer = await self.caller.ask(calls.commission(name))
        if isinstance(answer, Reply) and answer.is_ok:
            fees = read_commission(answer.data)
            if isinstance(fees, Commission) and fees.symbol == name:
                self._fees[name] = fees
        return self._fees.get(name)
