"""The rules of a FIX session (FIX 4.4 vol. 2), for both roles.

A message is judged in this order: BeginString, CompIDs and SendingTime, its number, its fields, its
meaning. One that is refused still uses up its number; one that is early or late does not.
"""

from libc.stdint cimport UINT64_MAX, int64_t, uint8_t, uint32_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Field, Message, find, read_time
from internaliser.fix.dictionary cimport Verdict
from internaliser.fix.gap cimport early_keep, early_take, gap_ask, gap_forget, gap_go_on
from internaliser.fix.link cimport (
    TOO_LOW_TEXT_MAX, close_link, logout_and_close, reset_counters, schedule, serve, start_logout,
    too_low, too_low_text,
)
from internaliser.fix.logon cimport knows_next_expected, on_first_message, on_reset_logon
from internaliser.fix.outgoing cimport (
    write_heartbeat, write_logon, write_logout, write_message, write_reject, write_test_request,
)
from internaliser.fix.resend cimport (
    RESEND_ENDLESS, RESEND_STARTED, RESEND_WRONG_END, resend_start,
)
from internaliser.fix.rules cimport (
    APPLICATION, COMP_ID_PROBLEM, LOGON, LOGOUT, NO_REASON, REJECT, REQUIRED_TAG_MISSING,
    RESEND_REQUEST, SENDING_TIME_PROBLEM, SEQUENCE_RESET, TEST_REQUEST, UNSUPPORTED,
    VALUE_INCORRECT, beat_ns, check, consume, has_begin_string, has_number, is_from_peer,
    is_in_time, is_yes, kind_of, refuse, silence_ns,
)
from internaliser.fix.version cimport STATUS_LOGOUT_COMPLETE


# ---- time --------------------------------------------------------------------------------------


cdef int session_on_time(Session* session, int64_t now_ns, Buffer* out) noexcept nogil:
    if session.is_closing:
        return SESSION_CLOSE_NOW
    if session.state == SESSION_DISCONNECTED or session.state == SESSION_LOGON_SENT:
        if session.opened_ns != 0 and now_ns - session.opened_ns >= session.limits.logon_timeout_ns:
            return close_link(session, SESSION_CLOSE_NOW)
        schedule(session, now_ns)
        return SESSION_HANDLED
    if session.state == SESSION_LOGOUT_SENT:
        if now_ns - session.logout_ns >= session.limits.logout_timeout_ns:
            return close_link(session, SESSION_CLOSE_NOW)
    elif session.test_request_ns != 0:
        # Silent since we asked: no heartbeats meanwhile, the peer would not hear them.
        if now_ns - session.test_request_ns >= silence_ns(session):
            return close_link(session, SESSION_CLOSE_NOW)
    elif now_ns - session.last_in_ns >= silence_ns(session):
        write_test_request(session, now_ns, out)
        session.test_request_ns = now_ns
    elif now_ns - session.last_out_ns >= beat_ns(session):
        write_heartbeat(session, NULL, now_ns, out)
    if session.resend_next != 0:
        serve(session, now_ns, out)
    else:
        schedule(session, now_ns)
    return SESSION_HANDLED


# ---- sending -----------------------------------------------------------------------------------


cdef void session_connected(Session* session, int64_t now_ns, Buffer* out) noexcept nogil:
    cdef uint64_t next_expected = 0
    session.state = SESSION_DISCONNECTED
    session.is_closing = 0
    session.is_at_fault = 0
    session.status = 0
    session.opened_ns = now_ns
    session.last_in_ns = now_ns
    session.last_out_ns = now_ns
    session.test_request_ns = 0
    if session.role == ROLE_INITIATOR:
        if session.reset_on_logon:
            reset_counters(session)
        session.heart_bt_s = session.heart_bt_wanted_s
        session.state = SESSION_LOGON_SENT
        if session.next_expected == NEXT_EXPECTED_ALWAYS and knows_next_expected(session):
            next_expected = session.next_in
        write_logon(session, session.reset_on_logon, next_expected, now_ns, out)
    schedule(session, now_ns)


cdef void session_disconnected(Session* session, int64_t now_ns) noexcept nogil:
    session.state = SESSION_DISCONNECTED
    session.is_closing = 0
    session.is_at_fault = 0
    session.opened_ns = 0
    session.test_request_ns = 0
    session.resend_next = 0
    session.asked_count = 0
    gap_forget(session)
    schedule(session, now_ns)


cdef uint64_t session_send(Session* session, const char* msg_type, const char* body,
                           uint32_t body_size, int64_t now_ns, Buffer* out) noexcept nogil:
    cdef uint64_t number = session.next_out
    session.next_out = number + 1
    session.is_dirty = 1
    if session.state != SESSION_ACTIVE or session.is_closing:
        return number
    if session.resend_next != 0 and session.resend_end == UINT64_MAX:
        return number
    if write_message(session, msg_type, number, body, body_size, -1, now_ns, out) < 0:
        return 0
    return number


cdef void session_logout(Session* session, const char* reason, int64_t now_ns,
                         Buffer* out) noexcept nogil:
    if session.is_closing:
        return
    if session.state == SESSION_ACTIVE:
        start_logout(session, reason, 0, now_ns, out)
    elif session.opened_ns != 0:
        # Nothing to say goodbye to yet: on_time closes.
        session.opened_ns = now_ns - session.limits.logon_timeout_ns
        session.deadline_ns = now_ns


cdef void session_reset(Session* session) noexcept nogil:
    assert session.state == SESSION_DISCONNECTED
    reset_counters(session)


cdef void session_end(Session* session, const char* reason, int64_t now_ns,
                      Buffer* out) noexcept nogil:
    session_logout(session, reason, now_ns, out)
    session.is_at_fault = session.state == SESSION_LOGOUT_SENT
    reset_counters(session)


cdef void session_refuse(Session* session, const char* reason, uint8_t status, int64_t now_ns,
                         Buffer* out) noexcept nogil:
    cdef uint64_t number = session.next_out
    cdef int64_t last_out_ns = session.last_out_ns
    cdef uint8_t was_dirty = session.is_dirty
    cdef uint8_t next_status = session.status
    session.status = status
    write_logout(session, reason, now_ns, out)
    session.next_out = number
    session.status = next_status
    session.last_out_ns = last_out_ns
    session.is_dirty = was_dirty


# ---- receiving ---------------------------------------------------------------------------------


cdef int reject(Session* session, const Message* message, const Verdict* verdict, int64_t now_ns,
                Buffer* out) noexcept nogil:
    """Refuse a message; its number is used up if it was its turn. A Reject gets no Reject."""
    if kind_of(message) != REJECT:
        write_reject(session, message, verdict, NULL, now_ns, out)
    if message.msg_seq_num == session.next_in:
        consume(session)
    return SESSION_HANDLED


cdef int reject_and_logout(Session* session, const Message* message, Verdict* verdict, int reason,
                           int tag, int64_t now_ns, Buffer* out) noexcept nogil:
    refuse(verdict, reason, tag)
    reject(session, message, verdict, now_ns, out)
    start_logout(session, NULL, 1, now_ns, out)
    return SESSION_HANDLED


cdef int is_repeat_sound(const Message* message, Verdict* verdict) noexcept nogil:
    """PossDupFlag=Y needs an OrigSendingTime(122) that is not after SendingTime."""
    cdef const Field* field = find(message, 122)
    cdef int64_t original_ns
    if field == NULL:
        # Many peers leave it out of gap fills, which have no earlier time of sending.
        if kind_of(message) == SEQUENCE_RESET:
            return 1
        refuse(verdict, REQUIRED_TAG_MISSING, 122)
        return 0
    if not read_time(message.raw + field.offset, field.size, &original_ns):
        return 1
    if original_ns > message.sending_time_ns and message.sending_time_ns >= 0:
        refuse(verdict, SENDING_TIME_PROBLEM, 122)
        return 0
    return 1


cdef int refuse_repeat(Session* session, const Message* message, Verdict* verdict, int64_t now_ns,
                       Buffer* out) noexcept nogil:
    reject(session, message, verdict, now_ns, out)
    if verdict.reason == SENDING_TIME_PROBLEM:
        start_logout(session, NULL, 1, now_ns, out)
    return SESSION_HANDLED


cdef int on_logout(Session* session, const Message* message, int64_t now_ns,
                   Buffer* out) noexcept nogil:
    """Answered whatever its number: what is missing is asked for at the next Logon."""
    if message.msg_seq_num == session.next_in:
        consume(session)
    session.status = STATUS_LOGOUT_COMPLETE
    return logout_and_close(session, NULL, now_ns, out)


cdef int on_resend_request(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                           Verdict* verdict) noexcept nogil:
    cdef int64_t first = 0
    cdef int64_t last = 0
    cdef int answer
    has_number(message, 7, &first)
    has_number(message, 16, &last)
    if first < 0 or last < 0:
        refuse(verdict, VALUE_INCORRECT, 7 if first < 0 else 16)
    else:
        answer = resend_start(session, <uint64_t> first, <uint64_t> last)
        if answer == RESEND_STARTED:
            serve(session, now_ns, out)
            return SESSION_HANDLED
        if answer == RESEND_ENDLESS:
            start_logout(session, b"ResendRequest repeated without end", 1, now_ns, out)
            return SESSION_HANDLED
        refuse(verdict, VALUE_INCORRECT, 16 if answer == RESEND_WRONG_END else 7)
    write_reject(session, message, verdict, NULL, now_ns, out)
    return SESSION_HANDLED


cdef int on_sequence_reset(Session* session, const Message* message, int is_gap_fill,
                           int64_t now_ns, Buffer* out, Verdict* verdict) noexcept nogil:
    """Move next_in forward, never back. In reset mode the message's own number means nothing."""
    cdef int64_t new_seq_no = 0
    check(session, message, verdict)
    if verdict.reason < 0:
        has_number(message, 36, &new_seq_no)
        if new_seq_no > <int64_t> session.next_in:
            session.next_in = <uint64_t> new_seq_no
            session.is_dirty = 1
            return SESSION_HANDLED
        if new_seq_no == <int64_t> session.next_in and not is_gap_fill:
            return SESSION_HANDLED
        refuse(verdict, VALUE_INCORRECT, 0)
    write_reject(session, message, verdict, NULL, now_ns, out)
    if is_gap_fill:
        consume(session)
    return SESSION_HANDLED


cdef int on_early(Session* session, const Message* message, int kind, int64_t now_ns, Buffer* out,
                  Verdict* verdict) noexcept nogil:
    """A number too high. A ResendRequest is served even so, else two gaps wait for each other."""
    cdef int is_kept
    if kind == RESEND_REQUEST:
        check(session, message, verdict)
        if verdict.reason < 0:
            on_resend_request(session, message, now_ns, out, verdict)
    is_kept = early_keep(session, message, kind == RESEND_REQUEST)
    if gap_ask(session, message.msg_seq_num - is_kept, not is_kept, now_ns, out) < 0:
        start_logout(session, b"ResendRequest was not answered", 1, now_ns, out)
    return SESSION_HANDLED


cdef int on_late(Session* session, const Message* message, int kind, int64_t now_ns, Buffer* out,
                 Verdict* verdict) noexcept nogil:
    """A number too low: a repeat of what we have, or else one side's counter is wrong."""
    if message.poss_dup:
        if not is_repeat_sound(message, verdict):
            return refuse_repeat(session, message, verdict, now_ns, out)
        return SESSION_HANDLED
    # Serving a ResendRequest harms nobody, and it may be what puts the peer's counters right.
    if kind == RESEND_REQUEST and message.msg_seq_num > 0:
        check(session, message, verdict)
        if verdict.reason < 0:
            return on_resend_request(session, message, now_ns, out, verdict)
    refuse(verdict, VALUE_INCORRECT, 34)
    if message.msg_seq_num == 0:
        return logout_and_close(session, b"MsgSeqNum(34) is missing or not a number", now_ns, out)
    if session.too_low_rule == TOO_LOW_REJECT:
        return reject_too_low(session, message, verdict, now_ns, out)
    return too_low(session, message.msg_seq_num, now_ns, out)


cdef int reject_too_low(Session* session, const Message* message, const Verdict* verdict,
                        int64_t now_ns, Buffer* out) noexcept nogil:
    """For peers that take a Reject better than the end of the session; nothing is consumed."""
    cdef char text[TOO_LOW_TEXT_MAX]
    too_low_text(session, message.msg_seq_num, text)
    if kind_of(message) != REJECT:
        write_reject(session, message, verdict, text, now_ns, out)
    return SESSION_HANDLED


cdef int has_wrong_last(Session* session, const Message* message) noexcept nogil:
    """LastMsgSeqNumProcessed(369) above what we sent. Nobody looks for it in an order unless the
    session uses it."""
    cdef int64_t last = 0
    if kind_of(message) == APPLICATION and not session.tells_last:
        return 0
    return has_number(message, 369, &last) and not 0 <= last < <int64_t> session.next_out


cdef int on_turn(Session* session, const Message* message, int kind, int64_t now_ns, Buffer* out,
                 Verdict* verdict) noexcept nogil:
    """The message we expect next."""
    if message.poss_dup and not is_repeat_sound(message, verdict):
        return refuse_repeat(session, message, verdict, now_ns, out)
    if kind == SEQUENCE_RESET:
        return on_sequence_reset(session, message, 1, now_ns, out, verdict)
    check(session, message, verdict)
    if verdict.reason < 0 and has_wrong_last(session, message):
        refuse(verdict, VALUE_INCORRECT, 369)
    if verdict.reason >= 0:
        return reject(session, message, verdict, now_ns, out)
    consume(session)
    if kind == APPLICATION:
        session.asked_count = 0
        return SESSION_UNSUPPORTED if verdict.reason == UNSUPPORTED else SESSION_APPLICATION
    if kind == TEST_REQUEST:
        write_heartbeat(session, message, now_ns, out)
        return SESSION_HANDLED
    if kind == RESEND_REQUEST:
        return on_resend_request(session, message, now_ns, out, verdict)
    if kind == LOGON:
        refuse(verdict, NO_REASON, 0)
        write_reject(session, message, verdict, b"Logon inside a session", now_ns, out)
    return SESSION_HANDLED


cdef int on_message_inside(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                           Verdict* verdict) noexcept nogil:
    cdef int kind = kind_of(message)
    cdef uint64_t number = message.msg_seq_num
    if session.is_at_fault and kind != LOGOUT:
        return SESSION_HANDLED
    if not has_begin_string(session, message):
        start_logout(session, b"Incorrect BeginString", 1, now_ns, out)
        return SESSION_HANDLED
    if not is_from_peer(session, message):
        return reject_and_logout(session, message, verdict, COMP_ID_PROBLEM, 0, now_ns, out)
    if not session.is_from_early and not is_in_time(session, message, now_ns):
        return reject_and_logout(session, message, verdict, SENDING_TIME_PROBLEM, 52, now_ns, out)
    if kind == LOGOUT and not (message.poss_dup and number < session.next_in):
        return on_logout(session, message, now_ns, out)
    if kind == LOGON and is_yes(message, 141):
        return on_reset_logon(session, message, now_ns, out, verdict)
    if kind == SEQUENCE_RESET and not is_yes(message, 123):
        return on_sequence_reset(session, message, 0, now_ns, out, verdict)
    if number > session.next_in:
        return on_early(session, message, kind, now_ns, out, verdict)
    if number < session.next_in:
        return on_late(session, message, kind, now_ns, out, verdict)
    return on_turn(session, message, kind, now_ns, out, verdict)


cdef int session_on_message(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                            Verdict* verdict) noexcept nogil:
    cdef int result
    refuse(verdict, NO_REASON, 0)
    if session.is_closing:
        return SESSION_CLOSE_NOW
    session.last_in_ns = now_ns
    if session.test_request_ns != 0:
        session.test_request_ns = 0
        schedule(session, now_ns)
    if session.state == SESSION_DISCONNECTED or session.state == SESSION_LOGON_SENT:
        return on_first_message(session, message, now_ns, out, verdict)
    result = on_message_inside(session, message, now_ns, out, verdict)
    session.is_from_early = 0
    if session.gap_end != 0 and not session.is_closing:
        gap_go_on(session, now_ns, out)
    return result


cdef int session_early(Session* session, Message* message) noexcept nogil:
    if session.is_closing:
        return 0
    return early_take(session, message)


cdef int logon_identity(const Message* message, const char** begin_string, uint32_t* begin_size,
                        const char** sender, uint32_t* sender_size, const char** target,
                        uint32_t* target_size) noexcept nogil:
    cdef const Field* begin_field = find(message, 8)
    cdef const Field* sender_field = find(message, 49)
    cdef const Field* target_field = find(message, 56)
    if begin_field == NULL or sender_field == NULL or target_field == NULL:
        return 0
    if kind_of(message) != LOGON:
        return 0
    begin_string[0] = message.raw + begin_field.offset
    begin_size[0] = begin_field.size
    sender[0] = message.raw + sender_field.offset
    sender_size[0] = sender_field.size
    target[0] = message.raw + target_field.offset
    target_size[0] = target_field.size
    return 1
