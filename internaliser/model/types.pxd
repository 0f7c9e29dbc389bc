"""Widths every room agrees on. Prices are ticks, quantities lots, money minor units, time nanoseconds."""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from *:
    """
    typedef __int128 int128_t;
    """
    # Cython only needs a rank; C does the arithmetic at full width. Never let it become a Python int
    # directly: split it with the two functions of model/money.pxd.
    ctypedef long long int128_t

cdef enum:
    NONE16 = 0xFFFF             # no such session, client, instrument, source or asset
    NONE32 = 0xFFFFFFFF         # no such slot

# An order, child or trade id: epoch in the top 20 bits, seq of the step that made it in the low 44.
cdef enum:
    ID_SEQ_BITS = 44
