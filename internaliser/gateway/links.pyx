"""Slots of links, and the door's turn as tests and tools drive it.

A turn: received bytes are appended to `links[n].input` and `on_data` is called; commands and timers
come the same way; `end_turn` releases. Nothing in a link's output leaves before that.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memset

from internaliser.fix.buffer cimport buffer_append, buffer_close, buffer_consume, buffer_open

cdef enum:
    INPUT_FIRST = 16384         # bytes of input and output room a link starts with


cdef class Links:
    """The slots; what bytes mean is for those who inherit."""

    def __dealloc__(self):
        cdef uint32_t i
        if self.links != NULL:
            for i in range(self.link_count):
                if self.links[i].kind != LINK_FREE:
                    buffer_close(&self.links[i].input)
                    buffer_close(&self.links[i].output)
        free(self.links)
        free(self.touched)

    cdef int open_slots(self, uint32_t count) except -1:
        self.links = <Link*> calloc(count, sizeof(Link))
        self.touched = <uint32_t*> calloc(count, sizeof(uint32_t))
        if self.links == NULL or self.touched == NULL:
            raise MemoryError("no memory for the links")
        self.link_count = count
        return 0

    # --- for Python: start-up, tests, tools --------------------------------------------------

    def connect(self, int64_t now_ns, session=None) -> int:
        """A link came up; with a session number it is one of ours to a source."""
        link = self.on_connect(
            LINK_CLIENT if session is None else LINK_SOURCE,
            NONE16 if session is None else session, now_ns,
        )
        if link == NONE32:
            raise ConnectionRefusedError(f"all {self.link_count} connections are in use")
        return link

    def receive(self, uint32_t link, bytes data, int64_t now_ns) -> None:
        """Bytes arrived on a link."""
        if buffer_append(&self.links[link].input, data, len(data)) < 0:
            raise BufferError("the link's input limit is reached")
        self.on_data(link, now_ns)

    def disconnect(self, uint32_t link, int64_t now_ns) -> None:
        """A link is gone."""
        self.on_disconnect(link, now_ns)

    def pass_time(self, int64_t now_ns) -> None:
        """Timers up to `now_ns`."""
        self.on_time(now_ns)

    def close(self, int64_t now_ns) -> int:
        """The orderly end: a Logout on every session. Returns how many links are still open."""
        return self.close_sessions(now_ns)

    def finish(self, int64_t now_ns) -> bool:
        """End the turn; what may leave then is in `sent`. False when the node has halted."""
        cdef uint32_t i
        cdef bint is_good = self.end_turn(now_ns) == 0
        for i in range(self.touched_count):
            self.links[self.touched[i]].is_touched = 0
        self.touched_count = 0
        return is_good

    def sent(self, uint32_t link) -> bytes:
        """Take the released bytes of a link, as the reactor would send them."""
        cdef Link* place = &self.links[link]
        cdef bytes data = place.output.data[place.output.start:place.output.start + place.released]
        buffer_consume(&place.output, place.released)
        place.released = 0
        return data

    def is_closing(self, uint32_t link) -> bool:
        """The door wants this link closed."""
        return bool(self.links[link].wants_close or self.links[link].wants_close_now)

    @property
    def due_ns(self) -> int:
        """When `pass_time` is wanted next; 0 = not at all."""
        return self.deadline()

    @property
    def is_halted(self) -> bool:
        """A fault of ours or a failed journal stopped the node."""
        return bool(self.halted)

    # --- slots -------------------------------------------------------------------------------

    cdef uint32_t take_slot(self, uint8_t kind, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef Link* link
        cdef uint8_t is_touched
        for i in range(self.free_from, self.link_count):
            if self.links[i].kind == LINK_FREE:
                break
        else:
            self.free_from = self.link_count
            return NONE32
        self.free_from = i
        link = &self.links[i]
        is_touched = link.is_touched    # the slot's last link may have left earlier in this turn
        memset(link, 0, sizeof(Link))
        link.is_touched = is_touched
        if buffer_open(&link.input, INPUT_FIRST, self.message_size_max) < 0:
            return NONE32
        if buffer_open(&link.output, INPUT_FIRST, self.output_max) < 0:
            buffer_close(&link.input)
            return NONE32
        link.kind = kind
        link.session = NONE16
        link.opened_ns = now_ns
        self.connected += 1
        if self.connected == 0:
            self.connected = 1
        link.generation = self.connected
        return i

    cdef void free_slot(self, uint32_t index) noexcept nogil:
        cdef Link* link = &self.links[index]
        buffer_close(&link.input)
        buffer_close(&link.output)
        link.kind = LINK_FREE
        link.session = NONE16
        link.is_waiting = 0     # a verdict that comes late finds nobody
        link.released = 0
        self.free_from = min(self.free_from, index)

    cdef void touch(self, uint32_t index) noexcept nogil:
        cdef Link* link = &self.links[index]
        if not link.is_touched:
            link.is_touched = 1
            self.touched[self.touched_count] = index
            self.touched_count += 1

    # --- for those who inherit ---------------------------------------------------------------

    cdef uint32_t on_connect(self, uint8_t kind, uint16_t session, int64_t now_ns) noexcept nogil:
        return NONE32

    cdef uint32_t on_accept(self, const Origin* origin, int64_t now_ns) noexcept nogil:
        return self.on_connect(LINK_CLIENT, NONE16, now_ns)

    cdef void expect(self, uint32_t link) noexcept nogil:
        pass

    cdef void on_data(self, uint32_t link, int64_t now_ns) noexcept nogil:
        pass

    cdef void on_disconnect(self, uint32_t link, int64_t now_ns) noexcept nogil:
        pass

    cdef void on_time(self, int64_t now_ns) noexcept nogil:
        pass

    cdef int64_t deadline(self) noexcept nogil:
        return 0

    cdef void on_command(self, Command* command, int64_t now_ns) noexcept nogil:
        pass

    cdef void on_answer(self, const Answer* answer, int64_t now_ns) noexcept nogil:
        pass

    cdef int end_turn(self, int64_t now_ns) noexcept nogil:
        return 0

    cdef uint32_t close_sessions(self, int64_t now_ns) noexcept nogil:
        return 0
