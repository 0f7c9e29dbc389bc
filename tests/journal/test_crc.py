"""CRC32C against its published vectors and against its slow form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.journal.crc import checksum, checksum_by_tables, has_crc_instruction


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_the_vectors_of_rfc_3720_come_out(data: bytes, expected: int) -> None:
    assert checksum(data) == expected
    assert checksum_by_tables(data) == expected


def by_bits(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


@given(st.binary(max_size=2000), st.integers(0, 7))
def test_both_ways_agree_with_the_definition_at_any_alignment(data: bytes, skip: int) -> None:
    view = memoryview(bytes(skip) + data)[skip:]
    assert checksum(view) == checksum_by_tables(view) == by_bits(data)


@given(st.binary(max_size=4000), st.integers(0, 4000))
def test_a_checksum_continues_where_another_ended(data: bytes, cut: int) -> None:
    assert checksum(data[cut:], checksum(data[:cut])) == checksum(data)
    assert checksum_by_tables(data[cut:], checksum_by_tables(data[:cut])) == checksum(data)


def test_the_processor_is_asked_what_it_can_do() -> None:
    with open("/proc/cpuinfo", encoding="ascii") as info:
        flags = info.read().split()
    assert has_crc_instruction() == ("sse4_2" in flags)
