"""One FIX session, either role, sans-I/O: messages and now_ns in; bytes and results out.

The session numbers, checks, resends, beats. It does not know orders, sockets, clocks or files. What
must survive a crash is `next_in` and `next_out`; `is_dirty` says that they moved, `was_reset` that
both went back to 1 (the owner clears both flags when it has journalled them, before anything
leaves).

A session is set up by zeroing the struct and filling the upper half; the lower half is private to
the fix room: `outgoing` writes messages, `resend` repeats sent ones, `gap` asks for missing ones.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Message
from internaliser.fix.dictionary cimport Dictionary, Verdict
from internaliser.fix.habit cimport HABITS, Habit

cdef enum:
    COMP_ID_MAX = 64
    BEGIN_STRING_MAX = 16

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

cdef enum NextExpected:         # when our Logon has NextExpectedMsgSeqNum(789)
    NEXT_EXPECTED_NEVER = 0
    NEXT_EXPECTED_ANSWERED = 1  # an acceptor's, when the peer's Logon has it
    NEXT_EXPECTED_ALWAYS = 2    # from FIX.4.4 on

cdef enum TestRule:             # which TestMessageIndicator(464) a Logon may have
    TEST_ANY = 0
    TEST_REFUSED = 1            # production: not Y
    TEST_WANTED = 2             # test: only Y, and ours says so too

cdef enum TooLowRule:           # what a number too low without PossDupFlag(43) gets
    TOO_LOW_LOGOUT = 0          # the standard's answer
    TOO_LOW_REJECT = 1          # a Reject, the session goes on

cdef struct StoredMessage:      # a message we sent earlier, as the store gives it back for a resend
    const char* body            # valid until the next fetch
    uint32_t body_size
    uint32_t is_own_order       # gap-fill it instead (our orders are never replayed)
    int64_t sending_time_ns
    char msg_type[8]

cdef struct MessageStore:       # where sent application messages can be read back
    void* context
    # 1 = found; 0 = that number was an administrative message (or a feed): gap-fill it.
    int (*fetch)(void* context, uint16_t session, uint64_t msg_seq_num,
                 StoredMessage* out) noexcept nogil

cdef struct Unsent:             # what the session's owner has yet to send
    void* context
    void (*send)(void* context) noexcept nogil  # all of it, now; NULL = there is none

cdef struct SessionLimits:
    int64_t sending_time_window_ns      # 120 s
    int64_t logon_timeout_ns            # 10 s
    int64_t logout_timeout_ns           # 2 s
    uint32_t heart_bt_min_s             # 1
    uint32_t heart_bt_max_s             # 60
    uint32_t resend_chunk               # numbers of one resend looked at per call
    int64_t resend_pause_ns             # between two such calls that repeat something; 0 = none
    uint32_t resend_repeats_max         # 32: ResendRequests in a row that ask for nothing new
    uint32_t resend_ask_max             # numbers one of ours asks for; 0 = everything at once
    uint32_t gap_asks_max               # 5: unanswered ones for one gap, then we give up
    uint32_t message_size_told          # MaxMessageSize(383) in our Logon; 0 = not told
    uint64_t resend_output_max          # unsent bytes beyond which a resend waits; 0 = half of `out`
    uint32_t timestamp_digits           # 3, 6 or 9

cdef struct Session:
    uint16_t index              # number of the session in the node
    uint8_t role                # SessionRole
    uint8_t state               # SessionState
    uint8_t is_dirty            # next_in or next_out moved since last cleared
    uint8_t was_reset           # both counters went back to 1 since last cleared
    uint8_t reset_on_logon      # initiator: sends 141=Y; acceptor: counters at 1 at every Logon
    uint8_t is_closing          # a CLOSE was returned: nothing until session_disconnected
    uint8_t next_expected       # NextExpected
    uint8_t tells_last          # LastMsgSeqNumProcessed(369) in every header we send
    uint8_t test_rule           # TestRule
    uint8_t too_low_rule        # TooLowRule
    uint32_t peer_size_max      # MaxMessageSize(383) of the peer's Logon; 0 = it did not say
    uint8_t version             # FixVersion
    uint8_t status              # SessionStatus(1409) of our next Logout over FIXT, 0 = none
    uint32_t heart_bt_s         # in force
    uint32_t heart_bt_wanted_s  # what an initiator asks for
    uint64_t next_in            # MsgSeqNum expected next
    uint64_t next_out           # MsgSeqNum to be used next
    int64_t last_in_ns
    int64_t last_out_ns
    # When session_on_time must be called; 0 = never. Traffic only puts it off, so it may be early,
    # not late.
    int64_t deadline_ns
    char begin_string[BEGIN_STRING_MAX]     # NUL padded, as the two below
    char sender[COMP_ID_MAX]    # ours
    char target[COMP_ID_MAX]    # theirs
    SessionLimits limits
    MessageStore store
    Unsent unsent               # goes out before a message of the session's own
    void* dictionary            # borrowed Dictionary; NULL = fields are not checked
    const char* logon_fields    # borrowed: end of every Logon we send (553, 554, 1137 ...)
    uint32_t logon_fields_size
    const char* closed_text     # borrowed: why nobody may log on now; NULL = one may
    # Borrowed: where messages that came before a gap was filled are kept for session_early; NULL =
    # they are dropped, because the resend brings them again.
    Buffer* early

    # -- private to the fix room --
    uint32_t gap_asks           # times we asked for the same gap
    uint64_t gap_first          # MsgSeqNum we asked from
    uint64_t gap_end            # last MsgSeqNum of the gap, open while next_in <= gap_end; 0 = none
    uint64_t gap_to             # last number asked for, 2**64-1 = everything
    int64_t gap_asked_ns
    uint8_t gap_is_lossy        # something that came meanwhile was not kept
    uint64_t resend_next        # serving a resend: next number to look at, 0 = none in progress
    uint64_t resend_end         # last number of it; 2**64-1 = as far as we have sent by then
    uint64_t resend_fill        # first number of a gap fill not yet written, 0 = none
    uint64_t asked_first        # highest BeginSeqNo of the ResendRequests in a row
    uint64_t asked_end          # and highest EndSeqNo
    uint32_t asked_count        # and how many of them asked for nothing new
    int64_t test_request_ns     # when we sent one that is unanswered, 0 = none
    int64_t opened_ns           # when the link came up, while no Logon is through
    int64_t logout_ns           # when we sent our Logout
    int64_t time_second         # second that `head_part` shows
    int64_t time_ns             # and the time
    uint8_t is_at_fault         # of the peer, answered with our Logout: only its Logout is heard
    uint8_t is_from_early       # the next message handed in was kept
    uint8_t begin_size          # of the constant header parts below; 0 = not made yet
    uint8_t head_size
    uint8_t time_at             # where SendingTime stands in `head_part`
    Habit habits[HABITS]        # what the peer's messages look like
    char begin_part[24]         # 8=FIX.4.4|9=
    char head_part[2 * COMP_ID_MAX + 48]    # 49=NODE|52=20260101-00:00:00.000|56=CLIENT1|

# A link came up: an initiator writes its Logon to `out`; an acceptor gets its first message through
# on_message (and is closed by session_on_time if none comes).
cdef void session_connected(Session* session, int64_t now_ns, Buffer* out) noexcept nogil
# The link is gone, for whatever reason and in whatever state. Counters stay.
cdef void session_disconnected(Session* session, int64_t now_ns) noexcept nogil
# One framed and parsed message. SessionResult. `verdict` says what was refused, for logs. After
# CLOSE or CLOSE_NOW nothing more of the link may be handed in.
cdef int session_on_message(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                            Verdict* verdict) noexcept nogil
# With `early` set, call after every message until it gives 0: 1 = `message` now holds the next kept
# one, hand it to session_on_message at once.
cdef int session_early(Session* session, Message* message) noexcept nogil
# Heartbeats, test requests, time-outs, next chunk of a resend. SessionResult (HANDLED, CLOSE,
# CLOSE_NOW).
cdef int session_on_time(Session* session, int64_t now_ns, Buffer* out) noexcept nogil
# Number and send one application message whose body (fields after the header) is given. Returns its
# MsgSeqNum, 0 when the buffer limit is reached (the owner closes the link; the message keeps its
# number, next_out - 1, and is delivered by resend). It only takes a number (`out` may be NULL)
# while no Logon is through, after our Logout, and while a resend is in progress that will reach it:
# the peer gets everything in order.
cdef uint64_t session_send(Session* session, const char* msg_type, const char* body,
                           uint32_t body_size, int64_t now_ns, Buffer* out) noexcept nogil
# Start an orderly end: Logout with a reason, then close on the answer or after logout_timeout_ns.
# Before the Logon is through session_on_time says CLOSE_NOW at its next call.
cdef void session_logout(Session* session, const char* reason, int64_t now_ns,
                         Buffer* out) noexcept nogil
# Both counters back to 1, by our own clock: only while no Logon is through. `was_reset` says so.
cdef void session_reset(Session* session) noexcept nogil
# As session_logout, and both counters back to 1 at once: the numbers of this link are over, of its
# peer only the Logout is still heard.
cdef void session_end(Session* session, const char* reason, int64_t now_ns,
                      Buffer* out) noexcept nogil
# Turn away a link that gets not even as far as the session, which may have another one: a Logout with
# `reason` that takes no number.
cdef void session_refuse(Session* session, const char* reason, uint8_t status, int64_t now_ns,
                         Buffer* out) noexcept nogil
# For a connection without a session yet: BeginString, SenderCompID and TargetCompID of a parsed
# Logon, to look the session up with; 0 when a field is missing or it is not a Logon (close the link
# without a word, as after garbled bytes).
cdef int logon_identity(const Message* message, const char** begin_string, uint32_t* begin_size,
                        const char** sender, uint32_t* sender_size, const char** target,
                        uint32_t* target_size) noexcept nogil
