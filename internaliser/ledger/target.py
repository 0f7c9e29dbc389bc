"""Where a ledger is, `sqlite:PATH` or `postgresql://...`, and its name without secrets."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from internaliser.errors import UsageError

if TYPE_CHECKING:
    from internaliser.ledger.database import Database

FILE = "ledger.sqlite"  # in the data folder, unless told otherwise
MASK = "***"
SCHEMES = ("postgresql", "postgres")
SECRET_KEYS = frozenset(("password", "sslpassword"))
EXPECTED = "expected sqlite:PATH or postgresql://USER@HOST:PORT/DATABASE"


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """`path` for SQLite, `address` for PostgreSQL. Only `label` may be shown."""

    label: str
    path: Path | None = None
    address: str = ""
    secrets: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str | None, data: Path) -> "Target":
        """From the command line; None is a file inside the data folder. UsageError, without
        repeating a text that may hold a password."""
        if text is None:
            path = data / FILE
            return cls(f"sqlite:{path}", path)
        scheme, colon, rest = text.partition(":")
        if scheme == "sqlite" and colon and rest.strip("/"):
            path = Path(rest.removeprefix("//") if rest.startswith("///") else rest)
            return cls(f"sqlite:{path}", path)
        if scheme not in SCHEMES or not rest.startswith("//"):
            raise UsageError(f"--to: {EXPECTED}")
        return cls._postgres(text)

    @classmethod
    def _postgres(cls, text: str) -> "Target":
        try:
            parts = urlsplit(text)
        except ValueError:
            raise UsageError(f"--to: the address cannot be read; {EXPECTED}") from None
        who, at, hosts = parts.netloc.rpartition("@")
        user, colon, password = who.partition(":")
        words = [password]
        words += [value for key, value in parse_qsl(parts.query) if key in SECRET_KEYS]
        secrets = {word for secret in words for word in (secret, unquote(secret)) if word}
        label = f"postgresql://{user}{f':{MASK}' if colon else ''}{at}{hosts}{parts.path}"
        return cls(label, None, text, tuple(sorted(secrets, key=len, reverse=True)))

    def open(self, *, may_write: bool = True, may_make: bool = True) -> "Database":
        """A connection. UsageError where PostgreSQL is asked for and psycopg is not installed."""
        if self.path is not None:
            from internaliser.ledger.sqlite import SqliteDatabase

            return SqliteDatabase(self.path, may_write=may_write, may_make=may_make)
        try:
            from internaliser.ledger.postgres import PostgresDatabase
        except ImportError as error:
            raise UsageError(
                f"{self.label} needs psycopg: pip install 'internaliser[postgres]' ({error})"
            ) from None
        return PostgresDatabase(self, may_write=may_write, may_make=may_make)

    def without_secrets(self, text: str) -> str:
        """`text` with every secret of the address, and the address itself, masked."""
        if self.address:
            text = text.replace(self.address, self.label)
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text

    def __repr__(self) -> str:
        return f"Target({self.label})"
