"""Where in the journal each sent application message stands, by session and MsgSeqNum, to serve resends.

Eight bytes a message; administrative messages and feeds hold NO_POSITION and are gap-filled. The newest are in memory,
older ones go to the journal by the shelf: memory stays within 2 * SENT_SHELF positions a session, and one for each
shelf.
"""

cimport cython

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from internaliser.fix.session cimport StoredMessage
from internaliser.journal.writer cimport JournalWriter
from internaliser.model.record cimport SessionRecord

cdef enum:
    SENT_BODY_MAX = 65536       # bytes of the largest record that can be resent
    SENT_SHELF = 512            # positions in one record of the journal: fits the smallest batch

cdef struct Positions:          # a list that gives up its oldest entries
    uint64_t* items
    uint64_t start              # of the oldest kept
    uint64_t end
    uint64_t capacity

cdef struct SentMessages:       # of one session since its last reset
    Positions newest            # by MsgSeqNum, behind the shelves
    Positions shelves           # where the lists of older ones stand

cdef struct Shelf:              # a SessionRecord of SESSION_SENT
    SessionRecord head
    uint64_t[SENT_SHELF] positions


@cython.final
cdef class SentStore:
    cdef JournalWriter journal  # set once the journal is open for writing; fetch needs it
    cdef SentMessages* sessions
    cdef uint32_t session_count
    cdef uint8_t* scratch
    cdef Shelf* shelf           # the one read last ...
    cdef uint64_t shelf_at      # ... and where it stands

    # 0, or -1: no memory. Numbers in between that were never put count as administrative.
    cdef int put(self, uint16_t session, uint64_t msg_seq_num, uint64_t position) noexcept nogil
    # There is a shelf to be written: call `shelve`, which writes it into step `seq` with the counters given. 0, or -1:
    # the journal refused it.
    cdef inline bint is_long(self, uint16_t session) noexcept nogil:
        return self.sessions[session].newest.end - self.sessions[session].newest.start >= 2 * SENT_SHELF
    cdef int shelve(self, uint16_t session, uint64_t seq, uint64_t next_in, uint64_t next_out) noexcept nogil
    # Replay: a shelf stands at `position`. 0, or -1: it is not what is to be shelved.
    cdef int recall(self, const SessionRecord* record, uint64_t position) noexcept nogil
    cdef void forget(self, uint16_t session) noexcept nogil
    cdef uint64_t position_of(self, uint16_t session, uint64_t msg_seq_num) noexcept nogil
    cdef int fetch(self, uint16_t session, uint64_t msg_seq_num, StoredMessage* out) noexcept nogil
