"""Where executions stand, numbered per client, the newest kept."""

import struct
from types import SimpleNamespace

import pytest

from internaliser.cold.executions import DROP_AT, Executions

EXECUTED, ACCEPTED = 3, 1


def record(position: int, client: int, time_ns: int, kind: int = EXECUTED) -> SimpleNamespace:
    data = struct.pack("<16xqIHHH", time_ns, 1, kind, 0, client)
    return SimpleNamespace(position=position, data=data)


def filled(most: int, count: int, clients: int = 1) -> Executions:
    executions = Executions(most)
    for number in range(count):
        executions.take(record(100 + number, number % clients, number))  # type: ignore[arg-type]
    return executions


def test_executions_are_numbered_per_client_from_one() -> None:
    executions = filled(100, 6, clients=2)
    assert executions.numbers(0) == range(1, 4)
    assert [executions.position(1, number) for number in executions.numbers(1)] == [101, 103, 105]
    assert executions.numbers(7) == range(1, 1)


@pytest.mark.parametrize(("time_ns", "number"), [(0, 1), (1, 2), (4, 3), (5, 4), (10**18, 4)])
def test_the_first_one_since_a_time(time_ns: int, number: int) -> None:
    assert filled(100, 6, clients=2).since(0, time_ns) == number


def test_of_an_unknown_client_there_is_nothing_since_any_time() -> None:
    assert filled(100, 1).since(3, 5) == 1


def test_other_events_and_nobody_s_executions_do_not_count() -> None:
    executions = Executions(10)
    executions.take(record(1, 0, 1, ACCEPTED))  # type: ignore[arg-type]
    executions.take(record(1, 0xFFFF, 1))  # type: ignore[arg-type]
    assert executions.count == 0


def test_the_oldest_of_the_client_with_most_go_first_and_numbers_stay() -> None:
    executions = Executions(3000)
    executions.take(record(7, 1, 0))  # type: ignore[arg-type]
    for number in range(5000):
        executions.take(record(100 + number, 0, number))  # type: ignore[arg-type]
    assert executions.count <= 3000
    assert executions.numbers(1) == range(1, 2)
    kept = executions.numbers(0)
    assert kept.stop == 5001
    assert 3000 - DROP_AT <= len(kept) <= 3000
    assert executions.position(0, 5000) == 100 + 4999
    assert executions.position(0, kept.start) == 100 + kept.start - 1
    assert executions.since(0, 0) == kept.start
