"""What clients ask that the edge answers: messages that change no trading state, credentials of a Logon.

An enquiry is handed over whole, in order, and is never journalled (it may hold a password): a crash between a
question and its answer leaves the client without one, it asks again. It is taken only while there is room: a flood
of questions is refused, takes nothing from the requests of the core, and leaves a share for credentials.
"""

from internaliser.fix.codec cimport Message
from internaliser.gateway.roster cimport Roster
from internaliser.journal.writer cimport JournalWriter
from internaliser.model.event cimport EventBuffer
from internaliser.model.record cimport RecordHead
from internaliser.model.types cimport *

cdef enum AskResult:
    ASK_TAKEN = 0
    ASK_FULL = -1               # no room, or no edge: not available now
    ASK_TOO_MANY = -2           # of this session are unanswered
    ASK_TOO_LARGE = -3          # larger than one question may be

cdef struct Enquiry:            # KIND_QUESTION and KIND_CREDENTIALS; `raw_size` bytes of the message follow
    RecordHead head             # seq: the last step before it
    int64_t time_ns
    uint64_t batch_no           # of the journal: what happened before the question stands up to there
    uint64_t msg_seq_num
    uint32_t link               # number of the link it came by ...
    uint32_t generation         # ... and of its use: rises with every connection
    uint32_t raw_size
    uint16_t session
    uint16_t reserved
    char msg_type[8]            # NUL padded

cdef enum:
    ANSWER_BODY_MAX = 49152     # bytes: less than a resend can read back (gateway/sent.pxd)

cdef enum AnswerFlag:
    ANSWER_LAST = 1             # the question is answered with this
    ANSWER_IF_PRESENT = 2       # worth nothing once the link of `generation` is gone: dropped then
    ANSWER_VERDICT = 4          # on the credentials of a Logon that came by link `msg_seq_num`
    ANSWER_PASSED = 8           # with VERDICT: they are good
    ANSWER_HOURS = 16           # not a message: the hours of the clients' sessions (gateway/hours.pxd)
    ANSWER_SHUT = 32            # with HOURS: nobody may log on
    ANSWER_RESET = 64           # with HOURS: the counters go back to 1
    ANSWER_WRONG = 128          # with a message: what it answers showed a wrong password

cdef struct Answer:             # KIND_ANSWER; `body_size` bytes follow: the fields between header and trailer
    RecordHead head
    uint64_t msg_seq_num        # of the question, 0 = it was not asked for
    uint32_t generation         # of the link the question came by
    uint32_t body_size          # 0 = nothing to send: the question is done with
    uint16_t session
    uint16_t flags              # AnswerFlag
    uint32_t reserved
    char msg_type[8]            # NUL padded

cdef class Enquiries:
    cdef EventBuffer records
    cdef uint32_t start         # taken up to here
    cdef uint16_t* open_counts  # by session: questions without their last answer
    cdef readonly uint32_t session_count
    cdef readonly uint32_t open_max         # of one session
    cdef readonly uint32_t message_max      # bytes of one message
    cdef public uint64_t room   # bytes that may be added: what is free in the ring; 0 = nobody listens
    cdef public uint64_t share  # of it, kept for credentials
    # Counts, written by the core thread, readable at any time.
    cdef readonly uint64_t taken
    cdef readonly uint64_t refused

    # Hand a message over; an AskResult. `kind` is KIND_QUESTION or KIND_CREDENTIALS, `seq` the last step. `journal`
    # None: the answer does not depend on what happened before.
    cdef int ask(self, uint16_t kind, const Message* message, uint64_t seq, JournalWriter journal, uint16_t session,
                 uint32_t link, uint32_t generation, int64_t now_ns) noexcept nogil
    cdef uint8_t* place(self, uint32_t size) noexcept nogil
    # The last answer to a question of that session is there.
    cdef void close(self, uint16_t session) noexcept nogil
    # The oldest one, valid until the next `ask`; NULL when there is none.
    cdef const RecordHead* peek(self) noexcept nogil
    cdef void advance(self) noexcept nogil

# What 35=j says of a question that was not taken, and its BusinessRejectReason(380).
cdef const char* why_not_asked(int result, bint has_throttle_reason, uint8_t* reason) noexcept nogil
# An answer onto its session, whose link now has `generation` (0 = none). 0, or -1: the journal refused it (stop).
cdef int deliver(Roster roster, Enquiries enquiries, const Answer* answer, uint32_t generation, uint64_t seq,
                 int64_t now_ns) noexcept nogil
# Are these `size` bytes an Answer and its body?
cdef bint is_answer(const Answer* answer, uint64_t size) noexcept nogil
