"""Orders as a collection: their ClOrdIDs and ids, the lists of open ones, the ring of closed ones.

Knows nothing of books, money or events.
"""

from internaliser.core.state cimport LONG_NAME, Client, CoreState, LongName, OpenList, Order, ShortName
from internaliser.model.index cimport hash_text
from internaliser.model.types cimport *

cdef enum:
    SIZE_MASK = 0x7F            # a name's size without its flag

cdef struct ClOrdId:            # a ClOrdID as a client sent it, with the tag it is looked up by
    const char* text
    uint32_t size
    uint32_t tag

cdef inline ClOrdId cl_ord_id_of(uint16_t client, const char* text, uint32_t size) noexcept nogil:
    cdef ClOrdId told
    told.text = text
    told.size = size
    told.tag = <uint32_t> hash_text(client, text, size)
    return told

# An empty slot for an order, its id and first ClOrdID known from now on; NONE32 when a limit is reached. The
# longest closed orders are forgotten as needed. The caller fills in the terms, then calls order_listed.
cdef uint32_t order_take(
    CoreState* state, uint64_t order_id, uint16_t client, const ClOrdId* told
) noexcept nogil
# Into its client's list of open orders, by its tif and by whether it waits for its end; out of it. A job that was to
# look at the order next goes on with the one behind it.
cdef void order_list(CoreState* state, uint32_t slot) noexcept nogil
cdef void order_unlist(CoreState* state, uint32_t slot) noexcept nogil
# From now on it is listed among those that wait for their children.
cdef void order_list_ending(CoreState* state, uint32_t slot) noexcept nogil
# It is listed by another tif.
cdef void order_list_anew(CoreState* state, uint32_t slot, uint8_t tif) noexcept nogil
cdef OpenList* open_list(Client* client, uint32_t which) noexcept nogil     # OpenLists
# The order has ended (closed_as is set): into the ring of closed ones.
cdef void order_close(CoreState* state, uint32_t slot) noexcept nogil

# The slot of the order, NONE32 = none.
cdef uint32_t order_of_id(const CoreState* state, uint64_t order_id) noexcept nogil
# The name slot under which `client` used this ClOrdID, NONE32 = never (as far as is remembered).
cdef uint32_t name_of(const CoreState* state, uint16_t client, const ClOrdId* told) noexcept nogil
# Make the text known as a name of the order, without making it the current one. NONE32: a limit is reached.
cdef uint32_t name_add(CoreState* state, uint32_t slot, const ClOrdId* told) noexcept nogil
# Forget a name that name_add made and that never became current.
cdef void name_drop(CoreState* state, uint32_t name) noexcept nogil
# The name becomes the current one of its order, in front of the earlier ones.
cdef void name_accept(CoreState* state, uint32_t name) noexcept nogil
# The name of a request that took effect without becoming current (a cancel): kept behind the current one.
cdef void name_keep(CoreState* state, uint32_t name) noexcept nogil
# A closed order of an earlier trading day gives its ClOrdID up; 1 if it did.
cdef int name_outlived(CoreState* state, uint32_t name) noexcept nogil

cdef inline ShortName* short_at(const CoreState* state, uint32_t name) noexcept nogil:
    return (<ShortName*> state.short_names.items) + name

cdef inline LongName* long_at(const CoreState* state, uint32_t name) noexcept nogil:
    return (<LongName*> state.long_names.items) + (name & ~<uint32_t> LONG_NAME)

cdef inline const char* name_text(const CoreState* state, uint32_t name, uint32_t* size) noexcept nogil:
    if name & <uint32_t> LONG_NAME:
        size[0] = long_at(state, name).size & SIZE_MASK
        return long_at(state, name).text
    size[0] = short_at(state, name).size & SIZE_MASK
    return short_at(state, name).text

cdef inline uint32_t name_order(const CoreState* state, uint32_t name) noexcept nogil:
    if name & <uint32_t> LONG_NAME:
        return long_at(state, name).order
    return short_at(state, name).order

cdef inline uint32_t name_older(const CoreState* state, uint32_t name) noexcept nogil:
    if name & <uint32_t> LONG_NAME:
        return long_at(state, name).older
    return short_at(state, name).older

# Put every name and id into the (empty) indexes: after a load. 0, or -1.
cdef int orders_rebuild(CoreState* state) noexcept nogil

# OrdStatus(39) now, by the precedence of the standard (Pending Cancel, Pending Replace, Filled, Canceled ...).
cdef uint8_t status_of(const CoreState* state, const Order* order) noexcept nogil
