"""What the node asks of a market reached over REST and WebSocket, and what that market may tell.

One adapter per market; everything above it is the same for all of them. Amounts are `Decimal`, ids
and symbols are text as the market writes them; integers of the core are made from them elsewhere.
What is made for every order is a frozen struct, at a tenth of a dataclass's cost.

    adapter.place(PlaceOrder("1-3-512", "BTCUSDT", "BUY", Decimal("0.5"), Decimal("60000"), "IOC"))
    sink.on_report(OrderReport("1-3-512", "BTCUSDT", ReportKind.ACCEPTED))

The four outcomes of a placement:

  DENIED    refused here, nothing was sent: it does not exist at the market.
  REJECTED  the market's answer proves that it does not exist.
  ACCEPTED  the market named it: it works, or worked, there (a FINISHED follows when it is over).
  unknown   everything else (no answer, a lost line, an answer that cannot be read, the market's own
            "status unknown"): nothing is reported. Whoever placed it asks with `query` when no
            report came in time. An order is never sent a second time by an adapter.

Reports may come twice, from two connections or in any order: FILLED is the same execution when
`exec_id` is the same, `cum_qty` of one order never falls, FINISHED is final. No report follows from
time passing alone, except NOT_FOUND under the rule of `OrderRef`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Literal, Protocol

from msgspec import Struct

Side = Literal["BUY", "SELL"]
Tif = Literal["IOC", "GTC", "GTX"]  # GTX: rests or is refused, never takes (post-only)


class ReportKind(Enum):
    """What a report says of its order."""

    ACCEPTED = "accepted"  # it exists; `cum_qty` may be known
    FILLED = "filled"  # one execution: last_qty, last_px, exec_id; cum_qty where it is known
    STATUS = "status"  # open, `cum_qty` known
    FINISHED = "finished"  # over (filled, canceled, expired), `cum_qty` is its last
    REJECTED = "rejected"  # proved not to exist
    DENIED = "denied"  # never sent
    NOT_FOUND = "not_found"  # the market does not know it and its request can no longer arrive


class ReasonClass(Enum):
    """Why something was refused, in words that are the same at every market."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    BELOW_MIN = "below_min"  # quantity or value under the market's least
    ABOVE_MAX = "above_max"  # quantity, value or position over its most
    PRICE_STEP = "price_step"
    SIZE_STEP = "size_step"
    PRICE_BAND = "price_band"
    POST_ONLY_WOULD_CROSS = "post_only_would_cross"
    DUPLICATE_ID = "duplicate_id"
    UNKNOWN_ORDER = "unknown_order"
    ALREADY_CLOSED = "already_closed"
    SYMBOL_HALTED = "symbol_halted"
    TOO_MANY_ORDERS = "too_many_orders"  # open at once
    RATE_LIMITED = "rate_limited"
    CLOCK_SKEW = "clock_skew"
    AUTH = "auth"
    VENUE_BUSY = "venue_busy"
    MALFORMED = "malformed"  # the market did not understand what we sent: a fault of ours
    TOO_LATE = "too_late"  # denied: it could not be sent before its deadline
    LINK_DOWN = "link_down"  # denied: there is no link that counts as up
    UNKNOWN_OUTCOME = "unknown_outcome"


@dataclass(frozen=True, slots=True)
class InstrumentRules:
    """What one symbol takes. None = no such rule. Prices in quote, quantities in base.

    `band_down` and `band_up` are fractions of the market's reference price that a limit price must
    stay between. Fees are fractions of the value, None where the market did not tell them.
    """

    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    qty_min: Decimal | None = None
    qty_max: Decimal | None = None
    notional_min: Decimal | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    band_up: Decimal | None = None
    band_down: Decimal | None = None
    is_open: bool = True  # takes new orders now
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None
    notional_max: Decimal | None = None


class PlaceOrder(Struct, frozen=True, gc=False):
    """A limit order to place. After `deadline_ns` (UTC, 0 = none) it is DENIED, not sent."""

    cl_ord_id: str
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal
    tif: Tif
    deadline_ns: int = 0


class OrderRef(Struct, frozen=True, gc=False):
    """An order by our id, to cancel or to ask about.

    NOT_FOUND is reported only when the request that placed it can no longer arrive. The adapter
    knows when it signed what it sent, and that what another process sent was signed before this
    one started; `not_before_ns` (UTC) is a still later moment where the asker knows one.
    """

    cl_ord_id: str
    symbol: str
    not_before_ns: int | None = None


class OrderReport(Struct, frozen=True, gc=False):
    """What the market told of one order, or what was decided here (DENIED).

    `cum_qty` and `cum_quote` are the base quantity and the quote value executed so far, None when
    not told. `fee` is what the market took for this execution, in `fee_asset`. A FINISHED or STATUS
    whose `cum_qty` exceeds the executions told is followed by no more of them only if the market
    has none to give; `cum_quote` then says what they cost.
    """

    cl_ord_id: str
    symbol: str
    kind: ReportKind
    cum_qty: Decimal | None = None
    cum_quote: Decimal | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    exec_id: str = ""
    fee: Decimal | None = None
    fee_asset: str = ""
    reason: ReasonClass | None = None
    text: str = ""


class StatedBalance(Struct, frozen=True, gc=False):
    """What the market says we hold of one asset there."""

    asset: str
    free: Decimal
    locked: Decimal


class Depth(Protocol):
    """A book as an adapter hands it over: read it during the call, do not keep it.

    `view` is the command record that carries its best levels to the core.
    """

    def view(self, source: int, instrument: int, is_fresh: bool) -> bytes: ...


class VenueSink(Protocol):
    """Takes what one market tells. Plain calls on the loop; none may block or raise."""

    def on_link(self, is_up: bool, why: str) -> None:
        """Up = the state here agrees with the market's and its news arrive. Down is told at once.

        Orders sent before a link went down may be unknown: ask about them once it is up again.
        """

    def on_rules(self, rules: Sequence[InstrumentRules]) -> None:
        """What the symbols take now. A symbol that is missing is not traded there any more."""

    def on_report(self, report: OrderReport) -> None: ...

    def on_book(self, symbol: str, book: Depth) -> None:
        """Something changed among the best levels of a book that is whole and fresh."""

    def on_book_lost(self, symbol: str, why: str) -> None:
        """The book of `symbol` is not to be trusted until the next on_book."""

    def on_balances(self, balances: Sequence[StatedBalance], stated_ns: int) -> None:
        """The assets that may have changed, also those that became zero. Others are as before.

        Stated by the market not earlier than `stated_ns` (UTC by the market's clock).
        """

    def on_balances_unanswered(self, why: str) -> None:
        """The market was asked for its balances and gave no answer that can be read."""


class VenueAdapter(Protocol):
    """One market. `run` is its life; the other calls return at once and answer by the sink."""

    async def run(self) -> None:
        """Connect, reconcile, stream, reconnect with growing pauses, until cancelled."""

    def place(self, order: PlaceOrder) -> None:
        """Send a new order once. An answer comes as one of the four outcomes above."""

    def cancel(self, order: OrderRef) -> None:
        """Ask to end an order. Its end is reported as FINISHED, as anything that happens to it.

        Asked while the link is down, it is sent once it is up. Without an answer the order's STATUS
        is reported, and it is not sent again: ask again.
        """

    def query(self, order: OrderRef) -> None:
        """Ask what became of an order: STATUS, FINISHED, REJECTED or NOT_FOUND; executions first.

        Asked again until answered, or until the link goes down: then ask again when it is up.
        """

    async def close(self) -> None:
        """End every connection. Orders at the market are left as they are."""
