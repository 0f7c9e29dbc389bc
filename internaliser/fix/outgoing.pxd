"""What a session writes: any message with its header, and the bodies of its own messages."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Message
from internaliser.fix.dictionary cimport Verdict
from internaliser.fix.session cimport Session

# One message with the number given. `original_ns` >= 0 makes it a resend (43=Y, 122). 0, or -1: the
# buffer's limit is reached and nothing was written.
cdef int write_message(Session* session, const char* msg_type, uint64_t msg_seq_num,
                       const char* body, uint32_t body_size, int64_t original_ns, int64_t now_ns,
                       Buffer* out) noexcept nogil
# Take the next number and write; what does not fit is lost and gets gap-filled when asked for.
cdef void write_next(Session* session, const char* msg_type, const char* body, uint32_t body_size,
                     int64_t now_ns, Buffer* out) noexcept nogil

# `next_expected` = NextExpectedMsgSeqNum(789), 0 = without.
cdef void write_logon(Session* session, int with_reset, uint64_t next_expected, int64_t now_ns,
                      Buffer* out) noexcept nogil
# `reason` NULL = without Text(58).
cdef void write_logout(Session* session, const char* reason, int64_t now_ns,
                       Buffer* out) noexcept nogil
# `asked`: a TestRequest, whose TestReqID(112) it repeats whole. NULL = the regular one.
cdef void write_heartbeat(Session* session, const Message* asked, int64_t now_ns,
                          Buffer* out) noexcept nogil
cdef void write_test_request(Session* session, int64_t now_ns, Buffer* out) noexcept nogil
# `last` 0 = everything from `first` on.
cdef void write_resend_request(Session* session, uint64_t first, uint64_t last, int64_t now_ns,
                               Buffer* out) noexcept nogil
# Always a repeat (43=Y): it stands for numbers sent before. 0, or -1 as write_message.
cdef int write_gap_fill(Session* session, uint64_t first, uint64_t new_seq_no, int64_t now_ns,
                        Buffer* out) noexcept nogil
# `text` NULL = refusal_text. reason < 0 = without SessionRejectReason(373).
cdef void write_reject(Session* session, const Message* message, const Verdict* verdict,
                       const char* text, int64_t now_ns, Buffer* out) noexcept nogil
# The standard's words for a SessionRejectReason(373).
cdef const char* reason_text(int reason) noexcept nogil
cdef enum:
    REFUSAL_TEXT_MAX = 80
# The words for a refusal: those of its reason, or the limit that was passed, written to `room`.
cdef const char* refusal_text(const Verdict* verdict, char* room) noexcept nogil
