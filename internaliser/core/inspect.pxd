"""The state as plain Python values, for tests, dump and the operator's page. Copies; never on the core thread."""

from internaliser.core.state cimport CoreState
from internaliser.model.money cimport high_half, low_half
from internaliser.model.types cimport *

cdef inline object as_int(int128_t amount):
    return (<object> high_half(amount) << 64) | <uint64_t> low_half(amount)

cdef list order_rows(const CoreState* state, bint is_open_only)
cdef list account_rows(const CoreState* state)
cdef list child_rows(const CoreState* state, bint is_live_only)
cdef list asset_rows(const CoreState* state)
cdef list instrument_rows(const CoreState* state)
cdef list client_rows(const CoreState* state)
cdef list source_rows(const CoreState* state)
cdef list stated_rows(const CoreState* state)
cdef list mark_rows(const CoreState* state)
cdef list session_rows(const CoreState* state)
cdef list view_rows(const CoreState* state)
cdef dict limits_row(const CoreState* state)
cdef list listing_rows(const CoreState* state)
cdef tuple depth_rows(const CoreState* state, uint16_t instrument, uint32_t depth_max)
