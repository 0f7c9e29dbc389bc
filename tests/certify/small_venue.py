"""A venue of two hundred lines, to stand behind other people's FIX engines: one price-time book per
symbol, and reports in the words of FIX 4.2, 4.4 and 5.0SP2. Slow, short, right.

    venue = SmallVenue(frozenset({"TEST1"}))
    for client, msg_type, fields in venue.handle("CLIENT1", "FIX.4.4", "D", {11: "a", ...}):
"""

from dataclasses import dataclass
from decimal import Decimal

Fields = list[tuple[int, str]]
Answer = tuple[str, str, Fields]  # to whom, MsgType, body
Asked = dict[int, str]

TICK = Decimal("0.01")
OPEN = ("0", "1")


class Refused(Exception):
    """OrdRejReason(103) or CxlRejReason(102), and words."""

    def __init__(self, reason: int, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(slots=True)
class Order:
    order_id: str
    client: str
    version: str
    name: str  # ClOrdID, the last accepted
    orig: str
    symbol: str
    side: str
    qty: Decimal
    ord_type: str
    price: Decimal
    tif: str
    status: str = "0"
    cum_qty: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)

    @property
    def leaves(self) -> Decimal:
        return self.qty - self.cum_qty if self.status in OPEN else Decimal(0)


class SmallVenue:
    """`handle` takes one application message and gives what to tell whom."""

    def __init__(self, symbols: frozenset[str]) -> None:
        self.symbols = symbols
        self.orders: list[Order] = []  # in the order of their priority in time
        self.names: dict[tuple[str, str], Order] = {}
        self.told: list[Answer] = []
        self.count = 0

    def handle(self, client: str, version: str, msg_type: str, asked: Asked) -> list[Answer]:
        self.told = []
        if msg_type == "D":
            self._new(client, version, asked)
        elif msg_type == "H":
            self._status(client, version, asked)
        elif msg_type in "FG":
            self._change(client, version, msg_type, asked)
        else:
            self.told.append((client, "j", [(372, msg_type), (380, "3"), (58, "not offered")]))
        return self.told

    # ---- requests ------------------------------------------------------------------------------

    def _new(self, client: str, version: str, asked: Asked) -> None:
        known = self.names.get((client, asked[11]))
        price = Decimal(asked.get(44, "0"))
        order = Order(
            *(self._id(), client, version, asked[11], "", asked[55], asked[54]),
            *(Decimal(asked.get(38, "0")), asked[40], price, asked.get(59, "0")),
        )
        if known is not None:
            is_same = (known.qty, known.price, known.side) == (order.qty, price, order.side)
            if asked.get(97) == "Y" and is_same:
                self._report(known, "I")
            else:
                self._report(known, "8", (103, "6"), named=asked[11])
            return
        try:
            self._judge(order)
        except Refused as refusal:
            order.status = "8"
            self._report(order, "8", (103, str(refusal.reason)), (58, str(refusal)))
            return
        self.orders.append(order)
        self.names[client, order.name] = order
        self._report(order, "0")
        self._work(order)

    def _judge(self, order: Order) -> None:
        if order.symbol not in self.symbols:
            raise Refused(1, "unknown symbol")
        if order.qty <= 0:
            raise Refused(0, "no quantity")
        if order.ord_type == "2" and (order.price <= 0 or order.price % TICK):
            raise Refused(0, "no price or one off tick")

    def _status(self, client: str, version: str, asked: Asked) -> None:
        order = self.names.get((client, asked[11]))
        if order is not None:
            self._report(order, "I")
            return
        nobody = Order(
            *("NONE", client, version, asked[11], "", asked.get(55, "?"), asked[54]),
            *(Decimal(0), "2", Decimal(0), "0", "8"),
        )
        self._report(nobody, "I", (103, "5"))

    def _change(self, client: str, version: str, msg_type: str, asked: Asked) -> None:
        order = self.names.get((client, asked[41]))
        if order is not None and msg_type == "G" and order.name != asked[41]:
            order = None
        try:
            if order is None:
                raise Refused(1, "unknown order")
            if (client, asked[11]) in self.names:
                raise Refused(2 if version == "FIX.4.2" else 6, "the name is used")
            if order.side != asked[54]:
                raise Refused(2, "the side cannot change")
            if order.status not in OPEN:
                raise Refused(0, "too late")
        except Refused as refusal:
            head = (37, order.order_id if order else "NONE"), (39, order.status if order else "8")
            told = [*head, (11, asked[11]), (41, asked[41]), (102, str(refusal.reason))]
            response = (434, "1" if msg_type == "F" else "2")
            self.told.append((client, "9", [*told, response, (58, str(refusal))]))
            return
        self.names[client, asked[11]] = order
        order.orig, order.name = asked[41], asked[11]
        if msg_type == "F":
            order.status = "4"
            self._report(order, "4")
            order.name, order.orig = asked[41], ""
            return
        self._replace(order, Decimal(asked[38]), Decimal(asked[44]))

    def _replace(self, order: Order, qty: Decimal, price: Decimal) -> None:
        if price != order.price or qty > order.qty:
            self.orders.remove(order)
            self.orders.append(order)
        order.qty, order.price = max(qty, order.cum_qty), price
        if order.qty == order.cum_qty:
            order.status = "2"
        self._report(order, "5")
        self._work(order)

    # ---- matching ------------------------------------------------------------------------------

    def _work(self, order: Order) -> None:
        others = sorted(
            (other for other in self.orders if self._meets(order, other)),
            key=lambda other: other.price if order.side == "1" else -other.price,
        )
        if order.tif == "4" and sum(other.leaves for other in others) < order.leaves:
            others = []
        for other in others:
            qty = min(order.leaves, other.leaves)
            if qty == 0:
                break
            for side in (order, other):
                side.cum_qty += qty
                side.paid += qty * other.price
                side.status = "2" if side.cum_qty == side.qty else "1"
                state = side.status if side.version == "FIX.4.2" else "F"
                self._report(side, state, (32, f"{qty}"), (31, f"{other.price}"))
        if order.status in OPEN and (order.ord_type == "1" or order.tif in "34"):
            order.status = "4"
            self._report(order, "4")

    @staticmethod
    def _meets(order: Order, other: Order) -> bool:
        if other.symbol != order.symbol or other.side == order.side or other.leaves == 0:
            return False
        if order.ord_type == "1":
            return True
        return other.price <= order.price if order.side == "1" else other.price >= order.price

    # ---- reports -------------------------------------------------------------------------------

    def _id(self) -> str:
        self.count += 1
        return f"V{self.count}"

    def _report(self, order: Order, kind: str, *more: tuple[int, str], named: str = "") -> None:
        is_42, is_status = order.version == "FIX.4.2", kind == "I"
        fields: Fields = [(37, order.order_id), (11, named or order.name), (17, self._id())]
        if order.orig and kind in "45":
            fields.append((41, order.orig))
        if is_42:
            fields.append((20, "3" if is_status else "0"))
        average = order.paid / order.cum_qty if order.cum_qty else Decimal(0)
        fields += [
            (150, order.status if is_status and is_42 else kind),
            *((39, order.status), (55, order.symbol), (54, order.side), (38, f"{order.qty}")),
            *((40, order.ord_type), (44, f"{order.price}"), (59, order.tif)),
            *((151, f"{order.leaves}"), (14, f"{order.cum_qty}"), (6, f"{average}"), *more),
        ]
        self.told.append((order.client, "8", fields))
