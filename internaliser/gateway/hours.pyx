"""The hours of the clients' sessions on the core thread.

>>> door.answer(hours_record("outside the session hours", is_shut=True), now_ns)

Sessions of sources are ours to open and never end by these hours.
"""

from libc.string cimport memcpy

from internaliser.fix.session cimport Session, session_end, session_logout, session_reset
from internaliser.gateway.enquiries cimport ANSWER_HOURS, ANSWER_RESET, ANSWER_SHUT
from internaliser.gateway.roster cimport Seat

from internaliser.gateway.enquiries import answer_record


cdef class Hours:
    """One per door."""

    cdef int keep(self, Entrance door, const Answer* answer, int64_t now_ns) noexcept nogil:
        cdef uint32_t i, size = min(answer.body_size, <uint32_t> HOURS_TEXT_MAX)
        cdef bint is_shut = answer.flags & ANSWER_SHUT
        cdef bint ends = answer.msg_seq_num != 0
        cdef Session* session
        cdef Seat* seat
        memcpy(self.text, <const char*> answer + sizeof(Answer), size)
        self.text[size] = 0
        for i in range(door.roster.session_count):
            seat = &door.roster.seats[i]
            if not seat.is_configured or seat.client == NONE16:
                continue
            session = &door.roster.sessions[i]
            session.closed_text = self.text if is_shut else NULL
            if not (is_shut or ends):
                continue
            end_session(session, seat, self.text, answer.flags & ANSWER_RESET, now_ns)
            if door.roster.settle(<uint16_t> i, now_ns) < 0:
                return -1
            if seat.link != NONE32:
                door.timers.by(seat.link, session.deadline_ns)
                door.touch(seat.link)
        return door.roster.note_end(<int64_t> answer.msg_seq_num) if ends else 0


cdef void end_session(
    Session* session, const Seat* seat, const char* text, bint resets, int64_t now_ns,
) noexcept nogil:
    if seat.link == NONE32:
        if resets and (session.next_in != 1 or session.next_out != 1):
            session_reset(session)
    elif resets:
        session_end(session, text, now_ns, seat.output)
    else:
        session_logout(session, text, now_ns, seat.output)


def hours_record(
    str text not None, *, uint64_t ended_ns=0, bint is_shut=False, bint resets=False,
) -> bytes:
    """What the edge tells of the hours: an end that has come, nobody may log on, or all may."""
    cdef bytes body = text.encode("ascii")
    if len(body) > HOURS_TEXT_MAX:
        raise ValueError(f"expected at most {HOURS_TEXT_MAX} bytes, found {text!r}")
    if resets and not ended_ns:
        raise ValueError("only an end sets the counters back to 1")
    return answer_record(
        0, "5", body, msg_seq_num=ended_ns,
        flags=ANSWER_HOURS | is_shut * ANSWER_SHUT | resets * ANSWER_RESET,
    )
