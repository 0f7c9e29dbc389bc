"""Accounts: (owner, asset) with balance, reservation and credit limit. Every posting moves one amount between two.

A balance is what the node owes the owner, in the asset's smallest units; the sum over all accounts of an
asset is always zero. So a client's coins stand positive, our coins at a source stand negative on the
source's account (it owes them to us), and the node's counterparty sees the same number with the other sign.
"""

from internaliser.model.index cimport Index
from internaliser.model.slab cimport Slab
from internaliser.model.types cimport int128_t, uint8_t, uint16_t, uint32_t

cdef enum OwnerKind:
    OWNER_CLIENT = 1
    OWNER_SOURCE = 2            # our position at a venue or with a peer
    OWNER_HOUSE = 3             # fees earned, and executions no client can be given; owner index 0
    OWNER_OUTSIDE = 4           # the other end of funding; owner index 0

cdef struct Account:            # 80 bytes; the account number is its slot
    uint32_t reserved_link
    uint16_t owner
    uint16_t asset
    uint8_t owner_kind          # OwnerKind
    uint8_t has_unlimited_credit
    uint8_t padding[6]
    int128_t balance            # minor units
    int128_t reserved           # worst case of open orders and of working and unknown children
    int128_t credit_limit
    int128_t funded             # what CONFIG_FUNDING last set; part of the balance

cdef struct Accounts:
    Slab slab
    Index by_key

cdef inline Account* account_at(const Accounts* accounts, uint32_t slot) noexcept nogil:
    return (<Account*> accounts.slab.items) + slot

# holding + credit_limit - reserved, where holding is the balance (of a source: the balance turned round).
cdef inline int128_t account_available(const Account* account) noexcept nogil:
    if account.owner_kind == OWNER_SOURCE:
        return account.credit_limit - account.balance - account.reserved
    return account.credit_limit + account.balance - account.reserved

cdef int accounts_open(Accounts* accounts, uint32_t limit) noexcept nogil
cdef void accounts_close(Accounts* accounts) noexcept nogil
# After the slab's bytes were loaded: build the index anew. 0, or -1.
cdef int accounts_rebuild(Accounts* accounts) noexcept nogil
# The account's slot, NONE32 where it does not exist.
cdef uint32_t account_find(const Accounts* accounts, uint8_t owner_kind, uint16_t owner, uint16_t asset) noexcept nogil
# The account's slot, made with zeros where it does not exist yet; NONE32 when the limit is reached.
cdef uint32_t account_of(Accounts* accounts, uint8_t owner_kind, uint16_t owner, uint16_t asset) noexcept nogil
# 1 and the amount is set aside, or 0 and nothing changed: not enough available.
cdef int account_reserve(Accounts* accounts, uint32_t slot, int128_t amount) noexcept nogil
cdef void account_release(Accounts* accounts, uint32_t slot, int128_t amount) noexcept nogil
cdef void account_post(Accounts* accounts, uint32_t debit, uint32_t credit, int128_t amount) noexcept nogil
