"""The planner against lot-by-lot planning, the never-worse rule against every possible split."""

import os
import random
from fractions import Fraction

import pytest

from internaliser.core.planner import is_worse, net, plan_ladder
from tests.core.ladders import (
    FAULTS,
    LOCAL_TIER,
    ONE_PERCENT,
    PEER_TIER,
    VENUE_TIER,
    random_ladder,
    run,
)
from tests.oracle import planner as oracle
from tests.oracle.planner import BUY, LOCAL, SELL, Rung

LADDERS = 100_000 if os.environ.get("INTERNALISER_DEEP") == "1" else 2_000


def local(price: int, qty: int) -> Rung:
    return (price, qty, 0, LOCAL, LOCAL_TIER, True)


def venue(price: int, qty: int, rate: int = 0, source: int = 1, is_usable: bool = True) -> Rung:
    return (price, qty, rate, source, VENUE_TIER, is_usable)


def test_the_long_form_counts_what_it_compared() -> None:
    figures = run(200, 400, seed=1)
    assert {figures[name] for name in FAULTS} == {0}
    assert figures["sides_judged_against_outside"] > 0


def test_the_plan_equals_lot_by_lot_planning_on_random_ladders() -> None:
    chance = random.Random(20_240_601)
    for number in range(LADDERS):
        rungs = random_ladder(chance)
        side = chance.choice([BUY, SELL])
        limit = (rungs[0][0] if rungs else 0) + chance.randrange(-6, 7)
        qty = chance.randrange(12)
        planned = plan_ladder(side, limit, qty, rungs)
        assert planned == oracle.plan_lot_by_lot(side, limit, qty, rungs), (number, rungs)
        slices_max = chance.randrange(4)
        assert plan_ladder(side, limit, qty, rungs, slices_max) == planned[:slices_max], number


def test_the_plan_costs_the_least_of_all_splits_on_random_ladders() -> None:
    chance = random.Random(20_240_602)
    for number in range(LADDERS // 3):
        rungs = random_ladder(chance)
        side, qty = chance.choice([BUY, SELL]), chance.randrange(12)
        planned = plan_ladder(side, 2**62 if side == BUY else -(2**62), qty, rungs)
        costs = oracle.least_costs(side, qty, rungs)
        cost = sum(
            (
                lots * oracle.net_price(side, price, rungs[rung][2])
                for price, lots, _, rung in planned
            ),
            Fraction(0),
        )
        assert (sum(part[1] for part in planned), cost) == (len(costs) - 1, costs[-1]), number


def test_the_never_worse_rule_equals_the_best_of_all_splits_on_random_ladders() -> None:
    chance = random.Random(20_240_603)
    forbidden = 0
    for number in range(LADDERS):
        rungs = random_ladder(chance)
        side, qty = chance.choice([BUY, SELL]), chance.randrange(1, 12)
        price = (rungs[0][0] if rungs else 0) + chance.randrange(-3, 4)
        rate = chance.choice([0, 10_000, -2_500, ONE_PERCENT])
        expected = oracle.is_worse(side, price, rate, qty, rungs)
        assert is_worse(side, price, rate, qty, rungs) == expected, (number, rungs)
        forbidden += expected
    assert 0.2 < forbidden / LADDERS < 0.8


@pytest.mark.parametrize("side", [BUY, SELL])
def test_huge_numbers_do_not_overflow(side: int) -> None:
    chance = random.Random(side)
    for number in range(LADDERS // 10):
        rungs = [
            venue(
                10**9 - chance.randrange(3),
                10**9 - chance.randrange(3),
                chance.choice([99_999_999, -99_999_999, 99_999_998]),
                source,
            )
            for source in range(chance.randrange(1, 60))
        ]
        qty, price, rate = chance.randrange(1, 2**62), 10**9, chance.choice([99_999_999, 0])
        best_first = sorted(
            range(len(rungs)), key=lambda i: (oracle.net_price(side, *rungs[i][0:3:2]), i)
        )
        left, cost, expected = qty, Fraction(0), []
        for i in best_first:
            if lots := min(left, rungs[i][1]):
                left -= lots
                cost += lots * oracle.net_price(side, *rungs[i][0:3:2])
                expected.append((rungs[i][0], lots, i, i))
        limit = 2**62 if side == BUY else 0
        assert plan_ladder(side, limit, qty, rungs) == expected, number
        internal = oracle.net_price(side, price, rate) * (qty - left)
        assert is_worse(side, price, rate, qty, rungs) == (internal > cost), number


def test_a_net_price_is_exact_beyond_64_bits() -> None:
    assert net(BUY, 10**15, 10_000) == 10**15 * 100_010_000
    assert net(SELL, 10**15, 10_000) == -(10**15) * 99_990_000
    assert net(SELL, 0, 5) == 0


def test_a_fee_makes_the_higher_price_the_better_one() -> None:
    assert plan_ladder(BUY, 102, 5, [venue(100, 3, rate=2 * ONE_PERCENT), local(101, 4)]) == [
        (101, 4, LOCAL, 1),
        (100, 1, 1, 0),
    ]


def test_the_limit_applies_to_the_price_before_fees() -> None:
    assert plan_ladder(
        BUY, 100, 5, [venue(100, 3, rate=ONE_PERCENT), venue(101, 3, -ONE_PERCENT)]
    ) == [(100, 3, 1, 0)]


def test_a_seller_takes_the_highest_net_price_first() -> None:
    assert plan_ladder(SELL, 99, 5, [local(99, 2), venue(100, 2), venue(98, 9)]) == [
        (100, 2, 1, 1),
        (99, 2, LOCAL, 0),
    ]


def test_equal_net_prices_go_to_the_lower_tier_then_to_the_lower_source() -> None:
    peer = (100, 1, 0, 5, PEER_TIER, True)
    rungs = [venue(100, 1, source=3), venue(100, 1, source=2), peer, local(100, 1)]
    assert [part[3] for part in plan_ladder(BUY, 100, 4, rungs)] == [3, 2, 1, 0]


def test_an_unusable_or_empty_rung_is_never_taken() -> None:
    assert (
        plan_ladder(BUY, 100, 5, [venue(90, 9, is_usable=False), venue(91, 0), venue(92, -2)]) == []
    )


def test_one_local_rung_is_cut_to_the_quantity() -> None:
    assert plan_ladder(BUY, 100, 5, [local(100, 9)]) == [(100, 5, LOCAL, 0)]


def test_nothing_outside_allows_any_internal_price() -> None:
    assert not is_worse(BUY, 100, 0, 5, [])
    assert not is_worse(BUY, 100, 0, 5, [local(1, 99), venue(1, 99, is_usable=False)])


def test_a_little_better_quantity_outside_does_not_forbid_when_the_rest_is_dearer() -> None:
    rungs = [venue(99, 1), venue(103, 9)]
    assert is_worse(BUY, 100, 0, 1, rungs)
    assert not is_worse(BUY, 100, 0, 2, rungs)


def test_only_the_part_offered_outside_is_compared() -> None:
    assert is_worse(BUY, 100, 0, 50, [venue(99, 1)])


def test_an_equal_net_price_is_not_worse() -> None:
    assert not is_worse(SELL, 99, 0, 5, [venue(100, 9, rate=ONE_PERCENT)])
    assert is_worse(SELL, 98, 0, 5, [venue(100, 9, rate=ONE_PERCENT)])


def test_a_rate_of_the_whole_price_is_refused() -> None:
    with pytest.raises(ValueError, match="rung 0"):
        plan_ladder(BUY, 100, 5, [venue(100, 1, rate=10**8)])
