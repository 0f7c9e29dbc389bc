"""The rules of coming in. Everything is decided from what the link showed before its Logon.

A client that names certificates logs on with one of them only. A link that showed a certificate is
nobody but whom it names, whatever the client would otherwise allow.
"""

import os

from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

from internaliser.core.state cimport CLIENTS_MAX
from internaliser.gateway.failures cimport Failure
from internaliser.model.index cimport (
    hash_text, index_close, index_first, index_next, index_open, index_put, index_remove,
)
from internaliser.model.slab cimport slab_close, slab_give, slab_open, slab_take
from internaliser.model.types cimport NONE16, NONE32


cdef inline Tally* tally_at(const Slab* tallies, uint32_t tally) noexcept nogil:
    return (<Tally*> tallies.items) + tally


cdef class Access:
    """For `connections_max` links. `per_address_max`: links of one address at once."""

    def __cinit__(
        self, uint32_t connections_max, *, Failures failures=None, uint32_t per_address_max=1024,
    ):
        cdef uint32_t i
        assert CERTIFIED_SIZE * 8 == CLIENTS_MAX
        self.link_count = connections_max
        self.per_address_max = per_address_max
        self.failures = Failures() if failures is None else failures
        self.places = <Place*> calloc(connections_max, sizeof(Place))
        self.certified = <uint8_t*> calloc(connections_max, CERTIFIED_SIZE)
        self.policies = <Policy*> calloc(CLIENTS_MAX, sizeof(Policy))
        # Room for all from the start: an address more never waits for memory.
        if (
            self.places == NULL or self.certified == NULL or self.policies == NULL
            or slab_open(&self.tallies, sizeof(Tally), connections_max) < 0
            or index_open(&self.by_address, connections_max) < 0
        ):
            raise MemoryError(f"no memory for {connections_max} links")
        self.salt = int.from_bytes(os.urandom(8), "little")
        for i in range(connections_max):
            self.places[i].passed = NONE16

    def __dealloc__(self):
        cdef uint32_t i
        if self.policies != NULL:
            for i in range(CLIENTS_MAX):
                free(self.policies[i].networks)
        free(self.policies)
        free(self.places)
        free(self.certified)
        slab_close(&self.tallies)
        index_close(&self.by_address)

    def configure(
        self, uint16_t client, *, bint needs_certificate=False, bint is_checked=False, networks=(),
    ) -> None:
        """What client number `client` must show. `networks`: (16 bytes, bits of the prefix).

        `is_checked`: its Logons wait for the edge's verdict on their credentials.
        """
        cdef Policy* policy
        cdef Network* place
        if client >= CLIENTS_MAX:
            raise ValueError(f"client {client} is beyond the {CLIENTS_MAX} there may be")
        if len(networks) > NETWORKS_MAX:
            raise ValueError(f"a client has at most {NETWORKS_MAX} networks, not {len(networks)}")
        policy = &self.policies[client]
        free(policy.networks)
        policy.networks = <Network*> calloc(max(len(networks), 1), sizeof(Network))
        if policy.networks == NULL:
            raise MemoryError("no memory for a client's networks")
        policy.network_count = 0
        for address, bits in networks:
            if len(address) != ADDRESS_SIZE or not 0 <= bits <= 128:
                raise ValueError(f"not a network: {address!r}/{bits}")
            place = &policy.networks[policy.network_count]
            memcpy(place.address, <const char*> address, ADDRESS_SIZE)
            place.bits = bits
            policy.network_count += 1
        policy.needs_certificate = needs_certificate
        policy.is_checked = is_checked

    def glance(self, uint32_t link) -> tuple[bytes, int]:
        """Address and failures of an open link, for putting Logons in order; a look, no lock."""
        if link >= self.link_count or not self.places[link].is_open:
            return bytes(ADDRESS_SIZE), 0
        cdef const uint8_t* address = self.places[link].address
        cdef Failure* failure = self.failures.glance(address)
        return (<const char*> address)[:ADDRESS_SIZE], 0 if failure == NULL else failure.count

    cdef uint64_t key_of(self, const uint8_t* address) noexcept nogil:
        return hash_text(self.salt, <const char*> address, ADDRESS_SIZE)

    cdef uint32_t tally_of(self, const uint8_t* address) noexcept nogil:
        cdef uint64_t key = self.key_of(address)
        cdef uint32_t cursor
        cdef uint32_t tally = index_first(&self.by_address, key, &cursor)
        while tally != <uint32_t> NONE32:
            if memcmp(tally_at(&self.tallies, tally).address, address, ADDRESS_SIZE) == 0:
                break
            tally = index_next(&self.by_address, key, &cursor)
        return tally

    cdef int admits(self, const Origin* origin, int64_t now_ns) noexcept nogil:
        cdef uint32_t tally, count = 0
        if not self.failures.blocks(origin.address, now_ns):
            tally = self.tally_of(origin.address)
            if tally != <uint32_t> NONE32:
                count = tally_at(&self.tallies, tally).link_count
            if count < self.per_address_max:
                return 1
        self.refused_count += 1
        return 0

    cdef void opened(self, uint32_t link, const Origin* origin) noexcept nogil:
        cdef Place* place = &self.places[link]
        cdef uint32_t tally = self.tally_of(origin.address)
        if tally == <uint32_t> NONE32:
            tally = slab_take(&self.tallies)
            memcpy(tally_at(&self.tallies, tally).address, origin.address, ADDRESS_SIZE)
            tally_at(&self.tallies, tally).link_count = 0
            index_put(&self.by_address, self.key_of(origin.address), tally)
        tally_at(&self.tallies, tally).link_count += 1
        place.tally = tally
        memcpy(place.address, origin.address, ADDRESS_SIZE)
        place.is_open = 1
        place.passed = NONE16
        place.has_certificate = origin.has_certificate
        if origin.has_certificate:
            memcpy(self.certified + link * CERTIFIED_SIZE, origin.certified, CERTIFIED_SIZE)

    cdef void closed(self, uint32_t link) noexcept nogil:
        cdef Tally* tally
        if self.places[link].is_open:
            tally = tally_at(&self.tallies, self.places[link].tally)
            tally.link_count -= 1
            if tally.link_count == 0:
                index_remove(
                    &self.by_address, self.key_of(tally.address), self.places[link].tally
                )
                slab_give(&self.tallies, self.places[link].tally)
        memset(&self.places[link], 0, sizeof(Place))
        self.places[link].passed = NONE16

    cdef int may_be(self, uint32_t link, uint16_t client) noexcept nogil:
        cdef const Place* place = &self.places[link]
        cdef const uint8_t* certified = self.certified + link * CERTIFIED_SIZE
        cdef const Policy* policy
        cdef uint32_t i
        if client == NONE16:
            return 0
        policy = &self.policies[client]
        if place.has_certificate:
            if not certified[client >> 3] >> (client & 7) & 1:
                return 0
        elif policy.needs_certificate:
            return 0
        if policy.network_count == 0:
            return 1
        for i in range(policy.network_count):
            if is_inside(place.address, &policy.networks[i]):
                return 1
        return 0

    cdef int must_check(self, uint32_t link, uint16_t session, uint16_t client) noexcept nogil:
        return self.policies[client].is_checked and self.places[link].passed != session

    cdef void passed(self, uint32_t link, uint16_t session) noexcept nogil:
        self.places[link].passed = session

    cdef void failed(self, uint32_t link, int64_t now_ns) noexcept nogil:
        if self.places[link].is_open:
            self.failures.fail(self.places[link].address, now_ns)

    cdef int is_blocked(self, uint32_t link, int64_t now_ns) noexcept nogil:
        cdef const Place* place = &self.places[link]
        return place.is_open and self.failures.blocks(place.address, now_ns)

    cdef void succeeded(self, uint32_t link, int64_t now_ns) noexcept nogil:
        if self.places[link].is_open:
            self.failures.succeed(self.places[link].address, now_ns)


cdef bint is_inside(const uint8_t* address, const Network* network) noexcept nogil:
    cdef uint32_t whole = network.bits >> 3
    cdef uint32_t rest = network.bits & 7
    cdef uint8_t mask = <uint8_t> (0xFF00 >> rest)
    if memcmp(address, network.address, whole) != 0:
        return False
    return rest == 0 or address[whole] & mask == network.address[whole] & mask


cdef int origin_from(Origin* origin, bytes address, certified) except -1:
    """As Python gives it: 16 bytes, and None or a bit per client the certificate names."""
    memset(origin, 0, sizeof(Origin))
    if len(address) != ADDRESS_SIZE:
        raise ValueError(f"an address has {ADDRESS_SIZE} bytes, not {len(address)}")
    memcpy(origin.address, <const char*> address, ADDRESS_SIZE)
    if certified is None:
        return 0
    if len(certified) > CERTIFIED_SIZE:
        raise ValueError(f"a certificate names clients in at most {CERTIFIED_SIZE} bytes")
    origin.has_certificate = 1
    memcpy(origin.certified, <const char*> (<bytes> certified), len(certified))
    return 0
