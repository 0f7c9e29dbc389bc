"""One step at the door: a command into the core, its records into the journal, its reports onto sessions."""

cimport cython

from internaliser.model.types cimport *
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Writer
from internaliser.gateway.requests cimport Requests
from internaliser.gateway.roster cimport Roster
from internaliser.gateway.source_books cimport SourceBooks
from internaliser.journal.writer cimport JournalWriter
from internaliser.model.command cimport Command
from internaliser.model.event cimport ChildEvent
from internaliser.model.record cimport RecordHead

cdef enum:
    BODY_MAX = 8192             # bytes of the largest message body we build

cdef struct MessageHead:        # of the message whose body stands in Steps.body
    uint16_t session
    uint16_t flags              # OUT_*
    char msg_type[8]


@cython.final
cdef class Steps:
    cdef Core core
    cdef Roster roster
    cdef SourceBooks books
    cdef JournalWriter journal
    cdef Requests requests      # None: nobody takes requests to the edge
    cdef Command shutting       # scratch: what takes an edge source down when too much waits
    cdef Writer body
    cdef MessageHead message
    cdef uint32_t child_count   # orders to sources since the last commit: they wait for a sync
    cdef uint32_t record_count  # commands journalled since the last commit
    cdef uint64_t notable       # of records that the edge looks for: see notable_count
    cdef uint32_t has_more      # the last command did a chunk of its work: give it again

    # Apply and journal one command and send what it causes. 0, or -1: stop the node.
    cdef int take(self, Command* command, int64_t now_ns) noexcept nogil
    cdef int apply(self, Command* command, int64_t now_ns) noexcept nogil
    # Take the sources of the edge down: no further request arises until they are up again.
    cdef int shut_edge(self, int64_t now_ns) noexcept nogil
    cdef int hand_on(self, const RecordHead* event) noexcept nogil
    cdef uint8_t version(self, uint16_t session) noexcept nogil
    # The message an event becomes, in `message` and `body`; 0 = none.
    cdef int message_of(self, const RecordHead* event) noexcept nogil
    cdef int emit_rest(self, uint32_t at, bint has_message) noexcept nogil
    cdef int send_message(self) noexcept nogil
    cdef void note_child(self, const ChildEvent* event) noexcept nogil
