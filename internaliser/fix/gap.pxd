"""Messages we miss: asking for them once, and keeping those that came too early."""

from libc.stdint cimport int64_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Message
from internaliser.fix.session cimport Session

# A message with a number above next_in came, so that everything up to `last` is missing; `is_lossy` =
# it was not kept itself. 0, or -1: asked often enough without an answer.
cdef int gap_ask(Session* session, uint64_t last, int is_lossy, int64_t now_ns,
                 Buffer* out) noexcept nogil
# A gap up to `msg_seq_num` that the peer fills unasked, because our Logon told it what we expect.
cdef void gap_note(Session* session, uint64_t msg_seq_num, int64_t now_ns) noexcept nogil
# next_in may have moved while a gap was open: ask for its next part when the last one is through.
cdef void gap_go_on(Session* session, int64_t now_ns, Buffer* out) noexcept nogil
cdef void gap_forget(Session* session) noexcept nogil
# Keep a message for later; `is_done` = only its number (it has been acted upon already). 1 = kept.
cdef int early_keep(Session* session, const Message* message, int is_done) noexcept nogil
# 1 = `message` holds the kept message numbered next_in. Numbers acted upon are consumed on the way.
cdef int early_take(Session* session, Message* message) noexcept nogil
