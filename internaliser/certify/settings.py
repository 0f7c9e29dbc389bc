"""What a run is told: who we are, what we may trade, how patient we are."""

from dataclasses import dataclass
from decimal import Decimal

from internaliser.certify.names import plain
from internaliser.certify.versions import Version

RESETS = ("logon", "acceptor", "never")


@dataclass(frozen=True, slots=True)
class Settings:
    """`reset`: how numbers start again between clauses: we log on with 141=Y, the acceptor does it
    at every Logon, or never (then the acceptor's word for the number it expects is taken)."""

    version: Version
    sender: str = "CLIENT1"
    target: str = "NODE"
    second: str = ""  # SenderCompID of the second session; "" = there is none
    symbol: str = "TEST1"
    price: Decimal = Decimal(100)
    tick: Decimal = Decimal("0.01")
    lot: Decimal = Decimal(1)
    reset: str = "logon"
    username: str = ""
    password: str = ""
    second_username: str = ""
    second_password: str = ""
    logon_fields: tuple[str, ...] = ()
    order_fields: tuple[str, ...] = ()
    timeout_s: float = 5.0
    quiet_s: float = 0.3
    connect_timeout_s: float = 60.0  # how long an initiator may take to come
    is_listening: bool = False
    runs_slow: bool = False

    def names(self) -> dict[str, str]:
        """What clauses may call by name."""
        return {
            "begin": self.version.begin_string,
            "sender": self.sender,
            "target": self.target,
            "second": self.second,
            "username": self.username,
            "symbol": self.symbol,
            "price": plain(self.price),
            "better": plain(self.price + self.tick),
            "worse": plain(self.price - self.tick),
            "between": plain(self.price + self.tick / 2),
        }

    def credentials(self, talker: str) -> tuple[str, ...]:
        """Username(553) and Password(554) of a Logon, where given."""
        is_second = talker == "second" and self.second_username
        name = self.second_username if is_second else self.username
        word = self.second_password if is_second else self.password
        return tuple(f"{tag}={value}" for tag, value in ((553, name), (554, word)) if value)

    @property
    def keeps_numbers(self) -> bool:
        """Whether a session's numbers go on from clause to clause."""
        return self.reset == "never" or self.is_listening
