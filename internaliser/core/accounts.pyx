"""Accounts in a slab, found by (owner kind, owner, asset)."""

from internaliser.model.index cimport index_close, index_first, index_open, index_put
from internaliser.model.slab cimport slab_close, slab_open, slab_take
from internaliser.model.types cimport NONE32, int128_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef inline uint64_t account_key(uint8_t owner_kind, uint16_t owner, uint16_t asset) noexcept nogil:
    return <uint64_t> owner_kind << 32 | <uint64_t> owner << 16 | asset


cdef int accounts_open(Accounts* accounts, uint32_t limit) noexcept nogil:
    accounts.by_key.slots = NULL
    if slab_open(&accounts.slab, sizeof(Account), limit) < 0:
        return -1
    return index_open(&accounts.by_key, 64)


cdef void accounts_close(Accounts* accounts) noexcept nogil:
    slab_close(&accounts.slab)
    index_close(&accounts.by_key)


cdef int accounts_rebuild(Accounts* accounts) noexcept nogil:
    cdef uint32_t slot
    cdef Account* account
    index_close(&accounts.by_key)
    if index_open(&accounts.by_key, accounts.slab.used) < 0:
        return -1
    for slot in range(accounts.slab.used):
        account = account_at(accounts, slot)
        if index_put(
            &accounts.by_key,
            account_key(account.owner_kind, account.owner, account.asset), slot,
        ) < 0:
            return -1
    return 0


cdef uint32_t account_find(
    const Accounts* accounts, uint8_t owner_kind, uint16_t owner, uint16_t asset
) noexcept nogil:
    cdef uint32_t cursor
    return index_first(&accounts.by_key, account_key(owner_kind, owner, asset), &cursor)


cdef uint32_t account_of(
    Accounts* accounts, uint8_t owner_kind, uint16_t owner, uint16_t asset
) noexcept nogil:
    cdef uint32_t slot = account_find(accounts, owner_kind, owner, asset)
    cdef Account* account
    if slot != <uint32_t> NONE32:
        return slot
    slot = slab_take(&accounts.slab)
    if slot == <uint32_t> NONE32:
        return slot
    account = account_at(accounts, slot)
    account.owner_kind = owner_kind
    account.owner = owner
    account.asset = asset
    # The two ends of the world cannot run dry; clients and sources are told by configuration.
    account.has_unlimited_credit = owner_kind == OWNER_HOUSE or owner_kind == OWNER_OUTSIDE
    if index_put(&accounts.by_key, account_key(owner_kind, owner, asset), slot) < 0:
        return <uint32_t> NONE32
    return slot


cdef int account_reserve(Accounts* accounts, uint32_t slot, int128_t amount) noexcept nogil:
    cdef Account* account = account_at(accounts, slot)
    if not account.has_unlimited_credit and account_available(account) < amount:
        return 0
    account.reserved += amount
    return 1


cdef void account_release(Accounts* accounts, uint32_t slot, int128_t amount) noexcept nogil:
    account_at(accounts, slot).reserved -= amount


cdef void account_post(
    Accounts* accounts, uint32_t debit, uint32_t credit, int128_t amount
) noexcept nogil:
    account_at(accounts, debit).balance -= amount
    account_at(accounts, credit).balance += amount
