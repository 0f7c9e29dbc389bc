"""The Logon. A refused one does not use up its number, so that the peer may try again."""

from libc.stdint cimport UINT32_MAX, int64_t, uint32_t, uint64_t
from libc.string cimport strcmp

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Message, find
from internaliser.fix.dictionary cimport Verdict
from internaliser.fix.gap cimport gap_ask, gap_note
from internaliser.fix.link cimport (
    close_link, logout_and_close, reset_counters, schedule, serve, too_low,
)
from internaliser.fix.outgoing cimport REFUSAL_TEXT_MAX, refusal_text, write_logon
from internaliser.fix.resend cimport RESEND_STARTED, resend_start
from internaliser.fix.rules cimport (
    COMP_ID_PROBLEM, LOGON, LOGOUT, SENDING_TIME_PROBLEM, VALUE_INCORRECT, check, consume,
    has_begin_string, has_number, is_from_peer, is_in_time, is_yes, kind_of, refuse,
)
from internaliser.fix.session cimport (
    NEXT_EXPECTED_ALWAYS, NEXT_EXPECTED_ANSWERED, ROLE_ACCEPTOR, SESSION_ACTIVE, SESSION_CLOSE_NOW,
    SESSION_HANDLED, SESSION_LOGGED_ON, SESSION_LOGON_SENT, TEST_REFUSED, TEST_WANTED, Session,
)
from internaliser.fix.version cimport STATUS_NEXT_EXPECTED_TOO_HIGH, STATUS_NOT_NOW

cdef enum:
    PEER_SIZE_MIN = 1024        # bytes: no message of the order flow is larger

cdef const char* NOT_ONE = b"ResetSeqNumFlag(141)=Y needs MsgSeqNum(34)=1"


cdef uint32_t beat_in_force(const Session* session, const Message* message) noexcept nogil:
    cdef int64_t wanted = session.heart_bt_s
    has_number(message, 108, &wanted)
    if wanted < session.limits.heart_bt_min_s:
        return session.limits.heart_bt_min_s
    if wanted > session.limits.heart_bt_max_s:
        return session.limits.heart_bt_max_s
    return <uint32_t> wanted


cdef int knows_next_expected(const Session* session) noexcept nogil:
    # FIX.4.2 < FIX.4.4 < FIXT.1.1, as texts too.
    return strcmp(session.begin_string, b"FIX.4.4") >= 0


cdef int answers_next_expected(const Session* session, const Message* message) noexcept nogil:
    """Our Logon and the peer's, which is `message`, both say what is expected: then nobody asks for
    what is missing, it is sent at once."""
    if find(message, 789) == NULL:
        return 0
    if session.role == ROLE_ACCEPTOR and session.next_expected == NEXT_EXPECTED_ANSWERED:
        return 1
    return session.next_expected == NEXT_EXPECTED_ALWAYS and knows_next_expected(session)


cdef uint64_t next_expected(const Session* session, const Message* message) noexcept nogil:
    """789 of the Logon that answers `message`; 0 = none."""
    if not answers_next_expected(session, message):
        if session.next_expected != NEXT_EXPECTED_ALWAYS or not knows_next_expected(session):
            return 0
    return session.next_in + (message.msg_seq_num == session.next_in)


cdef const char* unfit(Session* session, const Message* message, Verdict* verdict) noexcept nogil:
    """Why this Logon's terms cannot be had, NULL if they can."""
    cdef int64_t size = 0
    cdef int is_test = is_yes(message, 464)
    # Numbered as any Logout: peers count it, and one that does not has the gap filled.
    if session.closed_text != NULL:
        session.status = STATUS_NOT_NOW
        return session.closed_text
    if (session.test_rule == TEST_REFUSED and is_test
            or session.test_rule == TEST_WANTED and not is_test):
        refuse(verdict, VALUE_INCORRECT, 464)
        if is_test:
            return b"TestMessageIndicator(464)=Y, but this is production"
        return b"TestMessageIndicator(464) must be Y: this is a test system"
    if has_number(message, 383, &size) and 0 < size < PEER_SIZE_MIN:
        refuse(verdict, VALUE_INCORRECT, 383)
        return b"MaxMessageSize(383) must be at least 1024"
    session.peer_size_max = <uint32_t> min(size, <int64_t> UINT32_MAX) if size > 0 else 0
    return NULL


cdef const char* wrong_next_expected(const Session* session, int64_t wanted) noexcept nogil:
    """What is wrong with the peer's 789, NULL if nothing."""
    if wanted < 1:
        return b"NextExpectedMsgSeqNum(789) must be at least 1"
    if <uint64_t> wanted > session.next_out:
        return b"NextExpectedMsgSeqNum(789) was never sent"
    return NULL


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
    cdef uint64_t fresh         # first number that no repeat is needed of: an acceptor's Logon
    cdef const char* fault
    if is_reset and number != 1:
        refuse(verdict, VALUE_INCORRECT, 34)
        return logout_and_close(session, NOT_ONE, now_ns, out)
    reset_by_logon(session, is_reset)
    if number < session.next_in:
        refuse(verdict, VALUE_INCORRECT, 34)
        return too_low(session, number, now_ns, out)
    if not is_reset and has_number(message, 789, &wanted):
        fault = wrong_next_expected(session, wanted)
        if fault != NULL:
            refuse(verdict, VALUE_INCORRECT, 789)
            session.status = STATUS_NEXT_EXPECTED_TOO_HIGH
            return logout_and_close(session, fault, now_ns, out)
    fresh = session.next_out
    session.heart_bt_s = beat_in_force(session, message)
    session.state = SESSION_ACTIVE
    session.opened_ns = 0
    if session.role == ROLE_ACCEPTOR:
        write_logon(session, is_reset, next_expected(session, message), now_ns, out)
    if number == session.next_in:
        consume(session)
    elif answers_next_expected(session, message):
        gap_note(session, number, now_ns)
    else:
        gap_ask(session, number, 0, now_ns, out)
    if 0 < wanted < <int64_t> fresh:
        if resend_start(session, <uint64_t> wanted, session.next_out - 1) == RESEND_STARTED:
            serve(session, now_ns, out)
    schedule(session, now_ns)
    return SESSION_LOGGED_ON


cdef int on_first_message(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                          Verdict* verdict) noexcept nogil:
    """Before the Logon is through. Whoever does not log on, or is not expected, gets no word."""
    cdef char words[REFUSAL_TEXT_MAX]
    cdef int kind = kind_of(message)
    cdef const char* fault
    if kind != LOGON:
        if (session.state == SESSION_LOGON_SENT and kind == LOGOUT
                and has_begin_string(session, message) and is_from_peer(session, message)):
            if message.msg_seq_num == session.next_in:
                consume(session)
            # The refusal is answered like any Logout, so that both sides count it.
            return logout_and_close(session, NULL, now_ns, out)
        return close_link(session, SESSION_CLOSE_NOW)
    if not (has_begin_string(session, message) and is_from_peer(session, message)):
        refuse(verdict, COMP_ID_PROBLEM, 0)
        return close_link(session, SESSION_CLOSE_NOW)
    if not is_in_time(session, message, now_ns):
        refuse(verdict, SENDING_TIME_PROBLEM, 52)
        return close_link(session, SESSION_CLOSE_NOW)
    check(session, message, verdict)
    if verdict.reason >= 0:
        return logout_and_close(session, refusal_text(verdict, words), now_ns, out)
    fault = unfit(session, message, verdict)
    if fault != NULL:
        return logout_and_close(session, fault, now_ns, out)
    return log_on(session, message, now_ns, out, verdict)


cdef int on_reset_logon(Session* session, const Message* message, int64_t now_ns, Buffer* out,
                        Verdict* verdict) noexcept nogil:
    """A Logon with 141=Y inside the session: both sides start at 1, the link stays."""
    cdef char words[REFUSAL_TEXT_MAX]
    if message.msg_seq_num != 1:
        refuse(verdict, VALUE_INCORRECT, 34)
        return logout_and_close(session, NOT_ONE, now_ns, out)
    check(session, message, verdict)
    if verdict.reason >= 0:
        return logout_and_close(session, refusal_text(verdict, words), now_ns, out)
    reset_counters(session)
    session.heart_bt_s = beat_in_force(session, message)
    write_logon(session, 1, next_expected(session, message), now_ns, out)
    consume(session)
    schedule(session, now_ns)
    return SESSION_HANDLED
