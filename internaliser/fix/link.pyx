"""The life of a session's link. Who changes what is due next calls `schedule`; traffic does not."""

from libc.stdint cimport int64_t, uint64_t
from libc.stdio cimport snprintf

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.gap cimport gap_forget
from internaliser.fix.outgoing cimport write_logout
from internaliser.fix.resend cimport resend_serve
from internaliser.fix.rules cimport beat_ns, silence_ns
from internaliser.fix.session cimport (
    SESSION_ACTIVE, SESSION_CLOSE, SESSION_LOGOUT_SENT, Session,
)
from internaliser.fix.version cimport STATUS_NUMBER_TOO_LOW

cdef int64_t RESEND_PAUSE_NS = 10000000     # before trying again when the output buffer is full


cdef void schedule(Session* session, int64_t now_ns) noexcept nogil:
    cdef int64_t beat_due, silence_due
    if session.is_closing:
        session.deadline_ns = 0
    elif session.state == SESSION_ACTIVE:
        beat_due = session.last_out_ns + beat_ns(session)
        if session.test_request_ns != 0:
            session.deadline_ns = session.test_request_ns + silence_ns(session)
        else:
            silence_due = session.last_in_ns + silence_ns(session)
            session.deadline_ns = beat_due if beat_due < silence_due else silence_due
    elif session.state == SESSION_LOGOUT_SENT:
        session.deadline_ns = session.logout_ns + session.limits.logout_timeout_ns
    elif session.opened_ns != 0:
        session.deadline_ns = session.opened_ns + session.limits.logon_timeout_ns
    else:
        session.deadline_ns = 0
    if session.resend_next != 0 and not session.is_closing:
        session.deadline_ns = now_ns


cdef void serve(Session* session, int64_t now_ns, Buffer* out) noexcept nogil:
    """One chunk of the resend in progress. The rest is due at once while nothing is repeated, after
    a pause that is others' when something is, later if `out` is full."""
    cdef uint64_t before = session.resend_next
    cdef uint64_t unsent = out.end - out.start
    resend_serve(session, now_ns, out)
    schedule(session, now_ns)
    if session.resend_next == 0:
        return
    if session.resend_next == before:
        session.deadline_ns = now_ns + RESEND_PAUSE_NS
    elif out.end - out.start > unsent:
        session.deadline_ns = now_ns + session.limits.resend_pause_ns


cdef void reset_counters(Session* session) noexcept nogil:
    """Both back to 1; what was asked for or being repeated belongs to the numbers that are gone."""
    session.next_in = 1
    session.next_out = 1
    session.is_dirty = 1
    session.was_reset = 1
    session.resend_next = 0
    session.asked_count = 0
    gap_forget(session)


cdef int close_link(Session* session, int result) noexcept nogil:
    session.is_closing = 1
    session.deadline_ns = 0
    return result


cdef void start_logout(Session* session, const char* reason, int is_fault, int64_t now_ns,
                       Buffer* out) noexcept nogil:
    """Ask for the end; asked already, the peer's answer is on its way or the time-out is.

    After a fault of the peer nothing but its Logout is taken in; what it sends meanwhile keeps its
    numbers and is asked for at the next Logon. After an orderly request what was under way still
    counts.
    """
    session.is_at_fault |= is_fault
    if session.state == SESSION_LOGOUT_SENT:
        return
    write_logout(session, reason, now_ns, out)
    session.state = SESSION_LOGOUT_SENT
    session.logout_ns = now_ns
    session.test_request_ns = 0
    schedule(session, now_ns)


cdef int logout_and_close(Session* session, const char* reason, int64_t now_ns,
                          Buffer* out) noexcept nogil:
    if session.state != SESSION_LOGOUT_SENT:
        write_logout(session, reason, now_ns, out)
    return close_link(session, SESSION_CLOSE)


cdef void too_low_text(const Session* session, uint64_t received, char* text) noexcept nogil:
    snprintf(text, TOO_LOW_TEXT_MAX, b"MsgSeqNum too low, expecting %llu but received %llu",
             <unsigned long long> session.next_in, <unsigned long long> received)


cdef int too_low(Session* session, uint64_t received, int64_t now_ns, Buffer* out) noexcept nogil:
    cdef char text[TOO_LOW_TEXT_MAX]
    too_low_text(session, received, text)
    session.status = STATUS_NUMBER_TOO_LOW
    return logout_and_close(session, text, now_ns, out)
