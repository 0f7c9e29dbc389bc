"""`internaliser bench` from the inside: one thread, many sessions, latency from the intended time.

Open loop (a rate): order number n is due at start + n / rate whatever the other end does, and its
latency counts from then, so that a stall shows in every order it delayed. Closed loop (no rate):
`outstanding` orders are under way per session, and latency counts from the send. Only the first
report of an order counts.
"""

import time

from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset
from posix.unistd cimport close

from internaliser.fix.buffer cimport (
    buffer_append, buffer_close, buffer_consume, buffer_filled, buffer_open, buffer_room,
)
from internaliser.fix.codec cimport (
    FRAME_GARBLED, FRAME_MESSAGE, FRAME_OVERSIZE, Field, find, frame, parse, put_char, put_int,
    put_text, put_time, read_int, writer_on,
)
from internaliser.reactor.histogram cimport record, value_at
from internaliser.reactor.system cimport *

cdef enum:
    EVENTS_MAX = 64
    READ_MAX = 65536
    TIMESTAMP_DIGITS = 6
    WAIT_MS = 100               # longest sleep: the quiet limit is looked at then
    LOGOUT_MS = 1000            # how long the answers to our Logouts may take

cdef uint64_t INPUT_MAX = 1 << 22
cdef uint64_t OUTPUT_MAX = 1 << 26
cdef uint64_t UNDER_WAY_MASK = (1 << UNDER_WAY_BITS) - 1
cdef int64_t NS_PER_S = 1_000_000_000
cdef int64_t NS_PER_MS = 1_000_000


cdef int set_text(Text* text, str value, str name) except -1:
    cdef bytes data = value.encode("ascii")
    if not 0 < len(data) <= SENDER_MAX or b"\x01" in data:
        raise ValueError(f"{name} must have 1 to {SENDER_MAX} characters, not {value!r}")
    memcpy(text.data, <const char*>data, len(data))
    text.size = <uint32_t>len(data)
    return 0


cdef inline bint has_type(const Message* message, char kind) noexcept nogil:
    return message.msg_type[0] == kind and message.msg_type[1] == 0


def run_bench(
    links: list, *, str begin_string="FIX.4.4", str target="NODE", str symbol="TEST1",
    str price="1", str qty="1", int orders=10_000, int rate_per_s=0, int outstanding=1,
    double seconds=0, int warm_up=200, double quiet_s=5,
) -> dict:
    """Send IOC buy orders over logged-on sessions and measure their first reports.

    `links`: (socket handle, SenderCompID, next MsgSeqNum out, next MsgSeqNum in) of each session.
    They are logged out at the end; the caller closes them. `orders` are counted after `warm_up`
    uncounted ones, or what `seconds` allow if that is less. Gives up on what is missing after
    `quiet_s` without any report. Latencies in the result are microseconds; `client_pause_us` is the
    longest that this client itself did not look, busy or not running: some latencies of that size
    are its own.
    """
    if orders < 1 or warm_up < 0 or outstanding < 1 or rate_per_s < 0:
        raise ValueError("orders and outstanding start at 1, warm_up and rate_per_s at 0")
    if outstanding * len(links) > UNDER_WAY_MASK:
        raise ValueError(f"at most {UNDER_WAY_MASK} orders may be under way")
    load = Load(len(links))
    for number, (fd, sender, next_out, next_in) in enumerate(links):
        load.add(number, fd, sender, next_out, next_in)
    set_text(&(<Load>load).begin_string, begin_string, "begin_string")
    (<Load>load).needs_handl_inst = begin_string == "FIX.4.2"
    set_text(&(<Load>load).target, target, "target")
    set_text(&(<Load>load).symbol, symbol, "symbol")
    set_text(&(<Load>load).price, price, "price")
    set_text(&(<Load>load).qty, qty, "qty")
    # ClOrdIDs of two runs on one day must differ.
    set_text(&(<Load>load).prefix, f"b{time.time_ns() // 1000:x}-", "prefix")
    (<Load>load).orders_max = orders + warm_up
    (<Load>load).warm_up = warm_up
    (<Load>load).rate_per_s = rate_per_s
    (<Load>load).outstanding = outstanding
    (<Load>load).seconds_ns = <int64_t>(seconds * NS_PER_S)
    (<Load>load).quiet_ns = <int64_t>(quiet_s * NS_PER_S)
    return load.run()


cdef class Load:
    """The state of one run; `run_bench` is its door."""

    def __cinit__(self, uint32_t link_count):
        cdef uint32_t i
        self.epoll_fd = -1
        if link_count == 0:
            raise ValueError("a load needs at least one session")
        self.links = <LoadLink*>calloc(link_count, sizeof(LoadLink))
        self.due = <int64_t*>calloc(UNDER_WAY_MASK + 1, sizeof(int64_t))
        self.queued = <uint32_t*>calloc(link_count, sizeof(uint32_t))
        if self.links == NULL or self.due == NULL or self.queued == NULL:
            raise MemoryError("no memory for the load client")
        self.link_count = link_count
        for i in range(link_count):
            if (
                buffer_open(&self.links[i].input, READ_MAX, INPUT_MAX) < 0
                or buffer_open(&self.links[i].output, READ_MAX, OUTPUT_MAX) < 0
            ):
                raise MemoryError("no memory for the load client")
        self.epoll_fd = epoll_create1(EPOLL_CLOEXEC)
        if self.epoll_fd < 0:
            raise OSError("out of file handles for the load client")

    def __dealloc__(self):
        cdef uint32_t i
        if self.epoll_fd >= 0:
            close(self.epoll_fd)
        if self.links != NULL:
            for i in range(self.link_count):
                buffer_close(&self.links[i].input)
                buffer_close(&self.links[i].output)
        free(self.links)
        free(self.due)
        free(self.queued)

    def add(self, uint32_t number, int fd, str sender, uint64_t next_out, uint64_t next_in) -> None:
        """Take over a connected socket (non-blocking from here on) whose session is logged on."""
        cdef epoll_event event
        cdef LoadLink* link = &self.links[number]
        set_text(&link.sender, sender, "sender")
        link.fd = fd
        link.next_out = next_out
        link.next_in = next_in
        event.events = EPOLLIN
        event.data.u64 = number
        if epoll_ctl(self.epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0:
            raise OSError(errno, f"handle {fd} is not an open socket")

    def run(self) -> dict:
        """The whole run; the figures."""
        with nogil:
            self.work()
            self.log_out()
        counts = &self.counts
        measured = self.histogram.total
        span_ns = self.end_ns - self.start_ns
        return {
            "sessions": self.link_count,
            "sent": counts.sent,
            "orders": measured,
            "missing": counts.sent - counts.reported,
            "seconds": round(span_ns / NS_PER_S, 6),
            "orders_per_s": round(measured * NS_PER_S / span_ns) if span_ns > 0 else 0,
            "p50_us": value_at(&self.histogram, 500_000) / 1000,
            "p90_us": value_at(&self.histogram, 900_000) / 1000,
            "p99_us": value_at(&self.histogram, 990_000) / 1000,
            "p99_9_us": value_at(&self.histogram, 999_000) / 1000,
            "max_us": self.histogram.highest / 1000,
            "client_pause_us": self.pause_ns / 1000,
            "rejects": counts.rejects,
            "gaps": counts.gaps,
            "garbled": counts.garbled,
        }

    # The loop

    cdef void work(self) noexcept nogil:
        cdef epoll_event events[EVENTS_MAX]
        cdef int64_t begin_ns = clock_ns(CLOCK_MONOTONIC)
        cdef int64_t last_ns = begin_ns
        cdef int64_t now_ns = begin_ns
        cdef int64_t turned_ns, slept_ns, next_ns
        cdef int count, i, timeout
        self.start_ns = begin_ns
        while self.counts.reported < self.orders_max:
            if self.seconds_ns != 0 and now_ns - begin_ns >= self.seconds_ns:
                self.orders_max = self.counts.sent
                self.seconds_ns = 0
                continue
            next_ns = self.send_due(begin_ns, now_ns)
            self.flush()
            timeout = WAIT_MS
            if next_ns != 0:
                # Sleep whole milliseconds only; the last one is spun, for the schedule's sake.
                timeout = <int>min(max(next_ns - now_ns, 0) // NS_PER_MS, WAIT_MS)
            slept_ns = clock_ns(CLOCK_MONOTONIC)
            count = epoll_wait(self.epoll_fd, events, EVENTS_MAX, timeout)
            slept_ns = min(clock_ns(CLOCK_MONOTONIC) - slept_ns, timeout * NS_PER_MS)
            for i in range(count):
                if events[i].events & EPOLLOUT:
                    self.transmit(&self.links[events[i].data.u64], <uint32_t>events[i].data.u64)
                if events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP):
                    last_ns = self.receive(&self.links[events[i].data.u64])
            turned_ns = now_ns
            now_ns = clock_ns(CLOCK_MONOTONIC)
            self.pause_ns = max(self.pause_ns, now_ns - turned_ns - slept_ns)
            if self.are_over():
                break
            if now_ns - last_ns > self.quiet_ns and self.counts.sent > self.counts.reported:
                break

    cdef bint are_over(self) noexcept nogil:
        cdef uint32_t i
        for i in range(self.link_count):
            if not self.links[i].is_over:
                return False
        return True

    cdef int64_t send_due(self, int64_t begin_ns, int64_t now_ns) noexcept nogil:
        """Queue every order that may go now; when the next one is due, 0 = when a report comes."""
        cdef uint64_t number
        cdef int64_t due_ns = now_ns
        cdef LoadLink* link
        cdef uint32_t full_links = 0
        while self.counts.sent < self.orders_max and full_links < self.link_count:
            number = self.counts.sent
            link = &self.links[(number + full_links) % self.link_count]
            if self.rate_per_s > 0:
                due_ns = begin_ns + <int64_t>(
                    number // self.rate_per_s * NS_PER_S
                    + number % self.rate_per_s * NS_PER_S // self.rate_per_s
                )
                if due_ns > now_ns:
                    return due_ns
            if (
                link.is_over
                or (self.rate_per_s == 0 and link.under_way >= self.outstanding)
                or self.due[number & UNDER_WAY_MASK] != 0
            ):
                full_links += 1
                continue
            full_links = 0
            if number == self.warm_up:
                self.start_ns = due_ns
                self.pause_ns = 0
            self.due[number & UNDER_WAY_MASK] = due_ns
            self.queue_order(link, number)
            link.under_way += 1
            self.counts.sent += 1
        return 0

    cdef void flush(self) noexcept nogil:
        cdef uint32_t i
        cdef LoadLink* link
        for i in range(self.queued_count):
            link = &self.links[self.queued[i]]
            link.is_queued = 0
            if link.output.end > link.output.start and not link.is_writing:
                self.transmit(link, self.queued[i])
        self.queued_count = 0

    cdef void transmit(self, LoadLink* link, uint32_t number) noexcept nogil:
        cdef epoll_event event
        cdef uint64_t size = link.output.end - link.output.start
        cdef ssize_t sent = send(link.fd, link.output.data + link.output.start, size, MSG_NOSIGNAL)
        if sent > 0:
            buffer_consume(&link.output, <uint64_t>sent)
        elif sent < 0 and errno != EAGAIN and errno != EINTR:
            link.is_over = 1
            buffer_consume(&link.output, size)
        if (link.output.end > link.output.start) != link.is_writing:
            link.is_writing = not link.is_writing
            event.events = EPOLLIN | (EPOLLOUT if link.is_writing else 0)
            event.data.u64 = number
            epoll_ctl(self.epoll_fd, EPOLL_CTL_MOD, link.fd, &event)

    cdef int64_t receive(self, LoadLink* link) noexcept nogil:
        """Take what is there; the time it was taken at."""
        cdef char* place = buffer_room(&link.input, READ_MAX)
        cdef ssize_t got = -1
        cdef int64_t now_ns
        cdef uint64_t used
        cdef int result
        if place != NULL:
            got = recv(link.fd, place, READ_MAX, MSG_DONTWAIT)
        now_ns = clock_ns(CLOCK_MONOTONIC)
        if place == NULL or got == 0 or (got < 0 and errno != EAGAIN and errno != EINTR):
            link.is_over = 1
            epoll_ctl(self.epoll_fd, EPOLL_CTL_DEL, link.fd, NULL)
            return now_ns
        if got < 0:
            return now_ns
        buffer_filled(&link.input, <uint64_t>got)
        while link.input.end > link.input.start:
            place = link.input.data + link.input.start
            used = 0
            result = frame(place, link.input.end - link.input.start, INPUT_MAX, &used)
            if result == FRAME_MESSAGE and parse(&self.message, place, <uint32_t>used) == 0:
                self.on_message(link, now_ns)
            elif result == FRAME_MESSAGE or result == FRAME_GARBLED or result == FRAME_OVERSIZE:
                self.counts.garbled += 1
            if used == 0:
                break
            buffer_consume(&link.input, used)
        return now_ns

    # Messages

    cdef void on_message(self, LoadLink* link, int64_t now_ns) noexcept nogil:
        cdef char body[MESSAGE_MAX]
        cdef Writer writer
        cdef const Field* field
        cdef const Message* message = &self.message
        if message.msg_seq_num != link.next_in:
            self.counts.gaps += 1
        link.next_in = message.msg_seq_num + 1
        if has_type(message, b"8"):
            self.on_report(link, now_ns)
        elif has_type(message, b"3") or has_type(message, b"j") or has_type(message, b"9"):
            self.counts.rejects += 1
        elif has_type(message, b"5"):
            link.is_over = 1
        elif has_type(message, b"1"):
            field = find(message, 112)
            if field != NULL and field.size < MESSAGE_MAX - 16:
                writer = writer_on(body, MESSAGE_MAX)
                put_text(&writer, 112, message.raw + field.offset, field.size)
                self.queue(link, b"0", &writer)

    cdef void on_report(self, LoadLink* link, int64_t now_ns) noexcept nogil:
        """The first report of one of our orders counts; whatever else comes does not."""
        cdef const Field* field = find(&self.message, 11)
        cdef const char* text
        cdef int64_t number = 0, due_ns
        if field == NULL or field.size <= self.prefix.size:
            return
        text = self.message.raw + field.offset
        if memcmp(text, self.prefix.data, self.prefix.size) != 0:
            return
        if not read_int(text + self.prefix.size, field.size - self.prefix.size, &number):
            return
        due_ns = self.due[<uint64_t>number & UNDER_WAY_MASK]
        # An order of 2**20 earlier cannot be under way any more, so the slot is this order's.
        if due_ns == 0 or number < 0 or <uint64_t>number >= self.counts.sent:
            return
        self.due[<uint64_t>number & UNDER_WAY_MASK] = 0
        link.under_way -= 1
        self.counts.reported += 1
        if <uint64_t>number >= self.warm_up:
            record(&self.histogram, now_ns - due_ns)
            self.end_ns = now_ns

    cdef void queue_order(self, LoadLink* link, uint64_t number) noexcept nogil:
        cdef char body[MESSAGE_MAX]
        cdef char cl_ord_id[SENDER_MAX + 24]
        cdef Writer writer = writer_on(body, MESSAGE_MAX)
        cdef uint32_t size = self.prefix.size
        cdef uint64_t scale = 1
        memcpy(cl_ord_id, self.prefix.data, size)
        while number // scale >= 10:
            scale *= 10
        while scale > 0:
            cl_ord_id[size] = <char>(48 + number // scale % 10)
            size += 1
            scale //= 10
        put_text(&writer, 11, cl_ord_id, size)
        if self.needs_handl_inst:
            put_char(&writer, 21, b"1")
        put_text(&writer, 55, self.symbol.data, self.symbol.size)
        put_char(&writer, 54, b"1")
        put_time(&writer, 60, clock_ns(CLOCK_REALTIME), TIMESTAMP_DIGITS)
        put_text(&writer, 38, self.qty.data, self.qty.size)
        put_char(&writer, 40, b"2")
        put_text(&writer, 44, self.price.data, self.price.size)
        put_char(&writer, 59, b"3")
        self.queue(link, b"D", &writer)

    cdef void queue(self, LoadLink* link, const char* msg_type, const Writer* body) noexcept nogil:
        """Number one message and append it to the link's output."""
        cdef char head[MESSAGE_MAX]
        cdef char start[SENDER_MAX + 32]
        cdef char trailer[8]
        cdef Writer writer = writer_on(head, MESSAGE_MAX)
        cdef Writer first = writer_on(start, sizeof(start))
        cdef uint32_t total = 0
        cdef uint32_t i
        put_char(&writer, 35, msg_type[0])
        put_text(&writer, 49, link.sender.data, link.sender.size)
        put_text(&writer, 56, self.target.data, self.target.size)
        put_int(&writer, 34, <int64_t>link.next_out)
        put_time(&writer, 52, clock_ns(CLOCK_REALTIME), TIMESTAMP_DIGITS)
        put_text(&first, 8, self.begin_string.data, self.begin_string.size)
        put_int(&first, 9, writer.used + body.used)
        for i in range(first.used):
            total += <uint8_t>start[i]
        for i in range(writer.used):
            total += <uint8_t>head[i]
        for i in range(body.used):
            total += <uint8_t>body.data[i]
        memcpy(trailer, b"10=000\x01", 7)
        trailer[3] += <char>(total % 256 // 100)
        trailer[4] += <char>(total % 256 // 10 % 10)
        trailer[5] += <char>(total % 256 % 10)
        if (
            buffer_append(&link.output, start, first.used) < 0
            or buffer_append(&link.output, head, writer.used) < 0
            or buffer_append(&link.output, body.data, body.used) < 0
            or buffer_append(&link.output, trailer, 7) < 0
        ):
            link.is_over = 1        # 64 MB unsent: the other end has stopped reading
            return
        link.next_out += 1
        if not link.is_queued:
            link.is_queued = 1
            self.queued[self.queued_count] = <uint32_t> (link - self.links)
            self.queued_count += 1

    cdef void log_out(self) noexcept nogil:
        """Logout on every session, and wait a little for the answers."""
        cdef epoll_event events[EVENTS_MAX]
        cdef Writer nothing
        cdef int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + LOGOUT_MS * NS_PER_MS
        cdef uint32_t i
        cdef int count, k
        memset(&nothing, 0, sizeof(nothing))
        for i in range(self.link_count):
            if not self.links[i].is_over:
                self.queue(&self.links[i], b"5", &nothing)
        self.flush()
        while not self.are_over() and clock_ns(CLOCK_MONOTONIC) < end_ns:
            count = epoll_wait(self.epoll_fd, events, EVENTS_MAX, WAIT_MS)
            for k in range(count):
                if events[k].events & EPOLLOUT:
                    self.transmit(&self.links[events[k].data.u64], <uint32_t>events[k].data.u64)
                if events[k].events & (EPOLLIN | EPOLLERR | EPOLLHUP):
                    self.receive(&self.links[events[k].data.u64])
