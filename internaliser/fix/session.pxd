"""One FIX session, either role, sans-I/O: messages and now_ns in; bytes and results out.

The session numbers, checks, resends, beats. It does not know orders, sockets, clocks or files. What must
survive a crash is `next_in` and `next_out`; `is_dirty` says that they moved, `was_reset` that both went
back to 1 (the owner clears both flags when it has journalled them, before anything leaves).
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Message
from internaliser.fix.dictionary cimport Dictionary, Verdict

cdef enum:
    COMP_ID_MAX = 64

cdef enum SessionRole:
    ROLE_ACCEPTOR = 1
    ROLE_INITIATOR = 2

cdef enum SessionState:
    SESSION_DISCONNECTED = 0
    SESSION_LOGON_SENT = 1      # initiator waits for the answer
    SESSION_LOGON_RECEIVED = 2  # acceptor waits for the edge to check the credentials
    SESSION_ACTIVE = 3
    SESSION_LOGOUT_SENT = 4     # we asked; waiting for the answer, then close

cdef enum SessionResult:        # of session_on_message / session_on_time
    SESSION_HANDLED = 0         # nothing for the application
    SESSION_APPLICATION = 1     # an application message in order and valid: hand it on
    SESSION_CLOSE = 2           # send what is in `out`, then close the link
    SESSION_LOGGED_ON = 3       # the session just became active
    SESSION_CLOSE_NOW = 4       # close without sending
    SESSION_UNSUPPORTED = 5     # an application message we know but do not offer: answer 35=j 380=3

cdef struct StoredMessage:      # a message we sent earlier, as the store gives it back for a resend
    const char* body            # valid until the next fetch
    uint32_t body_size
    uint32_t is_own_order       # gap-fill it instead (our orders are never replayed)
    int64_t sending_time_ns
    char msg_type[8]

cdef struct MessageStore:       # where sent application messages can be read back
    void* context
    # 1 = found; 0 = that number was an administrative message (or a feed): gap-fill it.
    int (*fetch)(void* context, uint16_t session, uint64_t msg_seq_num, StoredMessage* out) noexcept nogil

cdef struct SessionLimits:
    int64_t sending_time_window_ns      # 120 s
    int64_t logon_timeout_ns            # 10 s
    int64_t logout_timeout_ns           # 2 s
    uint32_t heart_bt_min_s             # 1
    uint32_t heart_bt_max_s             # 60
    uint32_t resend_chunk               # messages of one resend served per call of session_on_time or message
    uint32_t timestamp_digits           # 3, 6 or 9

cdef struct Session:
    uint16_t index              # number of the session in the node
    uint8_t role                # SessionRole
    uint8_t state               # SessionState
    uint8_t is_dirty            # next_in or next_out moved since last cleared
    uint8_t was_reset           # both counters went back to 1 since last cleared
    uint8_t reset_on_logon      # initiator sends 141=Y
    uint8_t reserved
    uint32_t heart_bt_s
    uint32_t heart_bt_wanted_s  # what an initiator asks for
    uint64_t next_in            # MsgSeqNum expected next
    uint64_t next_out           # MsgSeqNum to be used next
    int64_t last_in_ns
    int64_t last_out_ns
    int64_t deadline_ns         # when session_on_time must be called; 0 = never
    # private to session.pyx: gap and resend in progress, test request outstanding, logout reason ...
    uint64_t gap_end            # highest MsgSeqNum we have asked for, 0 = no gap open
    uint64_t resend_next        # serving a resend: next number to send, 0 = none in progress
    uint64_t resend_end
    int64_t test_request_ns     # when we sent one that is unanswered, 0 = none
    uint32_t test_request_count
    uint32_t extra[8]           # session.pyx may define what it needs here; recompile users on change
    char begin_string[16]       # NUL terminated
    char sender[COMP_ID_MAX]    # ours
    char target[COMP_ID_MAX]    # theirs
    SessionLimits limits
    MessageStore store
    void* dictionary            # borrowed Dictionary (kept alive by the owner)

# A link came up: an initiator writes its Logon to `out`; an acceptor gets its first message through on_message.
cdef void session_connected(Session* session, int64_t now_ns, Buffer* out) noexcept nogil
# The link is gone (whatever the state was). Counters stay.
cdef void session_disconnected(Session* session, int64_t now_ns) noexcept nogil
# One framed and parsed message. SessionResult. `verdict` says what was refused, for logs.
cdef int session_on_message(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                            Verdict* verdict) noexcept nogil
# Heartbeats, test requests, time-outs, next chunk of a resend. SessionResult (HANDLED, CLOSE, CLOSE_NOW).
cdef int session_on_time(Session* session, int64_t now_ns, Buffer* out) noexcept nogil
# Number and send one application message whose body (fields after the header) is given. Returns its
# MsgSeqNum, 0 when the buffer limit is reached (the owner closes the link; the message keeps its number and
# is delivered by resend). Works while disconnected too: it then only takes a number (`out` may be NULL).
cdef uint64_t session_send(Session* session, const char* msg_type, const char* body, uint32_t body_size,
                           int64_t now_ns, Buffer* out) noexcept nogil
# Start an orderly end: Logout with a reason, then close on the answer or after logout_timeout_ns.
cdef void session_logout(Session* session, const char* reason, int64_t now_ns, Buffer* out) noexcept nogil
# For a connection without a session yet: BeginString, SenderCompID and TargetCompID of a parsed Logon, to look
# the session up with; 0 when a field is missing or it is not a Logon.
cdef int logon_identity(const Message* message, const char** begin_string, uint32_t* begin_size,
                        const char** sender, uint32_t* sender_size, const char** target,
                        uint32_t* target_size) noexcept nogil
