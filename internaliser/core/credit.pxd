"""What things cost in the smallest units, and what is set aside for it.

Named rounding of every fee, FEE_TOWARD_ZERO: a charge is rounded down and a rebate is rounded down. So the
fees of an order's pieces never sum to more than the fee of the whole, and a reservation covers any split.

An order with a limit price reserves, for its open quantity: a buy the quote amount at its limit plus the
fee at the highest rate its client can meet; a sell the base quantity. A market buy reserves nothing ahead:
each execution is checked against what is available just before it, each child reserves its own worst case.
"""

from internaliser.core.state cimport ASSETS_MAX, CoreState, Order
from internaliser.model.command cimport ConfigInstrument
from internaliser.model.money cimport product
from internaliser.model.types cimport *

# Quote units of `qty` lots at `price`; CONFIG_INSTRUMENT has bounded the factors so that it fits.
cdef inline int128_t quote_amount(const ConfigInstrument* terms, int64_t price, int64_t qty) noexcept nogil:
    return product(price, qty) * terms.tick_lot_quote_units

cdef inline int128_t base_amount(const ConfigInstrument* terms, int64_t qty) noexcept nogil:
    return product(qty, terms.lot_base_units)

# `rate` (parts in RATE_ONE, negative = rebate) of a not negative amount, rounded toward zero.
cdef int128_t fee_of(int128_t amount, int64_t rate) noexcept nogil

# The worst case of `leaves` lots of the order, in the asset it reserves.
cdef int128_t worst_case(const CoreState* state, const Order* order, int64_t leaves) noexcept nogil
# The account that an order of this side reserves at.
cdef inline uint32_t reserving_account(const Order* order) noexcept nogil:
    return order.quote_account if order.side == c'1' else order.base_account

# The quantity of an open order that may still be executed: while it waits to be canceled, its children's only.
cdef int64_t open_qty(const CoreState* state, const Order* order) noexcept nogil
# Set what the order reserves to the worst case of its open quantity. 1, or 0 and nothing changed: credit is
# lacking.
cdef int order_reserve(CoreState* state, Order* order) noexcept nogil
# The same without asking: for less, or because the outside world has left no choice.
cdef void order_reserve_anyway(CoreState* state, Order* order) noexcept nogil
# How many lots at `unit` quote units each plus a fee of `rate` the account can still pay for.
cdef int64_t affordable_lots(const CoreState* state, uint32_t account, int128_t unit, int64_t rate) noexcept nogil
# After a change of fees, or a load: every client's worst rate.
cdef void refresh_rates(CoreState* state) noexcept nogil
# After a change of fees: the reservations of all open orders.
cdef void reserve_anew(CoreState* state) noexcept nogil
cdef uint32_t make_client_account(CoreState* state, uint16_t client, uint16_t asset) noexcept nogil
# A client's account, with the client's kind of credit; NONE32 at the limit.
cdef inline uint32_t client_account(CoreState* state, uint16_t client, uint16_t asset) noexcept nogil:
    cdef uint32_t slot = state.client_accounts[<uint32_t> client * ASSETS_MAX + asset]
    return slot - 1 if slot != 0 else make_client_account(state, client, asset)
cdef uint32_t source_account(CoreState* state, uint16_t source, uint16_t asset) noexcept nogil
cdef uint32_t house_account(CoreState* state, uint16_t asset) noexcept nogil
