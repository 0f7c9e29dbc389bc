"""Orders and executions as the simulated Binance knows them: the truth a test compares with."""

from __future__ import annotations

from dataclasses import dataclass, field

NEW, PARTIALLY_FILLED, FILLED = "NEW", "PARTIALLY_FILLED", "FILLED"
CANCELED, EXPIRED, REJECTED = "CANCELED", "EXPIRED", "REJECTED"
LIMIT, MARKET, LIMIT_MAKER = "LIMIT", "MARKET", "LIMIT_MAKER"
GTC, IOC, FOK = "GTC", "IOC", "FOK"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a client asks for. Amounts in units of 10^-8; 0 = not said."""

    symbol: str
    side: str
    type: str
    tif: str
    price: int
    qty: int
    quote_qty: int
    cl_ord_id: str


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of one order."""

    trade_id: int
    price: int
    qty: int
    quote: int
    commission: int
    commission_asset: str
    is_maker: bool
    time_ms: int


@dataclass(slots=True)
class Order:
    account: str
    order_id: int
    terms: Terms
    time_ms: int
    status: str = NEW
    qty: int = 0  # of a market order by amount: what it came to
    locked: int = 0
    updated_ms: int = 0
    fills: list[Fill] = field(default_factory=list)
    cum_qty: int = 0
    cum_quote: int = 0

    @property
    def is_open(self) -> bool:
        return self.status in (NEW, PARTIALLY_FILLED)

    @property
    def leaves_qty(self) -> int:
        return self.qty - self.cum_qty if self.is_open else 0

    def add(self, fill: Fill) -> None:
        self.fills.append(fill)
        self.cum_qty += fill.qty
        self.cum_quote += fill.quote
        self.updated_ms = fill.time_ms
        self.status = FILLED if self.cum_qty == self.qty else PARTIALLY_FILLED
