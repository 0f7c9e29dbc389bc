"""The loops that benchmarks/codec.py times: the codec called from C, as the core thread does."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.time cimport timespec

from internaliser.fix.codec cimport (
    FRAME_MESSAGE, Field, Message, Writer, find, frame, parse, put_char, put_decimal, put_int,
    put_text, put_time, read_decimal, writer_on,
)
from internaliser.fix.dictionary cimport Dictionary, Verdict
from internaliser.fix.habit cimport HABITS, Habit, parse_usual


cdef extern from "<time.h>" nogil:
    int clock_gettime(int clock, timespec* now)
    int CLOCK_THREAD_CPUTIME_ID


cdef int64_t cpu_ns() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return now.tv_sec * <int64_t> 1000000000 + now.tv_nsec


def decode_ns(
    list messages, int rounds, Dictionary dictionary, *, bint is_known=True, bint with_check=False,
    bint with_values=False,
):
    """ns per message: frame, split into fields, read the header; check and read values if asked.

    `is_known`: the sender's messages have been judged before, as nearly all of a session have.
    """
    cdef int _round, good = 0
    cdef uint32_t i, count = len(messages)
    cdef uint64_t used
    cdef int64_t started, spent, qty, price
    cdef Verdict verdict
    cdef const Field* field
    cdef Message* message = <Message*> malloc(sizeof(Message))
    cdef Habit* habits = <Habit*> calloc(HABITS, sizeof(Habit)) if is_known else NULL
    cdef const char** texts = <const char**> malloc(count * sizeof(char*))
    cdef uint64_t* sizes = <uint64_t*> malloc(count * sizeof(uint64_t))
    for i in range(count):
        texts[i] = <bytes> messages[i]
        sizes[i] = len(messages[i])
    if parse(message, texts[0], <uint32_t> sizes[0]) == 0:
        dictionary.check(message, habits, &verdict)
    with nogil:
        started = cpu_ns()
        for _round in range(rounds):
            for i in range(count):
                if frame(texts[i], sizes[i], 65536, &used) != FRAME_MESSAGE:
                    continue
                if parse_usual(message, texts[i], <uint32_t> used, habits) < 0:
                    if parse(message, texts[i], <uint32_t> used) < 0:
                        continue
                if with_values:
                    field = find(message, 38)
                    read_decimal(texts[i] + field.offset, field.size, 8, &qty)
                    field = find(message, 44)
                    read_decimal(texts[i] + field.offset, field.size, 8, &price)
                if with_check:
                    dictionary.check(message, habits, &verdict)
                    if verdict.reason != -1:
                        continue
                good += 1
        spent = cpu_ns() - started
    free(message)
    free(habits)
    free(texts)
    free(sizes)
    if good != rounds * <int> count:
        raise ValueError(f"{rounds * count - good} messages were refused")
    return <double> spent / (rounds * count)


cdef void put_report(Writer* body, int64_t number, int64_t time_ns) noexcept nogil:
    put_int(body, 37, number)
    put_text(body, 11, b"CLIENT-ORDER-1", 14)
    put_int(body, 17, number + 7)
    put_char(body, 150, 48)
    put_char(body, 39, 48)
    put_text(body, 55, b"BTC/USD", 7)
    put_char(body, 54, 49)
    put_decimal(body, 38, 125000000, 8)
    put_char(body, 40, 50)
    put_decimal(body, 44, 6512345, 2)
    put_char(body, 59, 48)
    put_decimal(body, 151, 125000000, 8)
    put_decimal(body, 14, 0, 8)
    put_decimal(body, 6, 0, 2)
    put_time(body, 60, time_ns, 6)


def encode_ns(int count):
    """ns per ExecutionReport body of 15 fields, and the body itself."""
    cdef char[512] room
    cdef Writer body = writer_on(room, 512)
    cdef int i
    cdef int64_t started
    started = cpu_ns()
    for i in range(count):
        body.used = 0
        put_report(&body, 1000000 + i, <int64_t> 1709296496789123456 + i * <int64_t> 1000)
    return <double> (cpu_ns() - started) / count, room[:body.used]
