"""The slow trusted planner: one lot at a time, and every way to split a quantity, in fractions."""

from fractions import Fraction

BUY, SELL, LOCAL = 49, 50, 0xFFFF

Rung = tuple[int, int, int, int, int, bool]  # price, qty, rate, source, tier, is_usable
Slice = tuple[int, int, int, int]  # price, qty, source, rung


def net_price(side: int, price: int, rate: int) -> Fraction:
    fee = Fraction(rate, 10**8)
    return price * (1 + fee) if side == BUY else -price * (1 - fee)


def plan_lot_by_lot(side: int, limit: int, qty: int, rungs: list[Rung]) -> list[Slice]:
    left = {
        i: rung[1]
        for i, rung in enumerate(rungs)
        if rung[5] and (rung[0] <= limit if side == BUY else rung[0] >= limit)
    }
    taken: dict[int, int] = {}
    for _ in range(qty):
        offers = [
            (net_price(side, rungs[i][0], rungs[i][2]), rungs[i][4], rungs[i][3], i)
            for i, lots in left.items()
            if lots > 0
        ]
        if not offers:
            break
        i = min(offers)[-1]
        left[i] -= 1
        taken[i] = taken.get(i, 0) + 1
    return [(rungs[i][0], lots, rungs[i][3], i) for i, lots in taken.items()]


def least_costs(side: int, qty: int, rungs: list[Rung]) -> list[Fraction]:
    """costs[n]: least net cost of n lots over all splits among usable rungs, as far as they go."""
    costs = [Fraction(0)]
    for price, lots, rate, _, _, is_usable in rungs:
        if not is_usable or lots <= 0:
            continue
        each = net_price(side, price, rate)
        reach = min(len(costs) - 1 + lots, qty)
        costs = [
            min(
                costs[total - here] + here * each
                for here in range(min(lots, total) + 1)
                if total - here < len(costs)
            )
            for total in range(reach + 1)
        ]
    return costs


def is_worse(side: int, price: int, rate: int, qty: int, rungs: list[Rung]) -> bool:
    costs = least_costs(side, qty, [rung for rung in rungs if rung[3] != LOCAL])
    covered = len(costs) - 1
    return net_price(side, price, rate) * covered > costs[covered]
