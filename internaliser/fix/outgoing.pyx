"""The header and trailer of every message, and the messages of the session layer itself.

Header order: 8, 9, 35, 34, (43,) 49, 52, 56, (122,) (369,) then the body, then 10. Everything of
the header that stays the same for a session is written once and copied; the date and time to the
second are written once a second.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.string cimport memcpy, strlen

from internaliser.fix.buffer cimport Buffer, buffer_filled, buffer_room
from internaliser.fix.codec cimport (
    Field, Message, Writer, find, put_char, put_int, put_text, put_time,
)
from internaliser.fix.dictionary cimport Verdict
from internaliser.fix.scan cimport sum_of
from internaliser.fix.session cimport TEST_WANTED, Session
from internaliser.fix.values cimport digit_pairs, width_of, write_count, write_pair, writer_on
from internaliser.fix.version cimport FIX42, FIX50

cdef enum:
    TIME_SIZE = 17              # YYYYMMDD-HH:MM:SS
    ADMIN_BODY_MAX = 1024       # body of a message of the session layer, echoed texts included
    ECHO_MAX = 256              # longest text of the peer that a Reject repeats
    TRAILER_SIZE = 7
    LENGTH_MAX = 10             # digits of BodyLength
    REASON_MAX_42 = 11          # the last SessionRejectReason(373) of 4.2; Text tells the others
    COPY_STEP = 16              # bytes copied at once; that much room is kept behind a message

cdef inline char* put_digits(char* at, uint64_t value, uint32_t width) noexcept nogil:
    """`value` in exactly `width` digits (cut or padded on the left). The first byte after it."""
    cdef char* end = at + width
    cdef char* place = end
    while place - at >= 2:
        place -= 2
        memcpy(place, digit_pairs + 2 * (value % 100), 2)
        value //= 100
    if place > at:
        at[0] = <char> (48 + value % 10)
    return end


cdef inline char* put_bytes(char* at, const char* text, uint32_t size) noexcept nogil:
    memcpy(at, text, size)
    return at + size


# In whole steps, which costs less than a copy of exactly `size` bytes: there is room behind both.
cdef inline char* put_steps(char* at, const char* text, uint32_t size) noexcept nogil:
    cdef uint32_t done = 0
    while done < size:
        memcpy(at + done, text + done, COPY_STEP)
        done += COPY_STEP
    return at + size


cdef void make_constant_parts(Session* session, uint32_t digits) noexcept nogil:
    cdef char* at = put_bytes(session.begin_part, b"8=", 2)
    at = put_bytes(at, session.begin_string, <uint32_t> strlen(session.begin_string))
    at = put_bytes(at, b"\x019=", 3)
    session.begin_size = <uint8_t> (at - session.begin_part)
    at = put_bytes(session.head_part, b"49=", 3)
    at = put_bytes(at, session.sender, <uint32_t> strlen(session.sender))
    at = put_bytes(at, b"\x0152=", 4)
    session.time_at = <uint8_t> (at - session.head_part)
    at += TIME_SIZE
    if digits > 0:
        at[0] = c'.'
        at += 1 + digits
    at = put_bytes(at, b"\x0156=", 4)
    at = put_bytes(at, session.target, <uint32_t> strlen(session.target))
    at = put_bytes(at, b"\x01", 1)
    session.head_size = <uint8_t> (at - session.head_part)
    session.time_second = -1
    session.time_ns = -1


cdef void set_second(Session* session, int64_t second) noexcept nogil:
    cdef char room[32]
    cdef Writer writer
    writer = writer_on(room, sizeof(room))
    put_time(&writer, 52, second * 1000000000, 0)
    memcpy(session.head_part + session.time_at, room + 3, TIME_SIZE)
    session.time_second = second


cdef inline void set_sending_time(Session* session, int64_t now_ns, uint32_t digits) noexcept nogil:
    """Write SendingTime into the constant part: mostly only the digits of the second change."""
    cdef int64_t second
    cdef uint64_t fraction
    if now_ns == session.time_ns:
        return
    session.time_ns = now_ns
    second = now_ns // 1000000000
    if second != session.time_second:
        set_second(session, second)
    if digits == 0:
        return
    fraction = <uint64_t> (now_ns - second * 1000000000)
    if digits <= 3:
        fraction //= 1000000
    elif digits <= 6:
        fraction //= 1000
    put_digits(session.head_part + session.time_at + TIME_SIZE + 1, fraction, digits)


cdef int write_message(Session* session, const char* msg_type, uint64_t msg_seq_num,
                       const char* body, uint32_t body_size, int64_t original_ns, int64_t now_ns,
                       Buffer* out) noexcept nogil:
    cdef char original[40]
    cdef Writer writer
    cdef uint32_t digits = session.limits.timestamp_digits
    cdef uint32_t type_size, length, total
    cdef char* start
    cdef char* at
    if session.begin_size == 0:
        make_constant_parts(session, digits)
    set_sending_time(session, now_ns, digits)
    type_size = 1 if msg_type[1] == 0 else <uint32_t> strlen(msg_type)
    length = 8 + type_size + width_of(msg_seq_num) + session.head_size + body_size
    if original_ns >= 0:
        writer = writer_on(original, sizeof(original))
        put_time(&writer, 122, original_ns, digits)
        length += 5 + writer.used
    if session.tells_last:
        length += 5 + width_of(session.next_in - 1)
    at = buffer_room(out, session.begin_size + LENGTH_MAX + 1 + length + TRAILER_SIZE + COPY_STEP)
    if at == NULL:
        return -1
    start = at
    # All of its room, so that the compiler knows the size; what follows is written over the rest.
    memcpy(at, session.begin_part, sizeof(session.begin_part))
    at = write_count(at + session.begin_size, length)
    at = put_bytes(at, b"\x0135=", 4)
    if type_size == 1:
        at[0] = msg_type[0]
        at += 1
    else:
        at = put_bytes(at, msg_type, type_size)
    at = put_bytes(at, b"\x0134=", 4)
    at = write_count(at, msg_seq_num)
    at[0] = 1
    at += 1
    if original_ns >= 0:
        at = put_bytes(at, b"43=Y\x01", 5)
    at = put_steps(at, session.head_part, session.head_size)
    if original_ns >= 0:
        at = put_bytes(at, original, writer.used)
    if session.tells_last:
        at = write_count(put_bytes(at, b"369=", 4), session.next_in - 1)
        at[0] = 1
        at += 1
    at = put_bytes(at, body, body_size)
    total = sum_of(start, at - start)
    at = put_bytes(at, b"10=", 3)
    at[0] = <char> (48 + total // 100)
    write_pair(at + 1, total % 100)
    at[3] = 1
    buffer_filled(out, at + 4 - start)
    session.last_out_ns = now_ns
    return 0


cdef void write_next(Session* session, const char* msg_type, const char* body, uint32_t body_size,
                     int64_t now_ns, Buffer* out) noexcept nogil:
    if session.unsent.send != NULL:
        session.unsent.send(session.unsent.context)
    write_message(session, msg_type, session.next_out, body, body_size, -1, now_ns, out)
    session.next_out += 1
    session.is_dirty = 1


# ---- the session layer's own messages ----------------------------------------------------------


cdef void write_logon(Session* session, int with_reset, uint64_t next_expected, int64_t now_ns,
                      Buffer* out) noexcept nogil:
    cdef char room[ADMIN_BODY_MAX]
    cdef Writer body
    cdef uint32_t beat = session.heart_bt_s
    body = writer_on(room, ADMIN_BODY_MAX)
    put_int(&body, 98, 0)
    put_int(&body, 108, beat)
    if with_reset:
        put_char(&body, 141, c'Y')
    if next_expected > 0:
        put_int(&body, 789, <int64_t> next_expected)
    if session.limits.message_size_told > 0:
        put_int(&body, 383, session.limits.message_size_told)
    if session.test_rule == TEST_WANTED:
        put_char(&body, 464, c'Y')
    if session.logon_fields != NULL and body.used + session.logon_fields_size <= ADMIN_BODY_MAX:
        memcpy(room + body.used, session.logon_fields, session.logon_fields_size)
        body.used += session.logon_fields_size
    write_next(session, b"A", room, body.used, now_ns, out)


cdef void write_logout(Session* session, const char* reason, int64_t now_ns,
                       Buffer* out) noexcept nogil:
    cdef char room[ADMIN_BODY_MAX]
    cdef Writer body
    body = writer_on(room, ADMIN_BODY_MAX)
    if session.status != 0 and session.version == FIX50:
        put_int(&body, 1409, session.status)
    session.status = 0
    if reason != NULL:
        put_text(&body, 58, reason, <uint32_t> strlen(reason))
    write_next(session, b"5", room, body.used, now_ns, out)


cdef void write_heartbeat(Session* session, const Message* asked, int64_t now_ns,
                          Buffer* out) noexcept nogil:
    cdef const Field* field = NULL if asked == NULL else find(asked, 112)
    if field == NULL:
        write_next(session, b"0", b"", 0, now_ns, out)
    else:   # as it stands in what was asked, its tag and the SOH included, however long it is
        write_next(session, b"0", asked.raw + field.offset - 4, field.size + 5, now_ns, out)


cdef void write_test_request(Session* session, int64_t now_ns, Buffer* out) noexcept nogil:
    cdef char room[64]
    cdef Writer body
    body = writer_on(room, 64)
    # Its own number: unique in the session, and easy to find in a log.
    put_int(&body, 112, <int64_t> session.next_out)
    write_next(session, b"1", room, body.used, now_ns, out)


cdef void write_resend_request(Session* session, uint64_t first, uint64_t last, int64_t now_ns,
                               Buffer* out) noexcept nogil:
    cdef char room[64]
    cdef Writer body
    body = writer_on(room, 64)
    put_int(&body, 7, <int64_t> first)
    put_int(&body, 16, <int64_t> last)
    write_next(session, b"2", room, body.used, now_ns, out)


cdef int write_gap_fill(Session* session, uint64_t first, uint64_t new_seq_no, int64_t now_ns,
                        Buffer* out) noexcept nogil:
    cdef char room[64]
    cdef Writer body
    body = writer_on(room, 64)
    put_int(&body, 36, <int64_t> new_seq_no)
    put_char(&body, 123, c'Y')
    return write_message(session, b"4", first, room, body.used, now_ns, now_ns, out)


cdef inline void put_echo(Writer* body, int tag, const Message* message,
                          const Field* field) noexcept nogil:
    if field != NULL and 0 < field.size <= ECHO_MAX:
        put_text(body, tag, message.raw + field.offset, field.size)


cdef void put_reverse_route(Writer* body, const Message* message) noexcept nogil:
    """On behalf of (115, 116, 144) becomes deliver to (128, 129, 145), and the other way round."""
    put_echo(body, 115, message, find(message, 128))
    put_echo(body, 116, message, find(message, 129))
    put_echo(body, 128, message, find(message, 115))
    put_echo(body, 129, message, find(message, 116))
    put_echo(body, 144, message, find(message, 145))
    put_echo(body, 145, message, find(message, 144))


cdef void write_reject(Session* session, const Message* message, const Verdict* verdict,
                       const char* text, int64_t now_ns, Buffer* out) noexcept nogil:
    # Six routing texts and the MsgType may be repeated: room for all of them at their longest.
    cdef char room[8 * (ECHO_MAX + 8) + ADMIN_BODY_MAX]
    cdef char words[REFUSAL_TEXT_MAX]
    cdef Writer body
    cdef int reason = verdict.reason
    body = writer_on(room, sizeof(room))
    put_reverse_route(&body, message)
    put_int(&body, 45, <int64_t> message.msg_seq_num)
    if text == NULL:
        text = refusal_text(verdict, words)
    put_text(&body, 58, text, <uint32_t> strlen(text))
    # An invalid tag number may be 0 itself; elsewhere 0 means that no tag is to blame. About
    # CompIDs, SendingTime and MsgType the reason says it all.
    if reason == 0 or (verdict.ref_tag != 0 and not 9 <= reason <= 11):
        put_int(&body, 371, verdict.ref_tag)
    put_echo(&body, 372, message, find(message, 35))
    if reason >= 0 and not (session.version == FIX42 and reason > REASON_MAX_42):
        put_int(&body, 373, reason)
    write_next(session, b"3", room, body.used, now_ns, out)


cdef const char* refusal_text(const Verdict* verdict, char* room) noexcept nogil:
    if verdict.limit == 0:
        return reason_text(verdict.reason)
    snprintf(
        room, REFUSAL_TEXT_MAX,
        b"More instances of a group than the %u allowed" if verdict.ref_tag != 0
        else b"More fields in a message than the %u allowed",
        verdict.limit,
    )
    return room


cdef const char* reason_text(int reason) noexcept nogil:
    if reason == 0:
        return b"Invalid tag number"
    if reason == 1:
        return b"Required tag missing"
    if reason == 2:
        return b"Tag not defined for this message type"
    if reason == 3:
        return b"Undefined tag"
    if reason == 4:
        return b"Tag specified without a value"
    if reason == 5:
        return b"Value is incorrect (out of range) for this tag"
    if reason == 6:
        return b"Incorrect data format for value"
    if reason == 9:
        return b"CompID problem"
    if reason == 10:
        return b"SendingTime accuracy problem"
    if reason == 11:
        return b"Invalid MsgType"
    if reason == 13:
        return b"Tag appears more than once"
    if reason == 14:
        return b"Tag specified out of required order"
    if reason == 15:
        return b"Repeating group fields out of order"
    if reason == 16:
        return b"Incorrect NumInGroup count for repeating group"
    if reason == 17:
        return b"Non Data value includes field delimiter"
    if reason == 18:
        return b"Invalid or unsupported application version"
    return b"Message refused"
