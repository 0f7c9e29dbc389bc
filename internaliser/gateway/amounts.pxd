"""Amounts on the wire <-> ticks and lots of one instrument. Exact; nothing is rounded but AvgPx(6)."""

from internaliser.model.types cimport *
from internaliser.model.command cimport ConfigInstrument
from internaliser.fix.codec cimport Field, Message, Writer
from internaliser.fix.values cimport DECIMALS_MAX, field_close, field_open, write_decimal
from internaliser.gateway.text cimport Text
from internaliser.model.money cimport product

cdef enum AmountResult:
    AMOUNT_GOOD = 1
    AMOUNT_OFF_STEP = 2         # a number, but not a whole count of ticks or lots
    AMOUNT_TOO_LARGE = 3        # a number beyond 64 bits of ticks or lots
    AMOUNT_MALFORMED = 4        # no number

cdef enum:
    AMOUNT_TEXT_MAX = 64        # bytes of the longest 128-bit decimal
    AVG_PX_EXTRA_DECIMALS = 6   # AvgPx has so many decimals more than the prices it averages, half to even

# AmountResult; `count` is only written when it is AMOUNT_GOOD.
cdef int read_ticks(const ConfigInstrument* instrument, const Message* message, const Field* field,
                    int64_t* count) noexcept nogil
cdef int read_lots(const ConfigInstrument* instrument, const Message* message, const Field* field,
                   int64_t* count) noexcept nogil
# The same for a quantity on offer: a part of a lot cannot be had, so it is left out.
cdef int read_lots_floor(const ConfigInstrument* instrument, const Message* message, const Field* field,
                         int64_t* count) noexcept nogil

# What `lots` cost at an average price, in ticks x lots: the whole number nearest. AmountResult as above.
cdef int read_notional(const ConfigInstrument* instrument, const Message* message, const Field* field,
                       int64_t lots, int128_t* notional) noexcept nogil

# Amounts as text, from `to` on, where there is room for AMOUNT_TEXT_MAX; the first byte after it.
# value * 10**-decimals of any 128-bit value.
cdef char* write_wide(char* to, int128_t value, uint32_t decimals) noexcept nogil
# notional (ticks x lots) / lots as a price, rounded half to even after AVG_PX_EXTRA_DECIMALS more decimals.
cdef char* write_average(char* to, const ConfigInstrument* instrument, int128_t notional, int64_t lots) noexcept nogil


cdef inline char* write_steps(
    char* to, int64_t count, int64_t step, uint32_t decimals
) noexcept nogil:
    # A digit of what most instruments count: nothing to multiply, nothing to divide.
    if step == 1 and decimals == 0 and 0 <= count < 10:
        to[0] = <char> (48 + count)
        return to + 1
    if (step == 1 or count == 0) and decimals <= DECIMALS_MAX:
        return write_decimal(to, count, decimals)
    return write_wide(to, product(count, step), decimals)


cdef inline char* write_price(
    char* to, const ConfigInstrument* instrument, int64_t ticks
) noexcept nogil:
    return write_steps(to, ticks, instrument.tick_mantissa, instrument.price_decimals)


cdef inline char* write_qty(
    char* to, const ConfigInstrument* instrument, int64_t lots
) noexcept nogil:
    return write_steps(to, lots, instrument.lot_mantissa, instrument.qty_decimals)


cdef inline void put_price(
    Writer* body, int32_t tag, const ConfigInstrument* instrument, int64_t ticks
) noexcept nogil:
    cdef char* to = field_open(body, tag, AMOUNT_TEXT_MAX)
    if to != NULL:
        field_close(body, write_price(to, instrument, ticks))


cdef inline void put_qty(
    Writer* body, int32_t tag, const ConfigInstrument* instrument, int64_t lots
) noexcept nogil:
    cdef char* to = field_open(body, tag, AMOUNT_TEXT_MAX)
    if to != NULL:
        field_close(body, write_qty(to, instrument, lots))

cdef void add_price(Text* text, const ConfigInstrument* instrument, int64_t ticks) noexcept nogil
cdef void add_qty(Text* text, const ConfigInstrument* instrument, int64_t lots) noexcept nogil
