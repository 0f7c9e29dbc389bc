"""Outside sources: child events become D, F, H; a source's 8, 9, 3, j become VENUE_REPORT commands.

Market data (W, X, Y) goes into the source's books and comes out as MARKET_VIEW (source_books.pyx).
Symbols are the source's own, by its listings; prices and quantities are counted in our ticks and
lots, and one that is no whole number of them is refused, never rounded.
The ClOrdID of a child is its id's text, that of a cancel is "X" and the ExecID text of the event
that asked for it: a source's answer names the child without any table here.
"""

from libc.string cimport memcmp, memcpy, memset

from internaliser.core.core cimport Core
from internaliser.fix.codec cimport (
    Field, Message, Writer, find, parse, put_char, put_text, put_time, read_decimal, writer_on,
    read_int,
)
from internaliser.gateway.amounts cimport *
from internaliser.gateway.ids cimport ID_TEXT_MAX, add_exec_id, add_id, read_id
from internaliser.gateway.orders cimport begin_command
from internaliser.gateway.source_books cimport SourceBooks, decode_market_data
from internaliser.gateway.text cimport Text, add, add_count, text_on
from internaliser.model.command cimport *
from internaliser.model.enums cimport *
from internaliser.model.event cimport *
from internaliser.model.money cimport high_half, low_half
from internaliser.model.record cimport *

cdef enum:
    TIME_DIGITS = 6             # TransactTime(60) in microseconds
    EXEC_ID_MAX = 64            # bytes kept of a source's ExecID
    BODY_MAX = 1024             # bytes of the longest body built here, with room


# Sending.


cdef inline void put_child_id(
    Core core, int32_t tag, uint64_t child_id, Writer* body
) noexcept nogil:
    cdef char data[ID_TEXT_MAX]
    cdef Text text = text_on(data, ID_TEXT_MAX)
    add_id(&text, core.node_id, child_id)
    put_text(body, tag, data, text.used)


cdef inline void put_cancel_id(Core core, const ChildEvent* event, Writer* body) noexcept nogil:
    cdef char data[ID_TEXT_MAX]
    cdef Text text = text_on(data, ID_TEXT_MAX)
    add(&text, b"X", 1)
    add_exec_id(&text, core.node_id, event.epoch, event.head.seq, event.head.index)
    put_text(body, 11, data, text.used)


cdef inline void put_instrument(
    Core core, const ChildEvent* event, Writer* body
) noexcept nogil:
    cdef uint32_t size = 0
    cdef const char* symbol = core.source_symbol(event.source, event.instrument, &size)
    put_text(body, 55, symbol, size)
    put_char(body, 54, <char> event.side)


cdef int encode_child(
    Core core, const ChildEvent* event, Writer* body, char* msg_type
) noexcept nogil:
    cdef const ConfigInstrument* instrument = core.instrument(event.instrument)
    if instrument == NULL:
        return 0
    msg_type[1] = 0
    if event.type == CHILD_REQUESTED:
        msg_type[0] = b'D'
        put_child_id(core, 11, event.child_id, body)
        put_instrument(core, event, body)
        put_time(body, 60, event.time_ns, TIME_DIGITS)
        put_qty(body, 38, instrument, event.qty)
        put_char(body, 40, <char> ORD_LIMIT)
        put_price(body, 44, instrument, event.price)
        put_char(body, 59, <char> TIF_IOC)
    elif event.type == CHILD_QUERY:
        msg_type[0] = b'H'
        put_child_id(core, 11, event.child_id, body)
        put_instrument(core, event, body)
    elif event.type == CHILD_CANCEL:
        msg_type[0] = b'F'
        put_child_id(core, 41, event.child_id, body)
        put_cancel_id(core, event, body)
        put_instrument(core, event, body)
        put_time(body, 60, event.time_ns, TIME_DIGITS)
        put_qty(body, 38, instrument, event.qty)
    else:
        return 0
    return 1


cdef void encode_subscription(
    Core core, uint16_t source, uint16_t instrument, Writer* body
) noexcept nogil:
    cdef char data[ID_TEXT_MAX]
    cdef Text text = text_on(data, ID_TEXT_MAX)
    cdef uint32_t size = 0
    cdef const char* symbol = core.source_symbol(source, instrument, &size)
    # MDReqID "M7" for instrument 7: an answer without Symbol(55) still says what it is about.
    add(&text, b"M", 1)
    add_count(&text, instrument)
    put_text(body, 262, data, text.used)
    put_char(body, 263, b'1')           # snapshot and updates
    put_char(body, 264, b'0')           # full book
    put_char(body, 265, b'1')           # incremental updates
    put_char(body, 267, b'2')
    put_char(body, 269, b'0')           # bid
    put_char(body, 269, b'1')           # offer
    put_char(body, 146, b'1')
    put_text(body, 55, symbol, size)


# Receiving.


cdef inline char letter_of(const Message* message, int32_t tag) noexcept nogil:
    """The value of a one-character field, 0 when absent or longer."""
    cdef const Field* field = find(message, tag)
    if field == NULL or field.size != 1:
        return 0
    return message.raw[field.offset]


cdef inline int read_child(
    Core core, const Message* message, int32_t tag, uint64_t* child_id
) noexcept nogil:
    cdef const Field* field = find(message, tag)
    cdef uint16_t node = 0
    return (
        field != NULL
        and read_id(message.raw + field.offset, field.size, &node, child_id)
        and node == core.node_id
    )


cdef inline VenueReport* begin_report(
    uint16_t source, const Message* message, Command* command
) noexcept nogil:
    """A VENUE_REPORT that says nothing yet. time_ns, session and client are the caller's."""
    cdef VenueReport* report = <VenueReport*> &command.payload[0]
    memset(report, 0, sizeof(VenueReport))
    begin_command(command, KIND_VENUE_REPORT)
    command.head.size = COMMAND_HEAD + sizeof(VenueReport)
    command.msg_seq_num = message.msg_seq_num
    command.source = source
    report.cum_qty = -1
    report.fee_asset = NONE16
    return report


cdef inline void add_exec_text(const Message* message, Command* command) noexcept nogil:
    cdef const Field* field = find(message, 17)
    cdef uint32_t used = sizeof(VenueReport)
    cdef uint32_t size
    if field == NULL:
        return
    size = min(field.size, <uint32_t> EXEC_ID_MAX)
    memcpy(&command.payload[used], message.raw + field.offset, size)
    command.text_size[<uint32_t> TEXT_NOTE] = <uint8_t> size
    used += size
    while used % 8 != 0:
        command.payload[used] = 0
        used += 1
    command.head.size = COMMAND_HEAD + used


cdef inline int64_t lots_of(
    const ConfigInstrument* instrument, const Message* message, int32_t tag, int64_t absent,
    Command* command,
) noexcept nogil:
    """A quantity of the source in lots. One that we cannot count becomes the command's reason."""
    cdef const Field* field = find(message, tag)
    cdef int64_t lots = 0
    if field == NULL:
        return absent
    if field.size == 1 and message.raw[field.offset] == b'0':
        return 0
    if instrument == NULL:
        command.reason = REASON_UNKNOWN_SYMBOL
        return absent
    if read_lots(instrument, message, field, &lots) != AMOUNT_GOOD or lots < 0:
        command.reason = REASON_QTY_OFF_LOT
        return absent
    return lots


cdef inline void read_fill(
    const ConfigInstrument* instrument, const Message* message, VenueReport* report,
    Command* command,
) noexcept nogil:
    cdef const Field* field = find(message, 31)
    report.last_qty = lots_of(instrument, message, 32, 0, command)
    if command.reason != REASON_NONE:
        return
    if field == NULL or instrument == NULL:
        command.reason = REASON_PRICE_MISSING
    elif read_ticks(instrument, message, field, &report.last_px) != AMOUNT_GOOD:
        command.reason = REASON_PRICE_OFF_TICK


cdef inline void read_average(
    const ConfigInstrument* instrument, const Message* message, VenueReport* report
) noexcept nogil:
    """AvgPx(6) times CumQty(14): what the fills cost, also those we may have missed."""
    cdef const Field* field = find(message, 6)
    cdef int128_t notional = 0
    if field == NULL or instrument == NULL or report.cum_qty <= 0:
        return
    if read_notional(instrument, message, field, report.cum_qty, &notional) == AMOUNT_GOOD:
        if notional > 0:
            report.notional_lo = low_half(notional)
            report.notional_hi = high_half(notional)


cdef inline int is_named(
    Core core, uint16_t asset, const Message* message, const Field* name
) noexcept nogil:
    cdef uint32_t size = 0
    cdef const char* text = core.asset_name(asset, &size)
    return size == name.size and memcmp(text, message.raw + name.offset, size) == 0


cdef inline void read_commission(
    Core core, const ConfigInstrument* instrument, const Message* message, VenueReport* report
) noexcept nogil:
    """Commission(12), an absolute amount (13=3) in base or quote; another is as not stated."""
    cdef const Field* field = find(message, 12)
    cdef const Field* currency = find(message, 479)
    cdef uint16_t asset = instrument.quote
    cdef int64_t amount = 0
    if field == NULL or letter_of(message, 13) != b'3':
        return
    if currency != NULL and not is_named(core, asset, message, currency):
        asset = instrument.base
        if not is_named(core, asset, message, currency):
            return
    # One with more decimals than the asset has cannot be booked: the configured rate applies.
    if core.asset(asset) == NULL or not read_decimal(
        message.raw + field.offset, field.size, core.asset(asset).decimals, &amount
    ):
        return
    report.fee_lo = amount
    report.fee_hi = -1 if amount < 0 else 0
    report.fee_asset = asset


cdef inline int contradicts_itself(
    const ConfigInstrument* instrument, const Message* message, const VenueReport* report,
    Command* command,
) noexcept nogil:
    """More done than asked for, or a fill larger than all fills together."""
    cdef int64_t order_qty = lots_of(instrument, message, 38, -1, command)
    cdef int64_t leaves_qty = lots_of(instrument, message, 151, 0, command)
    cdef int64_t cum_qty = report.cum_qty if report.cum_qty >= 0 else report.last_qty
    if report.last_qty > cum_qty:
        return 1
    return order_qty >= 0 and cum_qty + leaves_qty > order_qty


cdef inline void keep_silent(VenueReport* report) noexcept nogil:
    """A report not to be believed says that the order exists, and nothing of its fate."""
    report.last_qty = 0
    report.last_px = 0
    report.notional_lo = 0
    report.notional_hi = 0
    report.cum_qty = -1
    report.fee_lo = 0
    report.fee_hi = 0
    report.fee_asset = NONE16
    report.is_final = 0
    report.not_found = 0


cdef int decode_execution(
    Core core, uint16_t source, const Message* message, Command* command
) noexcept nogil:
    """ExecutionReport(8) of a child. 0 when it names none of ours.

    What cannot be counted in our units or contradicts itself is never guessed at: the command
    carries the reason and no quantity, so the child stays open and is asked about.
    """
    cdef VenueReport* report = begin_report(source, message, command)
    cdef const ConfigInstrument* instrument = NULL
    cdef const Field* field
    cdef int64_t reject_reason = -1
    # An answer to our cancel carries the cancel's id in 11 and the child's in 41.
    if not read_child(core, message, 11, &command.target_id):
        if not read_child(core, message, 41, &command.target_id):
            return 0
    field = find(message, 55)
    if field != NULL:
        command.instrument = core.instrument_at_source(
            source, message.raw + field.offset, field.size
        )
        if command.instrument != NONE16:
            instrument = core.instrument(command.instrument)
    report.exec_type = <uint8_t> letter_of(message, 150)
    report.ord_status = <uint8_t> letter_of(message, 39)
    # 4.2 habits: a fill is 150=1 or 2 there.
    if report.exec_type == b'1' or report.exec_type == b'2':
        report.exec_type = EXEC_TRADE
    report.cum_qty = lots_of(instrument, message, 14, -1, command)
    if report.exec_type == EXEC_TRADE:
        read_fill(instrument, message, report, command)
        if instrument != NULL:
            read_commission(core, instrument, message, report)
    read_average(instrument, message, report)
    if report.ord_status == STATUS_REJECTED:
        field = find(message, 103)
        if field != NULL:
            read_int(message.raw + field.offset, field.size, &reject_reason)
    if reject_reason == 5:
        # Unknown order: not final by itself, our D may still be on its way (Core judges).
        report.not_found = 1
    else:
        report.is_final = (
            report.ord_status == STATUS_FILLED
            or report.ord_status == STATUS_CANCELED
            or report.ord_status == STATUS_REJECTED
            or report.ord_status == STATUS_EXPIRED
            or report.ord_status == b'3'        # done for the day
        )
    if command.reason == REASON_NONE and contradicts_itself(instrument, message, report, command):
        command.reason = REASON_QTY_OUT_OF_RANGE
    if command.reason != REASON_NONE:
        keep_silent(report)
    add_exec_text(message, command)
    return 1


cdef int decode_cancel_refusal(
    Core core, uint16_t source, const Message* message, Command* command
) noexcept nogil:
    """OrderCancelReject(9): only news when the source says that it does not know the child."""
    cdef VenueReport* report = begin_report(source, message, command)
    cdef const Field* field = find(message, 102)
    cdef int64_t reason = -1
    if not read_child(core, message, 41, &command.target_id):
        return 0
    if field != NULL:
        read_int(message.raw + field.offset, field.size, &reason)
    report.ord_status = <uint8_t> letter_of(message, 39)
    report.not_found = reason == 1
    return 1


cdef int decode_refusal(
    Core core, SourceBooks books, uint16_t source, const Message* message, Command* command
) noexcept nogil:
    """Reject(3) or BusinessMessageReject(j) of a child's D: proof that it was not taken.

    Of anything else (a cancel, a status request, a subscription) it is no news about a child.
    """
    cdef VenueReport* report = begin_report(source, message, command)
    cdef const Field* field = find(message, 45)
    cdef int64_t number = 0
    if letter_of(message, 372) != b'D' and find(message, 372) != NULL:
        return 0
    if not read_child(core, message, 379, &command.target_id):
        if field == NULL or not read_int(message.raw + field.offset, field.size, &number):
            return 0
        command.target_id = books.child_sent(source, <uint64_t> number)
        if command.target_id == 0:
            return 0
    report.exec_type = EXEC_REJECTED
    report.ord_status = STATUS_REJECTED
    report.cum_qty = 0
    report.is_final = 1
    return 1


cdef int decode_source(
    Core core, SourceBooks books, uint16_t source, const Message* message, Command* command
) noexcept nogil:
    cdef char msg_type = message.msg_type[0] if message.msg_type[1] == 0 else 0
    if msg_type == b'8':
        return decode_execution(core, source, message, command)
    elif msg_type == b'9':
        return decode_cancel_refusal(core, source, message, command)
    elif msg_type == b'3' or msg_type == b'j':
        return decode_refusal(core, books, source, message, command)
    elif msg_type == b'W' or msg_type == b'X' or msg_type == b'Y':
        return decode_market_data(core, books, source, message, command)
    return 0


def decode(core: Core, books: SourceBooks, source: int, message: bytes) -> list[bytes]:
    """One whole FIX message of a source -> the commands it becomes: none, one, several views.

    Raises ValueError when the bytes cannot be split into fields.
    """
    cdef Message parsed
    cdef Command command
    if parse(&parsed, message, <uint32_t> len(message)) < 0:
        raise ValueError("not a FIX message")
    memset(&command, 0, COMMAND_HEAD)
    command.session = NONE16
    command.client = NONE16
    commands = []
    found = decode_source(core, books, source, &parsed, &command)
    while found:
        commands.append((<char*> &command)[:command.head.size])
        found = books.next_view(&command)
    return commands


def child_message(core: Core, event: bytes) -> tuple[str, bytes] | None:
    """(MsgType, body) of what a child event record becomes; None when nothing is to be sent."""
    cdef ChildEvent held
    cdef char data[BODY_MAX]
    cdef char msg_type[8]
    cdef Writer body = writer_on(data, BODY_MAX)
    if not CHILD_EVENT_HEAD <= len(event) <= sizeof(ChildEvent):
        raise ValueError(f"a child event has {CHILD_EVENT_HEAD} to {sizeof(ChildEvent)} bytes, "
                         f"not {len(event)}")
    memset(&held, 0, sizeof(ChildEvent))
    memcpy(&held, <const char*> event, len(event))
    if not encode_child(core, &held, &body, msg_type):
        return None
    return msg_type[:1].decode(), data[:body.used]


def subscription(core: Core, source: int, instrument: int) -> bytes:
    """The body of the MarketDataRequest(V) for one instrument, by the source's symbol for it."""
    cdef char data[BODY_MAX]
    cdef Writer body = writer_on(data, BODY_MAX)
    encode_subscription(core, source, instrument, &body)
    return data[:body.used]
