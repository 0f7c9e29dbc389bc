"""Requests come and go; what is held is what somebody reads, channel by channel."""

import random
from pathlib import Path

import pytest

from tests.feed.desk import Desk, Talk

SYMBOLS = ("TEST1", "TEST2", "TEST3")
READERS = ("CLIENT2", "CLIENT3", "CLIENT4")
Asked = dict[tuple[str, str], tuple[tuple[str, ...], int, str]]  # by reader and MDReqID


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "feed.default_book=local", "feed.subscriptions_max=12")


def counts(desk: Desk) -> dict[str, int]:
    return desk.feed.market.readers.counts()


def wanted(asked: Asked) -> dict[str, int]:
    """What the requests that stand need."""
    channels = {
        (symbol, depth, types) for symbols, depth, types in asked.values() for symbol in symbols
    }
    return {
        "requests": len(asked),
        "subscriptions": sum(len(symbols) for symbols, _, _ in asked.values()),
        "channels": len(channels),
    }


def test_readers_of_the_same_share_a_channel(desk: Desk) -> None:
    one, other = desk.reader("CLIENT3"), desk.reader("CLIENT4")
    one.ask("r", "TEST1", "TEST2", depth=1)
    other.ask("r", "TEST1", depth=1)
    other.ask("deeper", "TEST1", depth=2)
    other.ask("trades", "TEST1", depth=1, types="2")
    assert counts(desk) == {"requests": 4, "subscriptions": 5, "channels": 4}
    one.end()
    assert counts(desk) == {"requests": 3, "subscriptions": 3, "channels": 3}
    other.end()
    assert counts(desk) == {"requests": 0, "subscriptions": 0, "channels": 0}


def test_what_is_refused_leaves_nothing_behind(desk: Desk) -> None:
    reader = desk.reader("CLIENT4")
    for number in range(5):
        reader.ask(f"r{number}", *SYMBOLS, depth=number + 1)
    desk.turn()
    assert len(reader.heard("Y")) == 1
    assert counts(desk) == {"requests": 4, "subscriptions": 12, "channels": 12}
    reader.ask("snapshot", "TEST1", kind="0")  # has no room either
    desk.turn()
    assert len(reader.heard("Y")) == 1
    assert counts(desk) == {"requests": 4, "subscriptions": 12, "channels": 12}


@pytest.mark.parametrize("seed", range(5))
def test_what_is_held_is_what_the_standing_requests_need(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    talks: dict[str, Talk] = {}
    asked: Asked = {}
    for _ in range(300):
        name, request = chance.choice(READERS), f"r{chance.randrange(4)}"
        act = chance.random()
        if name not in talks:
            talks[name] = desk.reader(name)
        elif act < 0.05:
            talks.pop(name).end()
            asked = {key: what for key, what in asked.items() if key[0] != name}
        elif act < 0.4 and (name, request) in asked:
            symbols, depth, types = asked.pop((name, request))
            talks[name].ask(request, *symbols, depth=depth, kind="2", types=types)
        elif (name, request) not in asked:
            symbols = tuple(chance.sample(SYMBOLS, chance.randint(1, 3)))
            what = (symbols, chance.randint(1, 2), chance.choice(("0", "01", "012")))
            talks[name].ask(request, *symbols, depth=what[1], types=what[2])
            if wanted({**asked, (name, request): what})["subscriptions"] <= 12:
                asked[name, request] = what
        assert counts(desk) == wanted(asked)
        if chance.random() < 0.3:
            desk.turn()
