"""A MarketDataRequest(V) read into what it asks for, and the MDReqRejReason(281) of one that cannot be met."""

from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Message, Writer
from internaliser.model.types cimport *

cdef enum:
    REQUEST_ID_MAX = 64         # bytes of an MDReqID(262); longer ones are refused
    SYMBOLS_MAX = 1024          # instruments of one request

cdef enum BookKind:
    BOOK_LOCAL = 0
    BOOK_AGGREGATED = 1         # local and what fresh outside views show

cdef enum Want:
    WANT_BIDS = 1
    WANT_ASKS = 2
    WANT_TRADES = 4

cdef enum Answer:               # MDReqRejReason(281), or:
    ANSWER_GOOD = 0
    ANSWER_NO_REASON = 1        # refused for something 281 has no value for

cdef struct Wish:
    const char* id
    uint32_t id_size
    uint32_t depth              # levels a side
    char type                   # SubscriptionRequestType(263)
    uint8_t book                # BookKind
    uint8_t wants               # Want
    uint8_t is_full             # MDUpdateType(265)=0: the whole book at every change
    uint8_t has_ids             # BookIDs(5082)=Y
    uint32_t count
    uint16_t[SYMBOLS_MAX] instruments

# ANSWER_GOOD; else a value of 281 as its character (or ANSWER_NO_REASON), and `why` in words.
cdef int read_wish(
    Core names, const Message* message, uint32_t depth_max, uint8_t default_book, Wish* wish, const char** why
) noexcept nogil
# The body of a MarketDataRequestReject(Y).
cdef void put_refusal(Writer* body, const char* id, uint32_t size, int reason, const char* why) noexcept nogil
