"""Positions of sent messages; the bodies stay in the journal."""

cimport cython

from libc.stdlib cimport calloc, free, malloc, realloc
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from internaliser.fix.session cimport StoredMessage
from internaliser.model.record cimport KIND_OUT_MESSAGE, OUT_CHILD, OutMessage

cdef enum:
    FIRST_CAPACITY = 64

cdef uint64_t NO_POSITION = 0xFFFFFFFFFFFFFFFF


@cython.final
cdef class SentStore:
    def __cinit__(self, uint32_t session_count):
        self.session_count = session_count
        self.sessions = <SentMessages*> calloc(session_count, sizeof(SentMessages))
        self.scratch = <uint8_t*> malloc(SENT_BODY_MAX)
        if self.sessions == NULL or self.scratch == NULL:
            raise MemoryError("no memory for the index of sent messages")

    def __dealloc__(self):
        cdef uint32_t i
        if self.sessions != NULL:
            for i in range(self.session_count):
                free(self.sessions[i].positions)
        free(self.sessions)
        free(self.scratch)

    cdef int put(self, uint16_t session, uint64_t msg_seq_num, uint64_t position) noexcept nogil:
        assert session < self.session_count
        assert msg_seq_num > 0
        cdef SentMessages* sent = &self.sessions[session]
        cdef uint64_t capacity = sent.capacity
        cdef uint64_t* positions
        if msg_seq_num > capacity:
            if capacity == 0:
                capacity = FIRST_CAPACITY
            while capacity < msg_seq_num:
                capacity *= 2
            positions = <uint64_t*> realloc(sent.positions, capacity * sizeof(uint64_t))
            if positions == NULL:
                return -1
            sent.positions = positions
            sent.capacity = capacity
        while sent.count < msg_seq_num - 1:
            sent.positions[sent.count] = NO_POSITION
            sent.count += 1
        sent.positions[msg_seq_num - 1] = position
        if sent.count < msg_seq_num:
            sent.count = msg_seq_num
        return 0

    cdef void forget(self, uint16_t session) noexcept nogil:
        self.sessions[session].count = 0

    cdef int fetch(self, uint16_t session, uint64_t msg_seq_num, StoredMessage* out) noexcept nogil:
        cdef SentMessages* sent = &self.sessions[session]
        cdef const OutMessage* record = <const OutMessage*> self.scratch
        cdef uint32_t size
        if msg_seq_num == 0 or msg_seq_num > sent.count:
            return 0
        if sent.positions[msg_seq_num - 1] == NO_POSITION:
            return 0
        size = self.journal.read(sent.positions[msg_seq_num - 1], self.scratch, SENT_BODY_MAX)
        assert size >= sizeof(OutMessage) and record.head.kind == KIND_OUT_MESSAGE
        assert record.session == session and record.msg_seq_num == msg_seq_num
        out.body = <const char*> self.scratch + sizeof(OutMessage)
        out.body_size = record.body_size
        out.is_own_order = record.flags & OUT_CHILD
        out.sending_time_ns = record.sending_time_ns
        memcpy(out.msg_type, record.msg_type, 8)
        return 1

    def positions(self, uint16_t session) -> bytes:
        """The positions of one session as little-endian 64-bit numbers, for a snapshot."""
        cdef SentMessages* sent = &self.sessions[session]
        return (<char*> sent.positions)[:sent.count * sizeof(uint64_t)] if sent.count else b""

    def restore(self, uint16_t session, bytes positions) -> None:
        """Take back what `positions` gave."""
        cdef uint64_t count = len(positions) // sizeof(uint64_t)
        cdef const uint64_t* numbers = <const uint64_t*> <const char*> positions
        cdef uint64_t i
        self.forget(session)
        for i in range(count):
            if self.put(session, i + 1, numbers[i]) < 0:
                raise MemoryError("no memory for the index of sent messages")
