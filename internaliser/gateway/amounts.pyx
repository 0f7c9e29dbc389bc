"""Prices and quantities: decimal text outside, counts of ticks and lots inside."""

from internaliser.fix.codec cimport read_decimal
from internaliser.gateway.text cimport Text, add_decimal, text_on
from internaliser.model.money cimport join, product

cdef extern from *:
    """
    #include <stdint.h>
    static inline int internaliser_fits64(__int128 v) { return v == (__int128)(int64_t)v; }
    """
    int fits64 "internaliser_fits64"(int128_t value) nogil

cdef enum:
    AVG_PX_READ_DECIMALS = 9    # beyond the prices': enough to tell fills of 10**8 lots apart
    AVG_PX_SCALE = 1_000_000    # 10 ** AVG_PX_EXTRA_DECIMALS


cdef int why_unread(const char* text, uint32_t size, uint32_t decimals) noexcept nogil:
    """Which AmountResult a text is that read_decimal refused."""
    cdef uint32_t at = 1 if size > 0 and (text[0] == b'-' or text[0] == b'+') else 0
    cdef uint32_t whole = 0, digits = 0, points = 0
    while at < size:
        if b'0' <= text[at] <= b'9':
            digits += 1
            # Leading zeros say nothing about how large it is.
            if points == 0 and (whole > 0 or text[at] != b'0'):
                whole += 1
        elif text[at] == b'.':
            points += 1
        else:
            return AMOUNT_MALFORMED
        at += 1
    if digits == 0 or points > 1:
        return AMOUNT_MALFORMED
    # 18 digits always fit 63 bits, so with no more of them the size was not the trouble.
    return AMOUNT_TOO_LARGE if whole + decimals > 18 else AMOUNT_OFF_STEP


cdef int read_count(
    const Message* message, const Field* field, uint32_t decimals, int64_t step, int64_t* count
) noexcept nogil:
    cdef const char* text = message.raw + field.offset
    cdef int64_t value = 0
    if not read_decimal(text, field.size, decimals, &value):
        return why_unread(text, field.size, decimals)
    if step != 1:
        if value % step != 0:
            return AMOUNT_OFF_STEP
        value = value // step
    count[0] = value
    return AMOUNT_GOOD


cdef int read_ticks(
    const ConfigInstrument* instrument, const Message* message, const Field* field, int64_t* count
) noexcept nogil:
    return read_count(
        message, field, instrument.price_decimals, instrument.tick_mantissa, count
    )


cdef int read_lots(
    const ConfigInstrument* instrument, const Message* message, const Field* field, int64_t* count
) noexcept nogil:
    return read_count(message, field, instrument.qty_decimals, instrument.lot_mantissa, count)


cdef int read_lots_floor(
    const ConfigInstrument* instrument, const Message* message, const Field* field, int64_t* count
) noexcept nogil:
    cdef const char* text = message.raw + field.offset
    cdef uint32_t size = field.size
    cdef uint32_t point = 0
    cdef int64_t value = 0
    # Digits beyond the instrument's are less than a lot.
    while point < size and text[point] != b'.':
        point += 1
    if size > point + 1 + instrument.qty_decimals:
        size = point + instrument.qty_decimals + (1 if instrument.qty_decimals > 0 else 0)
    if not read_decimal(text, size, instrument.qty_decimals, &value):
        return why_unread(text, size, instrument.qty_decimals)
    count[0] = value // instrument.lot_mantissa
    return AMOUNT_GOOD


cdef int read_notional(
    const ConfigInstrument* instrument, const Message* message, const Field* field, int64_t lots,
    int128_t* notional
) noexcept nogil:
    cdef const char* text = message.raw + field.offset
    cdef uint32_t decimals = instrument.price_decimals + AVG_PX_READ_DECIMALS
    cdef uint32_t point = 0
    cdef int64_t value = 0
    cdef int128_t amount, step = instrument.tick_mantissa
    while point < field.size and text[point] != b'.':
        point += 1
    # As many digits as 63 bits hold: a source may write an endless fraction.
    while not read_decimal(text, min(field.size, point + 1 + decimals), decimals, &value):
        if why_unread(text, field.size, 0) == AMOUNT_MALFORMED:
            return AMOUNT_MALFORMED
        if decimals == instrument.price_decimals:
            return AMOUNT_TOO_LARGE
        decimals -= 1
    while decimals > instrument.price_decimals:
        step *= 10
        decimals -= 1
    amount = product(value, lots)
    notional[0] = amount // step
    if (amount % step) * 2 >= step:
        notional[0] += 1
    return AMOUNT_GOOD


cdef char* write_wide(char* to, int128_t value, uint32_t decimals) noexcept nogil:
    cdef Text text
    if fits64(value) and decimals <= DECIMALS_MAX:
        return write_decimal(to, <int64_t> value, decimals)
    text = text_on(to, AMOUNT_TEXT_MAX)
    add_decimal(&text, value, decimals)
    return to + text.used


cdef char* write_average(
    char* to, const ConfigInstrument* instrument, int128_t notional, int64_t lots
) noexcept nogil:
    cdef int128_t ticks, rest, mantissa, scaled
    cdef int64_t narrow
    if lots <= 0:
        to[0] = b'0'
        return to + 1
    # A single price is the common case, and a 64-bit division costs a tenth of a 128-bit one.
    if fits64(notional):
        narrow = <int64_t> notional
        if narrow % lots == 0:
            return write_price(to, instrument, narrow // lots)
    ticks = notional // lots
    # Below 2**126: lots and mantissa are 63 bits each.
    rest = (notional % lots) * instrument.tick_mantissa
    mantissa = ticks * instrument.tick_mantissa + rest // lots
    rest = (rest % lots) * AVG_PX_SCALE
    scaled = mantissa * AVG_PX_SCALE + rest // lots
    rest = (rest % lots) * 2
    if rest > lots or (rest == lots and scaled % 2 != 0):
        scaled += 1
    return write_wide(to, scaled, instrument.price_decimals + AVG_PX_EXTRA_DECIMALS)


cdef void add_price(Text* text, const ConfigInstrument* instrument, int64_t ticks) noexcept nogil:
    add_decimal(text, product(ticks, instrument.tick_mantissa), instrument.price_decimals)


cdef void add_qty(Text* text, const ConfigInstrument* instrument, int64_t lots) noexcept nogil:
    add_decimal(text, product(lots, instrument.lot_mantissa), instrument.qty_decimals)


def average_text(
    notional: int, lots: int, tick_mantissa: int, price_decimals: int
) -> str:
    """AvgPx(6) of `lots` that cost `notional` (ticks x lots): exact, then half to even.

    Six decimals more than prices have; trailing zeros are left out. No lots: "0".
    """
    cdef char data[AMOUNT_TEXT_MAX]
    cdef ConfigInstrument instrument
    cdef uint64_t low = notional & 0xFFFFFFFFFFFFFFFF
    cdef int64_t high = notional >> 64
    cdef char* end
    instrument.tick_mantissa = tick_mantissa
    instrument.price_decimals = price_decimals
    end = write_average(data, &instrument, join(<int64_t> low, high), lots)
    return data[:end - data].decode()
