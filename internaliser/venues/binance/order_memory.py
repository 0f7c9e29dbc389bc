"""What this process knows of the orders it sent and of those it was told about. Bounded.

Nothing here is needed after a restart: an order that is not in it was signed before this process
began, or so long ago that its request cannot arrive any more.
"""

from collections import OrderedDict
from decimal import Decimal

from msgspec import Struct, field

from internaliser.venues.binance.amounts import ZERO


class Known(Struct, gc=False):
    """One order. `signed_ns` is the venue's time in its request, 0 while it waits to be sent."""

    cl_ord_id: str
    symbol: str
    is_ours: bool = False  # placed by this process
    signed_ns: int = 0
    order_id: int = 0
    was_seen: bool = False  # the venue named it
    is_finished: bool = False
    told_qty: Decimal = ZERO  # of the executions below
    told: set[int] = field(default_factory=set)  # trade ids reported


class OrderMemory:
    """Orders by our id and by the venue's number."""

    def __init__(self, orders_max: int, forget_after_ns: int) -> None:
        self._orders: OrderedDict[str, Known] = OrderedDict()
        self._ids: dict[tuple[str, int], str] = {}
        self._orders_max = orders_max
        self._forget_after_ns = forget_after_ns

    def __len__(self) -> int:
        return len(self._orders)

    def get(self, cl_ord_id: str) -> Known | None:
        return self._orders.get(cl_ord_id)

    def id_of(self, symbol: str, order_id: int) -> str | None:
        """Our id of the venue's number, where it was told."""
        return self._ids.get((symbol, order_id))

    def add(self, cl_ord_id: str, symbol: str, now_ns: int) -> Known | None:
        """A place for an order that is to be sent, or None: too many young ones are kept already.

        An order is forgotten only when its request can no longer arrive, so that for one not found
        here that is always so.
        """
        while len(self._orders) >= self._orders_max:
            oldest = next(iter(self._orders.values()))
            young = oldest.is_ours and (
                not oldest.signed_ns or now_ns - oldest.signed_ns <= self._forget_after_ns
            )
            if young:
                return None
            self.forget(oldest.cl_ord_id)
        known = Known(cl_ord_id, symbol, is_ours=True)
        self._orders[cl_ord_id] = known
        return known

    def seen(self, cl_ord_id: str, symbol: str, order_id: int, now_ns: int) -> Known:
        """The venue named an order: kept, as far as there is room."""
        known = self._orders.get(cl_ord_id)
        if known is None:
            known = self.add(cl_ord_id, symbol, now_ns) or Known(cl_ord_id, symbol)
            known.is_ours = False
        known.was_seen = True
        if order_id and not known.order_id and cl_ord_id in self._orders:
            known.order_id = order_id
            self._ids[symbol, order_id] = cl_ord_id
        return known

    def forget(self, cl_ord_id: str) -> None:
        known = self._orders.pop(cl_ord_id, None)
        if known is not None and known.order_id:
            self._ids.pop((known.symbol, known.order_id), None)
