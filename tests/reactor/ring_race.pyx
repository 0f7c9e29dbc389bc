"""Two threads on one ring, both without the interpreter's lock; the consumer checks every byte."""

import threading

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset
from posix.unistd cimport usleep

from internaliser.reactor.ring cimport RING_FULL, Ring, RingRecord

cdef extern from "poll.h" nogil:
    cdef struct pollfd:
        int fd
        short events
        short revents
    int poll(pollfd* fds, unsigned long count, int timeout_ms)
    enum:
        POLLIN


cdef uint32_t size_of(uint64_t number) noexcept nogil:
    return <uint32_t>((number * <uint64_t>2654435761) >> 7) % 200


def produce(Ring ring, uint64_t count):
    cdef uint64_t number = 0
    cdef uint8_t[200] data
    with nogil:
        while number < count:
            memset(data, <int>(number & 0xFF), 200)
            if ring.put_record(<uint32_t>number + 1, data, size_of(number)) != RING_FULL:
                number += 1
                if number % 4096 == 0:
                    usleep(50)      # let the consumer fall asleep now and then


def run(Ring ring, uint64_t count):
    """(records taken, faults): a fault is a wrong record, or one that woke nobody for a second."""
    cdef uint64_t taken = 0
    cdef uint64_t faults = 0
    cdef const RingRecord* record
    cdef const uint8_t* data
    cdef uint32_t i
    cdef pollfd wake
    producer = threading.Thread(target=produce, args=(ring, count))
    producer.start()
    with nogil:
        wake.fd = ring.wake_fd
        wake.events = POLLIN
        while taken < count:
            record = ring.peek()
            if record == NULL:
                if ring.sleep():
                    if poll(&wake, 1, 1000) == 0:
                        faults += 1
                    ring.clear()
                    ring.wake()
                continue
            data = <const uint8_t*>(record + 1)
            if record.kind != <uint32_t>taken + 1 or record.size != size_of(taken):
                faults += 1
            for i in range(record.size):
                if data[i] != <uint8_t>(taken & 0xFF):
                    faults += 1
            ring.advance()
            taken += 1
    producer.join()
    return taken, faults
