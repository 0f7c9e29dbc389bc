"""Who may come in: where links come from, what a client's Logon must show, who failed too often.

Asked by the door when a link comes up and when its first message names a session. Knows addresses as
16 bytes and certificates as the clients they name; no sockets, no TLS.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from internaliser.gateway.failures cimport ADDRESS_SIZE, Failures
from internaliser.model.index cimport Index
from internaliser.model.slab cimport Slab

cdef enum:
    CERTIFIED_SIZE = 512        # a bit for each of CLIENTS_MAX
    NETWORKS_MAX = 64           # of one client

cdef struct Origin:             # where an accepted link comes from
    uint8_t address[ADDRESS_SIZE]
    uint8_t has_certificate     # a valid one was shown
    uint8_t certified[CERTIFIED_SIZE]   # by client number, a bit: the certificate names it

cdef struct Place:              # the same of an open link, its certificate's bits apart
    uint8_t address[ADDRESS_SIZE]
    uint16_t passed             # the session whose credentials it has shown; NONE16 = of none
    uint8_t is_open             # 0 = a link of ours, or a free slot
    uint8_t has_certificate
    uint32_t tally              # of its address

cdef struct Tally:              # the open links of one address
    uint8_t address[ADDRESS_SIZE]
    uint32_t link_count

cdef struct Network:
    uint8_t address[ADDRESS_SIZE]
    uint32_t bits               # of the prefix, 0 to 128

cdef struct Policy:             # of one client
    uint8_t needs_certificate
    uint8_t is_checked          # the edge looks at its password or signature
    uint8_t network_count       # 0 = from anywhere
    Network* networks

cdef class Access:
    cdef Place* places          # by link
    cdef uint8_t* certified     # by link, CERTIFIED_SIZE each
    cdef uint32_t link_count
    cdef Slab tallies
    cdef Index by_address       # their hash to a tally
    cdef uint64_t salt          # of the hash: nobody outside may choose who collides
    cdef Policy* policies       # by client
    cdef readonly Failures failures
    cdef readonly uint32_t per_address_max
    cdef readonly uint64_t refused_count    # links not taken: too many of that address, or it is blocked

    cdef uint64_t key_of(self, const uint8_t* address) noexcept nogil
    cdef uint32_t tally_of(self, const uint8_t* address) noexcept nogil     # NONE32 = it has no link
    # May a link from there come up? It is `opened` or forgotten.
    cdef int admits(self, const Origin* origin, int64_t now_ns) noexcept nogil
    cdef void opened(self, uint32_t link, const Origin* origin) noexcept nogil
    cdef void closed(self, uint32_t link) noexcept nogil
    # May it log on as this client, as far as address and certificate go?
    cdef int may_be(self, uint32_t link, uint16_t client) noexcept nogil
    # Must the edge look at this Logon first? Not again after `passed`.
    cdef int must_check(self, uint32_t link, uint16_t session, uint16_t client) noexcept nogil
    cdef void passed(self, uint32_t link, uint16_t session) noexcept nogil
    # What its first message came to; a wrong password later is a failure as well.
    cdef void failed(self, uint32_t link, int64_t now_ns) noexcept nogil
    # Its address is not heard now.
    cdef int is_blocked(self, uint32_t link, int64_t now_ns) noexcept nogil
    cdef void succeeded(self, uint32_t link, int64_t now_ns) noexcept nogil

# As Python gives it: 16 bytes, and None or the bits of the clients that the certificate names.
cdef int origin_from(Origin* origin, bytes address, certified) except -1
