"""Balances at the simulated exchange, per client and asset. Nobody pays with what he has not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from internaliser.venues.simulated_market import BUY, Listing

BASIS_POINT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Fees:
    """What an execution costs, in basis points of its quote amount, for the side that takes."""

    taker_bp: Decimal = Decimal(0)

    def of(self, amount: Decimal) -> Decimal:
        return amount * self.taker_bp * BASIS_POINT


class Accounts:
    """What each client has, and what of it open orders hold back."""

    def __init__(self, funding: Decimal, fees: Fees) -> None:
        self.fees = fees
        self.balances: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(
            lambda: defaultdict(lambda: funding)
        )
        self.held: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )

    def worst_case(
        self, listing: Listing, side: str, price: Decimal, qty: Decimal
    ) -> tuple[str, Decimal]:
        """(asset, amount) the order can cost at most."""
        if side == BUY:
            return listing.quote, price * qty + self.fees.of(price * qty)
        return listing.base, qty

    def hold(self, client: str, asset: str, amount: Decimal) -> bool:
        """Set the amount aside; False and nothing done when the client has not so much."""
        if self.balances[client][asset] - self.held[client][asset] < amount:
            return False
        self.held[client][asset] += amount
        return True

    def release(self, client: str, asset: str, amount: Decimal) -> None:
        self.held[client][asset] -= amount
        assert self.held[client][asset] >= 0, "more released than held"

    def execute(
        self,
        client: str,
        listing: Listing,
        side: str,
        price: Decimal,
        qty: Decimal,
        *,
        is_taker: bool,
    ) -> Decimal:
        """Both legs of one execution and, for who takes, the fee. Returns the fee."""
        amount = price * qty
        fee = self.fees.of(amount) if is_taker else Decimal(0)
        sign = 1 if side == BUY else -1
        self.balances[client][listing.base] += sign * qty
        self.balances[client][listing.quote] -= sign * amount + fee
        return fee

    def of(self, client: str, assets: list[str]) -> dict[str, Decimal]:
        return {asset: self.balances[client][asset] for asset in assets}
