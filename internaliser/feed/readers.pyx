"""Requests, subscriptions and channels, each in a slab; whatever nobody reads is given back."""

cimport cython

from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy

from internaliser.model.index cimport (
    index_close, index_first, index_open, index_put, index_remove,
)
from internaliser.model.slab cimport slab_close, slab_give, slab_open, slab_take


cdef inline uint64_t key_of(
    uint16_t instrument, uint32_t depth, uint8_t wants, uint8_t book
) noexcept nogil:
    return <uint64_t> instrument << 40 | <uint64_t> depth << 8 | <uint64_t> (wants << 1 | book)


cdef uint32_t* no_slots(uint32_t count) noexcept:
    cdef uint32_t* slots = <uint32_t*> malloc(max(count, <uint32_t> 1) * sizeof(uint32_t))
    cdef uint32_t i
    if slots != NULL:
        for i in range(count):
            slots[i] = <uint32_t> NONE32
    return slots


@cython.final
cdef class Readers:
    """For so many instruments and sessions.

    subscriptions_max   most (request, instrument) pairs at once
    """

    def __cinit__(self, uint32_t instruments, uint32_t sessions, uint32_t subscriptions_max):
        self.first_channel = no_slots(instruments)
        self.first_request = no_slots(sessions)
        if (
            self.first_channel == NULL or self.first_request == NULL
            or slab_open(&self.channels, sizeof(Channel), subscriptions_max) < 0
            or slab_open(&self.requests, sizeof(Request), subscriptions_max) < 0
            or slab_open(&self.subscriptions, sizeof(Subscription), subscriptions_max) < 0
            or index_open(&self.keys, 64) < 0
        ):
            raise MemoryError("no memory for the readers of market data")

    def __dealloc__(self):
        cdef uint32_t i
        for i in range(self.channels.used):
            free(channel_at(self, i).bids)      # the asks stand behind them
        slab_close(&self.channels)
        slab_close(&self.requests)
        slab_close(&self.subscriptions)
        index_close(&self.keys)
        free(self.first_channel)
        free(self.first_request)

    def counts(self) -> dict[str, int]:
        """What there is of each: requests, subscriptions, channels."""
        return {
            "requests": self.requests.live,
            "subscriptions": self.subscriptions.live,
            "channels": self.channels.live,
        }

    cdef uint32_t add(self, uint16_t session, const Wish* wish) noexcept nogil:
        cdef uint32_t slot = slab_take(&self.requests)
        cdef Request* request
        if slot == <uint32_t> NONE32:
            return slot
        request = request_at(self, slot)
        request.session = session
        request.is_full = wish.is_full
        request.has_ids = wish.has_ids
        request.id_size = wish.id_size
        memcpy(request.id, wish.id, wish.id_size)
        request.first = <uint32_t> NONE32
        request.next = self.first_request[session]
        self.first_request[session] = slot
        if self.subscribe(slot, wish) < 0:
            self.drop(session, slot)
            return <uint32_t> NONE32
        return slot

    cdef int subscribe(self, uint32_t slot, const Wish* wish) noexcept nogil:
        """To each instrument in turn; -1 at the first there is no room for."""
        cdef uint32_t* link = &request_at(self, slot).first
        cdef uint32_t at, place, i
        for i in range(wish.count):
            at = slab_take(&self.subscriptions)
            if at == <uint32_t> NONE32:
                return -1
            place = self.channel_of(wish.instruments[i], wish)
            if place == <uint32_t> NONE32:
                slab_give(&self.subscriptions, at)
                return -1
            subscription_at(self, at).request = slot
            subscription_at(self, at).next_asked = <uint32_t> NONE32
            self.join(place, at)
            link[0] = at
            link = &subscription_at(self, at).next_asked
        return 0

    cdef void join(self, uint32_t place, uint32_t at) noexcept nogil:
        """As the first of the channel's subscriptions."""
        cdef Channel* channel = channel_at(self, place)
        cdef Subscription* one = subscription_at(self, at)
        one.channel = place
        one.previous = <uint32_t> NONE32
        one.next = channel.first
        if channel.first != <uint32_t> NONE32:
            subscription_at(self, channel.first).previous = at
        channel.first = at

    cdef uint32_t request_of(
        self, uint16_t session, const char* id, uint32_t size
    ) noexcept nogil:
        cdef uint32_t slot = self.first_request[session]
        while slot != <uint32_t> NONE32:
            if request_at(self, slot).id_size == size:
                if memcmp(request_at(self, slot).id, id, size) == 0:
                    break
            slot = request_at(self, slot).next
        return slot

    cdef void drop(self, uint16_t session, uint32_t request) noexcept nogil:
        cdef uint32_t* link = &self.first_request[session]
        cdef uint32_t at = request_at(self, request).first
        cdef uint32_t following
        while at != <uint32_t> NONE32:
            following = subscription_at(self, at).next_asked
            self.drop_subscription(at)
            at = following
        while link[0] != request:
            link = &request_at(self, link[0]).next
        link[0] = request_at(self, request).next
        slab_give(&self.requests, request)

    cdef void drop_subscription(self, uint32_t slot) noexcept nogil:
        cdef Subscription* one = subscription_at(self, slot)
        cdef Channel* channel = channel_at(self, one.channel)
        if one.previous != <uint32_t> NONE32:
            subscription_at(self, one.previous).next = one.next
        else:
            channel.first = one.next
        if one.next != <uint32_t> NONE32:
            subscription_at(self, one.next).previous = one.previous
        if channel.first == <uint32_t> NONE32:
            self.drop_channel(one.channel)
        slab_give(&self.subscriptions, slot)

    cdef uint32_t channel_of(self, uint16_t instrument, const Wish* wish) noexcept nogil:
        """The channel of the wish for that instrument, made if need be; NONE32 = no room."""
        cdef uint64_t key = key_of(instrument, wish.depth, wish.wants, wish.book)
        cdef uint32_t cursor
        cdef uint32_t slot = index_first(&self.keys, key, &cursor)
        cdef Channel* channel
        if slot != <uint32_t> NONE32:
            return slot
        slot = slab_take(&self.channels)
        if slot == <uint32_t> NONE32:
            return slot
        channel = channel_at(self, slot)
        channel.depth = wish.depth
        channel.instrument = instrument
        channel.book = wish.book
        channel.wants = wish.wants
        channel.is_new = 1
        channel.first = <uint32_t> NONE32
        channel.bids = <Level*> malloc(2 * channel.depth * sizeof(Level))
        if channel.bids == NULL or index_put(&self.keys, key, slot) < 0:
            free(channel.bids)
            channel.bids = NULL
            slab_give(&self.channels, slot)
            return <uint32_t> NONE32
        channel.asks = channel.bids + channel.depth
        channel.next = self.first_channel[instrument]
        self.first_channel[instrument] = slot
        return slot

    cdef void drop_channel(self, uint32_t slot) noexcept nogil:
        cdef Channel* channel = channel_at(self, slot)
        cdef uint32_t* link = &self.first_channel[channel.instrument]
        index_remove(
            &self.keys,
            key_of(channel.instrument, channel.depth, channel.wants, channel.book), slot,
        )
        while link[0] != slot:
            link = &channel_at(self, link[0]).next
        link[0] = channel.next
        free(channel.bids)
        channel.bids = NULL
        slab_give(&self.channels, slot)
