"""The Logon. A refused one does not use up its number, so that the peer may try again."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Message
from internaliser.fix.dictionary cimport Verdict
from internaliser.fix.gap cimport gap_ask
from internaliser.fix.link cimport (
    close_link, logout_and_close, reset_counters, schedule, serve, too_low,
)
from internaliser.fix.outgoing cimport reason_text, write_logon
from internaliser.fix.resend cimport RESEND_STARTED, resend_start
from internaliser.fix.rules cimport (
    COMP_ID_PROBLEM, LOGON, LOGOUT, SENDING_TIME_PROBLEM, VALUE_INCORRECT, check, consume,
    has_begin_string, has_number, is_from_peer, is_in_time, is_yes, kind_of, refuse,
)
from internaliser.fix.session cimport (
    ROLE_ACCEPTOR, SESSION_ACTIVE, SESSION_CLOSE_NOW, SESSION_HANDLED, SESSION_LOGGED_ON,
    SESSION_LOGON_SENT, Session,
)
from internaliser.fix.version cimport STATUS_NEXT_EXPECTED_TOO_HIGH

cdef const char* NOT_ONE = b"ResetSeqNumFlag(141)=Y needs MsgSeqNum(34)=1"


cdef uint32_t beat_in_force(const Session* session, const Message* message) noexcept nogil:
    cdef int64_t wanted = session.heart_bt_s
    has_number(message, 108, &wanted)
    if wanted < session.limits.heart_bt_min_s:
        return session.limits.heart_bt_min_s
    if wanted > session.limits.heart_bt_max_s:
        return session.limits.heart_bt_max_s
    return <uint32_t> wanted


cdef void reset_by_logon(Session* session, int is_asked) noexcept nogil:
    """What 141=Y in the Logon just received, or our own setting, makes of the counters."""
    if session.role == ROLE_ACCEPTOR:
        if is_asked or session.reset_on_logon:
            reset_counters(session)
    elif is_asked and not session.reset_on_logon:
        # The acceptor starts anew though we did not ask: our Logon counts as the first message.
        reset_counters(session)
        session.next_out = 2


cdef int log_on(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                Verdict* verdict) noexcept nogil:
    cdef int is_reset = is_yes(message, 141)
    cdef uint64_t number = message.msg_seq_num
    cdef int64_t wanted = 0     # NextExpectedMsgSeqNum(789): what the peer still needs from us
    if is_reset and number != 1:
        refuse(verdict, VALUE_INCORRECT, 34)
        return logout_and_close(session, NOT_ONE, now_ns, out)
    reset_by_logon(session, is_reset)
    if number < session.next_in:
        refuse(verdict, VALUE_INCORRECT, 34)
        return too_low(session, number, now_ns, out)
    if not is_reset and has_number(message, 789, &wanted) and wanted > <int64_t> session.next_out:
        refuse(verdict, VALUE_INCORRECT, 789)
        session.status = STATUS_NEXT_EXPECTED_TOO_HIGH
        return logout_and_close(session, b"NextExpectedMsgSeqNum(789) was never sent", now_ns, out)
    session.heart_bt_s = beat_in_force(session, message)
    session.state = SESSION_ACTIVE
    session.opened_ns = 0
    if session.role == ROLE_ACCEPTOR:
        write_logon(session, is_reset, now_ns, out)
    if number == session.next_in:
        consume(session)
    else:
        gap_ask(session, number, now_ns, out)
    # Our Logon itself is never asked for when it had the number the peer expects.
    if wanted > 0 and wanted < <int64_t> session.next_out - (session.role == ROLE_ACCEPTOR):
        if resend_start(session, <uint64_t> wanted, session.next_out - 1) == RESEND_STARTED:
            serve(session, now_ns, out)
    schedule(session, now_ns)
    return SESSION_LOGGED_ON


cdef int on_first_message(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                          Verdict* verdict) noexcept nogil:
    """Before the Logon is through. Whoever does not log on, or is not expected, gets no word."""
    cdef int kind = kind_of(message)
    if kind != LOGON:
        if session.state == SESSION_LOGON_SENT and kind == LOGOUT:
            if message.msg_seq_num == session.next_in:
                consume(session)
        return close_link(session, SESSION_CLOSE_NOW)
    if not (has_begin_string(session, message) and is_from_peer(session, message)):
        refuse(verdict, COMP_ID_PROBLEM, 0)
        return close_link(session, SESSION_CLOSE_NOW)
    if not is_in_time(session, message, now_ns):
        refuse(verdict, SENDING_TIME_PROBLEM, 52)
        return close_link(session, SESSION_CLOSE_NOW)
    check(session, message, verdict)
    if verdict.reason >= 0:
        return logout_and_close(session, reason_text(verdict.reason), now_ns, out)
    return log_on(session, message, now_ns, out, verdict)


cdef int on_reset_logon(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                        Verdict* verdict) noexcept nogil:
    """A Logon with 141=Y inside the session: both sides start at 1, the link stays."""
    if message.msg_seq_num != 1:
        refuse(verdict, VALUE_INCORRECT, 34)
        return logout_and_close(session, NOT_ONE, now_ns, out)
    check(session, message, verdict)
    if verdict.reason >= 0:
        return logout_and_close(session, reason_text(verdict.reason), now_ns, out)
    reset_counters(session)
    session.heart_bt_s = beat_in_force(session, message)
    write_logon(session, 1, now_ns, out)
    consume(session)
    schedule(session, now_ns)
    return SESSION_HANDLED
