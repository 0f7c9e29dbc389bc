"""What the numbers in the journal mean: assets, instruments, clients, venues, sessions by index.

Folds the configuration commands as they were applied, so that a record is read with the terms that
were in force when it was written.
"""

from dataclasses import dataclass, field
from typing import Any

KIND_CONFIG = 10  # model/record.pxd
KIND_STATE_EVENT = 103
OWNER_KINDS = {1: "client", 2: "venue", 3: "house", 4: "outside"}  # core/accounts.pxd

# What makes two records ones about the same thing, where it is not the name.
KEYS = {"session": ("name", "note"), "listing": ("source", "instrument")}

Fields = dict[str, Any]


@dataclass(slots=True)
class Names:
    """Lists by index. `take` every CONFIG and STATE_EVENT record, in order."""

    assets: list[Fields] = field(default_factory=list)
    instruments: list[Fields] = field(default_factory=list)
    clients: list[Fields] = field(default_factory=list)
    sources: list[Fields] = field(default_factory=list)
    sessions: list[Fields] = field(default_factory=list)
    listings: list[Fields] = field(default_factory=list)
    _asked: Fields | None = None

    def take(self, fields: Fields) -> None:
        """One record's fields. Configuration counts once its state event says it applied."""
        if fields["kind"] == "config":
            self._asked = fields
        elif fields["kind"] == "state_event" and fields["of"] == "config":
            asked, self._asked = self._asked, None
            if asked is not None and asked["seq"] == fields["seq"] and fields["reason"] is None:
                self._apply(asked)

    def symbol(self, instrument: int | None) -> str | None:
        """Its text name; None for no instrument."""
        return None if instrument is None else str(self.instruments[instrument]["name"])

    def client(self, index: int | None) -> str | None:
        """Its SenderCompID; None for no client."""
        return None if index is None else str(self.clients[index]["name"])

    def source(self, index: int | None) -> str | None:
        """The venue's name; None for the local book."""
        return None if index is None else str(self.sources[index]["name"])

    def asset(self, index: int) -> str:
        """Its text name."""
        return str(self.assets[index]["name"])

    def owner(self, kind: int, index: int) -> str:
        """`client ALICE`'s ALICE, a venue's name, or "house" and "outside"."""
        if kind == 1:
            return str(self.clients[index]["name"])
        if kind == 2:
            return str(self.sources[index]["name"])
        return OWNER_KINDS[kind]

    def price(self, instrument: int, ticks: int) -> str:
        """Ticks as text, exact."""
        terms = self.instruments[instrument]
        return scaled_text(ticks * terms["tick_mantissa"], terms["price_decimals"])

    def qty(self, instrument: int, lots: int) -> str:
        """Lots as text, exact."""
        terms = self.instruments[instrument]
        return scaled_text(lots * terms["lot_mantissa"], terms["qty_decimals"])

    def amount(self, asset: int, units: int) -> str:
        """Smallest units of an asset as text, exact."""
        return scaled_text(units, self.assets[asset]["decimals"])

    def quote_amount(self, instrument: int, units: int) -> str:
        """As `amount`, of the asset the instrument is paid in."""
        return self.amount(self.instruments[instrument]["quote"], units)

    def _apply(self, fields: Fields) -> None:
        shelf = {
            "asset": self.assets,
            "instrument": self.instruments,
            "client": self.clients,
            "source": self.sources,
            "session": self.sessions,
            "listing": self.listings,
        }.get(fields["action"])
        if shelf is None:
            return
        keys = KEYS.get(fields["action"], ("name",))
        for index, known in enumerate(shelf):
            if all(known[key] == fields[key] for key in keys):
                shelf[index] = fields
                return
        shelf.append(fields)


def scaled_text(value: int, decimals: int) -> str:
    """value / 10**decimals without trailing zeros: (1230, 2) -> "12.3"."""
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"
