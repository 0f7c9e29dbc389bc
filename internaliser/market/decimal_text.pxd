"""Decimal text counted in steps (ticks, lots), exactly: integers only, nothing is ever rounded.

`12.50` in steps of 0.05 is 250. Plain decimals only: digits, at most one point with digits on both sides; no sign,
exponent, space or thousands mark. What is not a whole number of steps is refused or, where asked, floored.
"""

from internaliser.model.types cimport *

cdef enum:
    DECIMAL_TEXT_MAX = 64       # bytes of one number; longer ones are refused unread
    DECIMALS_MAX = 18           # of a step

cdef enum NumberFault:
    NUMBER_FINE = 0
    NUMBER_MALFORMED = 1        # not a plain decimal
    NUMBER_TOO_LARGE = 2        # beyond 10**18 when counted in the step's last decimal
    NUMBER_OFF_STEP = 3         # between two steps

cdef struct DecimalStep:        # mantissa / 10**decimals, above 0
    int64_t mantissa            # at most 10**18
    uint32_t decimals           # at most DECIMALS_MAX

cdef extern from *:
    """
    static const uint64_t internaliser_ten_to[19] = {
        1ull, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull, 10000000ull, 100000000ull, 1000000000ull,
        10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull, 100000000000000ull,
        1000000000000000ull, 10000000000000000ull, 100000000000000000ull, 1000000000000000000ull
    };
    """
    const uint64_t* TEN_TO "internaliser_ten_to"


# `text` in steps into `steps`; NumberFault. `is_floored`: what lies between two steps counts as the lower one.
cdef inline int count_steps(
    const uint8_t* text, Py_ssize_t size, const DecimalStep* step, bint is_floored, int64_t* steps
) noexcept nogil:
    cdef uint64_t value = 0
    cdef uint32_t decimals = 0
    cdef uint32_t digit
    cdef bint is_off = False
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t end = size
    if size > DECIMAL_TEXT_MAX:
        return NUMBER_MALFORMED
    while i < size:
        digit = <uint32_t> text[i] - 48
        if digit > 9:
            break
        value = value * 10 + digit
        if value > TEN_TO[18]:
            return NUMBER_TOO_LARGE
        i += 1
    if i == 0:
        return NUMBER_MALFORMED
    if i < size:
        if text[i] != 46 or i + 1 == size:
            return NUMBER_MALFORMED
        i += 1
        while end > i and text[end - 1] == 48:     # zeros at the end say nothing
            end -= 1
        while i < end:
            digit = <uint32_t> text[i] - 48
            if digit > 9:
                return NUMBER_MALFORMED
            i += 1
            if decimals == step.decimals:
                is_off = True                      # and read on: the rest must be digits too
                continue
            value = value * 10 + digit
            decimals += 1
            if value > TEN_TO[18]:
                return NUMBER_TOO_LARGE
    if value > TEN_TO[18] // TEN_TO[step.decimals - decimals]:
        return NUMBER_TOO_LARGE
    value *= TEN_TO[step.decimals - decimals]
    if step.mantissa != 1:
        is_off = is_off or value % <uint64_t> step.mantissa != 0
        value //= <uint64_t> step.mantissa
    if is_off and not is_floored:
        return NUMBER_OFF_STEP
    steps[0] = <int64_t> value
    return NUMBER_FINE
