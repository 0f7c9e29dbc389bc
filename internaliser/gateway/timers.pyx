"""A binary heap of links by the time they are to be called."""

cimport cython

from libc.stdlib cimport calloc, free

from internaliser.model.types cimport NONE32


@cython.final
cdef class Timers:
    """Room for links 0 to `capacity` - 1."""

    def __cinit__(self, uint32_t capacity):
        cdef uint32_t i
        self.capacity = capacity
        self.due = <int64_t*> calloc(capacity, sizeof(int64_t))
        self.heap = <uint32_t*> calloc(capacity, sizeof(uint32_t))
        self.place = <uint32_t*> calloc(capacity, sizeof(uint32_t))
        self.taken = <uint32_t*> calloc(capacity, sizeof(uint32_t))
        if not (self.due and self.heap and self.place and self.taken):
            raise MemoryError("no memory for the timers of the links")
        for i in range(capacity):
            self.place[i] = NONE32

    def __dealloc__(self):
        free(self.due)
        free(self.heap)
        free(self.place)
        free(self.taken)

    cdef uint32_t take(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t count = 0
        while self.count > 0 and self.due[self.heap[0]] <= now_ns:
            self.taken[count] = self.heap[0]
            count += 1
            self.pop()
        return count

    cdef void move(self, uint32_t index, int64_t time_ns) noexcept nogil:
        """Put `index` in, or forward, to `time_ns`."""
        cdef uint32_t at = self.place[index]
        cdef uint32_t above
        if at == NONE32:
            at = self.count
            self.count += 1
        self.due[index] = time_ns
        while at > 0:
            above = (at - 1) // 2
            if self.due[self.heap[above]] <= time_ns:
                break
            self.heap[at] = self.heap[above]
            self.place[self.heap[at]] = at
            at = above
        self.heap[at] = index
        self.place[index] = at

    cdef void pop(self) noexcept nogil:
        cdef uint32_t last, at, below
        self.place[self.heap[0]] = NONE32
        self.count -= 1
        if self.count == 0:
            return
        last = self.heap[self.count]
        at = 0
        while True:
            below = 2 * at + 1
            if below >= self.count:
                break
            if below + 1 < self.count:
                below += self.due[self.heap[below + 1]] < self.due[self.heap[below]]
            if self.due[self.heap[below]] >= self.due[last]:
                break
            self.heap[at] = self.heap[below]
            self.place[self.heap[at]] = at
            at = below
        self.heap[at] = last
        self.place[last] = at

    # --- for tests ---------------------------------------------------------------------------

    def want(self, uint32_t index, int64_t time_ns) -> None:
        """Call `index` at `time_ns` at the latest."""
        if index >= self.capacity:
            raise IndexError(f"links are 0 to {self.capacity - 1}, not {index}")
        self.by(index, time_ns)

    def given(self, int64_t now_ns) -> list[int]:
        """Take what is due by `now_ns`, the earliest first."""
        return [self.taken[i] for i in range(self.take(now_ns))]

    @property
    def next_ns(self) -> int:
        """The earliest time, 0 = none."""
        return self.first_ns()
