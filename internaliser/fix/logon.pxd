"""The Logon, from either side, and with it the numbers a session starts from."""

from libc.stdint cimport int64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Message
from internaliser.fix.dictionary cimport Verdict
from internaliser.fix.session cimport Session

# NextExpectedMsgSeqNum(789) exists in the session's version.
cdef int knows_next_expected(const Session* session) noexcept nogil
# A message before the Logon is through. SessionResult.
cdef int on_first_message(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                          Verdict* verdict) noexcept nogil
# A Logon with ResetSeqNumFlag(141)=Y inside the session. SessionResult.
cdef int on_reset_logon(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                        Verdict* verdict) noexcept nogil
