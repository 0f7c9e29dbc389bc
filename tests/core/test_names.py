"""ClOrdIDs are found again however many there are, and forgotten with the order that had them."""

from collections import defaultdict
from pathlib import Path
from random import Random

import pytest

from internaliser.config import load
from internaliser.core.core import Core
from internaliser.core.names import Names
from internaliser.held import held_by
from internaliser.model import records
from internaliser.node_config import commands_for

PLAIN = Path(__file__).resolve().parent.parent.parent / "config" / "plain.toml"
MANY = 20_000  # the index starts with 8,192 slots and doubles at five eighths


def plain_core(**limits: int) -> Core:
    overrides = [f"limits.{key}={value}" for key, value in limits.items()]
    core = Core(1)
    core.apply_bytes(records.epoch())
    for command in commands_for(load(str(PLAIN), overrides), held_by(core)):
        core.apply_bytes(command)
    return core


def enter(core: Core, number: int, client: int = 0) -> str:
    order = records.new_order(
        client=client, instrument=2, side="buy", qty=1, price=100, cl_ord_id=f"n{number}"
    )
    return str(core.apply_bytes(order)[0].event)


def cancel(core: Core, number: int) -> str:
    request = records.cancel_order(client=0, cl_ord_id=f"c{number}", orig_cl_ord_id=f"n{number}")
    return str(core.apply_bytes(request)[0].event)


def test_every_name_is_found_while_the_index_grows() -> None:
    core = plain_core()
    assert {enter(core, number) for number in range(MANY)} == {"accepted"}
    assert {enter(core, number) for number in range(0, MANY, 97)} == {"rejected"}
    assert {cancel(core, number) for number in range(0, MANY, 7)} == {"canceled"}
    assert {cancel(core, number) for number in range(0, MANY, 7)} == {"cancel_refused"}


def test_the_same_name_of_another_client_is_another_name() -> None:
    core = plain_core()
    assert [enter(core, 1), enter(core, 1, client=1)] == ["accepted", "accepted"]


def test_a_forgotten_order_gives_its_name_back_and_no_other() -> None:
    core = plain_core(closed_orders_max=1)
    for number in range(50):
        assert enter(core, number) == "accepted"
        assert cancel(core, number) == "canceled"
    assert enter(core, 0) == "accepted"
    assert enter(core, 49) == "rejected"


def step(index: Names, twin: defaultdict[int, set[int]], random: Random, name: int) -> None:
    """Put a name, under a tag that many share now and then, and remove one in three."""
    # Runs of entries that touch, also around the end of the table.
    tag = random.choice((random.getrandbits(32), random.randrange(2**32 - 40, 2**32), 7))
    index.put(tag, name)
    twin[tag].add(name)
    if name % 3 == 0:
        gone = random.choice(list(twin))
        victim = next(iter(twin[gone]), 0)
        index.remove(gone, victim)
        twin[gone].discard(victim)


@pytest.mark.parametrize("is_ahead", [False, True])
def test_nothing_is_lost_while_entries_move(is_ahead: bool) -> None:
    random = Random(5)
    index, twin = Names(), defaultdict[int, set[int]](set)
    moving = 0
    for name in range(MANY):
        if is_ahead and name % 100 == 0:
            index.ahead()
        step(index, twin, random, name)
        if index.is_moving:
            moving += 1
            for tag in (7, *random.choices(list(twin), k=5)):
                assert sorted(index.names(tag)) == sorted(twin[tag])
    assert moving > 100
    assert len(index) == sum(map(len, twin.values()))
    assert all(sorted(index.names(tag)) == sorted(names) for tag, names in twin.items())


def test_moving_ends_long_before_the_next_doubling() -> None:
    index = Names()
    name = 0
    while not index.is_moving:
        index.put(name * 0x9E3779B1 % 2**32, name)
        name += 1
    puts = 0
    while index.is_moving:
        index.put((name + puts) * 0x9E3779B1 % 2**32, name + puts)
        puts += 1
    assert puts <= name // 4


@pytest.mark.parametrize("before", [0, 100, 5300, 20_000])
def test_with_room_for_them_nothing_moves(before: int) -> None:
    random = Random(6)
    index, twin = Names(), defaultdict[int, set[int]](set)
    for name in range(before):
        step(index, twin, random, name)
    index.reserve(MANY)
    for name in range(before, before + MANY):
        step(index, twin, random, name)
        assert not index.is_moving
    assert all(sorted(index.names(tag)) == sorted(names) for tag, names in twin.items())


def test_a_name_that_is_not_there_is_not_removed() -> None:
    index = Names()
    index.put(3, 30)
    index.remove(3, 31)
    index.remove(4, 30)
    assert (len(index), index.names(3)) == (1, [30])
