"""The queue of questions between a session and the ring to the edge.

>>> enquiries = Enquiries(session_count=8, open_max=8, message_max=65536)
>>> door = Door(core, roster, steps, journal, enquiries=enquiries)
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memmove, memset

from internaliser.core.emit cimport buffer_record
from internaliser.gateway.business cimport BUSINESS_NOT_AVAILABLE, BUSINESS_THROTTLED
from internaliser.gateway.roster cimport Seat
from internaliser.model.record cimport (
    KIND_ANSWER, KIND_CREDENTIALS, KIND_QUESTION, OUT_COLD, RecordHead,
)

BODY_MAX = ANSWER_BODY_MAX
LAST = ANSWER_LAST
IF_PRESENT = ANSWER_IF_PRESENT
VERDICT = ANSWER_VERDICT
PASSED = ANSWER_PASSED
WRONG = ANSWER_WRONG


cdef class Enquiries:
    """Filled by the door, emptied by whoever carries them to the edge."""

    def __cinit__(self, uint32_t session_count, uint32_t open_max, uint32_t message_max):
        memset(&self.records, 0, sizeof(EventBuffer))
        self.session_count = session_count
        self.open_max = open_max
        self.message_max = message_max
        self.open_counts = <uint16_t*> calloc(session_count + 1, sizeof(uint16_t))
        if self.open_counts == NULL:
            raise MemoryError("no memory for the open questions")

    def __dealloc__(self):
        free(self.records.data)
        free(self.open_counts)

    cdef int ask(
        self, uint16_t kind, const Message* message, uint64_t seq, JournalWriter journal,
        uint16_t session, uint32_t link, uint32_t generation, int64_t now_ns,
    ) noexcept nogil:
        cdef uint64_t size = sizeof(Enquiry) + ((<uint64_t> message.size + 7) & ~<uint64_t> 7)
        cdef uint64_t kept = self.share if kind == KIND_QUESTION else 0
        cdef int result = ASK_TAKEN
        cdef Enquiry* enquiry = NULL
        if message.size > self.message_max:
            result = ASK_TOO_LARGE
        elif kind == KIND_QUESTION and self.open_counts[session] >= self.open_max:
            result = ASK_TOO_MANY
        elif size + kept > self.room:
            result = ASK_FULL
        else:
            enquiry = <Enquiry*> self.place(<uint32_t> size)
            result = ASK_FULL if enquiry == NULL else ASK_TAKEN
        if result != ASK_TAKEN:
            self.refused += 1
            return result
        memset(<char*> enquiry + size - 8, 0, 8)
        memset(enquiry, 0, sizeof(Enquiry))
        enquiry.head.size = <uint32_t> size
        enquiry.head.kind = kind
        enquiry.head.seq = seq
        enquiry.time_ns = now_ns
        if journal is not None:
            enquiry.batch_no = journal.batch_no - (1 if journal.record_count == 0 else 0)
        enquiry.msg_seq_num = message.msg_seq_num
        enquiry.session = session
        enquiry.link = link
        enquiry.generation = generation
        enquiry.raw_size = message.size
        memcpy(enquiry.msg_type, message.msg_type, 8)
        memcpy(<char*> enquiry + sizeof(Enquiry), message.raw, message.size)
        self.room -= size
        self.taken += 1
        if kind == KIND_QUESTION:
            self.open_counts[session] += 1
        return ASK_TAKEN

    cdef uint8_t* place(self, uint32_t size) noexcept nogil:
        """Room at the end; what was taken makes way first."""
        if self.start > 0:
            self.records.used -= self.start
            memmove(self.records.data, self.records.data + self.start, self.records.used)
            self.start = 0
        return buffer_record(&self.records, size)

    cdef void close(self, uint16_t session) noexcept nogil:
        if self.open_counts[session] > 0:
            self.open_counts[session] -= 1

    cdef const RecordHead* peek(self) noexcept nogil:
        if self.start == self.records.used:
            return NULL
        return <const RecordHead*> (self.records.data + self.start)

    cdef void advance(self) noexcept nogil:
        assert self.start < self.records.used
        self.start += (<const RecordHead*> (self.records.data + self.start)).size

    def put(self, bytes record not None) -> None:
        """Add one record, as `ask` does. ValueError when its head contradicts its length."""
        cdef const RecordHead* head = <const RecordHead*> <const char*> record
        if len(record) < <Py_ssize_t> sizeof(RecordHead) or head.size != <size_t> len(record):
            raise ValueError(f"not one record: {len(record)} bytes")
        cdef uint8_t* place = self.place(<uint32_t> len(record))
        if place == NULL:
            raise MemoryError("no memory for a question")
        memcpy(place, head, len(record))

    def take(self) -> list[bytes]:
        """Every one that waits, oldest first, taken out."""
        cdef const RecordHead* record = self.peek()
        cdef list taken = []
        while record != NULL:
            taken.append((<const char*> record)[:record.size])
            self.advance()
            record = self.peek()
        return taken

    def open_count(self, uint16_t session) -> int:
        """Questions of that session without their last answer."""
        if session >= self.session_count:
            raise IndexError(f"there are {self.session_count} sessions, asked for {session}")
        return self.open_counts[session]


cdef const char* why_not_asked(
    int result, bint has_throttle_reason, uint8_t* reason,
) noexcept nogil:
    reason[0] = BUSINESS_NOT_AVAILABLE
    if result == ASK_TOO_MANY:
        if has_throttle_reason:
            reason[0] = BUSINESS_THROTTLED
        return b"too many requests of this session are unanswered: wait for their answers"
    if result == ASK_TOO_LARGE:
        return b"the request is larger than one may be"
    return b"requests are not answered now: ask again later"


cdef int deliver(
    Roster roster, Enquiries enquiries, const Answer* answer, uint32_t generation, uint64_t seq,
    int64_t now_ns,
) noexcept nogil:
    cdef const Seat* seat = &roster.seats[answer.session]
    if not seat.is_configured or seat.source != NONE16:
        return 0
    if answer.flags & ANSWER_LAST and answer.msg_seq_num != 0 and enquiries is not None:
        enquiries.close(answer.session)
    if answer.body_size == 0:
        return 0
    if answer.flags & ANSWER_IF_PRESENT and answer.generation != generation:
        return 0
    return roster.send(
        answer.session, seq, answer.msg_type, <const char*> answer + sizeof(Answer),
        answer.body_size, OUT_COLD, now_ns,
    )


cdef bint is_answer(const Answer* answer, uint64_t size) noexcept nogil:
    return (
        size >= sizeof(Answer) and answer.head.size == size and answer.head.kind == KIND_ANSWER
        and answer.body_size <= min(size - sizeof(Answer), <uint64_t> ANSWER_BODY_MAX)
        and answer.msg_type[7] == 0
    )


def enquiry_fields(bytes record not None) -> dict[str, object]:
    """What stands in an enquiry. ValueError when it is none."""
    cdef const Enquiry* enquiry = <const Enquiry*> <const char*> record
    if (
        len(record) < <Py_ssize_t> sizeof(Enquiry)
        or enquiry.head.size != <size_t> len(record)
        or (enquiry.head.kind != KIND_QUESTION and enquiry.head.kind != KIND_CREDENTIALS)
        or enquiry.raw_size > len(record) - <Py_ssize_t> sizeof(Enquiry)
    ):
        raise ValueError(f"not an enquiry: {len(record)} bytes")
    return {
        "session": enquiry.session,
        "link": enquiry.link,
        "generation": enquiry.generation,
        "batch_no": enquiry.batch_no,
        "seq": enquiry.head.seq,
        "time_ns": enquiry.time_ns,
        "msg_seq_num": enquiry.msg_seq_num,
        "msg_type": enquiry.msg_type[:8].rstrip(b"\0").decode("latin-1"),
        "raw": record[sizeof(Enquiry):<Py_ssize_t> sizeof(Enquiry) + enquiry.raw_size],
    }


def answer_record(
    uint16_t session, str msg_type, bytes body not None, *, uint64_t msg_seq_num=0,
    uint32_t generation=0, uint16_t flags=0,
) -> bytes:
    """A message of the edge for a session: the body is numbered and sent by the door."""
    cdef Answer answer
    cdef bytes kind = msg_type.encode("ascii")
    cdef Py_ssize_t padded = (len(body) + 7) & ~<Py_ssize_t> 7
    if len(kind) > 7 or (not kind and body):
        raise ValueError(f"MsgType {msg_type!r}: expected 1 to 7 bytes")
    if len(body) > ANSWER_BODY_MAX:
        raise ValueError(f"an answer has at most {ANSWER_BODY_MAX} bytes of body, not {len(body)}")
    memset(&answer, 0, sizeof(Answer))
    answer.head.size = <uint32_t> (<Py_ssize_t> sizeof(Answer) + padded)
    answer.head.kind = KIND_ANSWER
    answer.msg_seq_num = msg_seq_num
    answer.generation = generation
    answer.body_size = <uint32_t> len(body)
    answer.session = session
    answer.flags = flags
    memcpy(answer.msg_type, <const char*> kind, len(kind))
    return (<char*> &answer)[:sizeof(Answer)] + body.ljust(padded, b"\0")
