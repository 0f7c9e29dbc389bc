"""Positions of sent messages; the bodies stay in the journal, and so do the older positions."""

cimport cython

from libc.stdlib cimport calloc, free, malloc, realloc
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset

from internaliser.fix.session cimport StoredMessage
from internaliser.model.record cimport (
    KIND_OUT_MESSAGE, KIND_SESSION, OUT_CHILD, SESSION_SENT, OutMessage, SessionRecord,
)

cdef enum:
    FIRST_CAPACITY = 64

cdef uint64_t NO_POSITION = 0xFFFFFFFFFFFFFFFF
SHELF = SENT_SHELF


cdef int make_room(Positions* list, uint64_t size) noexcept nogil:
    """For `size` entries from `start` on; what was given up makes way first. 0, or -1."""
    cdef uint64_t capacity = max(list.capacity, <uint64_t> FIRST_CAPACITY)
    cdef uint64_t* items
    if list.start > 0 and list.start >= list.capacity // 2:
        list.end -= list.start
        memmove(list.items, list.items + list.start, list.end * sizeof(uint64_t))
        list.start = 0
    while capacity < list.start + size:
        capacity *= 2
    if capacity > list.capacity:
        items = <uint64_t*> realloc(list.items, capacity * sizeof(uint64_t))
        if items == NULL:
            return -1
        list.items = items
        list.capacity = capacity
    return 0


cdef inline int add(Positions* list, uint64_t position) noexcept nogil:
    if list.end == list.capacity and make_room(list, list.end - list.start + 1) < 0:
        return -1
    list.items[list.end] = position
    list.end += 1
    return 0


cdef bytes bytes_of(const Positions* list):
    cdef uint64_t size = list.end - list.start
    return (<const char*> (list.items + list.start))[:size * sizeof(uint64_t)] if size else b""


cdef int take(Positions* list, bytes positions) except -1:
    cdef const uint64_t* numbers = <const uint64_t*> <const char*> positions
    cdef uint64_t i
    for i in range(len(positions) // sizeof(uint64_t)):
        if add(list, numbers[i]) < 0:
            raise MemoryError("no memory for the index of sent messages")
    return 0


@cython.final
cdef class SentStore:
    def __cinit__(self, uint32_t session_count):
        self.session_count = session_count
        self.sessions = <SentMessages*> calloc(session_count, sizeof(SentMessages))
        self.scratch = <uint8_t*> malloc(SENT_BODY_MAX)
        self.shelf = <Shelf*> malloc(sizeof(Shelf))
        self.shelf_at = NO_POSITION
        if self.sessions == NULL or self.scratch == NULL or self.shelf == NULL:
            raise MemoryError("no memory for the index of sent messages")

    def __dealloc__(self):
        cdef uint32_t i
        if self.sessions != NULL:
            for i in range(self.session_count):
                free(self.sessions[i].newest.items)
                free(self.sessions[i].shelves.items)
        free(self.sessions)
        free(self.scratch)
        free(self.shelf)

    cdef int put(self, uint16_t session, uint64_t msg_seq_num, uint64_t position) noexcept nogil:
        assert session < self.session_count
        cdef SentMessages* sent = &self.sessions[session]
        cdef uint64_t shelved = (sent.shelves.end - sent.shelves.start) * SENT_SHELF
        assert msg_seq_num > shelved
        cdef uint64_t before = msg_seq_num - 1 - shelved
        while sent.newest.end - sent.newest.start < before:
            if add(&sent.newest, NO_POSITION) < 0:
                return -1
        if sent.newest.end - sent.newest.start > before:
            sent.newest.items[sent.newest.start + before] = position
            return 0
        return add(&sent.newest, position)

    cdef int shelve(
        self, uint16_t session, uint64_t seq, uint64_t next_in, uint64_t next_out,
    ) noexcept nogil:
        cdef SentMessages* sent = &self.sessions[session]
        cdef uint64_t position
        cdef Shelf* shelf = <Shelf*> self.journal.room(sizeof(Shelf), &position)
        if shelf == NULL:
            return -1
        memset(shelf, 0, sizeof(SessionRecord))
        shelf.head.head.size = sizeof(Shelf)
        shelf.head.head.kind = KIND_SESSION
        shelf.head.head.seq = seq
        shelf.head.session = session
        shelf.head.change = SESSION_SENT
        shelf.head.next_in = next_in
        shelf.head.next_out = next_out
        memcpy(
            shelf.positions, sent.newest.items + sent.newest.start, SENT_SHELF * sizeof(uint64_t)
        )
        sent.newest.start += SENT_SHELF
        return add(&sent.shelves, position)

    cdef int recall(self, const SessionRecord* record, uint64_t position) noexcept nogil:
        cdef Positions* newest = &self.sessions[record.session].newest
        if (
            record.head.size != sizeof(Shelf) or newest.end - newest.start < SENT_SHELF
            or memcmp(
                (<const Shelf*> record).positions, newest.items + newest.start,
                SENT_SHELF * sizeof(uint64_t),
            ) != 0
        ):
            return -1
        newest.start += SENT_SHELF
        return add(&self.sessions[record.session].shelves, position)

    cdef void forget(self, uint16_t session) noexcept nogil:
        cdef SentMessages* sent = &self.sessions[session]
        sent.newest.start = sent.newest.end = 0
        sent.shelves.start = sent.shelves.end = 0

    cdef uint64_t position_of(self, uint16_t session, uint64_t msg_seq_num) noexcept nogil:
        """NO_POSITION for what is not resent."""
        cdef SentMessages* sent = &self.sessions[session]
        cdef uint64_t shelved = (sent.shelves.end - sent.shelves.start) * SENT_SHELF
        cdef uint64_t place
        if msg_seq_num == 0 or msg_seq_num > shelved + sent.newest.end - sent.newest.start:
            return NO_POSITION
        if msg_seq_num > shelved:
            return sent.newest.items[sent.newest.start + msg_seq_num - 1 - shelved]
        place = sent.shelves.items[sent.shelves.start + (msg_seq_num - 1) // SENT_SHELF]
        if place != self.shelf_at:
            self.shelf_at = NO_POSITION
            if self.journal.read(place, <uint8_t*> self.shelf, sizeof(Shelf)) != sizeof(Shelf):
                return NO_POSITION
            self.shelf_at = place
        assert self.shelf.head.session == session and self.shelf.head.change == SESSION_SENT
        return self.shelf.positions[(msg_seq_num - 1) % SENT_SHELF]

    cdef int fetch(self, uint16_t session, uint64_t msg_seq_num, StoredMessage* out) noexcept nogil:
        cdef const OutMessage* record = <const OutMessage*> self.scratch
        cdef uint64_t position = self.position_of(session, msg_seq_num)
        cdef uint32_t size
        if position == NO_POSITION:
            return 0
        size = self.journal.read(position, self.scratch, SENT_BODY_MAX)
        assert size >= sizeof(OutMessage) and record.head.kind == KIND_OUT_MESSAGE
        assert record.session == session and record.msg_seq_num == msg_seq_num
        out.body = <const char*> self.scratch + sizeof(OutMessage)
        out.body_size = record.body_size
        out.is_own_order = record.flags & OUT_CHILD
        out.sending_time_ns = record.sending_time_ns
        memcpy(out.msg_type, record.msg_type, 8)
        return 1

    def positions(self, uint16_t session) -> bytes:
        """The positions of one session as little-endian 64-bit numbers, for a snapshot: those of
        the numbers behind the shelves."""
        return bytes_of(&self.sessions[session].newest)

    def shelves(self, uint16_t session) -> bytes:
        """Where the shelves of one session stand, likewise."""
        return bytes_of(&self.sessions[session].shelves)

    def restore(self, uint16_t session, bytes positions, bytes shelves=b"") -> None:
        """Take back what `positions` and `shelves` gave."""
        self.forget(session)
        take(&self.sessions[session].shelves, shelves)
        take(&self.sessions[session].newest, positions)
