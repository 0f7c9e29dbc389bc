"""A step raises the state's seq when it begins and the shown one when it is whole: equal before and
after the copy means that no step wrote meanwhile.

>>> core.client_accounts(0)
[{'asset': 'USD', 'balance': 1000000, 'reserved': 500, ...}]
"""

from libc.stdlib cimport free, malloc

from internaliser.core.accounts cimport (
    OWNER_CLIENT, Account, account_at, account_available,
)
from internaliser.core.inspect cimport as_int
from internaliser.core.state cimport asset_at

cdef extern from *:
    """
    #define internaliser_glance(place) __atomic_load_n((place), __ATOMIC_ACQUIRE)
    #define internaliser_between() __atomic_thread_fence(__ATOMIC_ACQUIRE)
    """
    uint64_t glance "internaliser_glance"(const uint64_t* place) nogil
    void between "internaliser_between"() nogil

cdef enum:
    LOOKS_MAX = 20_000          # each takes about as long as the accounts take to be walked

cdef dict TRADING_STATES = {0: "active", 1: "reducing", 2: "halted"}


cdef object client_account_rows(const CoreState* state, const uint64_t* shown_seq, uint16_t client):
    cdef uint32_t count = state.accounts.slab.used
    cdef Account* copies = <Account*> malloc((count + 1) * sizeof(Account))
    cdef uint32_t i, found = 0
    cdef bint is_whole = False
    if copies == NULL:
        raise MemoryError("no memory for the accounts")
    try:
        with nogil:
            for _ in range(<int> LOOKS_MAX):
                if copy_accounts(state, shown_seq, client, copies, count, &found):
                    is_whole = True
                    break
        if not is_whole:
            return None
        return [row_of(state, &copies[i]) for i in range(found)]
    finally:
        free(copies)


cdef bint copy_accounts(
    const CoreState* state, const uint64_t* shown_seq, uint16_t client, Account* copies,
    uint32_t count, uint32_t* found,
) noexcept nogil:
    """False when a step was under way or began meanwhile."""
    cdef uint64_t seq = glance(shown_seq)
    cdef const Account* account
    cdef uint32_t slot
    if glance(&state.header.seq) != seq:
        return False
    found[0] = 0
    for slot in range(count):
        account = account_at(&state.accounts, slot)
        if account.owner_kind == OWNER_CLIENT and account.owner == client:
            copies[found[0]] = account[0]
            found[0] += 1
    between()
    return glance(&state.header.seq) == seq and glance(shown_seq) == seq


cdef dict row_of(const CoreState* state, const Account* account):
    return {
        "asset": account.asset,
        "name": asset_at(state, account.asset).name.text[
            :asset_at(state, account.asset).name.size
        ].decode("utf-8", "replace"),
        "balance": as_int(account.balance),
        "reserved": as_int(account.reserved),
        "credit_limit": as_int(account.credit_limit),
        "available": as_int(account_available(account)),
        "has_unlimited_credit": bool(account.has_unlimited_credit),
    }


cdef str node_trading_state(const CoreState* state):
    return TRADING_STATES[state.header.state]
