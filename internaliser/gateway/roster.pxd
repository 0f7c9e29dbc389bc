"""The roster: every configured FIX session, whose it is, which link it is on, what the journal knows of it."""

cimport cython

from internaliser.model.types cimport *
from internaliser.fix.buffer cimport Buffer
from internaliser.fix.session cimport Session
from internaliser.gateway.sent cimport SentStore
from internaliser.journal.writer cimport JournalWriter

cdef struct Seat:               # what the node knows of one session beyond the protocol
    uint16_t client             # NONE16 for a source's session
    uint16_t source             # NONE16 for a client's session
    uint32_t link               # NONE32 = disconnected
    Buffer* output              # of that link; NULL = disconnected
    uint64_t journalled_in      # next_in and next_out as the journal would give them back
    uint64_t journalled_out
    uint8_t is_configured
    uint8_t is_late             # already in `late`
    uint8_t is_fresh            # already in `fresh`
    uint8_t has_overflowed      # its output passed the limit: cut it, it catches up by resend
    uint8_t cancels_configured  # CancelOnDisconnect where the Logon does not say
    uint8_t cancels             # as the Logon under way or in force has it
    uint8_t is_followed         # the core was told that the link is up
    uint8_t has_logged_out      # the link ends with a Logout of both sides
    int64_t grace_ns            # before the end of the link cancels


@cython.final
cdef class Roster:
    cdef Session* sessions
    cdef Seat* seats
    cdef Buffer* early          # by session: messages that came before a gap was filled
    cdef readonly uint32_t capacity
    cdef uint32_t session_count     # seats up to the last configured one
    cdef SentStore sent
    cdef JournalWriter journal
    cdef list keep              # dictionaries the sessions borrow
    cdef uint16_t* late         # sessions whose counters the journal does not know yet
    cdef uint32_t late_count
    cdef uint16_t* fresh        # sessions something was sent on since the owner last looked
    cdef uint32_t fresh_count
    cdef uint16_t* names        # acceptors' sessions by the hash of their names, NONE16 = empty
    cdef uint32_t name_mask
    cdef uint32_t sent_count    # messages numbered since the last commit
    cdef public int64_t ended_ns    # the last end of hours that was carried out; 0 = none ever

    # Session of a Logon's identity as the counterparty writes it, NONE16 if there is none.
    cdef uint16_t find(self, const char* begin_string, uint32_t begin_size, const char* their_comp_id,
                       uint32_t their_size, const char* our_comp_id, uint32_t our_size) noexcept nogil
    cdef void name(self, uint16_t index) noexcept nogil
    # The owner is to look at the link of that session at the end of the turn.
    cdef inline void freshen(self, uint16_t index) noexcept nogil:
        if not self.seats[index].is_fresh:
            self.seats[index].is_fresh = 1
            self.fresh[self.fresh_count] = index
            self.fresh_count += 1
    # Send one application message and journal it. 0, or -1: the journal refused it (stop).
    cdef int send(self, uint16_t index, uint64_t seq, const char* msg_type, const char* body, uint32_t body_size,
                  uint16_t flags, int64_t now_ns) noexcept nogil
    # Look at a session after the protocol touched it: journal a reset, remember that counters moved. Without a journal
    # (the feed's) nobody is told of either. 0 or -1.
    cdef int settle(self, uint16_t index, int64_t now_ns) noexcept nogil
    # The hours ended, all that comes with it is journalled: so is this, and recovery knows. 0 or -1.
    cdef int note_end(self, int64_t ended_ns) noexcept nogil
    # Journal the counters that moved without a record that tells so. 0 or -1.
    cdef int journal_counters(self, int64_t now_ns) noexcept nogil
    # Replay: counters and positions as the records say.
    cdef void recall_counters(self, uint16_t index, uint64_t next_in, uint64_t next_out) noexcept nogil
