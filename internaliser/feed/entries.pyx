"""Writing entries."""

from libc.stdio cimport snprintf

from internaliser.feed.levels cimport is_better
from internaliser.fix.codec cimport put_char, put_int, put_text, put_time
from internaliser.fix.values cimport field_close, field_open, writer_on
from internaliser.gateway.amounts cimport put_price, put_qty
from internaliser.gateway.ids cimport ID_TEXT_MAX, write_exec_id

cdef enum:
    TRADE_INDEX_BITS = 16       # a trade_id is seq << 16 | index
    TIME_DIGITS = 3             # MDEntryTime(273) in milliseconds, all that 4.2 and 4.4 have


cdef inline void put_level(
    Writer* body, const Shown* what, const Level* level, uint32_t position
) noexcept nogil:
    put_price(body, 270, what.terms, level.price)
    put_qty(body, 271, what.terms, level.qty)
    if level.count != 0:
        put_int(body, 346, level.count)
    put_int(body, 290, position)


cdef void put_side(
    Writer* body, const Shown* what, char type, const Level* levels, uint32_t count
) noexcept nogil:
    cdef uint32_t i
    for i in range(count):
        put_char(body, 269, type)
        put_level(body, what, &levels[i], i + 1)


cdef inline void put_change(Writer* body, const Shown* what, char action, char type) noexcept nogil:
    put_char(body, 279, action)
    put_char(body, 269, type)
    put_text(body, 55, what.symbol, what.symbol_size)


cdef uint32_t put_changes(
    Writer* body, const Shown* what, char type, const Level* old, uint32_t old_count,
    const Level* new, uint32_t new_count
) noexcept nogil:
    cdef uint8_t side = c'1' if type == c'0' else c'2'
    cdef uint32_t i = 0, j = 0, count = 0
    while i < old_count or j < new_count:
        if j == new_count or (i < old_count and is_better(side, old[i].price, new[j].price)):
            put_change(body, what, c'2', type)
            put_price(body, 270, what.terms, old[i].price)
            i += 1
        elif i == old_count or is_better(side, new[j].price, old[i].price):
            put_change(body, what, c'0', type)
            put_level(body, what, &new[j], j + 1)
            j += 1
        else:
            i += 1
            j += 1
            if old[i - 1].qty == new[j - 1].qty and old[i - 1].count == new[j - 1].count:
                continue
            put_change(body, what, c'1', type)
            put_level(body, what, &new[j - 1], j)
        count += 1
    return count


cdef void put_day_and_time(Writer* body, int64_t time_ns) noexcept nogil:
    """MDEntryDate(272) and MDEntryTime(273)."""
    cdef char room[48]
    cdef Writer text = writer_on(room, sizeof(room))
    put_time(&text, 60, time_ns, TIME_DIGITS)
    # "60=20260101-12:34:56.789" and a delimiter
    put_text(body, 272, room + 3, 8)
    put_text(body, 273, room + 12, text.used - 13)


cdef void put_trade(
    Writer* body, const Shown* what, const Trade* trade, bint is_change, uint64_t left_out
) noexcept nogil:
    cdef char text[64]
    cdef char* to
    cdef int size
    if is_change:
        put_char(body, 279, c'0')
    put_char(body, 269, c'2')
    if is_change:
        to = field_open(body, 278, ID_TEXT_MAX)
        if to != NULL:
            field_close(body, write_exec_id(
                to, what.node_id, trade.epoch, trade.trade_id >> TRADE_INDEX_BITS,
                <uint16_t> trade.trade_id,
            ))
        put_text(body, 55, what.symbol, what.symbol_size)
    put_price(body, 270, what.terms, trade.price)
    put_qty(body, 271, what.terms, trade.qty)
    put_day_and_time(body, trade.time_ns)
    if left_out > 0:
        size = snprintf(text, sizeof(text), b"%llu earlier trades left out",
                        <unsigned long long> left_out)
        put_text(body, 58, text, <uint32_t> size)
