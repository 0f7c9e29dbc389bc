"""Executions: both sides' quantities, their events, the postings, and what it does to reservations."""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport *

cdef struct SourceFee:          # what a source charged for an execution
    int128_t amount             # negative = rebate
    uint16_t asset

# `qty` lots of a resting and an incoming order traded at `price`. The book has already been told. A resting
# order with nothing left is closed; ending the incoming one is the caller's.
#
# trade_id is seq << 16 | index of the trade's first event: with the epoch of the event it is unique for ever.
cdef void execute_local(
    CoreState* state, uint32_t resting, uint32_t incoming, int64_t price, int64_t qty
) noexcept nogil

# `qty` lots of a child were executed at its source. The child's own quantities and the parent's away_qty are
# already up to date; ending either is the caller's. `exec_id` is the source's.
cdef void execute_routed(
    CoreState* state, uint32_t child, uint32_t parent, int64_t price, int64_t qty,
    const SourceFee* fee, const char* exec_id, uint32_t exec_id_size
) noexcept nogil

# The same for quantity that no client can be given any more (its order is complete or forgotten): it is the
# house's.
cdef void execute_for_house(
    CoreState* state, uint32_t child, int64_t price, int64_t qty, const SourceFee* fee
) noexcept nogil

# Move an amount and tell it; a negative amount moves the other way, nothing is told of 0.
cdef void post(
    CoreState* state, uint64_t trade_id, uint32_t debit, uint32_t credit, uint16_t asset,
    uint16_t purpose, int128_t amount
) noexcept nogil
