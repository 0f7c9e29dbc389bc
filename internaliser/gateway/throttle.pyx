"""Token buckets. A bucket is one time: when it will be full again."""

cimport cython

from libc.stdlib cimport calloc, free

cdef int64_t SECOND_NS = 1_000_000_000


cdef inline bint has_token(const Bucket* bucket, int64_t now_ns) noexcept nogil:
    return bucket.interval_ns == 0 or bucket.full_ns - now_ns <= bucket.burst_ns


cdef inline void take_token(Bucket* bucket, int64_t now_ns) noexcept nogil:
    if bucket.interval_ns != 0:
        bucket.full_ns = max(bucket.full_ns, now_ns) + bucket.interval_ns


cdef Bucket bucket_of(uint32_t per_s, uint32_t burst):
    cdef Bucket bucket
    bucket.interval_ns = SECOND_NS // per_s if per_s else 0
    bucket.burst_ns = bucket.interval_ns * (max(burst, <uint32_t> 1) - 1)
    bucket.full_ns = 0
    return bucket


@cython.final
cdef class Throttle:
    """Buckets for `capacity` sessions and as many accounts; without limits until told of some."""

    def __cinit__(self, uint32_t capacity, uint32_t refusals_max=0):
        self.capacity = capacity
        self.refusals_max = refusals_max
        self.sessions = <Bucket*> calloc(capacity, sizeof(Bucket))
        self.accounts = <Bucket*> calloc(capacity, sizeof(Bucket))
        self.refusals = <Counter*> calloc(capacity, sizeof(Counter))
        if not (self.sessions and self.accounts and self.refusals):
            raise MemoryError("no memory for the throttles")

    def __dealloc__(self):
        free(self.sessions)
        free(self.accounts)
        free(self.refusals)

    def limit_session(self, uint32_t index, uint32_t per_s, uint32_t burst) -> None:
        """So many messages per second, `burst` at once; 0 per second = no limit."""
        self.sessions[self.checked(index)] = bucket_of(per_s, burst)
        self.is_on = self.is_on or per_s > 0

    def limit_account(self, uint32_t client, uint32_t per_s, uint32_t burst) -> None:
        """The same for all sessions of a client together."""
        self.accounts[self.checked(client)] = bucket_of(per_s, burst)
        self.is_on = self.is_on or per_s > 0

    def admits(self, uint16_t session, uint16_t client, int64_t now_ns) -> int:
        """Admission of one message: 1 = admitted, 2 = throttled, 3 = and the session is to end."""
        return self.admit(self.checked(session), self.checked(client), now_ns)

    def checked(self, uint32_t index) -> int:
        """`index`, or IndexError."""
        if index >= self.capacity:
            raise IndexError(f"expected a number below {self.capacity}, found {index}")
        return index

    cdef int admit(self, uint16_t session, uint16_t client, int64_t now_ns) noexcept nogil:
        cdef Bucket* of_session = &self.sessions[session]
        cdef Bucket* of_account = &self.accounts[client]
        cdef Counter* refused = &self.refusals[session]
        if has_token(of_session, now_ns) and has_token(of_account, now_ns):
            take_token(of_session, now_ns)
            take_token(of_account, now_ns)
            return ADMITTED
        if now_ns - refused.second_ns >= SECOND_NS:
            refused.second_ns = now_ns
            refused.count = 0
        refused.count += 1
        if 0 < self.refusals_max < refused.count:
            return THROTTLED_OFF
        return THROTTLED
