"""Three rings in. A flood of views or answers never holds up a report: they wait in their own."""

from libc.string cimport memcpy

from internaliser.gateway.enquiries cimport Answer, is_answer
from internaliser.model.command cimport COMMAND_HEAD
from internaliser.reactor.atomic cimport shared_count
from internaliser.reactor.ring cimport RingRecord


cdef class Inlet:
    """`commands` is taken before `views`, `views` before `answers`, in every turn."""

    def __cinit__(
        self, Ring commands not None, Ring views, uint32_t commands_max, uint32_t views_max,
        Ring answers=None, uint32_t answers_max=32,
    ):
        if commands_max == 0 or views_max == 0 or answers_max == 0:
            raise ValueError("commands_max, views_max and answers_max must be above 0")
        self.answers = answers
        self.answers_max = answers_max
        self.commands = commands
        self.views = views
        self.commands_max = commands_max
        self.views_max = views_max

    cdef void take(self, Links door, int64_t now_ns) noexcept nogil:
        shared_count(
            &self.command_count, self.take_from(self.commands, self.commands_max, door, now_ns)
        )
        if self.views is not None:
            shared_count(
                &self.view_count, self.take_from(self.views, self.views_max, door, now_ns)
            )
        if self.answers is not None:
            shared_count(&self.answer_count, self.take_answers(door, now_ns))

    cdef uint32_t take_from(
        self, Ring ring, uint32_t count_max, Links door, int64_t now_ns,
    ) noexcept nogil:
        cdef const RingRecord* record
        cdef uint32_t _i, count = 0
        for _i in range(count_max):
            record = ring.peek()
            if record == NULL:
                break
            if record.kind == RING_COMMAND and COMMAND_HEAD <= record.size <= sizeof(Command):
                memcpy(&self.command, record + 1, record.size)
            else:
                self.command.head.size = 0
            if COMMAND_HEAD <= self.command.head.size <= record.size:
                door.on_command(&self.command, now_ns)
                count += 1
            else:
                shared_count(&self.bad_count, 1)
            ring.advance()
        return count

    cdef uint32_t take_answers(self, Links door, int64_t now_ns) noexcept nogil:
        cdef const RingRecord* record
        cdef uint32_t _i, count = 0
        for _i in range(self.answers_max):
            record = self.answers.peek()
            if record == NULL:
                break
            # A ring record stands at a multiple of 8 and stays until `advance`.
            if record.kind == RING_ANSWER and is_answer(<const Answer*> (record + 1), record.size):
                door.on_answer(<const Answer*> (record + 1), now_ns)
                count += 1
            else:
                shared_count(&self.bad_count, 1)
            self.answers.advance()
        return count

    cdef void clear(self, uint32_t number) noexcept nogil:
        if number == 0:
            self.commands.clear()
        elif number == 1:
            self.views.clear()
        else:
            self.answers.clear()

    cdef int sleep(self) noexcept nogil:
        if not self.commands.sleep():
            return 0
        if self.views is not None and not self.views.sleep():
            return 0
        return self.answers is None or self.answers.sleep()

    cdef void wake(self) noexcept nogil:
        self.commands.wake()
        if self.views is not None:
            self.views.wake()
        if self.answers is not None:
            self.answers.wake()
