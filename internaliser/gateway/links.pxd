"""What a reactor drives: links (one per TCP connection), by number. The door of the core thread and that of the
feed both are one; which of them makes no difference to the sockets.
"""

from internaliser.model.types cimport *
from internaliser.fix.buffer cimport Buffer
from internaliser.gateway.access cimport Origin
from internaliser.gateway.enquiries cimport Answer
from internaliser.model.command cimport Command

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
    uint8_t is_waiting          # for the edge to check its Logon, which stays in `input`; it is not read meanwhile
    uint8_t reserved
    uint32_t generation         # rises with every connection, never 0
    uint32_t reserved2
    uint64_t released           # bytes of `output` that may leave, counted from output.start
    int64_t opened_ns
    Buffer input                # the reactor appends, the door consumes
    Buffer output               # the door appends, the reactor sends the released part and consumes it

cdef class Links:
    cdef uint64_t message_size_max
    cdef uint64_t output_max
    cdef Link* links
    cdef uint32_t link_count    # slots, free ones included
    cdef uint32_t free_from     # no slot before this one is free
    cdef uint32_t connected     # connections so far: the generation of the last link
    cdef uint32_t* touched      # links with bytes to send or a close to do after end_turn; the reactor resets the count
    cdef uint32_t touched_count
    cdef uint32_t halted        # 1 = our fault or a failed journal: nothing more may be taken in or sent

    # A connection was made. `session` is the source's session for LINK_SOURCE, NONE16 for clients. The link's
    # number, NONE32 when the limit on connections is reached (the reactor closes the socket).
    cdef uint32_t on_connect(self, uint8_t kind, uint16_t session, int64_t now_ns) noexcept nogil
    # A client's connection was made. The link's number, NONE32 when there are enough or its address is not to be
    # heard now.
    cdef uint32_t on_accept(self, const Origin* origin, int64_t now_ns) noexcept nogil
    # Bytes of a link will be there soon: start loading what they are about.
    cdef void expect(self, uint32_t link) noexcept nogil
    # New bytes stand in links[link].input.
    cdef void on_data(self, uint32_t link, int64_t now_ns) noexcept nogil
    # The connection is gone; the slot is free afterwards.
    cdef void on_disconnect(self, uint32_t link, int64_t now_ns) noexcept nogil
    # Whatever is due by the clock.
    cdef void on_time(self, int64_t now_ns) noexcept nogil
    # When on_time is wanted next (UTC ns); 0 = not at all.
    cdef int64_t deadline(self) noexcept nogil
    # A command from the edge (operator, timer of the day, configuration).
    cdef void on_command(self, Command* command, int64_t now_ns) noexcept nogil
    # An answer from the edge, its body behind it: numbered and sent, or kept for a session that is away.
    cdef void on_answer(self, const Answer* answer, int64_t now_ns) noexcept nogil
    # Let leave what may leave. 0, or -1: halted.
    cdef int end_turn(self, int64_t now_ns) noexcept nogil
    # Orderly end: Logout on every session. Returns the number of links still open.
    cdef uint32_t close_sessions(self, int64_t now_ns) noexcept nogil

    cdef int open_slots(self, uint32_t count) except -1
    # A free slot with its buffers open; NONE32 = none, or no memory.
    cdef uint32_t take_slot(self, uint8_t kind, int64_t now_ns) noexcept nogil
    cdef void free_slot(self, uint32_t index) noexcept nogil
    cdef void touch(self, uint32_t index) noexcept nogil
