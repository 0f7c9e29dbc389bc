"""Records built and read from Python: order entry, reports and views as bytes; bytes as objects.

    command = new_order(client=0, instrument=0, side="buy", qty=5, price=100, cl_ord_id="A1")
    for record in read_records(events):
        print(record.kind, record.seq)

Configuration and operator commands are in commands.pyx, the fields of a record in fields.pyx: names
and words are the same here, and the words are those of codes.pyx. Nothing hot.
"""

from libc.string cimport memcpy, memset

from internaliser.model.command cimport *
from internaliser.model.enums cimport *
from internaliser.model.record cimport *
from internaliser.model.types cimport *

from internaliser.model.codes import (
    CANCELS, EXEC_TYPES, LINKS, ORD_TYPES, REASONS, SIDES, SOURCES, STATUSES, TIFS, TIMERS,
)
from internaliser.model.fields import record_fields


class Record:
    """One journal record, frozen: every field of record_fields() as an attribute."""

    __slots__ = ("fields",)

    def __init__(self, fields):
        object.__setattr__(self, "fields", fields)

    def __getattr__(self, name):
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(f"a {self.fields['kind']} record has no field {name}") from None

    def __setattr__(self, name, value):
        raise AttributeError("records do not change")

    def __getitem__(self, name):
        return self.fields[name]

    def __eq__(self, other):
        return isinstance(other, Record) and self.fields == other.fields

    def __hash__(self):
        return hash((self.fields["kind"], self.fields["seq"], self.fields["index"]))

    def __repr__(self):
        told = ", ".join(f"{name}={value!r}" for name, value in self.fields.items() if value)
        return f"Record({told})"


def split_records(bytes data not None) -> list[bytes]:
    """The records that stand back to back in `data`. ValueError when the last one is cut short."""
    cdef RecordHead head
    cdef size_t at = 0
    cdef size_t size = len(data)
    cdef list found = []
    while at < size:
        if size - at < sizeof(RecordHead):
            raise ValueError(f"expected a record head at {at}, found {size - at} bytes")
        memcpy(&head, <const char*> data + at, sizeof(RecordHead))
        if head.size < sizeof(RecordHead) or head.size > size - at:
            raise ValueError(f"the record at {at} says {head.size} bytes, found {size - at}")
        found.append(data[at:at + head.size])
        at += head.size
    return found


def read_records(bytes data not None) -> list[Record]:
    """The records in `data` as objects."""
    return [Record(record_fields(record)) for record in split_records(data)]


cdef object code_of(names, text):
    for code, name in names.items():
        if name == text:
            return code
    raise ValueError(f"expected one of {', '.join(map(str, names.values()))}, found {text!r}")


cdef uint16_t index_of(value):
    return <uint16_t> NONE16 if value is None else value


cdef tuple halves_of(value):
    """A wide whole number as structs carry it: (low, high)."""
    low = value & 0xFFFF_FFFF_FFFF_FFFF
    return (low - (1 << 64) if low >> 63 else low), value >> 64


cdef void start(Command* command, uint16_t kind, int64_t time_ns) noexcept:
    memset(command, 0, COMMAND_HEAD)
    command.head.kind = kind
    command.time_ns = time_ns
    command.session = command.client = command.instrument = command.source = <uint16_t> NONE16


cdef bytes finish(Command* command, bytes payload, tuple found):
    """The record: payload struct and texts behind the head, padded to a multiple of 8."""
    for i, text in enumerate(found):
        encoded = text.encode("latin-1")
        if len(encoded) > 255:
            raise ValueError(f"expected at most 255 bytes, found {len(encoded)}")
        command.text_size[i] = len(encoded)
        payload += encoded
    if len(payload) > PAYLOAD_MAX:
        raise ValueError(f"expected at most {PAYLOAD_MAX} bytes of payload, found {len(payload)}")
    payload += bytes((8 - len(payload) % 8) % 8)
    command.head.size = COMMAND_HEAD + len(payload)
    return (<const char*> command)[:COMMAND_HEAD] + payload


cdef bytes order_command(
    uint16_t kind, client, instrument, side, ord_type, tif, int64_t qty, int64_t price,
    str cl_ord_id, str orig_cl_ord_id, uint64_t order_id, session, uint8_t flags, uint8_t reason,
    str symbol, str note, int64_t time_ns,
):
    cdef Command command
    start(&command, kind, time_ns)
    command.client = client
    command.instrument = index_of(instrument)
    command.session = index_of(session)
    command.side = 0 if side is None else code_of(SIDES, side)
    command.ord_type = 0 if ord_type is None else code_of(ORD_TYPES, ord_type)
    command.tif = 0 if tif is None else code_of(TIFS, tif)
    command.flags = flags
    command.reason = reason
    command.qty = qty
    command.price = price
    command.target_id = order_id
    return finish(&command, b"", (cl_ord_id, orig_cl_ord_id, symbol, note))


def new_order(*, client, instrument, str side, qty, price=0, str ord_type="limit",
              str tif="day", str cl_ord_id, session=0, flags=0, reason=0, str symbol="",
              str note="", time_ns=0) -> bytes:
    """A NEW_ORDER command; `instrument` None = unknown symbol."""
    return order_command(
        KIND_NEW_ORDER, client, instrument, side, ord_type, tif, qty, price, cl_ord_id, "", 0,
        session, flags, reason, symbol, note, time_ns,
    )


def cancel_order(*, client, str cl_ord_id, str orig_cl_ord_id="", order_id=0,
                 instrument=None, side=None, session=0, flags=0, reason=0,
                 time_ns=0) -> bytes:
    """A CANCEL command."""
    return order_command(
        KIND_CANCEL, client, instrument, side, None, None, 0, 0, cl_ord_id, orig_cl_ord_id,
        order_id, session, flags, reason, "", "", time_ns,
    )


def replace_order(*, client, str cl_ord_id, str orig_cl_ord_id="", order_id=0, qty,
                  price=0, instrument=None, side=None, ord_type=None, tif=None, session=0,
                  flags=0, reason=0, time_ns=0) -> bytes:
    """A REPLACE command; what is None stays as it is."""
    return order_command(
        KIND_REPLACE, client, instrument, side, ord_type, tif, qty, price, cl_ord_id,
        orig_cl_ord_id, order_id, session, flags, reason, "", "", time_ns,
    )


def order_status(*, client, str cl_ord_id="", order_id=0, instrument=None, side=None,
                 session=0, reason=0, time_ns=0) -> bytes:
    """A STATUS command."""
    return order_command(
        KIND_STATUS, client, instrument, side, None, None, 0, 0, cl_ord_id, "", order_id, session,
        0, reason, "", "", time_ns,
    )


cdef bytes lettered_command(
    uint16_t kind, str action, client, instrument, side, session, uint64_t order_id,
    uint8_t reason, tuple found, int64_t time_ns,
):
    cdef Command command
    start(&command, kind, time_ns)
    command.action = ord(action)
    command.client = client
    command.instrument = index_of(instrument)
    command.session = index_of(session)
    command.side = 0 if side is None else code_of(SIDES, side)
    command.target_id = order_id
    command.reason = reason
    return finish(&command, b"", found)


def mass_cancel(*, client, str cl_ord_id, str request_type="7", instrument=None, side=None,
                session=0, reason=0, str symbol="", time_ns=0) -> bytes:
    """A MASS_CANCEL command: of the instrument and the side given, or of all."""
    return lettered_command(
        KIND_MASS_CANCEL, request_type, client, instrument, side, session, 0, reason,
        (cl_ord_id, "", symbol, ""), time_ns,
    )


def mass_status(*, client, str request_id, str request_type="7", instrument=None, side=None,
                session=0, reason=0, str symbol="", time_ns=0) -> bytes:
    """A MASS_STATUS command."""
    return lettered_command(
        KIND_MASS_STATUS, request_type, client, instrument, side, session, 0, reason,
        ("", "", symbol, request_id), time_ns,
    )


def dispute(*, client, order_id, str exec_id, str why="Z", str words="", session=0,
            time_ns=0) -> bytes:
    """A DISPUTE command: DontKnowTrade(Q) with its DKReason."""
    return lettered_command(
        KIND_DISPUTE, why, client, None, None, session, order_id, 0,
        ("", "", "", f"{exec_id} {words}".strip()), time_ns,
    )


def link(*, str action, session, client=None, str cancels="none", grace_ns=0,
         str reason="disconnect", time_ns=0) -> bytes:
    """A LINK command: `cancels` and `grace_ns` count when it is up, `reason` when it is down."""
    cdef Command command
    start(&command, KIND_LINK, time_ns)
    command.action = code_of(LINKS, action)
    command.session = session
    command.client = index_of(client)
    if command.action == LINK_UP:
        command.flags = code_of(CANCELS, cancels)
        command.qty = grace_ns
    else:
        command.reason = code_of(REASONS, reason)
    return finish(&command, b"", ("", "", "", ""))


def venue_report(*, source, child_id, str exec_type="trade", str ord_status="new",
                 last_qty=0, last_px=0, cum_qty=-1, bint is_final=False,
                 uint8_t not_found=0, fee=0, fee_asset=None, notional=0, str exec_id="",
                 instrument=None, uint8_t reason=0, time_ns=0) -> bytes:
    """What a source said of a child; not stated: `cum_qty` -1, `fee_asset` None, `notional` 0.

    `not_found` 1 = the source does not know the child, 2 = nor can the request arrive any more.
    `reason`: why it was refused, or why its figures were left out.
    """
    cdef Command command
    cdef VenueReport report
    start(&command, KIND_VENUE_REPORT, time_ns)
    command.source = source
    command.target_id = child_id
    command.instrument = index_of(instrument)
    command.reason = reason
    memset(&report, 0, sizeof(report))
    report.last_qty = last_qty
    report.last_px = last_px
    report.cum_qty = cum_qty
    report.fee_lo, report.fee_hi = halves_of(fee)
    report.fee_asset = index_of(fee_asset)
    report.notional_lo, report.notional_hi = halves_of(notional)
    report.exec_type = code_of(EXEC_TYPES, exec_type)
    report.ord_status = code_of(STATUSES, ord_status)
    report.is_final = is_final
    report.not_found = not_found
    return finish(&command, (<const char*> &report)[:sizeof(report)], ("", "", "", exec_id))


def market_view(*, source, instrument, bids=(), asks=(), version=0,
                bint is_fresh=True, time_ns=0) -> bytes:
    """An outside book: (price, qty) pairs, best first, at most VIEW_DEPTH_MAX a side."""
    cdef Command command
    cdef MarketView head
    cdef ViewLevel level
    cdef bytes payload
    if len(bids) > VIEW_DEPTH_MAX or len(asks) > VIEW_DEPTH_MAX:
        raise ValueError(f"expected at most {VIEW_DEPTH_MAX} levels a side")
    start(&command, KIND_MARKET_VIEW, time_ns)
    command.source = source
    command.instrument = instrument
    memset(&head, 0, sizeof(head))
    head.version = version
    head.bid_count = len(bids)
    head.ask_count = len(asks)
    head.is_fresh = is_fresh
    payload = (<const char*> &head)[:sizeof(head)]
    for price, qty in (*bids, *asks):
        level.price = price
        level.qty = qty
        payload += (<const char*> &level)[:sizeof(level)]
    return finish(&command, payload, ("", "", "", ""))


def source_state(*, source, str action, str note="", time_ns=0) -> bytes:
    """A SOURCE_STATE command: "up", "down" or "stale"; `note` says why."""
    cdef Command command
    start(&command, KIND_SOURCE_STATE, time_ns)
    command.source = source
    command.action = code_of(SOURCES, action)
    return finish(&command, b"", ("", "", "", note))


def venue_balance(*, source, asset, free=0, locked=0, stated_ns=0, str note="",
                  time_ns=0) -> bytes:
    """A VENUE_BALANCE command: smallest units of `asset`; None = the source did not answer."""
    cdef Command command
    cdef VenueBalance balance
    start(&command, KIND_VENUE_BALANCE, time_ns)
    command.source = source
    command.action = BALANCE_UNANSWERED if asset is None else BALANCE_STATED
    memset(&balance, 0, sizeof(balance))
    balance.asset = index_of(asset)
    balance.free_lo, balance.free_hi = halves_of(free)
    balance.locked_lo, balance.locked_hi = halves_of(locked)
    balance.stated_ns = stated_ns
    return finish(&command, (<const char*> &balance)[:sizeof(balance)], ("", "", "", note))


def mark(*, instrument, price=0, time_ns=0) -> bytes:
    """A MARK command: twice the outside mid in ticks; 0 = the core takes it from what it sees."""
    cdef Command command
    start(&command, KIND_MARK, time_ns)
    command.instrument = instrument
    command.price = price
    return finish(&command, b"", ("", "", "", ""))


def timer(*, str action, child_id=0, source=None, session=None, time_ns=0) -> bytes:
    """A TIMER command: "child_overdue", "day_end", "source_stale", "grace_over" or "job"."""
    cdef Command command
    start(&command, KIND_TIMER, time_ns)
    command.session = index_of(session)
    command.source = index_of(source)
    command.target_id = child_id
    command.action = code_of(TIMERS, action)
    return finish(&command, b"", ("", "", "", ""))


def epoch(number=0, *, time_ns=0) -> bytes:
    """An EPOCH command: the start of a node. 0 = the epoch after the last; the core writes it
    in."""
    cdef Command command
    start(&command, KIND_EPOCH, time_ns)
    command.target_id = number
    return finish(&command, b"", ("", "", "", ""))
