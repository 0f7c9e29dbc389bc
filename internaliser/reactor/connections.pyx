"""Bytes in, bytes out, and the end of a connection.

Level-triggered: one recv per ready link and turn: no link starves the others, none is asked twice.
A slow reader costs memory up to `output_max`, then it is cut; its session resends later.
"""

cimport cython
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdlib cimport calloc, free
from posix.unistd cimport close

from internaliser.fix.buffer cimport buffer_consume, buffer_filled, buffer_room
from internaliser.gateway.links cimport Link
from internaliser.model.memory cimport prefetch
from internaliser.model.types cimport NONE32
from internaliser.reactor.atomic cimport shared_count, shared_load
from internaliser.reactor.system cimport *
from internaliser.reactor.watch cimport TAG_LINK, earlier, tag_of, watch


@cython.final
cdef class Connections:
    """Of `door`'s links. Those that close politely go to `lingerers`, dialled ones are told of.

    read_max            most bytes taken from one connection per turn
    output_max          most bytes a connection may leave unread before it is cut
    linger_ns           how long a closing connection may take to read its last bytes
    """

    def __cinit__(
        self, int epoll_fd, Links door not None, Dials dials not None, Lingerers lingerers not None,
        *, uint32_t read_max, uint64_t output_max, int64_t linger_ns,
    ):
        cdef uint32_t i
        if read_max == 0 or output_max == 0:
            raise ValueError("read_max and output_max must be above 0")
        self.epoll_fd = epoll_fd
        self.door = door
        self.dials = dials
        self.lingerers = lingerers
        self.read_max = read_max
        self.output_max = output_max
        self.linger_ns = linger_ns
        self.list = <Connection*>calloc(door.link_count, sizeof(Connection))
        self.leaving = <uint32_t*>calloc(door.link_count, sizeof(uint32_t))
        if self.list == NULL or self.leaving == NULL:
            raise MemoryError(f"no memory for {door.link_count} connections")
        for i in range(door.link_count):
            self.list[i].fd = -1

    def __dealloc__(self):
        free(self.list)
        free(self.leaving)

    def counters(self) -> dict[str, int]:
        """What was done so far; readable at any time, each number by itself exact."""
        return {
            "closed": shared_load(&self.closed),
            "cuts": shared_load(&self.cuts),
            "bytes_in": shared_load(&self.bytes_in),
            "bytes_out": shared_load(&self.bytes_out),
            "short_sends": shared_load(&self.short_sends),
        }

    cdef void expect(self, uint32_t index) noexcept nogil:
        prefetch(&self.list[index])
        prefetch(&self.door.links[index])
        prefetch(&self.door.links[index].output)

    cdef void take_event(self, uint64_t tag, uint32_t events) noexcept nogil:
        cdef uint32_t index = <uint32_t>tag
        if tag != tag_of(TAG_LINK, self.list[index].generation, index):
            return                  # closed earlier in this turn
        if events & (EPOLLIN | EPOLLERR | EPOLLHUP):
            self.receive(index)
        if events & EPOLLOUT and self.list[index].is_writing:
            self.transmit(index, 1)

    cdef uint32_t flush(self) noexcept nogil:
        cdef uint32_t i, index
        cdef uint32_t left
        for i in range(self.door.touched_count):
            index = self.door.touched[i]
            self.door.links[index].is_touched = 0
            if self.list[index].state != CONNECTION_FREE:
                self.transmit(index, 0)
        self.door.touched_count = 0
        left = self.leaving_count
        for i in range(left):
            self.drop(self.leaving[i], self.list[self.leaving[i]].is_polite)
        self.leaving_count = 0
        return left

    cdef void receive(self, uint32_t index) noexcept nogil:
        cdef Link* link = &self.door.links[index]
        cdef Connection* connection = &self.list[index]
        cdef uint64_t room = link.input.limit - (link.input.end - link.input.start)
        cdef char* place
        cdef ssize_t got
        if connection.state != CONNECTION_OPEN:
            self.drop(index, 0)     # only an error or a hang-up is reported of a closing one
            return
        if room > self.read_max:
            room = self.read_max
        place = buffer_room(&link.input, room) if room > 0 else NULL
        if place == NULL:
            shared_count(&self.cuts, 1)
            self.drop(index, 0)
            return
        self.door.expect(index)
        got = recv(connection.fd, place, room, 0)
        if got > 0:
            buffer_filled(&link.input, <uint64_t>got)
            shared_count(&self.bytes_in, <uint64_t>got)
            self.door.on_data(index, self.now_ns)
        elif got == 0 or (errno != EAGAIN and errno != EINTR):
            self.drop(index, 0)

    cdef void transmit(self, uint32_t index, int is_ready) noexcept nogil:
        """Send what is released; what the kernel leaves waits for EPOLLOUT, up to `output_max`."""
        cdef Link* link = &self.door.links[index]
        cdef Connection* connection = &self.list[index]
        cdef ssize_t sent
        if connection.state == CONNECTION_LEAVING:
            return
        if link.wants_close_now:
            self.leave(index, 0)
            return
        if link.released > 0 and (is_ready or not connection.is_writing):
            sent = send(
                connection.fd, link.output.data + link.output.start, link.released, MSG_NOSIGNAL
            )
            if sent > 0:
                buffer_consume(&link.output, <uint64_t>sent)
                link.released -= <uint64_t>sent
                shared_count(&self.bytes_out, <uint64_t>sent)
            elif errno != EAGAIN and errno != EINTR:
                self.leave(index, 0)
                return
            if link.released > 0:
                shared_count(&self.short_sends, 1)
        if link.released > 0 and link.output.end - link.output.start > self.output_max:
            shared_count(&self.cuts, 1)
            self.leave(index, 0)
        elif link.wants_close and link.output.end == link.output.start:
            self.leave(index, 1)
        elif link.wants_close and connection.state == CONNECTION_OPEN:
            connection.state = CONNECTION_CLOSING
            connection.close_by_ns = self.steady_ns + self.linger_ns
            self.closing_due_ns = earlier(self.closing_due_ns, connection.close_by_ns)
            self.rewatch(index, link.released > 0)
        elif link.is_waiting != connection.paused or connection.is_writing != (link.released > 0):
            self.rewatch(index, link.released > 0)

    cdef void rewatch(self, uint32_t index, int is_writing) noexcept nogil:
        cdef Connection* connection = &self.list[index]
        cdef uint32_t events = EPOLLOUT if is_writing else 0
        connection.is_writing = is_writing
        connection.paused = self.door.links[index].is_waiting
        if connection.state == CONNECTION_OPEN and not connection.paused:
            events |= EPOLLIN
        watch(
            self.epoll_fd, EPOLL_CTL_MOD, connection.fd, events,
            tag_of(TAG_LINK, connection.generation, index),
        )

    cdef void leave(self, uint32_t index, int is_polite) noexcept nogil:
        """Close at the end of this turn."""
        cdef Connection* connection = &self.list[index]
        connection.state = CONNECTION_LEAVING
        connection.is_polite = is_polite
        self.leaving[self.leaving_count] = index
        self.leaving_count += 1

    cdef void drop(self, uint32_t index, int is_polite) noexcept nogil:
        cdef Connection* connection = &self.list[index]
        cdef int fd = connection.fd
        connection.fd = -1
        connection.generation += 1
        connection.state = CONNECTION_FREE
        connection.is_writing = connection.paused = 0
        connection.close_by_ns = 0
        self.open_count -= 1
        shared_count(&self.closed, 1)
        if is_polite:
            self.lingerers.add(fd, self.steady_ns)
        else:
            close(fd)
        if connection.dial != NONE32:
            self.dials.lost(connection.dial, self.steady_ns)
        self.door.on_disconnect(index, self.now_ns)

    cdef uint32_t open(self, int fd, uint32_t index, uint32_t dial) noexcept nogil:
        cdef int yes = 1
        cdef int operation = EPOLL_CTL_ADD if dial == NONE32 else EPOLL_CTL_MOD
        cdef Connection* connection
        cdef uint64_t tag
        if index == NONE32:
            return NONE32
        connection = &self.list[index]
        tag = tag_of(TAG_LINK, connection.generation, index)
        if watch(self.epoll_fd, operation, fd, EPOLLIN, tag) < 0:
            self.door.on_disconnect(index, self.now_ns)
            return NONE32
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes))
        connection.fd = fd
        connection.dial = dial
        connection.state = CONNECTION_OPEN
        self.open_count += 1
        return index

    cdef void cut_closing(self) noexcept nogil:
        cdef uint32_t i
        self.closing_due_ns = 0
        for i in range(self.door.link_count):
            if self.list[i].state != CONNECTION_CLOSING:
                continue
            if self.list[i].close_by_ns <= self.steady_ns:
                shared_count(&self.cuts, 1)
                self.drop(i, 0)
            else:
                self.closing_due_ns = earlier(
                    self.closing_due_ns, self.list[i].close_by_ns
                )

    cdef void close_all(self, int is_told) noexcept nogil:
        cdef uint32_t i
        for i in range(self.door.link_count):
            if self.list[i].fd >= 0 and is_told:
                self.drop(i, 0)
            elif self.list[i].fd >= 0:
                close(self.list[i].fd)
                self.list[i].fd = -1
