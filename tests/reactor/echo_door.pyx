"""A door without sessions: it answers each line with itself, so that tests see the reactor's part.

Lines with a meaning: "close" is answered, then the link closes; "drop" closes it at once; "flood N"
is answered with N bytes; "tick" asks for on_time 1 ms later, which answers "tock"; "fault" halts.
Commands are sent to every link as text. A link we dialled begins with "hello SESSION".
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport atoi
from libc.stdio cimport snprintf
from libc.string cimport memchr, memcmp, memset

from internaliser.fix.buffer cimport (
    Buffer, buffer_append, buffer_close, buffer_consume, buffer_open, buffer_room,
)
from internaliser.gateway.door cimport Door
from internaliser.gateway.enquiries cimport Answer
from internaliser.gateway.links cimport LINK_FREE, LINK_SOURCE, Link
from internaliser.model.command cimport Command
from internaliser.model.types cimport NONE32

cdef enum:
    LINE_MAX = 4096


cdef class EchoDoor(Door):
    cdef public uint64_t input_max
    cdef readonly uint64_t data_calls
    cdef readonly uint64_t disconnects
    cdef readonly uint64_t connects
    cdef readonly uint32_t closings
    cdef int64_t due_ns
    cdef uint32_t due_link
    cdef uint32_t open_links

    def __init__(self, *args, **kwargs):
        self.input_max = LINE_MAX

    cdef void touch(self, uint32_t index) noexcept nogil:
        if not self.links[index].is_touched:
            self.links[index].is_touched = 1
            self.touched[self.touched_count] = index
            self.touched_count += 1

    cdef void say(self, uint32_t index, const char* text, uint64_t size) noexcept nogil:
        if buffer_append(&self.links[index].output, text, size) < 0:
            self.links[index].wants_close_now = 1
        self.touch(index)

    cdef void expect(self, uint32_t index) noexcept nogil:
        pass    # there is no session to load: this door has no roster

    cdef uint32_t on_connect(self, uint8_t kind, uint16_t session, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef uint8_t was_touched
        cdef char text[32]
        for i in range(self.link_count):
            if self.links[i].kind == LINK_FREE:
                break
        else:
            return NONE32
        was_touched = self.links[i].is_touched
        memset(&self.links[i], 0, sizeof(Link))
        self.links[i].is_touched = was_touched
        buffer_open(&self.links[i].input, 1024, self.input_max)
        buffer_open(&self.links[i].output, 1024, 1 << 28)
        self.links[i].kind = kind
        self.links[i].session = session
        self.connects += 1
        self.open_links += 1
        if kind == LINK_SOURCE:
            self.say(i, text, snprintf(text, sizeof(text), "hello %d\n", <int>session))
        return i

    cdef void on_data(self, uint32_t index, int64_t now_ns) noexcept nogil:
        cdef Buffer* input = &self.links[index].input
        cdef const char* line
        cdef const char* stop
        cdef uint64_t size
        self.data_calls += 1
        while input.end > input.start:
            line = input.data + input.start
            stop = <const char*>memchr(line, 10, input.end - input.start)
            if stop == NULL:
                return
            size = stop - line + 1
            self.obey(index, line, size, now_ns)
            buffer_consume(input, size)

    cdef void obey(
        self, uint32_t index, const char* line, uint64_t size, int64_t now_ns,
    ) noexcept nogil:
        cdef uint64_t count
        cdef char* room
        if size == 5 and memcmp(line, "drop\n", 5) == 0:
            self.links[index].wants_close_now = 1
            self.touch(index)
            return
        if size > 6 and memcmp(line, "flood ", 6) == 0:
            count = <uint64_t>atoi(line + 6)
            room = buffer_room(&self.links[index].output, count)
            memset(room, 120, count)
            self.links[index].output.end += count
            self.touch(index)
            return
        self.say(index, line, size)
        if size == 6 and memcmp(line, "close\n", 6) == 0:
            self.links[index].wants_close = 1
        elif size == 5 and memcmp(line, "tick\n", 5) == 0:
            self.due_ns = now_ns + 1000000
            self.due_link = index
        elif size == 6 and memcmp(line, "fault\n", 6) == 0:
            self.halted = 1

    cdef void on_disconnect(self, uint32_t index, int64_t now_ns) noexcept nogil:
        buffer_close(&self.links[index].input)
        buffer_close(&self.links[index].output)
        self.links[index].kind = LINK_FREE
        self.links[index].wants_close = 0
        self.links[index].wants_close_now = 0
        self.links[index].released = 0
        self.disconnects += 1
        self.open_links -= 1

    cdef int64_t deadline(self) noexcept nogil:
        return self.due_ns

    cdef void on_time(self, int64_t now_ns) noexcept nogil:
        if self.due_ns != 0 and now_ns >= self.due_ns:
            self.due_ns = 0
            self.say(self.due_link, "tock\n", 5)

    cdef void on_command(self, Command* command, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef char text[64]
        cdef int size = snprintf(
            text, sizeof(text), "command %d %d\n", <int>command.head.kind, <int>command.target_id
        )
        for i in range(self.link_count):
            if self.links[i].kind != LINK_FREE:
                self.say(i, text, size)

    cdef void on_answer(self, const Answer* answer, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef char text[64]
        cdef int size = snprintf(
            text, sizeof(text), "answer %d %s\n", <int>answer.session, answer.msg_type
        )
        for i in range(self.link_count):
            if self.links[i].kind != LINK_FREE:
                self.say(i, text, size)

    cdef int end_turn(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef Link* link
        if self.halted:
            return -1
        for i in range(self.touched_count):
            link = &self.links[self.touched[i]]
            if link.kind != LINK_FREE:
                link.released = link.output.end - link.output.start
        return 0

    cdef uint32_t close_sessions(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        self.closings += 1
        for i in range(self.link_count):
            if self.links[i].kind != LINK_FREE:
                self.say(i, "bye\n", 4)
                self.links[i].wants_close = 1
        return self.open_links
