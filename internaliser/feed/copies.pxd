"""Drop copies: the execution reports of the accounts a session may see, from any point on, none left out.

A drop copy says in its Logon after which report it wants to go on: ReplayAfter(5091) = the ExecID(17) it saw last, 0
for everything the journal holds; without it only what happens from now on. What has happened is read from the
journal by a reader of the session's own; when that has come as far as the feed has, the session is told what the feed
takes, as it comes. One that does not keep up is read for again, from the report it could not be told: however slow it
is nothing is lost, nothing is told twice, and no more than a mark is held for it.
"""

cimport cython

from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Message, Writer
from internaliser.gateway.links cimport Links
from internaliser.gateway.roster cimport Roster
from internaliser.journal.reader cimport JournalReader
from internaliser.model.event cimport OrderEvent
from internaliser.model.record cimport RecordHead
from internaliser.model.types cimport *

cdef enum CopyState:
    COPY_OFF = 0                # not logged on
    COPY_SEEKING = 1            # looking for the segment its report is in
    COPY_REPLAYING = 2          # reading the journal
    COPY_LIVE = 3

cdef struct Copy:
    uint16_t session
    uint8_t state               # CopyState
    uint8_t is_marked           # DropCopyFlag(9406)=Y was asked for
    uint8_t is_found            # the report it named has been passed
    uint16_t after_index        # that report
    uint32_t after_epoch
    uint64_t after_seq
    uint64_t segment_no         # looked at next
    uint64_t from_position      # records before it have been told
    uint8_t* accounts           # by client: may be seen
    void* reader                # JournalReader, borrowed from `readers`


@cython.final
cdef class Copies:
    cdef Roster roster
    cdef Core names
    cdef Links links
    cdef JournalReader tail     # of the feed
    cdef list readers
    cdef Copy* copies
    cdef uint32_t count
    cdef uint32_t capacity
    cdef uint32_t live_count
    cdef readonly uint32_t replaying_count      # also those that seek
    cdef uint32_t client_count
    cdef uint64_t oldest_segment
    cdef uint64_t read_position     # of the last record the feed has read
    cdef uint64_t behind_mark   # bytes of output from which on a session is behind
    cdef char* room             # scratch: a body
    cdef Writer body
    cdef uint32_t head_size     # bytes of DropCopyFlag at its start, for those who asked
    cdef readonly uint64_t sent
    cdef readonly uint64_t detached     # times a session did not keep up

    # Is it a drop copy's session?
    cdef bint is_copy(self, uint16_t session) noexcept nogil
    # It has logged on with this message.
    cdef void begin(self, uint16_t session, const Message* logon, int64_t now_ns) noexcept nogil
    cdef void end(self, uint16_t session) noexcept nogil
    # An order event the feed has just read at that position.
    cdef void take(self, const OrderEvent* event, uint64_t position, int64_t now_ns) noexcept nogil
    # Go on reading for those that are not live. `is_at_end`: the feed has read all there is. 1 = there is more to do.
    cdef int replay(self, bint is_at_end, int64_t now_ns) noexcept nogil

    cdef Copy* copy_of(self, uint16_t session) noexcept nogil
    cdef void seek(self, Copy* copy, int64_t now_ns) noexcept nogil
    cdef int read_on(self, Copy* copy, bint is_at_end, int64_t now_ns) noexcept nogil
    cdef void repeat(self, Copy* copy, const OrderEvent* event, int64_t now_ns) noexcept nogil
    cdef int arrive(self, Copy* copy, bint is_at_end, int64_t now_ns) noexcept nogil
    cdef void pass_report(self, Copy* copy, const RecordHead* record, int64_t now_ns) noexcept nogil
    cdef void refuse(self, Copy* copy, const char* why, int64_t now_ns) noexcept nogil
    cdef int encode(self, const OrderEvent* event, uint8_t version) noexcept nogil
    cdef void tell(self, Copy* copy, int64_t now_ns) noexcept nogil
    cdef bint is_slow(self, const Copy* copy) noexcept nogil
    cdef void set_state(self, Copy* copy, uint8_t state) noexcept nogil
