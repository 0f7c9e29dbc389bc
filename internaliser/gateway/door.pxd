"""The door: what happens in one loop turn between the sockets and the core. Sans-I/O; the reactor drives it.

bytes -> session -> gateway -> Command -> Core -> events -> reports -> session -> bytes, and the journal
before anything leaves. Knows links (one per TCP connection) by number, never sockets.
"""

from internaliser.model.types cimport *
from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Message
from internaliser.model.command cimport Command
from internaliser.core.core cimport Core
from internaliser.gateway.access cimport Access, Origin
from internaliser.gateway.roster cimport Roster
from internaliser.gateway.steps cimport Steps
from internaliser.journal.writer cimport JournalWriter

cdef enum:
    REPEATS_MAX = 8             # operator commands at once of which a chunk is still to be done

cdef enum LinkKind:
    LINK_FREE = 0
    LINK_CLIENT = 1             # accepted: who it is comes with its Logon
    LINK_SOURCE = 2             # dialled by us to a venue or peer

cdef struct Link:               # one TCP connection as the door sees it
    uint8_t kind                # LinkKind
    uint8_t wants_close         # send what is released, then close
    uint8_t wants_close_now     # close, send nothing more
    uint8_t is_touched          # already in `touched`
    uint16_t session            # NONE16 until its Logon named one
    uint16_t reserved
    uint64_t released           # bytes of `output` that may leave, counted from output.start
    int64_t opened_ns
    Buffer input                # the reactor appends, the door consumes
    Buffer output               # the door appends, the reactor sends the released part and consumes it

cdef class Door:
    cdef Core core
    cdef Roster roster
    cdef Steps steps
    cdef readonly Access access
    cdef JournalWriter journal
    cdef Message message        # scratch: the message being read
    cdef Command command        # scratch: what it means
    cdef Command repeats[REPEATS_MAX]   # commands with work left, oldest first
    cdef uint32_t repeat_count
    cdef int64_t next_deadline  # earliest time a session or a link without a Logon needs on_time
    cdef int64_t counters_due   # counters that moved on their own are journalled by then; 0 = none
    cdef int64_t logon_timeout_ns
    cdef uint64_t message_size_max
    cdef uint64_t logon_size_max
    cdef uint64_t output_max
    cdef Link* links
    cdef uint32_t link_count    # slots, free ones included
    cdef uint32_t* touched      # links with bytes to send or a close to do after end_turn; the reactor resets the count
    cdef uint32_t touched_count
    cdef uint32_t halted        # 1 = our fault or a failed journal: nothing more may be taken in or sent

    # A connection was made. `session` is the source's session for LINK_SOURCE, NONE16 for clients. The link's
    # number, NONE32 when the limit on connections is reached (the reactor closes the socket).
    cdef uint32_t on_connect(self, uint8_t kind, uint16_t session, int64_t now_ns) noexcept nogil
    # A client's connection was made. The link's number, NONE32 when the limit on connections is reached or its
    # address is not to be heard now.
    cdef uint32_t on_accept(self, const Origin* origin, int64_t now_ns) noexcept nogil
    # New bytes stand in links[link].input.
    cdef void on_data(self, uint32_t link, int64_t now_ns) noexcept nogil
    # The connection is gone; the slot is free afterwards.
    cdef void on_disconnect(self, uint32_t link, int64_t now_ns) noexcept nogil
    # Timers: sessions, children, stale sources, links without a Logon.
    cdef void on_time(self, int64_t now_ns) noexcept nogil
    # When on_time is wanted next (UTC ns); 0 = not at all.
    cdef int64_t deadline(self) noexcept nogil
    # A command from the edge (operator, timer of the day, configuration).
    cdef void on_command(self, Command* command, int64_t now_ns) noexcept nogil
    # Journal, sync, release. 0, or -1: halted.
    cdef int end_turn(self, int64_t now_ns) noexcept nogil
    # Orderly end: Logout on every session. Returns the number of links still open.
    cdef uint32_t close_sessions(self, int64_t now_ns) noexcept nogil

    cdef int read(self, Link* link, uint32_t size) noexcept nogil
    cdef void on_message(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void hand_on(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void follow(self, uint32_t index, int result, int64_t now_ns) noexcept nogil
    cdef void turn_away(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef bint identify(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void attach(self, uint32_t index, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void on_application(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void refuse(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void take(self, int64_t now_ns) noexcept nogil
    cdef void repeat(self, int64_t now_ns) noexcept nogil
    cdef void send_cold(self, uint16_t session, const char* msg_type, uint16_t flags, int64_t now_ns) noexcept nogil
    cdef void source_state(self, uint16_t source, uint8_t action, int64_t now_ns) noexcept nogil
    cdef void subscribe(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void touch_reported(self) noexcept nogil
    cdef bint has_output(self) noexcept nogil
    cdef void visit_links(self, int64_t now_ns) noexcept nogil
    cdef void wake_by(self, int64_t time_ns) noexcept nogil
    cdef void touch(self, uint32_t index) noexcept nogil
