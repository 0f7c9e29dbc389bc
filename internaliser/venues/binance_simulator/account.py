"""Balances at the simulated Binance: what is free and what orders lock, per account and asset."""

from __future__ import annotations

from dataclasses import dataclass, field

from internaliser.venues.binance_simulator.amount import UNIT
from internaliser.venues.binance_simulator.market import BUY

BASIS_POINTS = 10_000


@dataclass(slots=True)
class Balance:
    free: int = 0
    locked: int = 0


@dataclass(frozen=True, slots=True)
class Fees:
    """Basis points x 10^8 of what an execution brings, taken from that."""

    maker: int = 10 * UNIT
    taker: int = 10 * UNIT

    def of(self, brought: int, *, is_maker: bool) -> int:
        rate = self.maker if is_maker else self.taker
        return brought * rate // (BASIS_POINTS * UNIT)

    def rate(self, *, is_maker: bool) -> int:
        """As a fraction, in units."""
        return (self.maker if is_maker else self.taker) // BASIS_POINTS


@dataclass(slots=True)
class Account:
    """One account. Nobody pays with what he has not."""

    name: str
    uid: int
    balances: dict[str, Balance] = field(default_factory=dict)
    updated_ms: int = 0

    def of(self, asset: str) -> Balance:
        return self.balances.setdefault(asset, Balance())

    def lock(self, asset: str, amount: int) -> bool:
        """Set aside for an order; False and nothing done when there is not so much."""
        balance = self.of(asset)
        if balance.free < amount:
            return False
        balance.free -= amount
        balance.locked += amount
        return True

    def unlock(self, asset: str, amount: int) -> None:
        balance = self.of(asset)
        assert balance.locked >= amount, "more released than locked"
        balance.locked -= amount
        balance.free += amount

    def exchange(self, paid: str, amount: int, brought: str, net: int) -> None:
        """One execution: pay out of what is locked, receive after commission."""
        balance = self.of(paid)
        assert balance.locked >= amount, "paid more than was locked"
        balance.locked -= amount
        self.of(brought).free += net


def pays_with(side: str, base: str, quote: str) -> tuple[str, str]:
    """(asset paid, asset received) of who trades on `side`."""
    return (quote, base) if side == BUY else (base, quote)
