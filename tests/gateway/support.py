"""What the gateway tests share: a core, records packed and unpacked, one-line FIX."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

from internaliser.core.core import Core
from internaliser.fix import codec
from internaliser.model.commands import config_command
from internaliser.model.records import read_records

NONE16 = 0xFFFF
TIME_NS = 1_700_000_000_123_456_789
TIME_TEXT = "20231114-22:13:20.123456"

# Command, model/command.pxd: head, step, who, terms, texts, amounts.
COMMAND = struct.Struct("<IHHQ qQHHHH BBBBBB 4s HI qqQ".replace(" ", ""))
ORDER_EVENT = struct.Struct("<IHHQ q I HHHHHH BBBB BBBB Q qqqqqq QQ qq qq 4s I".replace(" ", ""))
CHILD_EVENT = struct.Struct("<IHHQ q QQ HHHH BB H I qqq qq B7x".replace(" ", ""))
VENUE_REPORT = struct.Struct("<qqqqq H BBBB H qq".replace(" ", ""))
MARKET_VIEW = struct.Struct("<qQHHI")

NEW_ORDER, CANCEL, REPLACE, STATUS, VENUE_REPORT_KIND, MARKET_VIEW_KIND = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True)
class Command:
    """A decoded Command: what a test compares."""

    kind: int
    instrument: int = 0
    side: str = "1"
    ord_type: str = ""
    tif: str = ""
    flags: int = 0
    reason: int = 0
    price: int = 0
    qty: int = 0
    target_id: int = 0
    cl_ord_id: str = ""
    orig_cl_ord_id: str = ""
    symbol: str = ""
    note: str = ""


@dataclass(frozen=True)
class VenueReport:
    target_id: int
    exec_type: str = ""
    ord_status: str = ""
    last_qty: int = 0
    last_px: int = 0
    cum_qty: int = -1
    is_final: int = 0
    not_found: int = 0
    reason: int = 0
    exec_id: str = ""
    fee_asset: int = NONE16
    fee: int = 0
    notional: int = 0


@dataclass(frozen=True)
class View:
    instrument: int
    version: int
    bids: list[tuple[int, int]] = field(default_factory=list)
    asks: list[tuple[int, int]] = field(default_factory=list)
    is_fresh: int = 1


def letter(code: int) -> str:
    return chr(code) if code else ""


def command_of(record: bytes) -> Command:
    """The Command of an order message, its texts as strings."""
    (
        size,
        kind,
        _,
        _,
        _,
        _,
        _,
        _,
        instrument,
        _,
        side,
        ord_type,
        tif,
        flags,
        _,
        reason,
        sizes,
        _,
        _,
        price,
        qty,
        target_id,
    ) = COMMAND.unpack_from(record)
    assert size == len(record)
    assert size % 8 == 0
    texts = texts_of(record, COMMAND.size, sizes)
    return Command(
        kind,
        instrument,
        letter(side),
        letter(ord_type),
        letter(tif),
        flags,
        reason,
        price,
        qty,
        target_id,
        *texts,
    )


def texts_of(record: bytes, at: int, sizes: bytes) -> list[str]:
    texts = []
    for size in sizes:
        texts.append(record[at : at + size].decode())
        at += size
    return texts


def venue_report_of(record: bytes) -> VenueReport:
    head = COMMAND.unpack_from(record)
    assert head[0] == len(record)
    assert head[1] == VENUE_REPORT_KIND
    body = VENUE_REPORT.unpack_from(record, COMMAND.size)
    last_qty, last_px, cum_qty, fee_low, fee_high, fee_asset = body[:6]
    exec_type, ord_status, is_final, not_found, _, notional_low, notional_high = body[6:]
    texts = texts_of(record, COMMAND.size + VENUE_REPORT.size, head[16])
    return VenueReport(
        head[-1],
        letter(exec_type),
        letter(ord_status),
        last_qty,
        last_px,
        cum_qty,
        is_final,
        not_found,
        head[15],
        texts[3],
        fee_asset,
        (fee_high << 64) | (fee_low & (1 << 64) - 1),
        (notional_high << 64) | (notional_low & (1 << 64) - 1),
    )


def view_of(record: bytes) -> View:
    head = COMMAND.unpack_from(record)
    assert head[0] == len(record)
    assert head[1] == MARKET_VIEW_KIND
    _, version, bid_count, ask_count, is_fresh = MARKET_VIEW.unpack_from(record, COMMAND.size)
    levels = [
        struct.unpack_from("<qq", record, COMMAND.size + MARKET_VIEW.size + 16 * i)
        for i in range(bid_count + ask_count)
    ]
    return View(head[8], version, levels[:bid_count], levels[bid_count:], is_fresh)


@dataclass(frozen=True)
class OrderEvent:
    """An order event in Python; `packed` makes the record."""

    type: int
    seq: int = 512
    index: int = 1
    time_ns: int = TIME_NS
    epoch: int = 3
    session: int = 0
    instrument: int = 0
    source: int = NONE16
    reason: int = 0
    side: str = "1"
    ord_type: str = "2"
    tif: str = "0"
    liquidity: int = 0
    exec_type: str = "0"
    ord_status: str = "0"
    order_id: int = 3 << 44 | 512
    price: int = 0
    qty: int = 0
    cum_qty: int = 0
    leaves_qty: int = 0
    last_px: int = 0
    last_qty: int = 0
    trade_id: int = 0
    cum_notional: int = 0
    fee: int = 0
    cl_ord_id: str = "A1"
    orig_cl_ord_id: str = ""
    symbol: str = ""
    note: str = ""

    def but(self, **changes: object) -> OrderEvent:
        return replace(self, **changes)  # type: ignore[arg-type]

    def packed(self) -> bytes:
        texts = [
            text.encode() for text in (self.cl_ord_id, self.orig_cl_ord_id, self.symbol, self.note)
        ]
        tail = b"".join(texts)
        tail += bytes(-len(tail) % 8)
        low, high = halves(self.cum_notional)
        fee_low, fee_high = halves(self.fee)
        return ORDER_EVENT.pack(
            ORDER_EVENT.size + len(tail), 100, self.index, self.seq, self.time_ns, self.epoch,
            self.type, self.session, 0, self.instrument, self.source, self.reason,
            code(self.side), code(self.ord_type), code(self.tif), self.liquidity,
            code(self.exec_type), code(self.ord_status), 0, 0, self.order_id, self.price, self.qty,
            self.cum_qty, self.leaves_qty, self.last_px, self.last_qty, 0,
            self.trade_id, low, high,
            fee_low, fee_high, bytes(len(text) for text in texts), 0,
        ) + tail  # fmt: skip


def code(text: str) -> int:
    return ord(text) if text else 0


def halves(value: int) -> tuple[int, int]:
    """A 128-bit value as its two signed halves."""
    low = value & (1 << 64) - 1
    return (low - (1 << 64) if low >> 63 else low), value >> 64


def child_event(
    type: int,
    *,
    seq: int = 600,
    index: int = 2,
    child_id: int = 3 << 44 | 599,
    source: int = 0,
    instrument: int = 0,
    side: str = "1",
    price: int = 0,
    qty: int = 0,
) -> bytes:
    return CHILD_EVENT.pack(
        CHILD_EVENT.size, 102, index, seq, TIME_NS, child_id, 3 << 44 | 512, type, source,
        instrument, 0, code(side), 1, 0, 3, price, qty, 0, 0, 0, 0,
    )  # fmt: skip


def fix(line: str) -> bytes:
    """A whole FIX 4.4 message of "35=D|11=A|..." with a header, BodyLength and CheckSum added."""
    fields = codec.from_text(line.rstrip("|"))
    header = [(49, "CLIENT1"), (56, "NODE"), (34, 7), (52, "20231114-22:13:20.123")]
    return codec.encode("FIX.4.4", [fields[0], *header, *fields[1:]])


def core() -> Core:
    """BTC/USD: tick 0.01, lot 1. ETH/USD: tick 0.05, lot 0.01. And six sources that list both."""
    made = Core(1, orders_max=1000, levels_max=1000)
    terms = {
        "base": 0,
        "quote": 1,
        "is_open": 1,
        "price_decimals": 2,
        "price_min": 1,
        "price_max": 1_000_000_000,
        "qty_min": 1,
        "qty_max": 1_000_000_000,
    }
    btc = {"tick_mantissa": 1, "lot_mantissa": 1, "qty_decimals": 0}
    eth = {"tick_mantissa": 5, "lot_mantissa": 10, "qty_decimals": 3}
    for kind, name, values in [
        ("asset", "BTC", {"decimals": 8}),
        ("asset", "USD", {"decimals": 2}),
        ("instrument", "BTC/USD", {**terms, **btc, "lot_base_units": 10**8,
                                   "tick_lot_quote_units": 1}),
        ("instrument", "ETH/USD", {**terms, **eth, "lot_base_units": 10**6,
                                   "tick_lot_quote_units": 1}),
        *(("source", f"SIM{number}", {"kind": 2}) for number in range(1, 7)),
    ]:  # fmt: skip
        result, *_ = made.apply_raw(config_command(kind, values, name=name))
        assert result == 0
    listed = {"is_listed": 1, "price_step": 1, "qty_step": 1}
    for source in range(6):
        for instrument, name in enumerate(("BTC/USD", "ETH/USD")):
            values = {"source": source, "instrument": instrument, **listed}
            made.apply_raw(config_command("listing", values, name=name, note=name))
    return made


def listed(made: Core, source: int, instrument: int, symbol: str, **terms: int) -> None:
    """From now on the source has this name for the instrument, and these steps."""
    values = {"source": source, "instrument": instrument, "is_listed": 1, "price_step": 1,
              "qty_step": 1, **terms}  # fmt: skip
    ours = made.instruments()[instrument]["symbol"]
    result, _, _, events = made.apply_raw(config_command("listing", values, name=ours, note=symbol))
    (event,) = read_records(events)
    assert (result, event.reason) == (0, None)
