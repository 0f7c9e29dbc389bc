"""Replay: start-up and `verify` both walk the journal through here.

The order of records is the one gateway/steps.pyx writes: views, command, then each event followed
by its message. Cold messages and session records may stand between steps.
"""

from libc.string cimport memcmp, memcpy, memmove

from internaliser.core.step cimport APPLY_FAULT, APPLY_SILENT
from internaliser.journal.reader cimport JournalReader
from internaliser.model.record cimport (
    KIND_MARKET_VIEW, KIND_OUT_MESSAGE, KIND_SESSION, KIND_STATE_EVENT, OUT_COLD, SESSION_ENDED,
    SESSION_RESET, SESSION_SENT, OutMessage, SessionRecord,
)

from internaliser.errors import DataError

FAULT_TEXTS = {
    REPLAY_SEQ: "the step got another number than recorded",
    REPLAY_EVENT: "an event differs from the recorded one",
    REPLAY_MESSAGE: "a message differs from the recorded one",
    REPLAY_CORE: "the core met a fault",
    REPLAY_RECORD: "a record of a kind that cannot stand here",
}


cdef class Replay:
    """Feeds records to `core` and compares; counters and positions go to `roster`."""

    def __cinit__(self, Core core, Roster roster, Steps steps):
        self.core = core
        self.roster = roster
        self.steps = steps

    def run(self, JournalReader reader, uint64_t until=0xFFFFFFFFFFFFFFFF) -> int:
        """Replay what `reader` gives, step `until` included. Returns the ReplayFault (0 = none).

        Stops at the first difference; `fault_seq` then names the step.
        """
        cdef const RecordHead* record
        cdef uint64_t position = 0
        with nogil:
            while self.fault == REPLAY_OK:
                record = reader.next(&position)
                if record == NULL or (record.seq > until and self.is_between_steps()):
                    break
                self.fault = self.feed(record, position)
                if self.fault != REPLAY_OK:
                    self.fault_seq = record.seq
                self.record_count += 1
        return self.fault

    @property
    def is_complete(self) -> bool:
        """The journal ended with a whole step; if not, nothing of what is missing has left."""
        return bool(self.is_between_steps())

    def complete(self) -> None:
        """Write the outputs of the last step that the journal lacks. The caller commits."""
        if self.steps.emit_rest(self.event_at, self.has_message) < 0:
            raise DataError(f"step {self.core.seq} cannot be completed: the journal takes no more")
        self.event_at = self.core.events.used
        self.has_message = 0

    def rest(self) -> list[bytes]:
        """Commands that a crash stopped between two chunks, to be applied again."""
        return [
            (<char*> &self.unfinished[i])[:self.unfinished[i].head.size]
            for i in range(self.unfinished_count)
        ]

    @property
    def fault_text(self) -> str:
        """The fault in words, empty when there is none."""
        return FAULT_TEXTS.get(self.fault, "")

    cdef bint is_between_steps(self) noexcept nogil:
        return self.event_at >= self.core.events.used and not self.has_message

    cdef int feed(self, const RecordHead* record, uint64_t position) noexcept nogil:
        if record.kind == KIND_OUT_MESSAGE:
            return self.feed_message(<const OutMessage*> record, position)
        if record.kind == KIND_SESSION:
            return self.feed_session(<const SessionRecord*> record, position)
        if record.kind < KIND_SESSION:
            return self.feed_command(record)
        return self.feed_event(record)

    cdef int feed_command(self, const RecordHead* record) noexcept nogil:
        cdef int result
        if not self.is_between_steps():
            return REPLAY_EVENT
        if record.size > sizeof(Command):
            return REPLAY_RECORD
        memcpy(&self.command, record, record.size)
        result = self.core.apply(&self.command)
        self.event_at = 0
        if result == APPLY_FAULT:
            return REPLAY_CORE
        if result == APPLY_SILENT:
            self.event_at = self.core.events.used
            return REPLAY_OK if record.kind == KIND_MARKET_VIEW else REPLAY_SEQ
        if self.command.head.seq != record.seq:
            return REPLAY_SEQ
        if self.command.msg_seq_num != 0 and self.command.session != NONE16:
            self.roster.recall_counters(
                self.command.session, self.command.msg_seq_num + 1,
                self.roster.sessions[self.command.session].next_out,
            )
        return REPLAY_OK

    cdef int feed_event(self, const RecordHead* record) noexcept nogil:
        cdef const RecordHead* ours
        if self.has_message or self.event_at >= self.core.events.used:
            return REPLAY_EVENT
        ours = <const RecordHead*> (self.core.events.data + self.event_at)
        if ours.size != record.size or memcmp(ours, record, record.size) != 0:
            return REPLAY_EVENT
        self.event_at += ours.size
        if ours.kind == KIND_STATE_EVENT:
            self.note_chunk(<const StateEvent*> ours)
        self.has_message = self.steps.message_of(ours)
        return REPLAY_OK

    cdef void note_chunk(self, const StateEvent* event) noexcept nogil:
        """Remember a command that was to be repeated; forget it with its last chunk."""
        cdef uint32_t i
        if self.command.target_id == 0:
            self.command.target_id = self.core.latest_step()    # as the door repeats it
        for i in range(self.unfinished_count):
            if is_same(&self.unfinished[i], &self.command):
                break
        else:
            i = self.unfinished_count
        if event.more and i < UNFINISHED_MAX:
            self.unfinished[i] = self.command
            self.unfinished_count = max(self.unfinished_count, i + 1)
        elif not event.more and i < self.unfinished_count:
            self.unfinished_count -= 1
            memmove(
                &self.unfinished[i], &self.unfinished[i + 1],
                (self.unfinished_count - i) * sizeof(Command),
            )

    cdef int feed_message(self, const OutMessage* record, uint64_t position) noexcept nogil:
        cdef const char* body = <const char*> record + sizeof(OutMessage)
        if not record.flags & OUT_COLD:
            if not (
                self.has_message
                and record.session == self.steps.message.session
                and record.flags == self.steps.message.flags
                and memcmp(record.msg_type, self.steps.message.msg_type, 8) == 0
                and record.body_size == self.steps.body.used
                and memcmp(body, self.steps.body.data, record.body_size) == 0
            ):
                return REPLAY_MESSAGE
            self.has_message = 0
        if record.session >= self.roster.capacity:
            return REPLAY_RECORD
        self.roster.recall_counters(
            record.session, self.roster.sessions[record.session].next_in, record.msg_seq_num + 1
        )
        if self.roster.sent.put(record.session, record.msg_seq_num, position) < 0:
            return REPLAY_RECORD
        return REPLAY_OK

    cdef int feed_session(self, const SessionRecord* record, uint64_t position) noexcept nogil:
        if record.change == SESSION_ENDED:
            self.roster.ended_ns = record.time_ns
            return REPLAY_OK
        if record.session >= self.roster.capacity:
            return REPLAY_RECORD
        if record.change == SESSION_SENT:
            if self.roster.sent.recall(record, position) < 0:
                return REPLAY_MESSAGE
            return REPLAY_OK
        if record.change == SESSION_RESET:
            self.roster.sent.forget(record.session)
        self.roster.recall_counters(record.session, record.next_in, record.next_out)
        return REPLAY_OK


cdef bint is_same(const Command* one, const Command* other) noexcept nogil:
    return (
        one.head.kind == other.head.kind and one.action == other.action
        and one.target_id == other.target_id
    )
