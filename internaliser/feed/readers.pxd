"""Who reads what: requests, their subscriptions, and the channels these share.

A channel is what any number of readers may share: (instrument, book, depth, entry types). It lives for as long as a
subscription reads it.
"""

cimport cython

from internaliser.feed.levels cimport Level
from internaliser.feed.requests cimport REQUEST_ID_MAX, Wish
from internaliser.model.index cimport Index
from internaliser.model.slab cimport Slab
from internaliser.model.types cimport *

cdef struct Channel:
    uint32_t link
    uint32_t depth              # levels a side
    uint16_t instrument
    uint8_t book                # BookKind
    uint8_t wants               # Want
    uint8_t is_new              # nothing was looked at yet: no ids, no levels
    uint32_t next               # channel of the same instrument
    uint32_t first              # subscription
    uint32_t bid_count
    uint32_t ask_count
    uint64_t id                 # of the book, as last published
    uint64_t trade_count        # trades published
    Level* bids                 # as last published, best first
    Level* asks

cdef struct Subscription:
    uint32_t link
    uint32_t request
    uint32_t channel
    uint32_t next               # of the channel
    uint32_t previous
    uint32_t next_asked         # of the request
    uint64_t id                 # last id told
    uint64_t trade_count        # trades told; kept while it is behind
    uint8_t is_behind

cdef struct Request:
    uint32_t link
    uint32_t first              # subscription
    uint32_t next               # request of the same session
    uint16_t session
    uint8_t is_full             # MDUpdateType(265)=0: the whole book at every change
    uint8_t has_ids             # BookIDs(5082)=Y
    uint32_t id_size
    char id[REQUEST_ID_MAX]


@cython.final
cdef class Readers:
    cdef Slab channels
    cdef Slab requests
    cdef Slab subscriptions
    cdef Index keys             # channel by what it shows
    cdef uint32_t* first_channel    # by instrument
    cdef uint32_t* first_request    # by session

    # A request for each instrument of the wish. NONE32 = there is no room, and nothing is left of it.
    cdef uint32_t add(self, uint16_t session, const Wish* wish) noexcept nogil
    # The request of that MDReqID(262), NONE32 = none.
    cdef uint32_t request_of(self, uint16_t session, const char* id, uint32_t size) noexcept nogil
    cdef void drop(self, uint16_t session, uint32_t request) noexcept nogil

    cdef int subscribe(self, uint32_t slot, const Wish* wish) noexcept nogil
    cdef void join(self, uint32_t place, uint32_t at) noexcept nogil
    cdef void drop_subscription(self, uint32_t slot) noexcept nogil
    cdef uint32_t channel_of(self, uint16_t instrument, const Wish* wish) noexcept nogil
    cdef void drop_channel(self, uint32_t slot) noexcept nogil


cdef inline Channel* channel_at(Readers readers, uint32_t slot) noexcept nogil:
    return (<Channel*> readers.channels.items) + slot


cdef inline Request* request_at(Readers readers, uint32_t slot) noexcept nogil:
    return (<Request*> readers.requests.items) + slot


cdef inline Subscription* subscription_at(Readers readers, uint32_t slot) noexcept nogil:
    return (<Subscription*> readers.subscriptions.items) + slot
