"""Messages we miss. A gap is asked for once, and again if nothing of it comes for a while.

With `resend_ask_max` it is asked for in parts, the next one when the last has come.

Kept messages stand in the `early` buffer in the order of arrival, each behind an EarlyHead. They
are only a short cut: whatever is not kept comes with the resend, because we ask for everything from
the gap on.
"""

from libc.stdint cimport UINT64_MAX, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from internaliser.fix.buffer cimport Buffer, buffer_consume, buffer_filled, buffer_room
from internaliser.fix.codec cimport Message, parse
from internaliser.fix.outgoing cimport write_resend_request
from internaliser.fix.session cimport SESSION_ACTIVE, Session

cdef struct EarlyHead:
    uint64_t msg_seq_num
    uint32_t size               # of the message behind it; 0 = it has been acted upon already
    uint32_t reserved


cdef void ask(Session* session, int64_t now_ns, Buffer* out) noexcept nogil:
    """Ask for the gap, or its next part. The last part after a loss is everything from there on,
    so that the loss comes with it whatever comes meanwhile."""
    cdef uint32_t part = session.limits.resend_ask_max
    cdef int is_last = session.gap_end - session.next_in < part
    session.gap_first = session.next_in
    session.gap_asked_ns = now_ns
    if part == 0 or (is_last and session.gap_is_lossy):
        session.gap_to = UINT64_MAX
        write_resend_request(session, session.next_in, 0, now_ns, out)
        return
    session.gap_to = session.gap_end if is_last else session.next_in + part - 1
    write_resend_request(session, session.next_in, session.gap_to, now_ns, out)


cdef int gap_ask(Session* session, uint64_t last, int is_lossy, int64_t now_ns,
                 Buffer* out) noexcept nogil:
    if session.gap_end != 0 and session.next_in <= session.gap_end:
        if session.gap_to != UINT64_MAX:
            session.gap_end = max(session.gap_end, last)
            session.gap_is_lossy |= is_lossy
        if session.next_in != session.gap_first:
            session.gap_first = session.next_in
            session.gap_asked_ns = now_ns
            session.gap_asks = 1
            return 0
        if now_ns - session.gap_asked_ns < <int64_t> session.heart_bt_s * 1000000000:
            return 0
        if session.gap_asks >= session.limits.gap_asks_max:
            return -1
        session.gap_asks += 1
    else:
        session.gap_asks = 1
        session.gap_is_lossy = is_lossy
    # When everything was asked for it is not raised while the gap is open: only up to the message
    # that showed it is the answer sure to reach.
    session.gap_end = max(session.gap_end, last)
    ask(session, now_ns, out)
    return 0


cdef void gap_note(Session* session, uint64_t msg_seq_num, int64_t now_ns) noexcept nogil:
    session.gap_asks = 1
    session.gap_end = msg_seq_num
    session.gap_to = UINT64_MAX
    session.gap_first = session.next_in
    session.gap_asked_ns = now_ns


cdef int early_follows(const Session* session) noexcept nogil:
    """A kept message is handed on next."""
    cdef EarlyHead head
    if session.early == NULL or session.early.end == session.early.start:
        return 0
    memcpy(&head, session.early.data + session.early.start, sizeof(EarlyHead))
    return head.msg_seq_num == session.next_in and head.size > 0


cdef void gap_go_on(Session* session, int64_t now_ns, Buffer* out) noexcept nogil:
    if session.next_in > session.gap_end:
        session.gap_end = 0
    elif (session.next_in > session.gap_to and session.state == SESSION_ACTIVE
            and not early_follows(session)):
        session.gap_asks = 1
        ask(session, now_ns, out)


cdef void gap_forget(Session* session) noexcept nogil:
    session.gap_end = 0
    session.gap_to = 0
    session.gap_first = 0
    session.gap_asks = 0
    if session.early != NULL:
        session.early.start = 0
        session.early.end = 0


cdef int early_keep(Session* session, const Message* message, int is_done) noexcept nogil:
    cdef EarlyHead head
    cdef uint32_t size = 0 if is_done else message.size
    cdef char* room
    if session.early == NULL:
        return 0
    head.msg_seq_num = message.msg_seq_num
    head.size = size
    head.reserved = 0
    room = buffer_room(session.early, sizeof(EarlyHead) + size)
    if room == NULL:
        return 0
    memcpy(room, &head, sizeof(EarlyHead))
    memcpy(room + sizeof(EarlyHead), message.raw, size)
    buffer_filled(session.early, sizeof(EarlyHead) + size)
    return 1


cdef int early_take(Session* session, Message* message) noexcept nogil:
    cdef Buffer* early = session.early
    cdef EarlyHead head
    cdef char* raw
    while early != NULL and early.end > early.start:
        memcpy(&head, early.data + early.start, sizeof(EarlyHead))
        if head.msg_seq_num > session.next_in:
            return 0
        raw = early.data + early.start + sizeof(EarlyHead)
        buffer_consume(early, sizeof(EarlyHead) + head.size)
        if head.msg_seq_num < session.next_in:
            continue
        if head.size == 0:
            session.next_in += 1
            session.is_dirty = 1
            continue
        # The bytes stay where they are until the next message is kept. It was in time when it came.
        session.is_from_early = 1
        return 1 if parse(message, raw, head.size) == 0 else 0
    return 0
