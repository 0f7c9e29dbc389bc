"""Planner and never-worse rule against brute force on random ladders; then whole random markets.

    python -m tests.core.ladders --ladders 100000 [--steps 100000] [--seed N]

A ladder has fees and rebates, stale and crossed sources, quantity in flight, ties; a second kind
has sources that list in coarse steps, and a whole core goes its way over it. In a random market the
fold of internaliser/never_worse.py judges every internal fill of a real core; half the steps are of
a market with coarse listings. One JSON line; exit code 1 with any difference or violation.
"""

import argparse
import json
import random
import sys
from fractions import Fraction

from internaliser.core.planner import is_worse, plan_ladder
from tests.core.listed import Field
from tests.oracle import planner as oracle
from tests.oracle.planner import BUY, LOCAL, SELL, Rung
from tests.test_never_worse import COARSE, CONFIG, RandomMarket

LOCAL_TIER, PEER_TIER, VENUE_TIER = 0, 1, 2
ONE_PERCENT = 10**6
FAULTS = ("plan_differences", "rule_differences", "listing_differences", "violations")
FAR = 2**62  # a limit that admits everything


def random_ladder(chance: random.Random) -> list[Rung]:
    """Levels of the local book and of sources: fees, rebates, stale, crossed, in flight, ties."""
    rungs: list[Rung] = []
    middle = chance.choice([0, 10, 1_000, 10**9])
    for source in [LOCAL, *chance.sample(range(8), chance.randrange(5))]:
        tier = LOCAL_TIER if source == LOCAL else chance.choice([PEER_TIER, VENUE_TIER])
        is_usable = source == LOCAL or chance.random() < 0.8
        rate = chance.choice([0, 0, 10_000, -2_500, 25_000, ONE_PERCENT, -ONE_PERCENT])
        for _ in range(chance.randrange(5)):
            shown, in_flight = chance.randrange(1, 6), chance.choice([0, 0, 0, 1, 4])
            price = middle + chance.randrange(-6, 7)
            rungs.append((price, shown - in_flight, rate, source, tier, is_usable))
    chance.shuffle(rungs)
    return rungs


def plan_differs(chance: random.Random) -> bool:
    """One ladder: the plan against lot-by-lot planning, and its cost against every split."""
    rungs = random_ladder(chance)
    side, qty = chance.choice([BUY, SELL]), chance.randrange(12)
    limit = (rungs[0][0] if rungs else 0) + chance.randrange(-6, 7)
    if plan_ladder(side, limit, qty, rungs) != oracle.plan_lot_by_lot(side, limit, qty, rungs):
        return True
    planned = plan_ladder(side, FAR if side == BUY else -FAR, qty, rungs)
    costs = oracle.least_costs(side, qty, rungs)
    cost = sum(
        (lots * oracle.net_price(side, price, rungs[rung][2]) for price, lots, _, rung in planned),
        Fraction(0),
    )
    return (sum(part[1] for part in planned), cost) != (len(costs) - 1, costs[-1])


def rule_differs(chance: random.Random) -> bool:
    """One ladder: the never-worse rule against the best of all splits."""
    rungs = random_ladder(chance)
    side, qty = chance.choice([BUY, SELL]), chance.randrange(1, 12)
    price = (rungs[0][0] if rungs else 0) + chance.randrange(-3, 4)
    rate = chance.choice([0, 10_000, -2_500, ONE_PERCENT])
    return is_worse(side, price, rate, qty, rungs) != oracle.is_worse(side, price, rate, qty, rungs)


def run(ladders: int, steps: int, seed: int) -> dict[str, int]:
    """The figures."""
    chance = random.Random(seed)
    plans = sum(plan_differs(chance) for _ in range(ladders))
    rules = sum(rule_differs(chance) for _ in range(ladders))
    field = Field()
    ways = sum(field.difference(chance) != "" for _ in range(ladders))
    markets = [RandomMarket(seed, config) for config in (CONFIG, COARSE)]
    for market in markets:
        for _ in range(steps // 2):
            market.step()
        market.bench.judge.finish()
    return {
        "seed": seed,
        "ladders": ladders,
        "plan_differences": plans,
        "rule_differences": rules,
        "listing_differences": ways,
        "market_steps": steps,
        "internal_sides": sum(market.bench.sides for market in markets),
        "sides_judged_against_outside": sum(market.bench.judge.fills for market in markets),
        "violations": sum(len(market.bench.found) for market in markets),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ladders", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20_240_601)
    options = parser.parse_args()
    figures = run(options.ladders, options.steps, options.seed)
    print(json.dumps({"check": "ladders", **figures}))
    return 1 if sum(figures[name] for name in FAULTS) else 0


if __name__ == "__main__":
    sys.exit(main())
