"""Recovery: the INPUT of the journal through the same core and encoders, its OUTPUT compared."""

from internaliser.model.types cimport *
from internaliser.core.core cimport Core
from internaliser.gateway.roster cimport Roster
from internaliser.gateway.steps cimport Steps
from internaliser.model.command cimport Command
from internaliser.model.event cimport StateEvent
from internaliser.model.record cimport OutMessage, RecordHead, SessionRecord

cdef enum ReplayFault:
    REPLAY_OK = 0
    REPLAY_SEQ = 1              # the core gave the step another number
    REPLAY_EVENT = 2            # an event differs from the recorded one, or is missing on one side
    REPLAY_MESSAGE = 3          # a message differs from the recorded one, or is missing on one side
    REPLAY_CORE = 4             # the core met a fault of its own
    REPLAY_RECORD = 5           # a record of a kind that cannot stand here

cdef enum:
    UNFINISHED_MAX = 9          # commands the journal may end within: one more than the door repeats

cdef class Replay:
    cdef Core core
    cdef Roster roster
    cdef Steps steps
    cdef Command command
    cdef uint32_t event_at      # next event of the running step not yet seen in the journal
    cdef uint32_t has_message   # the last event became a message that the next record must hold
    cdef Command unfinished[UNFINISHED_MAX]     # whose last chunk said that work remains
    cdef uint32_t unfinished_count
    cdef readonly uint64_t record_count
    cdef readonly uint64_t fault_seq
    cdef readonly int fault

    cdef int feed(self, const RecordHead* record, uint64_t position) noexcept nogil   # ReplayFault
    cdef bint is_between_steps(self) noexcept nogil
    cdef int feed_command(self, const RecordHead* record) noexcept nogil
    cdef int feed_event(self, const RecordHead* record) noexcept nogil
    cdef int feed_message(self, const OutMessage* record, uint64_t position) noexcept nogil
    cdef void note_chunk(self, const StateEvent* event) noexcept nogil
    cdef int feed_session(self, const SessionRecord* record, uint64_t position) noexcept nogil
