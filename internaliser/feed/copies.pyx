"""Telling drop copies."""

cimport cython

from libc.stdint cimport UINT64_MAX
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from internaliser.core.state cimport Client, CoreState, client_at
from internaliser.fix.codec cimport (
    Field, Message, find, put_char, put_text, read_int, writer_on,
)
from internaliser.fix.session cimport session_logout, session_send
from internaliser.gateway.reports cimport encode_report
from internaliser.gateway.roster cimport Seat
from internaliser.model.event cimport EVENT_STATUS
from internaliser.model.record cimport KIND_ORDER_EVENT, KIND_SESSION

from internaliser.journal.fault import segment_numbers

cdef enum:
    BODY_MAX = 2048             # bytes of the longest report, with room
    SEGMENTS_A_TURN = 16        # looked at per turn for the report a session named
    RECORDS_A_TURN = 4096       # read per turn and session

cdef int64_t INDEX_MAX = 0xFFFF         # of a record in its step
cdef int64_t EPOCH_MAX = 0xFFFFF        # an id has 20 bits for it
cdef const char* NOT_HERE = b"ReplayAfter(5091) is not in this journal"


@cython.final
cdef class Copies:
    """For up to `capacity` sessions; `open_copy` adds them one by one, before the feed runs."""

    def __cinit__(
        self, Roster roster not None, Core names not None, Links links not None,
        JournalReader tail not None, *, uint32_t capacity, uint64_t behind_bytes=262144,
    ):
        self.roster = roster
        self.names = names
        self.links = links
        self.tail = tail
        self.readers = []
        self.capacity = capacity
        self.client_count = (<CoreState*> names.state).clients.used
        self.behind_mark = behind_bytes
        self.copies = <Copy*> calloc(max(capacity, <uint32_t> 1), sizeof(Copy))
        self.room = <char*> malloc(BODY_MAX)
        if self.copies == NULL or self.room == NULL:
            raise MemoryError("no memory for the drop copies")

    def __dealloc__(self):
        cdef uint32_t i
        if self.copies != NULL:
            for i in range(self.count):
                free(self.copies[i].accounts)
        free(self.copies)
        free(self.room)

    def open_copy(self, uint16_t session, accounts) -> None:
        """Session `session` may see the reports of these clients (indexes)."""
        cdef Copy* copy = &self.copies[self.count]
        cdef uint8_t* seen
        if self.count == self.capacity:
            raise ValueError(f"there is room for {self.capacity} drop copies")
        seen = <uint8_t*> calloc(max(self.client_count, <uint32_t> 1), 1)
        if seen == NULL:
            raise MemoryError("no memory for a drop copy")
        reader = JournalReader(self.tail.folder, durable_only=True)
        memset(copy, 0, sizeof(Copy))
        copy.session = session
        copy.accounts = seen
        copy.reader = <void*> reader
        self.readers.append(reader)
        self.count += 1
        numbers = segment_numbers(self.tail.folder)
        self.oldest_segment = numbers[0] if numbers else 0
        for client in accounts:
            if not 0 <= client < self.client_count:
                raise ValueError(f"no client has the number {client}")
            seen[<uint32_t> client] = 1

    # --- sessions ----------------------------------------------------------------------------

    cdef Copy* copy_of(self, uint16_t session) noexcept nogil:
        cdef uint32_t i
        for i in range(self.count):
            if self.copies[i].session == session:
                return &self.copies[i]
        return NULL

    cdef bint is_copy(self, uint16_t session) noexcept nogil:
        return self.copy_of(session) != NULL

    cdef void set_state(self, Copy* copy, uint8_t state) noexcept nogil:
        self.live_count -= copy.state == COPY_LIVE
        self.replaying_count -= copy.state == COPY_SEEKING or copy.state == COPY_REPLAYING
        copy.state = state
        self.live_count += state == COPY_LIVE
        self.replaying_count += state == COPY_SEEKING or state == COPY_REPLAYING

    cdef void begin(self, uint16_t session, const Message* logon, int64_t now_ns) noexcept nogil:
        cdef Copy* copy = self.copy_of(session)
        cdef const Field* after = find(logon, 5091)
        cdef const Field* mark = find(logon, 9406)
        copy.is_marked = mark != NULL and mark.size == 1 and logon.raw[mark.offset] == c'Y'
        copy.from_position = 0
        copy.after_seq = 0
        copy.is_found = 1
        if after == NULL:
            # From where the feed is: what it has not read yet has not been told to anybody.
            if not (<JournalReader> copy.reader).stand_with(self.tail):
                self.refuse(copy, b"the journal cannot be read", now_ns)
                return
            copy.from_position = self.read_position + 1
            self.set_state(copy, COPY_REPLAYING)
            return
        if after.size == 1 and logon.raw[after.offset] == c'0':
            copy.segment_no = self.oldest_segment
        elif read_exec_id(logon.raw + after.offset, after.size, self.names.node_id, copy):
            copy.is_found = 0
            copy.segment_no = self.tail.cursor.segment.segment_no
        else:
            self.refuse(copy, b"ReplayAfter(5091) is no ExecID of this node, nor 0", now_ns)
            return
        self.set_state(copy, COPY_SEEKING)

    cdef void end(self, uint16_t session) noexcept nogil:
        self.set_state(self.copy_of(session), COPY_OFF)

    cdef void refuse(self, Copy* copy, const char* why, int64_t now_ns) noexcept nogil:
        cdef Seat* seat = &self.roster.seats[copy.session]
        self.set_state(copy, COPY_OFF)
        if seat.output != NULL:
            session_logout(&self.roster.sessions[copy.session], why, now_ns, seat.output)
            self.links.touch(seat.link)

    cdef bint is_slow(self, const Copy* copy) noexcept nogil:
        cdef const Seat* seat = &self.roster.seats[copy.session]
        return seat.output == NULL or seat.output.end - seat.output.start > self.behind_mark

    # --- as it happens -----------------------------------------------------------------------

    cdef void take(
        self, const OrderEvent* event, uint64_t position, int64_t now_ns
    ) noexcept nogil:
        cdef uint32_t i
        cdef Copy* copy
        cdef uint8_t version = 0        # that `body` is written in, 0 = none yet
        if self.live_count == 0 or event.client >= self.client_count:
            return
        for i in range(self.count):
            copy = &self.copies[i]
            if copy.state != COPY_LIVE or not copy.accounts[event.client]:
                continue
            if self.is_slow(copy):
                self.detached += 1
                copy.from_position = position
                if (<JournalReader> copy.reader).stand_with(self.tail):
                    self.set_state(copy, COPY_REPLAYING)
                else:
                    self.refuse(copy, b"the journal cannot be read", now_ns)
                continue
            if version == 0 or version != self.roster.sessions[copy.session].version:
                version = self.roster.sessions[copy.session].version
                if not self.encode(event, version):
                    return
            self.tell(copy, now_ns)

    cdef int encode(self, const OrderEvent* event, uint8_t version) noexcept nogil:
        """The report as the client got it, with the account it is of before it. 0: there is none.
        Answers to a client's questions are no reports of what happened."""
        cdef char[8] msg_type
        cdef const Client* client
        if event.type == EVENT_STATUS:
            return 0
        self.body = writer_on(self.room, BODY_MAX)
        put_char(&self.body, 9406, c'Y')
        self.head_size = self.body.used
        client = client_at(<CoreState*> self.names.state, event.client)
        put_text(&self.body, 1, client.name.text, client.name.size)
        if not encode_report(self.names, event, version, &self.body, msg_type):
            return 0
        return msg_type[0] == c'8'

    cdef void tell(self, Copy* copy, int64_t now_ns) noexcept nogil:
        cdef Seat* seat = &self.roster.seats[copy.session]
        cdef uint32_t skipped = 0 if copy.is_marked else self.head_size
        if session_send(
            &self.roster.sessions[copy.session], b"8", self.body.data + skipped,
            self.body.used - skipped, now_ns, seat.output,
        ) == 0:
            seat.has_overflowed = 1
        self.links.touch(seat.link)
        self.sent += 1

    # --- from the journal --------------------------------------------------------------------

    cdef int replay(self, bint is_at_end, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef Copy* copy
        cdef int has_more = 0
        if self.replaying_count == 0:
            return 0
        for i in range(self.count):
            copy = &self.copies[i]
            if copy.state == COPY_SEEKING:
                self.seek(copy, now_ns)
                has_more = 1
            if copy.state == COPY_REPLAYING and not self.is_slow(copy):
                has_more |= self.read_on(copy, is_at_end, now_ns)
        return has_more

    cdef void seek(self, Copy* copy, int64_t now_ns) noexcept nogil:
        """Backwards to a segment that begins before the report it named."""
        cdef const RecordHead* record
        cdef uint64_t position
        cdef uint32_t _i
        for _i in range(SEGMENTS_A_TURN):
            set_until(copy, UINT64_MAX)
            if not (<JournalReader> copy.reader).enter_segment(copy.segment_no):
                self.refuse(copy, b"the journal cannot be read", now_ns)
                return
            record = next_of(copy, &position)
            while record != NULL and record.kind == KIND_SESSION:
                record = next_of(copy, &position)
            if copy.segment_no <= self.oldest_segment or (
                record != NULL and record.seq < copy.after_seq
            ):
                (<JournalReader> copy.reader).enter_segment(copy.segment_no)
                self.set_state(copy, COPY_REPLAYING)
                return
            copy.segment_no -= 1

    cdef int read_on(self, Copy* copy, bint is_at_end, int64_t now_ns) noexcept nogil:
        """1 = it can go on at once; 0 = it is live, or waits for its output or for the feed."""
        cdef const RecordHead* record
        cdef uint64_t position
        cdef uint32_t _i
        # Never further than the feed itself has read: that is where it goes live.
        set_until(copy, self.tail.cursor.next_batch)
        for _i in range(RECORDS_A_TURN):
            record = next_of(copy, &position)
            if record == NULL:
                return self.arrive(copy, is_at_end, now_ns)
            if record.kind == KIND_SESSION or position < copy.from_position:
                continue
            if not copy.is_found:
                self.pass_report(copy, record, now_ns)
                if copy.state == COPY_OFF:
                    return 0
            elif record.kind == KIND_ORDER_EVENT:
                self.repeat(copy, <const OrderEvent*> record, now_ns)
                if self.is_slow(copy):
                    return 0
        return 1

    cdef void repeat(self, Copy* copy, const OrderEvent* event, int64_t now_ns) noexcept nogil:
        if event.client < self.client_count and copy.accounts[event.client]:
            if self.encode(event, self.roster.sessions[copy.session].version):
                self.tell(copy, now_ns)

    cdef int arrive(self, Copy* copy, bint is_at_end, int64_t now_ns) noexcept nogil:
        """It has read what it may: live if that is all the feed has read too."""
        if (<JournalReader> copy.reader).is_damaged:
            self.refuse(copy, b"the journal cannot be read", now_ns)
        elif is_at_end and next_batch_of(copy) == self.tail.cursor.next_batch:
            if copy.is_found:
                self.set_state(copy, COPY_LIVE)
            else:
                self.refuse(copy, NOT_HERE, now_ns)
        return 0

    cdef void pass_report(
        self, Copy* copy, const RecordHead* record, int64_t now_ns
    ) noexcept nogil:
        """Before the report it named, that report itself, or behind where it should have been."""
        if record.seq < copy.after_seq:
            return
        if record.seq == copy.after_seq and record.index < copy.after_index:
            return
        if record.seq == copy.after_seq and record.index == copy.after_index:
            if record.kind == KIND_ORDER_EVENT:
                copy.is_found = (<const OrderEvent*> record).epoch == copy.after_epoch
        if not copy.is_found:
            self.refuse(copy, NOT_HERE, now_ns)


cdef inline const RecordHead* next_of(Copy* copy, uint64_t* position) noexcept nogil:
    return (<JournalReader> copy.reader).next(position)


cdef inline uint64_t next_batch_of(const Copy* copy) noexcept nogil:
    return (<JournalReader> copy.reader).cursor.next_batch


cdef inline void set_until(Copy* copy, uint64_t batch) noexcept nogil:
    (<JournalReader> copy.reader).until_batch = batch


cdef int read_exec_id(const char* text, uint32_t size, uint16_t node_id, Copy* copy) noexcept nogil:
    """ "node-epoch-seq-index" of this node. 1, or 0: it is none."""
    cdef int64_t[4] numbers
    cdef uint32_t start = 0, at = 0, part = 0
    while at <= size:
        if at == size or text[at] == c'-':
            if part == 4 or not read_int(text + start, at - start, &numbers[part]):
                return 0
            part += 1
            start = at + 1
        at += 1
    if part != 4 or numbers[0] != node_id or not 0 < numbers[3] <= INDEX_MAX:
        return 0
    if not 0 < numbers[1] <= EPOCH_MAX or numbers[2] <= 0:
        return 0
    copy.after_epoch = <uint32_t> numbers[1]
    copy.after_seq = <uint64_t> numbers[2]
    copy.after_index = <uint16_t> numbers[3]
    return 1
