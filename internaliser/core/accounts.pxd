"""Accounts: (owner, asset) with balance, reservation and credit limit. Every posting moves one amount between two."""

from internaliser.model.types cimport int64_t, uint8_t, uint16_t, uint32_t, int128_t
from internaliser.model.index cimport Index
from internaliser.model.slab cimport Slab

cdef enum OwnerKind:
    OWNER_CLIENT = 1
    OWNER_SOURCE = 2            # our position at a venue or with a peer
    OWNER_HOUSE = 3             # fees earned; owner index 0
    OWNER_OUTSIDE = 4           # the other end of funding; owner index 0

cdef struct Account:            # 64 bytes; the account number is its slot
    uint32_t reserved_link
    uint16_t owner
    uint16_t asset
    uint8_t owner_kind          # OwnerKind
    uint8_t has_unlimited_credit
    uint8_t padding[6]
    int128_t balance            # minor units; the sum over all accounts of an asset is always zero
    int128_t reserved           # worst case of open orders and of working and unknown children
    int128_t credit_limit       # available = balance + credit_limit - reserved

cdef struct Accounts:
    Slab slab
    Index by_key

cdef int accounts_open(Accounts* accounts, uint32_t limit) noexcept nogil
cdef void accounts_close(Accounts* accounts) noexcept nogil
# The account's slot, made with zeros where it does not exist yet; NONE32 when the limit is reached.
cdef uint32_t account_of(Accounts* accounts, uint8_t owner_kind, uint16_t owner, uint16_t asset) noexcept nogil
# 1 and the amount is set aside, or 0 and nothing changed: not enough available.
cdef int account_reserve(Accounts* accounts, uint32_t slot, int128_t amount) noexcept nogil
cdef void account_release(Accounts* accounts, uint32_t slot, int128_t amount) noexcept nogil
cdef void account_post(Accounts* accounts, uint32_t debit, uint32_t credit, int128_t amount) noexcept nogil
