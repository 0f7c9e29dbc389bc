"""Orders as a collection: their ClOrdIDs and ids, the lists of open ones, the ring of closed ones.

Knows nothing of books, money or events.
"""

from internaliser.core.state cimport CoreState, Order
from internaliser.model.types cimport *

# An empty slot for an order, its id and first ClOrdID known from now on; NONE32 when a limit is reached. The
# longest closed orders are forgotten as needed. The caller fills in the terms, then calls order_listed.
cdef uint32_t order_take(
    CoreState* state, uint64_t order_id, uint16_t client, const char* cl_ord_id, uint32_t size
) noexcept nogil
# Into its client's list of open orders (by its tif); out of it while it waits to be canceled.
cdef void order_list(CoreState* state, uint32_t slot) noexcept nogil
cdef void order_unlist(CoreState* state, uint32_t slot) noexcept nogil
# The order has ended (closed_as is set): into the ring of closed ones.
cdef void order_close(CoreState* state, uint32_t slot) noexcept nogil

# The slot of the order, NONE32 = none.
cdef uint32_t order_of_id(const CoreState* state, uint64_t order_id) noexcept nogil
# The name slot under which `client` used this ClOrdID, NONE32 = never (as far as is remembered).
cdef uint32_t name_of(
    const CoreState* state, uint16_t client, const char* text, uint32_t size
) noexcept nogil
# Make the text known as a name of the order, without making it the current one. NONE32: a limit is reached.
cdef uint32_t name_add(
    CoreState* state, uint32_t slot, const char* text, uint32_t size
) noexcept nogil
# Forget a name that name_add made and that never became current.
cdef void name_drop(CoreState* state, uint32_t name) noexcept nogil
# The name becomes the current one of its order, in front of the earlier ones.
cdef void name_accept(CoreState* state, uint32_t name) noexcept nogil
# The name of a request that took effect without becoming current (a cancel): kept behind the current one.
cdef void name_keep(CoreState* state, uint32_t name) noexcept nogil
# A closed order of an earlier trading day gives its ClOrdID up; 1 if it did.
cdef int name_outlived(CoreState* state, uint32_t name) noexcept nogil

cdef const char* name_text(const CoreState* state, uint32_t name, uint32_t* size) noexcept nogil
cdef uint32_t name_order(const CoreState* state, uint32_t name) noexcept nogil
cdef uint32_t name_older(const CoreState* state, uint32_t name) noexcept nogil
# Put every name and id into the (empty) indexes: after a load. 0, or -1.
cdef int orders_rebuild(CoreState* state) noexcept nogil

# OrdStatus(39) now, by the precedence of the standard (Pending Cancel, Pending Replace, Filled, Canceled ...).
cdef uint8_t status_of(const CoreState* state, const Order* order) noexcept nogil
