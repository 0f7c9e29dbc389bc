"""Where in the journal each sent application message stands, by session and MsgSeqNum, to serve resends.

Eight bytes a message; administrative messages and feeds hold NO_POSITION and are gap-filled.
"""

cimport cython

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from internaliser.fix.session cimport StoredMessage
from internaliser.journal.writer cimport JournalWriter

cdef enum:
    SENT_BODY_MAX = 65536       # bytes of the largest record that can be resent

cdef struct SentMessages:       # of one session since its last reset
    uint64_t* positions         # by MsgSeqNum - 1
    uint64_t count
    uint64_t capacity


@cython.final
cdef class SentStore:
    cdef JournalWriter journal  # set once the journal is open for writing; fetch needs it
    cdef SentMessages* sessions
    cdef uint32_t session_count
    cdef uint8_t* scratch

    # 0, or -1: no memory. Numbers in between that were never put count as administrative.
    cdef int put(self, uint16_t session, uint64_t msg_seq_num, uint64_t position) noexcept nogil
    cdef void forget(self, uint16_t session) noexcept nogil
    cdef int fetch(self, uint16_t session, uint64_t msg_seq_num, StoredMessage* out) noexcept nogil
