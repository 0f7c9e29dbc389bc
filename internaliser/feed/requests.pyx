"""Reading requests. Which book: TradingSessionID(336) or MarketID(1301), LOCAL or AGGREGATED."""

from libc.string cimport memcmp, strlen

from internaliser.fix.codec cimport (
    Field, Message, Writer, find, parse, put_char, put_text, read_int, writer_on,
)


cdef inline const char* text_of(const Message* message, const Field* field) noexcept nogil:
    return message.raw + field.offset


cdef inline bint says(const Message* message, const Field* field, const char* word) noexcept nogil:
    return field.size == strlen(word) and memcmp(text_of(message, field), word, field.size) == 0


cdef inline char letter_of(const Message* message, const Field* field) noexcept nogil:
    """The value where it is one character, else 0."""
    return message.raw[field.offset] if field.size == 1 else 0


cdef int read_symbol(
    Core names, const Message* message, const Field* field, Wish* wish, const char** why
) noexcept nogil:
    cdef uint16_t instrument = names.instrument_of(text_of(message, field), field.size)
    cdef uint32_t i
    if instrument == NONE16:
        why[0] = b"unknown Symbol(55)"
        return c'0'
    for i in range(wish.count):
        if wish.instruments[i] == instrument:
            return ANSWER_GOOD
    if wish.count == SYMBOLS_MAX:
        why[0] = b"too many instruments in one request"
        return c'2'
    wish.instruments[wish.count] = instrument
    wish.count += 1
    return ANSWER_GOOD


cdef int read_type(char letter, Wish* wish, const char** why) noexcept nogil:
    if letter == c'0':
        wish.wants |= WANT_BIDS
    elif letter == c'1':
        wish.wants |= WANT_ASKS
    elif letter == c'2':
        wish.wants |= WANT_TRADES
    else:
        why[0] = b"MDEntryType(269) offered: 0 bid, 1 offer, 2 trade"
        return c'8'
    return ANSWER_GOOD


cdef int read_book(
    const Message* message, const Field* field, Wish* wish, const char** why
) noexcept nogil:
    if says(message, field, b"LOCAL"):
        wish.book = BOOK_LOCAL
    elif says(message, field, b"AGGREGATED"):
        wish.book = BOOK_AGGREGATED
    else:
        why[0] = b"books offered: LOCAL and AGGREGATED"
        return c'9'
    return ANSWER_GOOD


cdef int read_depth(
    const Message* message, const Field* field, uint32_t depth_max, Wish* wish, const char** why
) noexcept nogil:
    cdef int64_t depth = 0
    if not read_int(text_of(message, field), field.size, &depth) or not 0 <= depth <= depth_max:
        why[0] = b"MarketDepth(264) is more levels than are offered; 0 is all of them"
        return c'5'
    wish.depth = <uint32_t> depth if depth > 0 else depth_max
    return ANSWER_GOOD


cdef int read_field(
    Core names, const Message* message, const Field* field, uint32_t depth_max, Wish* wish,
    const char** why
) noexcept nogil:
    cdef char letter = letter_of(message, field)
    if field.tag == 55:
        return read_symbol(names, message, field, wish, why)
    if field.tag == 269:
        return read_type(letter, wish, why)
    if field.tag == 336 or field.tag == 1301:
        return read_book(message, field, wish, why)
    if field.tag == 264:
        return read_depth(message, field, depth_max, wish, why)
    if field.tag == 265:
        if letter != c'0' and letter != c'1':
            why[0] = b"MDUpdateType(265) offered: 0 full refresh, 1 incremental"
            return c'6'
        wish.is_full = letter == c'0'
    elif field.tag == 266 and letter != c'Y':
        why[0] = b"AggregatedBook(266) offered: Y, one entry per price"
        return c'7'
    elif field.tag == 286:
        why[0] = b"OpenCloseSettlFlag(286) is not offered"
        return c'B'
    elif field.tag == 546:
        why[0] = b"Scope(546) is not offered"
        return c'A'
    elif field.tag == 547 and letter == c'Y':
        why[0] = b"MDImplicitDelete(547)=Y is not offered: levels that leave are deleted"
        return c'C'
    elif field.tag == 5082:
        wish.has_ids = letter == c'Y'
    return ANSWER_GOOD


cdef int read_wish(
    Core names, const Message* message, uint32_t depth_max, uint8_t default_book, Wish* wish,
    const char** why
) noexcept nogil:
    cdef const Field* id = find(message, 262)
    cdef const Field* type = find(message, 263)
    cdef uint32_t i
    cdef int answer
    wish.count = wish.wants = wish.is_full = wish.has_ids = 0
    wish.book = default_book
    wish.depth = depth_max
    wish.id = NULL
    wish.id_size = 0
    wish.type = letter_of(message, type) if type != NULL else 0
    if id != NULL:
        wish.id = text_of(message, id)
        wish.id_size = id.size
    if not 0 < wish.id_size <= REQUEST_ID_MAX:
        why[0] = b"MDReqID(262) must have 1 to 64 bytes"
        return ANSWER_NO_REASON
    if not c'0' <= wish.type <= c'2':
        why[0] = b"SubscriptionRequestType(263) offered: 0 snapshot, 1 and updates, 2 no more"
        return c'4'
    if wish.type == c'2':
        return ANSWER_GOOD
    for i in range(message.body_first, message.field_count):
        answer = read_field(names, message, &message.fields[i], depth_max, wish, why)
        if answer != ANSWER_GOOD:
            return answer
    if wish.wants == 0:
        why[0] = b"no MDEntryType(269) is asked for"
        return c'8'
    if wish.wants == WANT_TRADES:
        wish.depth = 1
    if wish.count == 0:
        why[0] = b"no Symbol(55) is asked for"
        return c'0'
    return ANSWER_GOOD


cdef void put_refusal(
    Writer* body, const char* id, uint32_t size, int reason, const char* why
) noexcept nogil:
    put_text(body, 262, id, min(size, <uint32_t> REQUEST_ID_MAX))
    if reason != ANSWER_NO_REASON:
        put_char(body, 281, <char> reason)
    put_text(body, 58, why, <uint32_t> strlen(why))


def read_request(
    names: Core, message: bytes, *, depth_max: int, is_aggregated: bool = True
) -> tuple:
    """(Wish as a dict, None) or (None, body of the Y). ValueError for bytes without fields."""
    cdef Message parsed
    cdef Wish wish
    cdef const char* why = NULL
    cdef char room[512]
    cdef Writer body = writer_on(room, sizeof(room))
    if parse(&parsed, message, <uint32_t> len(message)) < 0:
        raise ValueError("not a FIX message")
    answer = read_wish(names, &parsed, depth_max, is_aggregated, &wish, &why)
    if answer != ANSWER_GOOD:
        put_refusal(&body, wish.id, wish.id_size, answer, why)
        return None, room[:body.used]
    return {
        "id": wish.id[:wish.id_size], "type": chr(wish.type), "depth": wish.depth,
        "book": "aggregated" if wish.book == BOOK_AGGREGATED else "local",
        "wants": [name for bit, name in (
            (WANT_BIDS, "bids"), (WANT_ASKS, "asks"), (WANT_TRADES, "trades"),
        ) if wish.wants & bit],
        "is_full": bool(wish.is_full), "has_ids": bool(wish.has_ids),
        "instruments": [wish.instruments[i] for i in range(wish.count)],
    }, None
