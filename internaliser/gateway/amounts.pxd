"""Amounts on the wire <-> ticks and lots of one instrument. Exact; nothing is rounded but AvgPx(6)."""

from internaliser.model.types cimport *
from internaliser.model.command cimport ConfigInstrument
from internaliser.fix.codec cimport Field, Message, Writer
from internaliser.gateway.text cimport Text

cdef enum AmountResult:
    AMOUNT_GOOD = 1
    AMOUNT_OFF_STEP = 2         # a number, but not a whole count of ticks or lots
    AMOUNT_TOO_LARGE = 3        # a number beyond 64 bits of ticks or lots
    AMOUNT_MALFORMED = 4        # no number

cdef enum:
    AVG_PX_EXTRA_DECIMALS = 6   # AvgPx has so many decimals more than the prices it averages, half to even

# AmountResult; `count` is only written when it is AMOUNT_GOOD.
cdef int read_ticks(const ConfigInstrument* instrument, const Message* message, const Field* field,
                    int64_t* count) noexcept nogil
cdef int read_lots(const ConfigInstrument* instrument, const Message* message, const Field* field,
                   int64_t* count) noexcept nogil
# The same for a quantity on offer: a part of a lot cannot be had, so it is left out.
cdef int read_lots_floor(const ConfigInstrument* instrument, const Message* message, const Field* field,
                         int64_t* count) noexcept nogil

# What `lots` cost at an average price, in ticks x lots: the whole number nearest. AmountResult as above.
cdef int read_notional(const ConfigInstrument* instrument, const Message* message, const Field* field,
                       int64_t lots, int128_t* notional) noexcept nogil

cdef void put_price(Writer* body, int32_t tag, const ConfigInstrument* instrument, int64_t ticks) noexcept nogil
cdef void put_qty(Writer* body, int32_t tag, const ConfigInstrument* instrument, int64_t lots) noexcept nogil
# value * 10**-decimals of any 128-bit value.
cdef void put_wide(Writer* body, int32_t tag, int128_t value, uint32_t decimals) noexcept nogil
# notional (ticks x lots) / lots as a price text, rounded half to even after AVG_PX_EXTRA_DECIMALS more decimals.
cdef void put_average(Writer* body, int32_t tag, const ConfigInstrument* instrument, int128_t notional,
                      int64_t lots) noexcept nogil
cdef void add_price(Text* text, const ConfigInstrument* instrument, int64_t ticks) noexcept nogil
cdef void add_qty(Text* text, const ConfigInstrument* instrument, int64_t lots) noexcept nogil
