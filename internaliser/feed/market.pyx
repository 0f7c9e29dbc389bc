"""What every reader is shown, and when."""

cimport cython

from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

from internaliser.feed.books cimport TRADES_KEPT, LocalBook
from internaliser.feed.entries cimport ENTRY_MAX, Shown, put_changes, put_side, put_trade
from internaliser.feed.readers cimport channel_at, request_at, subscription_at
from internaliser.feed.requests cimport (
    ANSWER_GOOD, ANSWER_NO_REASON, BOOK_AGGREGATED, BOOK_LOCAL, WANT_ASKS, WANT_BIDS, WANT_TRADES,
    put_refusal, read_wish,
)
from internaliser.fix.codec cimport Message, Writer, put_int, put_text, put_time, writer_on
from internaliser.fix.session cimport session_send
from internaliser.fix.version cimport FIX50
from internaliser.gateway.roster cimport Seat

cdef enum:
    PREFIX_MAX = 192            # bytes of MDReqID and ids, which stand before a shared body
    TIME_DIGITS = 6             # LastUpdateTime(779) in microseconds
    HEAD_MAX = 256              # bytes of a body before its entries


@cython.final
cdef class Market:
    """Market data of `books` and `outside` for the sessions of `roster` on `links`.

    depth_max           most levels a side that are shown
    subscriptions_max   most (request, instrument) pairs at once
    behind_bytes        a reader with so much unread is shown the book anew later
    """

    def __cinit__(
        self, LocalBooks books not None, OutsideBooks outside not None, Core names not None,
        Roster roster not None, Links links not None, *, uint32_t depth_max=1000,
        uint32_t subscriptions_max=65536, uint64_t behind_bytes=262144, bint is_aggregated=True,
    ):
        cdef size_t body_max = HEAD_MAX + (2 * <size_t> depth_max + TRADES_KEPT) * ENTRY_MAX
        self.books = books
        self.outside = outside
        self.names = names
        self.roster = roster
        self.links = links
        self.depth_max = depth_max
        self.default_book = BOOK_AGGREGATED if is_aggregated else BOOK_LOCAL
        self.behind_mark = behind_bytes
        self.readers = Readers(books.count, roster.capacity, subscriptions_max)
        self.behind = <uint8_t*> calloc(roster.capacity, 1)
        self.tops = <Level*> malloc(2 * depth_max * sizeof(Level))
        self.room = <char*> malloc(PREFIX_MAX + body_max)
        if self.behind == NULL or self.tops == NULL or self.room == NULL:
            raise MemoryError("no memory for market data")
        self.body = writer_on(
            self.room + PREFIX_MAX + HEAD_MAX, <uint32_t> (body_max - HEAD_MAX)
        )

    def __dealloc__(self):
        free(self.behind)
        free(self.tops)
        free(self.room)

    # --- requests ----------------------------------------------------------------------------

    cdef void on_request(
        self, uint16_t session, const Message* message, int64_t now_ns
    ) noexcept nogil:
        cdef const char* why = NULL
        cdef uint32_t known
        cdef int answer = read_wish(
            self.names, message, self.depth_max, <uint8_t> self.default_book, &self.wish, &why
        )
        if answer == ANSWER_GOOD:
            known = self.readers.request_of(session, self.wish.id, self.wish.id_size)
            if self.wish.type == c'2':
                if known != <uint32_t> NONE32:
                    self.readers.drop(session, known)
                    return
                answer = ANSWER_NO_REASON
                why = b"no subscription has this MDReqID(262)"
            elif known != <uint32_t> NONE32:
                answer = c'1'
                why = b"a subscription has this MDReqID(262) already"
            elif self.accept(session, now_ns) < 0:
                answer = c'2'
                why = b"the limit on subscriptions is reached"
        if answer != ANSWER_GOOD:
            self.body.data = self.room + PREFIX_MAX + HEAD_MAX
            self.body.used = 0
            put_refusal(&self.body, self.wish.id, self.wish.id_size, answer, why)
            self.send(session, b"Y", self.body.data, self.body.used, now_ns)

    cdef int accept(self, uint16_t session, int64_t now_ns) noexcept nogil:
        """Take the wish as a request and show each book. 0, or -1 and nothing is left of it."""
        cdef uint32_t request = self.readers.add(session, &self.wish)
        cdef uint32_t at
        cdef Subscription* one
        cdef Channel* channel
        if request == <uint32_t> NONE32:
            return -1
        at = request_at(self.readers, request).first
        while at != <uint32_t> NONE32:
            one = subscription_at(self.readers, at)
            channel = channel_at(self.readers, one.channel)
            if channel.is_new:
                self.open(channel)
            self.tell_book(one, max(channel.trade_count, <uint64_t> 1) - 1, now_ns)
            at = one.next_asked
        if self.wish.type == c'0':
            self.readers.drop(session, request)
        return 0

    cdef void forget(self, uint16_t session) noexcept nogil:
        while self.readers.first_request[session] != <uint32_t> NONE32:
            self.readers.drop(session, self.readers.first_request[session])
        if self.behind[session]:
            self.behind[session] = 0
            self.behind_count -= 1

    # --- channels ----------------------------------------------------------------------------

    cdef void open(self, Channel* channel) noexcept nogil:
        channel.is_new = 0
        self.look(channel, channel.bids, channel.asks, &channel.bid_count, &channel.ask_count)
        channel.id = self.id_of(channel)
        channel.trade_count = self.books.books[channel.instrument].trade_count

    cdef uint64_t id_of(self, const Channel* channel) noexcept nogil:
        cdef uint64_t id = self.books.books[channel.instrument].id
        if channel.book == BOOK_AGGREGATED:
            id += self.outside.ids[channel.instrument]
        return id

    cdef void look(
        self, const Channel* channel, Level* bids, Level* asks, uint32_t* bid_count,
        uint32_t* ask_count
    ) noexcept nogil:
        """What the channel shows now."""
        cdef const LocalBook* book = &self.books.books[channel.instrument]
        cdef bint is_aggregated = channel.book == BOOK_AGGREGATED
        bid_count[0] = 0
        ask_count[0] = 0
        if channel.wants & WANT_BIDS:
            bid_count[0] = self.outside.top(
                &book.bids, channel.instrument, is_aggregated, channel.depth, bids
            )
        if channel.wants & WANT_ASKS:
            ask_count[0] = self.outside.top(
                &book.asks, channel.instrument, is_aggregated, channel.depth, asks
            )

    # --- publishing --------------------------------------------------------------------------

    cdef void publish(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i, slot
        cdef uint16_t instrument
        self.outside.refresh(now_ns)
        for i in range(self.books.changed_count):
            instrument = self.books.changed[i]
            self.books.books[instrument].is_listed = 0
            slot = self.readers.first_channel[instrument]
            while slot != <uint32_t> NONE32:
                self.publish_channel(channel_at(self.readers, slot), now_ns)
                slot = channel_at(self.readers, slot).next
        self.books.changed_count = 0
        for i in range(self.outside.changed_count):
            instrument = self.outside.changed[i]
            self.outside.is_listed[instrument] = 0
            slot = self.readers.first_channel[instrument]
            while slot != <uint32_t> NONE32:
                self.publish_channel(channel_at(self.readers, slot), now_ns)
                slot = channel_at(self.readers, slot).next
        self.outside.changed_count = 0

    cdef void publish_channel(self, Channel* channel, int64_t now_ns) noexcept nogil:
        """Tell its readers what differs from what it showed last. Nothing visible: nothing said,
        the next message's first id covers it."""
        cdef uint64_t id = self.id_of(channel)
        cdef uint64_t trades_from = channel.trade_count
        cdef uint32_t bid_count, ask_count, count
        cdef Level* bids = self.tops
        cdef Level* asks = self.tops + channel.depth
        cdef Shown what
        if id == channel.id:
            return
        self.begin(channel, &what)
        self.look(channel, bids, asks, &bid_count, &ask_count)
        channel.id = id
        channel.trade_count = self.books.books[channel.instrument].trade_count
        count = self.put_trades(channel, &what, trades_from, True)
        count += put_changes(
            &self.body, &what, c'0', channel.bids, channel.bid_count, bids, bid_count
        )
        count += put_changes(
            &self.body, &what, c'1', channel.asks, channel.ask_count, asks, ask_count
        )
        if count == 0:
            return
        self.finish(channel, &what, count, True)
        memcpy(channel.bids, bids, bid_count * sizeof(Level))
        memcpy(channel.asks, asks, ask_count * sizeof(Level))
        channel.bid_count = bid_count
        channel.ask_count = ask_count
        self.tell_all(channel, trades_from, now_ns)

    cdef void tell_all(
        self, Channel* channel, uint64_t trades_from, int64_t now_ns
    ) noexcept nogil:
        """The X in `body` to every reader that keeps up; the W to those who want the whole."""
        cdef uint32_t at = channel.first
        cdef Subscription* one
        cdef const Request* request
        cdef bint has_full = False
        while at != <uint32_t> NONE32:
            one = subscription_at(self.readers, at)
            request = request_at(self.readers, one.request)
            if one.is_behind:
                pass
            elif self.is_slow(request.session):
                self.leave_behind(one, request.session, trades_from)
            elif request.is_full:
                has_full = True
            else:
                self.tell(request, b"X", one.id + 1, channel.id, now_ns)
                one.id = channel.id
            at = one.next
        at = channel.first if has_full else <uint32_t> NONE32
        while at != <uint32_t> NONE32:
            one = subscription_at(self.readers, at)
            if request_at(self.readers, one.request).is_full and not one.is_behind:
                self.tell_book(one, trades_from, now_ns)
            at = one.next

    cdef void tell_book(
        self, Subscription* one, uint64_t trades_from, int64_t now_ns
    ) noexcept nogil:
        cdef Channel* channel = channel_at(self.readers, one.channel)
        self.snapshot(channel, trades_from)
        self.tell(request_at(self.readers, one.request), b"W", 0, channel.id, now_ns)
        one.id = channel.id

    cdef void snapshot(self, const Channel* channel, uint64_t trades_from) noexcept nogil:
        """The W of a channel into `body`, with the trades from that one on."""
        cdef Shown what
        cdef uint32_t count
        self.begin(channel, &what)
        put_side(&self.body, &what, c'0', channel.bids, channel.bid_count)
        put_side(&self.body, &what, c'1', channel.asks, channel.ask_count)
        count = channel.bid_count + channel.ask_count
        count += self.put_trades(channel, &what, trades_from, False)
        self.finish(channel, &what, count, False)

    cdef void begin(self, const Channel* channel, Shown* what) noexcept nogil:
        """Entries come first, behind room for what stands before them."""
        what.terms = self.names.instrument(channel.instrument)
        what.symbol = self.names.symbol(channel.instrument, &what.symbol_size)
        what.node_id = self.names.node_id
        self.body.data = self.room + PREFIX_MAX + HEAD_MAX
        self.body.used = 0
        self.body.overflowed = 0

    cdef void finish(
        self, const Channel* channel, const Shown* what, uint32_t count, bint is_change
    ) noexcept nogil:
        """Put the symbol (of a W) and NoMDEntries(268) before the entries."""
        cdef char[HEAD_MAX] room
        cdef Writer head = writer_on(room, HEAD_MAX)
        assert not self.body.overflowed
        if not is_change:
            put_text(&head, 55, what.symbol, what.symbol_size)
        put_int(&head, 268, count)
        self.body.data -= head.used
        self.body.used += head.used
        memcpy(self.body.data, room, head.used)

    cdef uint32_t put_trades(
        self, const Channel* channel, const Shown* what, uint64_t first, bint is_change
    ) noexcept nogil:
        cdef const LocalBook* book = &self.books.books[channel.instrument]
        cdef uint64_t left_out = 0
        cdef uint64_t number = first
        cdef uint32_t count = 0
        if not channel.wants & WANT_TRADES:
            return 0
        if channel.trade_count - first > TRADES_KEPT:
            left_out = channel.trade_count - first - TRADES_KEPT
            number += left_out
        while number < channel.trade_count:
            put_trade(
                &self.body, what, &book.trades[number % TRADES_KEPT], is_change, left_out
            )
            left_out = 0
            number += 1
            count += 1
        return count

    cdef void tell(
        self, const Request* request, const char* msg_type, uint64_t first, uint64_t last,
        int64_t now_ns
    ) noexcept nogil:
        """Send `body` under the request's MDReqID, which is written right before it."""
        cdef char[PREFIX_MAX] room
        cdef Writer prefix = writer_on(room, PREFIX_MAX)
        put_text(&prefix, 262, request.id, request.id_size)
        if request.has_ids:
            if first != 0:
                put_int(&prefix, 5083, <int64_t> first)
            put_int(&prefix, 5084, <int64_t> last)
        if first == 0 and self.roster.sessions[request.session].version == FIX50:
            # LastUpdateTime, required there.
            put_time(&prefix, 779, now_ns, TIME_DIGITS)
        memcpy(self.body.data - prefix.used, room, prefix.used)
        self.send(
            request.session, msg_type, self.body.data - prefix.used,
            self.body.used + prefix.used, now_ns,
        )
        self.published += 1

    cdef void send(
        self, uint16_t session, const char* msg_type, const char* body, uint32_t size,
        int64_t now_ns
    ) noexcept nogil:
        cdef Seat* seat = &self.roster.seats[session]
        if session_send(
            &self.roster.sessions[session], msg_type, body, size, now_ns, seat.output
        ) == 0:
            seat.has_overflowed = 1
        if seat.link != <uint32_t> NONE32:
            self.links.touch(seat.link)

    # --- readers that do not keep up ---------------------------------------------------------

    cdef bint is_slow(self, uint16_t session) noexcept nogil:
        cdef const Seat* seat = &self.roster.seats[session]
        if seat.output == NULL:
            return True
        return seat.output.end - seat.output.start > self.behind_mark

    cdef void leave_behind(
        self, Subscription* one, uint16_t session, uint64_t trades_from
    ) noexcept nogil:
        one.is_behind = 1
        one.trade_count = trades_from
        self.conflated += 1
        if not self.behind[session]:
            self.behind[session] = 1
            self.behind_count += 1

    cdef void catch_up(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t session
        if self.behind_count == 0:
            return
        for session in range(self.roster.capacity):
            if self.behind[session] and self.has_drained(<uint16_t> session):
                self.show_again(<uint16_t> session, now_ns)

    cdef bint has_drained(self, uint16_t session) noexcept nogil:
        cdef const Seat* seat = &self.roster.seats[session]
        if seat.output == NULL:
            return False
        return seat.output.end - seat.output.start <= self.behind_mark // 2

    cdef void show_again(self, uint16_t session, int64_t now_ns) noexcept nogil:
        """A new W of each book that it is behind with, as far as its output has room."""
        cdef uint32_t slot = self.readers.first_request[session]
        cdef uint32_t at
        cdef Subscription* one
        while slot != <uint32_t> NONE32:
            at = request_at(self.readers, slot).first
            while at != <uint32_t> NONE32:
                one = subscription_at(self.readers, at)
                if one.is_behind:
                    if self.is_slow(session):
                        return
                    self.tell_book(one, one.trade_count, now_ns)
                    one.is_behind = 0
                at = one.next_asked
            slot = request_at(self.readers, slot).next
        self.behind[session] = 0
        self.behind_count -= 1
