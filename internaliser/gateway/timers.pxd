"""Which links want to be called by the clock, the earliest first: a heap with one time per link.

A time only ever moves forward here; who is called early looks, and asks again for later.
"""

cimport cython

from libc.stdint cimport int64_t, uint32_t


@cython.final
cdef class Timers:
    cdef int64_t* due           # by link, while it is in the heap
    cdef uint32_t* heap         # links, the earliest at 0
    cdef uint32_t* place        # by link: where in the heap, NONE32 = not
    cdef uint32_t* taken        # links given by the last `take`
    cdef uint32_t capacity
    cdef uint32_t count

    # Call `index` at `time_ns` at the latest; 0 = no wish.
    cdef inline void by(self, uint32_t index, int64_t time_ns) noexcept nogil:
        if time_ns > 0 and (self.place[index] >= self.count or time_ns < self.due[index]):
            self.move(index, time_ns)
    # The earliest time, 0 = none.
    cdef inline int64_t first_ns(self) noexcept nogil:
        return self.due[self.heap[0]] if self.count > 0 else 0
    # Everything due by `now_ns` leaves the heap for `taken`; how many.
    cdef uint32_t take(self, int64_t now_ns) noexcept nogil
    cdef void move(self, uint32_t index, int64_t time_ns) noexcept nogil
    cdef void pop(self) noexcept nogil
