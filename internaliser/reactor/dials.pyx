"""Dialling: non-blocking connects, a limit on each attempt, a wait that doubles up to a limit."""

cimport cython
from libc.errno cimport EINPROGRESS, errno
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from posix.unistd cimport close

from internaliser.reactor.atomic cimport shared_count
from internaliser.reactor.system cimport *
from internaliser.reactor.watch cimport TAG_DIAL, tag_of, watch

cdef int64_t NS_PER_MS = 1_000_000


@cython.final
cdef class Dials:
    """`connect_ns` limits one attempt."""

    def __cinit__(self, int epoll_fd, int64_t connect_ns):
        self.epoll_fd = epoll_fd
        self.connect_ns = connect_ns
        self.dials = <Dial*>calloc(DIALS_MAX, sizeof(Dial))
        if self.dials == NULL:
            raise MemoryError("no memory for outgoing connections")

    def __dealloc__(self):
        if self.dials != NULL:
            self.end()
        free(self.dials)

    def add(
        self, uint16_t session, str host, int port, int64_t backoff_min_ms, int64_t backoff_max_ms
    ) -> None:
        """Keep a connection to host:port up for `session`. The name is resolved here, once.

        OSError when the name has no address, RuntimeError when there are DIALS_MAX already.
        """
        cdef addrinfo hints
        cdef addrinfo* found = NULL
        cdef addrinfo* one
        cdef bytes name = host.encode(), service = str(port).encode()
        cdef Dial* dial = &self.dials[self.count]
        if not 0 < backoff_min_ms <= backoff_max_ms:
            raise ValueError("backoff_min_ms must be above 0 and not above backoff_max_ms")
        if self.count == DIALS_MAX:
            raise RuntimeError(f"at most {DIALS_MAX} outgoing connections are kept up")
        memset(&hints, 0, sizeof(hints))
        hints.ai_socktype = SOCK_STREAM
        failure = getaddrinfo(name, service, &hints, &found)
        if failure != 0:
            raise OSError(f"no address for {host}:{port}: {gai_strerror(failure).decode()}")
        one = found
        dial.address_count = 0
        while one != NULL and dial.address_count < ADDRESSES_MAX:
            memcpy(&dial.addresses[dial.address_count], one.ai_addr, one.ai_addrlen)
            dial.address_sizes[dial.address_count] = one.ai_addrlen
            dial.address_count += 1
            one = one.ai_next
        freeaddrinfo(found)
        dial.address_next = 0
        dial.session = session
        dial.fd = -1
        dial.backoff_min_ns = backoff_min_ms * NS_PER_MS
        dial.backoff_max_ns = backoff_max_ms * NS_PER_MS
        dial.backoff_ns = dial.backoff_min_ns
        dial.due_ns = 1             # at once
        self.due_ns = 1
        self.count += 1

    cdef void attempt(self, int64_t steady_ns) noexcept nogil:
        cdef uint32_t i
        for i in range(self.count):
            if self.dials[i].due_ns != 0 and self.dials[i].due_ns <= steady_ns:
                if self.dials[i].fd >= 0:
                    self.failed(i, steady_ns)
                else:
                    self.start(i, steady_ns)
        self.find_due()

    cdef void start(self, uint32_t number, int64_t steady_ns) noexcept nogil:
        cdef Dial* dial = &self.dials[number]
        cdef sockaddr_storage* address = &dial.addresses[dial.address_next]
        cdef socklen_t size = dial.address_sizes[dial.address_next]
        cdef int status
        dial.address_next = (dial.address_next + 1) % dial.address_count
        dial.linked_ns = steady_ns
        dial.due_ns = steady_ns + self.connect_ns
        dial.fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
        if dial.fd >= 0:
            status = connect(dial.fd, <sockaddr*>address, size)
            if status == 0 or errno == EINPROGRESS:
                status = watch(
                    self.epoll_fd, EPOLL_CTL_ADD, dial.fd, EPOLLOUT, tag_of(TAG_DIAL, 0, number)
                )
                if status == 0:
                    return
        self.failed(number, steady_ns)

    cdef int ready(self, uint32_t number, int64_t steady_ns) noexcept nogil:
        cdef Dial* dial = &self.dials[number]
        cdef int failure = 0
        cdef socklen_t size = sizeof(failure)
        if dial.fd < 0:
            return -1               # given up earlier in this turn
        getsockopt(dial.fd, SOL_SOCKET, SO_ERROR, &failure, &size)
        if failure == 0:
            return dial.fd
        self.failed(number, steady_ns)
        return -1

    cdef void linked(self, uint32_t number, int64_t steady_ns) noexcept nogil:
        cdef Dial* dial = &self.dials[number]
        dial.fd = -1                # the connection's now
        dial.due_ns = 0
        dial.linked_ns = steady_ns
        shared_count(&self.linked_count, 1)
        self.find_due()

    cdef void failed(self, uint32_t number, int64_t steady_ns) noexcept nogil:
        cdef Dial* dial = &self.dials[number]
        if dial.fd >= 0:
            close(dial.fd)
            dial.fd = -1
        shared_count(&self.failure_count, 1)
        self.lost(number, steady_ns)

    cdef void lost(self, uint32_t number, int64_t steady_ns) noexcept nogil:
        cdef Dial* dial = &self.dials[number]
        # A connection that outlived the longest wait was a good one: the waits start afresh.
        if steady_ns - dial.linked_ns > dial.backoff_max_ns:
            dial.backoff_ns = dial.backoff_min_ns
        dial.due_ns = steady_ns + dial.backoff_ns
        dial.backoff_ns = min(dial.backoff_ns * 2, dial.backoff_max_ns)
        self.find_due()

    cdef void end(self) noexcept nogil:
        cdef uint32_t i
        for i in range(self.count):
            if self.dials[i].fd >= 0:
                close(self.dials[i].fd)
                self.dials[i].fd = -1
        self.count = 0
        self.due_ns = 0

    cdef void find_due(self) noexcept nogil:
        cdef uint32_t i
        self.due_ns = 0
        for i in range(self.count):
            if self.dials[i].due_ns != 0 and (
                self.due_ns == 0 or self.dials[i].due_ns < self.due_ns
            ):
                self.due_ns = self.dials[i].due_ns
