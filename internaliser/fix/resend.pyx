"""Serving a ResendRequest: application messages again, gap fills over all the rest.

While an open-ended resend is in progress new application messages only take their numbers and go
out as part of it, so the peer never sees a number before its turn.
"""

from libc.stdint cimport UINT64_MAX, int64_t, uint32_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.outgoing cimport write_gap_fill, write_message
from internaliser.fix.session cimport Session, StoredMessage

cdef enum:
    NO_LAST = 999999            # how FIX up to 4.2 wrote "and everything after"


cdef int is_endless(Session* session, uint64_t first, uint64_t last) noexcept nogil:
    """Whoever moves on asks for something new, or sends something between. A loop does neither."""
    if session.asked_count == 0:
        session.asked_first = session.asked_end = 0
    if first <= session.asked_first and last <= session.asked_end:
        session.asked_count += 1
        return session.asked_count >= session.limits.resend_repeats_max
    session.asked_first = max(first, session.asked_first)
    session.asked_end = max(last, session.asked_end)
    session.asked_count = 1
    return 0


cdef int resend_start(Session* session, uint64_t first, uint64_t last) noexcept nogil:
    """Begin, or widen what is in progress: what is asked for again was not received."""
    if first == 0:
        first = 1
    if first >= session.next_out:
        return RESEND_NOTHING
    if last == 0 or last == NO_LAST or last >= session.next_out:
        last = UINT64_MAX
    if last < first:
        return RESEND_WRONG_END
    if is_endless(session, first, last):
        return RESEND_ENDLESS
    if session.resend_next == 0:
        session.resend_next = first
        session.resend_end = last
        session.resend_fill = 0
        return RESEND_STARTED
    if last > session.resend_end:
        session.resend_end = last
    if first < (session.resend_fill if session.resend_fill != 0 else session.resend_next):
        session.resend_next = first
        session.resend_fill = 0
    return RESEND_STARTED


cdef inline int is_replayed(Session* session, uint64_t number,
                            StoredMessage* stored) noexcept nogil:
    if session.store.fetch == NULL:
        return 0
    return (session.store.fetch(session.store.context, session.index, number, stored) != 0
            and stored.is_own_order == 0)


cdef inline int end_fill(Session* session, int64_t now_ns, Buffer* out) noexcept nogil:
    """Write the gap fill that ends before resend_next, if one is open. 0, or -1: no room."""
    if session.resend_fill == 0:
        return 0
    if write_gap_fill(session, session.resend_fill, session.resend_next, now_ns, out) < 0:
        return -1
    session.resend_fill = 0
    return 0


cdef int resend_serve(Session* session, int64_t now_ns, Buffer* out) noexcept nogil:
    cdef StoredMessage stored
    cdef uint32_t left = session.limits.resend_chunk if session.limits.resend_chunk > 0 else 1
    # Half of the buffer stays free for what happens now.
    cdef uint64_t full = out.limit // 2
    if session.limits.resend_output_max > 0:
        full = min(full, session.limits.resend_output_max)
    while session.resend_next != 0:
        if session.resend_next > session.resend_end or session.resend_next >= session.next_out:
            if end_fill(session, now_ns, out) < 0:
                return 0
            session.resend_next = 0
            return 1
        if left == 0 or out.end - out.start > full:
            return 0
        left -= 1
        if not is_replayed(session, session.resend_next, &stored):
            if session.resend_fill == 0:
                session.resend_fill = session.resend_next
            session.resend_next += 1
            continue
        if end_fill(session, now_ns, out) < 0:
            return 0
        # The clock may have been set back since: 122 after 52 is what a peer refuses.
        if write_message(session, stored.msg_type, session.resend_next, stored.body,
                         stored.body_size, min(stored.sending_time_ns, now_ns), now_ns, out) < 0:
            return 0
        session.resend_next += 1
    return 1
