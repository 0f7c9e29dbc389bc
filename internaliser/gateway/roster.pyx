"""Sessions of the node by number, and their counters in the journal.

A command tells the inbound number of its message and an OutMessage its outbound one, so counters
are journalled on their own only when an administrative message moved them.
"""

cimport cython

from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp, memcpy, memset, strlen

from internaliser.fix.buffer cimport buffer_close, buffer_open
from internaliser.fix.dictionary cimport Dictionary
from internaliser.fix.session cimport (
    COMP_ID_MAX, ROLE_ACCEPTOR, ROLE_INITIATOR, SESSION_ACTIVE, SESSION_DISCONNECTED, SessionLimits,
    StoredMessage, session_send,
)
from internaliser.fix.version cimport FIX50, version_of
from internaliser.model.record cimport (
    KIND_OUT_MESSAGE, KIND_SESSION, SESSION_COUNTERS, SESSION_ENDED, SESSION_RESET, OutMessage,
    SessionRecord,
)

from internaliser.fix.fix_session import NEXT_EXPECTED, TEST_RULES, TOO_LOW_RULES, choice

cdef enum:
    EARLY_FIRST = 256           # bytes of room for early messages a session starts with

# SessionStatus(1409): active, DefaultApplVerID: 5.0SP2
cdef const char* FIXT_LOGON = b"1409=0\x011137=9\x01"
cdef uint32_t FIRST_HASH = 2166136261
cdef uint64_t NOT_TAKEN = 0xFFFFFFFFFFFFFFFF


cdef int fetch_sent(
    void* context, uint16_t session, uint64_t msg_seq_num, StoredMessage* out,
) noexcept nogil:
    return (<SentStore> context).fetch(session, msg_seq_num, out)


cdef void copy_name(char* place, str name, size_t capacity) except *:
    cdef bytes text = name.encode("ascii")
    if len(text) >= capacity:
        raise ValueError(f"session name {name!r} is longer than {capacity - 1} bytes")
    memset(place, 0, capacity)
    memcpy(place, <const char*> text, len(text))


cdef uint32_t hash_of(uint32_t start, const char* text, uint32_t size) noexcept nogil:
    """FNV-1a, going on from `start`."""
    cdef uint32_t i
    for i in range(size):
        start = (start ^ <uint8_t> text[i]) * <uint32_t> 16777619
    return start


cdef bint is_text(const char* name, const char* text, uint32_t size) noexcept nogil:
    return strlen(name) == size and memcmp(name, text, size) == 0


@cython.final
cdef class Roster:
    """Room for `capacity` sessions; `configure` fills them one by one."""

    def __cinit__(self, uint32_t capacity, SentStore sent):
        cdef uint32_t i
        self.capacity = capacity
        self.sent = sent
        self.keep = []
        self.sessions = <Session*> calloc(capacity, sizeof(Session))
        self.seats = <Seat*> calloc(capacity, sizeof(Seat))
        self.late = <uint16_t*> calloc(capacity, sizeof(uint16_t))
        self.fresh = <uint16_t*> calloc(capacity, sizeof(uint16_t))
        self.early = <Buffer*> calloc(capacity, sizeof(Buffer))
        while self.name_mask < 4 * capacity:     # at most a quarter full
            self.name_mask = 2 * self.name_mask + 1
        self.names = <uint16_t*> malloc((self.name_mask + 1) * sizeof(uint16_t))
        if not (
            self.names and self.sessions and self.seats and self.late and self.fresh and self.early
        ):
            raise MemoryError("no memory for the sessions")
        memset(self.names, 0xFF, (self.name_mask + 1) * sizeof(uint16_t))
        for i in range(capacity):
            self.sessions[i].index = i
            self.sessions[i].next_in = 1
            self.sessions[i].next_out = 1
            self.seats[i] = Seat(
                NONE16, NONE16, NONE32, NULL, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0
            )

    def __dealloc__(self):
        cdef uint32_t i
        if self.early != NULL:
            for i in range(self.capacity):
                buffer_close(&self.early[i])
        free(self.early)
        free(self.sessions)
        free(self.seats)
        free(self.late)
        free(self.fresh)
        free(self.names)

    def open_journal(self, JournalWriter journal) -> None:
        """Recovery is over: from now on what is sent is also written."""
        self.journal = journal
        self.sent.journal = journal

    def configure(
        self, uint16_t index, *, str begin_string, str ours, str theirs, Dictionary dictionary,
        client=None, source=None, uint32_t heart_bt_s=30, bint reset_on_logon=False, limits=None,
        uint8_t cancels=0, int64_t grace_ns=0,
        uint64_t early_bytes_max=1 << 20, str next_expected="answered", bint tells_last=False,
        str test_session="any", str too_low="logout",
    ) -> None:
        """Give session `index` its identity. Its counters stay what recovery made them."""
        cdef Session* session = &self.sessions[index]
        cdef Seat* seat = &self.seats[index]
        if index >= self.capacity:
            raise ValueError(f"session {index} exceeds the limit of {self.capacity} sessions")
        copy_name(session.begin_string, begin_string, sizeof(session.begin_string))
        copy_name(session.sender, ours, COMP_ID_MAX)
        copy_name(session.target, theirs, COMP_ID_MAX)
        session.version = version_of(session.begin_string, <uint32_t> strlen(session.begin_string))
        if session.version == FIX50:
            session.logon_fields = FIXT_LOGON
            session.logon_fields_size = <uint32_t> strlen(FIXT_LOGON)
        session.role = ROLE_ACCEPTOR if source is None else ROLE_INITIATOR
        session.state = SESSION_DISCONNECTED
        session.heart_bt_wanted_s = heart_bt_s
        session.heart_bt_s = heart_bt_s
        session.reset_on_logon = reset_on_logon
        session.limits = session_limits(limits or {})
        session.next_expected = choice(NEXT_EXPECTED, next_expected, "next_expected")
        session.tells_last = tells_last
        session.begin_size = 0  # the constant parts of the header are made anew
        session.test_rule = choice(TEST_RULES, test_session, "test_session")
        session.too_low_rule = choice(TOO_LOW_RULES, too_low, "too_low")
        session.dictionary = <void*> dictionary
        self.keep.append(dictionary)
        if self.early[index].data == NULL:
            if buffer_open(&self.early[index], EARLY_FIRST, early_bytes_max) < 0:
                raise MemoryError("no memory for the session's early messages")
        session.early = &self.early[index]
        session.store.context = <void*> self.sent
        session.store.fetch = fetch_sent
        seat.client = NONE16 if client is None else client
        seat.source = NONE16 if source is None else source
        seat.cancels_configured = cancels
        seat.grace_ns = grace_ns
        seat.is_configured = 1
        self.name(index)
        self.session_count = max(self.session_count, <uint32_t> index + 1)

    def rows(self) -> list[dict[str, object]]:
        """One dict per configured session: names, counters, active or not. A glance, no lock."""
        cdef uint32_t i
        rows = []
        for i in range(self.capacity):
            if not self.seats[i].is_configured:
                continue
            rows.append({
                "session": i,
                "begin_string": self.sessions[i].begin_string.decode(),
                "ours": self.sessions[i].sender.decode(),
                "theirs": self.sessions[i].target.decode(),
                "role": "acceptor" if self.sessions[i].role == ROLE_ACCEPTOR else "initiator",
                "is_active": self.sessions[i].state == SESSION_ACTIVE,
                "next_in": self.sessions[i].next_in,
                "next_out": self.sessions[i].next_out,
            })
        return rows

    def counters(self) -> bytes:
        """next_in and next_out of every seat, for a snapshot."""
        return b"".join(
            int(self.sessions[i].next_in).to_bytes(8, "little")
            + int(self.sessions[i].next_out).to_bytes(8, "little")
            for i in range(self.capacity)
        )

    def counters_of(self, uint16_t index) -> tuple[int, int]:
        """next_in and next_out of one session."""
        if index >= self.capacity:
            raise IndexError(f"sessions are 0 to {self.capacity - 1}, not {index}")
        return self.sessions[index].next_in, self.sessions[index].next_out

    def restore_counters(self, bytes counters) -> None:
        """Take back what `counters` gave."""
        for i in range(min(self.capacity, len(counters) // 16)):
            self.recall_counters(
                i,
                int.from_bytes(counters[16 * i:16 * i + 8], "little"),
                int.from_bytes(counters[16 * i + 8:16 * i + 16], "little"),
            )

    cdef uint16_t find(
        self, const char* begin_string, uint32_t begin_size, const char* their_comp_id,
        uint32_t their_size, const char* our_comp_id, uint32_t our_size,
    ) noexcept nogil:
        cdef uint32_t at = hash_of(
            hash_of(FIRST_HASH, their_comp_id, their_size), begin_string, begin_size
        )
        cdef uint16_t i
        cdef Session* session
        while True:
            at &= self.name_mask
            i = self.names[at]
            if i == NONE16:
                return NONE16
            at += 1
            session = &self.sessions[i]
            if (
                self.seats[i].is_configured
                and session.role == ROLE_ACCEPTOR
                and is_text(session.target, their_comp_id, their_size)
                and is_text(session.sender, our_comp_id, our_size)
                and is_text(session.begin_string, begin_string, begin_size)
            ):
                return i

    cdef void name(self, uint16_t index) noexcept nogil:
        """Let `find` find a session by its names."""
        cdef Session* session = &self.sessions[index]
        cdef uint32_t at = hash_of(
            hash_of(FIRST_HASH, session.target, <uint32_t> strlen(session.target)),
            session.begin_string, <uint32_t> strlen(session.begin_string),
        )
        while self.names[at & self.name_mask] != NONE16:
            if self.names[at & self.name_mask] == index:
                return
            at += 1
        self.names[at & self.name_mask] = index

    cdef int send(
        self, uint16_t index, uint64_t seq, const char* msg_type, const char* body,
        uint32_t body_size, uint16_t flags, int64_t now_ns,
    ) noexcept nogil:
        cdef Session* session = &self.sessions[index]
        cdef Seat* seat = &self.seats[index]
        cdef uint64_t msg_seq_num = session.next_out
        cdef uint32_t padded = (body_size + 7) & ~<uint32_t> 7
        cdef uint64_t position
        cdef OutMessage* record
        if session_send(session, msg_type, body, body_size, now_ns, seat.output) == 0:
            seat.has_overflowed = 1
        self.freshen(index)
        assert session.next_out == msg_seq_num + 1
        record = <OutMessage*> self.journal.room(sizeof(OutMessage) + padded, &position)
        if record == NULL:
            return -1
        record.head.size = sizeof(OutMessage) + padded
        record.head.kind = KIND_OUT_MESSAGE
        record.head.index = 0
        record.head.seq = seq
        record.sending_time_ns = now_ns
        record.msg_seq_num = msg_seq_num
        record.session = index
        record.flags = flags
        record.body_size = body_size
        memset(record.msg_type, 0, 8)
        record.msg_type[0] = msg_type[0]
        if msg_type[1] != 0:
            memcpy(record.msg_type, msg_type, strlen(msg_type))
        memset(<char*> record + sizeof(OutMessage) + padded - 8, 0, 8 if padded > 0 else 0)
        memcpy(<char*> record + sizeof(OutMessage), body, body_size)
        seat.journalled_out = session.next_out
        self.sent_count += 1
        if self.sent.put(index, msg_seq_num, position) < 0:
            return -1
        if self.sent.is_long(index):
            return self.sent.shelve(index, seq, seat.journalled_in, session.next_out)
        return 0

    cdef int settle(self, uint16_t index, int64_t now_ns) noexcept nogil:
        cdef Session* session = &self.sessions[index]
        cdef Seat* seat = &self.seats[index]
        if session.was_reset:
            session.was_reset = 0
            self.sent.forget(index)
            if self.journal is not None:
                if write_counters(self.journal, session, SESSION_RESET, now_ns) < 0:
                    return -1
                self.sent_count += 1
            seat.journalled_in = session.next_in
            seat.journalled_out = session.next_out
        if session.is_dirty:
            session.is_dirty = 0
            if not seat.is_late and self.journal is not None:
                seat.is_late = 1
                self.late[self.late_count] = index
                self.late_count += 1
        return 0

    cdef int note_end(self, int64_t ended_ns) noexcept nogil:
        cdef SessionRecord record
        memset(&record, 0, sizeof(record))
        record.head.size = sizeof(SessionRecord)
        record.head.kind = KIND_SESSION
        record.time_ns = ended_ns
        record.session = NONE16
        record.change = SESSION_ENDED
        self.ended_ns = ended_ns
        self.sent_count += 1
        return 0 if self.journal.append(&record, sizeof(record)) != NOT_TAKEN else -1

    cdef int journal_counters(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef Session* session
        cdef Seat* seat
        for i in range(self.late_count):
            session = &self.sessions[self.late[i]]
            seat = &self.seats[self.late[i]]
            seat.is_late = 0
            if session.next_in != seat.journalled_in or session.next_out != seat.journalled_out:
                if write_counters(self.journal, session, SESSION_COUNTERS, now_ns) < 0:
                    return -1
                seat.journalled_in = session.next_in
                seat.journalled_out = session.next_out
        self.late_count = 0
        self.sent_count = 0
        return 0

    cdef void recall_counters(
        self, uint16_t index, uint64_t next_in, uint64_t next_out,
    ) noexcept nogil:
        self.sessions[index].next_in = next_in
        self.sessions[index].next_out = next_out
        self.seats[index].journalled_in = next_in
        self.seats[index].journalled_out = next_out


cdef int write_counters(
    JournalWriter journal, const Session* session, uint16_t change, int64_t now_ns,
) noexcept nogil:
    cdef SessionRecord record
    memset(&record, 0, sizeof(record))
    record.head.size = sizeof(SessionRecord)
    record.head.kind = KIND_SESSION
    record.time_ns = now_ns
    record.session = session.index
    record.change = change
    record.next_in = session.next_in
    record.next_out = session.next_out
    return 0 if journal.append(&record, sizeof(record)) != NOT_TAKEN else -1


cdef SessionLimits session_limits(dict given):
    """Limits from config, by the field names of SessionLimits; what is not given is the default."""
    cdef SessionLimits limits
    limits.sending_time_window_ns = given.get("sending_time_window_ns", 120_000_000_000)
    limits.logon_timeout_ns = given.get("logon_timeout_ns", 10_000_000_000)
    limits.logout_timeout_ns = given.get("logout_timeout_ns", 2_000_000_000)
    limits.heart_bt_min_s = given.get("heart_bt_min_s", 1)
    limits.heart_bt_max_s = given.get("heart_bt_max_s", 60)
    limits.resend_chunk = given.get("resend_chunk", 1000)
    limits.resend_pause_ns = given.get("resend_pause_ns", 0)
    limits.timestamp_digits = given.get("timestamp_digits", 6)
    limits.resend_repeats_max = given.get("resend_repeats_max", 32)
    limits.resend_ask_max = given.get("resend_ask_max", 0)
    limits.gap_asks_max = given.get("gap_asks_max", 5)
    limits.message_size_told = given.get("message_size_told", 0)
    limits.resend_output_max = given.get("resend_output_max", 1 << 20)
    return limits
