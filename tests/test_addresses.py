"""Addresses as 16 bytes and back."""

import pytest

from internaliser.addresses import packed_address, packed_network, shown_address


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_sixteen_bytes_and_shown_as_people_write_it(text: str, shown: str) -> None:
    assert len(packed_address(text)) == 16
    assert shown_address(packed_address(text)) == shown


def test_a_network_is_its_base_and_its_bits() -> None:
    assert packed_network("10.0.0.0/8") == (packed_address("10.0.0.0"), 104)
    assert packed_network("10.0.0.7") == (packed_address("10.0.0.7"), 128)
    assert packed_network("2001:db8::/32") == (packed_address("2001:db8::"), 32)
    assert packed_network("0.0.0.0/0") == (packed_address("0.0.0.0"), 96)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="has host bits set"):
        packed_network("10.0.0.1/8")
