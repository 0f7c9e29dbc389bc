"""The rules of coming in. Everything is decided from what the link showed before its Logon.

A client that names certificates logs on with one of them only. A link that showed a certificate is
nobody but whom it names, whatever the client would otherwise allow.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

from internaliser.core.state cimport CLIENTS_MAX
from internaliser.gateway.failures cimport Failure
from internaliser.model.types cimport NONE16


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
        if self.places == NULL or self.certified == NULL or self.policies == NULL:
            raise MemoryError(f"no memory for {connections_max} links")
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

    cdef int admits(self, const Origin* origin, int64_t now_ns) noexcept nogil:
        cdef uint32_t i, count = 0
        if self.failures.blocks(origin.address, now_ns):
            self.refused_count += 1
            return 0
        for i in range(self.link_count):
            if (
                self.places[i].is_open
                and memcmp(self.places[i].address, origin.address, ADDRESS_SIZE) == 0
            ):
                count += 1
        if count >= self.per_address_max:
            self.refused_count += 1
            return 0
        return 1

    cdef void opened(self, uint32_t link, const Origin* origin) noexcept nogil:
        cdef Place* place = &self.places[link]
        memcpy(place.address, origin.address, ADDRESS_SIZE)
        place.is_open = 1
        place.passed = NONE16
        place.has_certificate = origin.has_certificate
        if origin.has_certificate:
            memcpy(self.certified + link * CERTIFIED_SIZE, origin.certified, CERTIFIED_SIZE)

    cdef void closed(self, uint32_t link) noexcept nogil:
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
