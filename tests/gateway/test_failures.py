"""The table of failures: delays that grow, that are forgotten, and that are one address's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.addresses import packed_address
from internaliser.gateway.failures import Failures

MS = 1_000_000
S = 1000 * MS
NOW = 1_700_000_000 * S
ONE, TWO = packed_address("10.0.0.1"), packed_address("10.0.0.2")


def table(free_count: int = 3, addresses_max: int = 64) -> Failures:
    return Failures(
        addresses_max=addresses_max,
        free_count=free_count,
        delay_ms=100,
        delay_max_ms=1000,
        forget_ms=60_000,
    )


def test_the_first_failures_are_free_and_then_each_doubles_the_delay() -> None:
    failures = table()
    now = NOW
    delays = []
    for _ in range(9):
        failures.failed(ONE, now)
        waited = 0
        while failures.is_blocked(ONE, now):
            now += MS
            waited += 1
        delays.append(waited)
    assert delays == [0, 0, 0, 100, 200, 400, 800, 1000, 1000]


def test_another_address_is_heard_all_the_while() -> None:
    failures = table()
    for _ in range(100):
        failures.failed(ONE, NOW)
    assert failures.is_blocked(ONE, NOW)
    assert not failures.is_blocked(TWO, NOW)


def test_failures_are_forgotten_after_a_time_without_one() -> None:
    failures = table()
    for _ in range(5):
        failures.failed(ONE, NOW)
    assert failures.count(ONE, NOW + 60 * S - 1) == 5
    assert failures.count(ONE, NOW + 60 * S) == 0
    failures.failed(ONE, NOW + 61 * S)
    assert failures.count(ONE, NOW + 61 * S) == 1


def test_a_good_logon_forgives_half() -> None:
    failures = table()
    for _ in range(5):
        failures.failed(ONE, NOW)
    failures.succeeded(ONE, NOW)
    assert failures.count(ONE, NOW) == 2
    failures.succeeded(TWO, NOW)
    assert failures.count(TWO, NOW) == 0


def test_addresses_of_one_ipv6_owner_count_together_and_of_two_apart() -> None:
    failures = table(free_count=1)
    for tail in range(5):
        failures.failed(packed_address(f"2001:db8:0:7::{tail}"), NOW)
    assert failures.is_blocked(packed_address("2001:db8:0:7:ffff::9"), NOW)
    assert not failures.is_blocked(packed_address("2001:db8:0:8::1"), NOW)


def test_a_full_table_gives_up_those_that_failed_longest_ago() -> None:
    failures = table(addresses_max=8)
    addresses = [packed_address(f"10.1.0.{number}") for number in range(9)]
    for number, address in enumerate(addresses):
        failures.failed(address, NOW + number)
    counts = [failures.count(address, NOW + 9) for address in addresses]
    assert counts == [0] + [1] * 8
    assert failures.failure_count == 9


def test_an_address_is_sixteen_bytes() -> None:
    with pytest.raises(ValueError, match="an address has 16 bytes, not 4"):
        table().failed(b"\x0a\0\0\1", NOW)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from("fsb"), st.integers(0, 30_000)),
        max_size=60,
    )
)
def test_it_agrees_with_a_plain_dictionary(steps: list[tuple[int, str, int]]) -> None:
    failures, twin = table(), Twin()
    now = NOW
    for number, what, wait_ms in steps:
        now += wait_ms * MS
        address = packed_address(f"10.0.0.{number}")
        if what == "f":
            failures.failed(address, now)
            twin.failed(address, now)
        elif what == "s":
            failures.succeeded(address, now)
            twin.succeeded(address, now)
        assert failures.is_blocked(address, now) == twin.is_blocked(address, now)
        assert failures.count(address, now) == twin.count(address, now)


class Twin:
    """The same rules, slow and plain."""

    def __init__(self) -> None:
        self.rows: dict[bytes, tuple[int, int, int]] = {}  # count, last, blocked until

    def _row(self, address: bytes, now: int) -> tuple[int, int, int]:
        count, last, until = self.rows.get(address, (0, 0, 0))
        if count and now - last >= 60 * S and now >= until:
            return 0, 0, 0
        return count, last, until

    def failed(self, address: bytes, now: int) -> None:
        count, _, until = self._row(address, now)
        count += 1
        if count > 3:
            until = now + min(100 * 2 ** (count - 4), 1000) * MS
        self.rows[address] = (count, now, until)

    def succeeded(self, address: bytes, now: int) -> None:
        count, last, until = self._row(address, now)
        self.rows[address] = (count // 2, last, until)

    def count(self, address: bytes, now: int) -> int:
        return self._row(address, now)[0]

    def is_blocked(self, address: bytes, now: int) -> bool:
        return now < self._row(address, now)[2]
