"""Steps: the order in which one command becomes journal records and messages.

Views the step read, the command, then each event followed by the message it becomes. Recovery walks
the same order (gateway/replay.pyx), so what is written here is what is compared there. An event
that the edge is to answer is put to the requests; they leave with the turn's commit.
"""

cimport cython

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from internaliser.core.step cimport APPLY_FAULT, APPLY_SILENT
from internaliser.fix.version cimport version_of
from internaliser.gateway.mass cimport encode_mass_cancel
from internaliser.gateway.reports cimport encode_report
from internaliser.gateway.requests cimport asks_the_edge
from internaliser.gateway.sources cimport encode_child
from internaliser.journal.system cimport load64, store64
from internaliser.model.command cimport COMMAND_HEAD, SOURCE_DOWN, TEXT_NOTE
from internaliser.model.event cimport (
    CHILD_REQUESTED, ChildEvent, EventBuffer, MassEvent, OrderEvent, StateEvent,
)
from internaliser.model.record cimport (
    KIND_CHILD_EVENT, KIND_DISPUTE, KIND_MASS_EVENT, KIND_ORDER_EVENT, KIND_SOURCE_STATE,
    KIND_STATE_EVENT, OUT_CHILD,
)

cdef uint64_t NOT_TAKEN = 0xFFFFFFFFFFFFFFFF

cdef enum:
    SHUT_WHY_SIZE = 16          # bytes of SHUT_WHY, a multiple of 8

cdef const char* SHUT_WHY = b"the edge is late"


@cython.final
cdef class Steps:
    """Joins one core, one roster and (after recovery) one journal."""

    def __cinit__(self, Core core, Roster roster):
        self.core = core
        self.roster = roster
        self.books = SourceBooks()
        self.body.data = <char*> malloc(BODY_MAX)
        self.body.capacity = BODY_MAX
        if self.body.data == NULL:
            raise MemoryError("no memory for message bodies")

    def __dealloc__(self):
        free(self.body.data)

    def open_journal(self, JournalWriter journal) -> None:
        """Recovery is over: from now on steps are written."""
        self.journal = journal

    def open_requests(self, requests: Requests) -> None:
        """From now on what the edge is to answer goes there. Nothing of it has left before."""
        self.requests = requests

    @property
    def notable_count(self) -> int:
        """Records journalled so far that say how the node stands (KIND_STATE_EVENT) or open a case
        (KIND_DISPUTE). Readable on any thread."""
        return load64(&self.notable)

    cdef int take(self, Command* command, int64_t now_ns) noexcept nogil:
        if self.requests is not None and self.requests.count >= self.requests.room:
            if self.shut_edge(now_ns) < 0:
                return -1
        return self.apply(command, now_ns)

    cdef int shut_edge(self, int64_t now_ns) noexcept nogil:
        cdef uint16_t source = self.core.linked_edge_source(0)
        while source != NONE16:
            memset(&self.shutting, 0, COMMAND_HEAD)
            self.shutting.head.size = COMMAND_HEAD + SHUT_WHY_SIZE
            self.shutting.head.kind = KIND_SOURCE_STATE
            self.shutting.session = NONE16
            self.shutting.client = NONE16
            self.shutting.instrument = NONE16
            self.shutting.source = source
            self.shutting.action = SOURCE_DOWN
            self.shutting.text_size[<int> TEXT_NOTE] = SHUT_WHY_SIZE
            memcpy(self.shutting.payload, SHUT_WHY, SHUT_WHY_SIZE)
            if self.apply(&self.shutting, now_ns) < 0:
                return -1
            source = self.core.linked_edge_source(source + 1)
        return 0

    cdef int apply(self, Command* command, int64_t now_ns) noexcept nogil:
        cdef int result
        command.time_ns = now_ns
        self.has_more = 0
        result = self.core.apply(command)
        if result == APPLY_SILENT:
            return 0
        if result == APPLY_FAULT:
            return -1
        self.record_count += 1
        if append_all(self.journal, &self.core.views_read) < 0:
            return -1
        if self.journal.append(command, command.head.size) == NOT_TAKEN:
            return -1
        if command.head.kind == KIND_DISPUTE:
            store64(&self.notable, self.notable + 1)
        if command.msg_seq_num != 0 and command.session != NONE16:
            self.roster.seats[command.session].journalled_in = command.msg_seq_num + 1
        return self.emit_rest(0, False)

    cdef int emit_rest(self, uint32_t at, bint has_message) noexcept nogil:
        """Journal and send what follows from the events from offset `at` on.

        `has_message`: the message of the event before `at` (still in `body`) comes first.
        """
        cdef EventBuffer* events = &self.core.events
        cdef const RecordHead* event
        if has_message and self.send_message() < 0:
            return -1
        while at < events.used:
            event = <const RecordHead*> (events.data + at)
            if self.journal.append(event, event.size) == NOT_TAKEN:
                return -1
            if self.requests is not None and self.hand_on(event) < 0:
                return -1
            if event.kind == KIND_STATE_EVENT:
                store64(&self.notable, self.notable + 1)
                self.has_more = (<const StateEvent*> event).more
            elif self.message_of(event):
                if self.send_message() < 0:
                    return -1
                if self.message.flags & OUT_CHILD:
                    self.note_child(<const ChildEvent*> event)
            at += event.size
        return 0

    cdef int hand_on(self, const RecordHead* event) noexcept nogil:
        """To the requests: what the edge is to answer, and how its links stand."""
        cdef const StateEvent* told
        if event.kind == KIND_CHILD_EVENT:
            if asks_the_edge(<const ChildEvent*> event):
                self.child_count += 1
                return self.requests.add(event)
        elif event.kind == KIND_STATE_EVENT:
            told = <const StateEvent*> event
            if told.kind == KIND_SOURCE_STATE and told.reason == 0:
                if self.core.is_edge_source(told.source):
                    return self.requests.add(event)
        return 0

    cdef int send_message(self) noexcept nogil:
        return self.roster.send(
            self.message.session, self.core.seq, self.message.msg_type, self.body.data,
            self.body.used, self.message.flags, self.core.now_ns,
        )

    cdef void note_child(self, const ChildEvent* event) noexcept nogil:
        self.child_count += 1
        self.books.remember(
            event.source, self.roster.sessions[event.session].next_out - 1, event.child_id
        )

    cdef uint8_t version(self, uint16_t session) noexcept nogil:
        """FixVersion of a session: what it is seated with, in recovery what the journal says."""
        cdef const char* begin_string
        cdef uint32_t size = 0
        if session >= self.roster.capacity:
            return 0
        if self.roster.sessions[session].version == 0:
            begin_string = self.core.begin_string(session, &size)
            self.roster.sessions[session].version = version_of(begin_string, size)
        return self.roster.sessions[session].version

    cdef int message_of(self, const RecordHead* event) noexcept nogil:
        cdef const OrderEvent* order
        cdef const ChildEvent* child
        cdef const MassEvent* mass
        memset(self.message.msg_type, 0, 8)
        self.body.used = 0
        self.body.overflowed = 0
        if event.kind == KIND_ORDER_EVENT:
            order = <const OrderEvent*> event
            self.message.session = order.session
            self.message.flags = 0
            if order.session == NONE16:
                return 0
            return encode_report(
                self.core, order, self.version(order.session), &self.body, self.message.msg_type
            )
        if event.kind == KIND_CHILD_EVENT:
            child = <const ChildEvent*> event
            self.message.session = child.session
            # Asked again, a cancel or a status request does no harm; one lost in a gap is needed.
            self.message.flags = OUT_CHILD if child.type == CHILD_REQUESTED else 0
            if child.session == NONE16:
                return 0
            return encode_child(self.core, child, &self.body, self.message.msg_type)
        if event.kind == KIND_MASS_EVENT:
            mass = <const MassEvent*> event
            self.message.session = mass.session
            self.message.flags = 0
            self.message.msg_type[0] = b'r'
            if mass.session == NONE16:
                return 0
            encode_mass_cancel(self.core, mass, self.version(mass.session), &self.body)
            return 1
        return 0


cdef int append_all(JournalWriter journal, const EventBuffer* records) noexcept nogil:
    cdef uint32_t at = 0
    cdef const RecordHead* record
    while at < records.used:
        record = <const RecordHead*> (records.data + at)
        if journal.append(record, record.size) == NOT_TAKEN:
            return -1
        at += record.size
    return 0
