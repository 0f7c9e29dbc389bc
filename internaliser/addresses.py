"""Addresses and networks as the core thread counts them: 16 bytes, IPv4 as ::ffff:a.b.c.d."""

import ipaddress

MAPPED = bytes(10) + b"\xff\xff"
MAPPED_BITS = 96


def packed_address(text: str) -> bytes:
    """The 16 bytes of an address as a socket tells it. ValueError when it is none."""
    address = ipaddress.ip_address(text.partition("%")[0])  # without the zone of a link-local one
    return MAPPED + address.packed if address.version == 4 else address.packed


def shown_address(packed: bytes) -> str:
    """As people write it."""
    if packed.startswith(MAPPED):
        return str(ipaddress.IPv4Address(packed[len(MAPPED) :]))
    return str(ipaddress.IPv6Address(packed))


def packed_network(text: str) -> tuple[bytes, int]:
    """`10.0.0.0/8` or one address, as 16 bytes and the bits of its prefix. ValueError with the
    reason when it is none."""
    network = ipaddress.ip_network(text)
    base = network.network_address.packed
    if network.version == 4:
        return MAPPED + base, network.prefixlen + MAPPED_BITS
    return base, network.prefixlen
