"""Who may log on, from the configuration to the door: limits, networks, certificates' names."""

from collections.abc import Callable, Iterable
from pathlib import Path

from internaliser.addresses import packed_network
from internaliser.config import Config
from internaliser.config.sections import Client
from internaliser.core.core import Core
from internaliser.credentials import Credential, why_no_hash, why_no_key
from internaliser.errors import ConfigError, Mistake
from internaliser.gateway.access import Access
from internaliser.gateway.failures import Failures

MS_PER_S = 1000
CERTIFIED_SIZE = 512  # gateway/access.pxd: a bit for each client there may be


def failures_for(config: Config) -> Failures:
    """An empty table with the configured limits."""
    limits = config.access
    return Failures(
        addresses_max=limits.addresses_max,
        free_count=limits.failures_free,
        delay_ms=limits.delay_ms,
        delay_max_ms=limits.delay_max_s * MS_PER_S,
        forget_ms=limits.forget_s * MS_PER_S,
    )


def access_for(config: Config) -> Access:
    """The limits; what each client must show is `configure_clients`' work."""
    return Access(
        config.fix.connections_max,
        failures=failures_for(config),
        per_address_max=config.access.per_address_max,
    )


def configure_clients(access: Access, config: Config, core: Core) -> None:
    """What every client of the file must show. They are in the core by now."""
    numbers = client_numbers(core)
    for client in config.clients:
        access.configure(
            numbers[client.name],
            needs_certificate=bool(client.certificate_names),
            is_checked=credential_of(client) is not None,
            networks=[packed_network(text) for text in client.allowed_addresses],
        )


def credential_of(client: Client) -> Credential | None:
    """Its password or key, read and checked; None when it has none.

    ConfigError naming the key that is wrong.
    """
    where = f"clients.{client.name}"
    stored = _given(
        f"{where}.password_hash", client.password_hash, client.password_hash_file, why_no_hash
    )
    key = _given(f"{where}.public_key", client.public_key, client.public_key_file, why_no_key)
    if not stored and not key:
        return None
    return Credential(client.username or client.name, stored, key)


def _given(where: str, text: str, file: str, why_not: Callable[[str], str | None]) -> str:
    """`text` of the key at `where`, or what stands in `file`."""
    if file:
        if text:
            raise ConfigError(
                [Mistake("the configuration", 0, where, f"is given, and {where}_file is given too")]
            )
        where += "_file"
        try:
            text = Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is not text"
            raise ConfigError([Mistake(file, 0, where, reason)]) from None
    if (text or file) and (reason := why_not(text)) is not None:
        raise ConfigError([Mistake(file or "the configuration", 0, where, reason)])
    return text


def client_numbers(core: Core) -> dict[str, int]:
    """Number of each client in the core, by name."""
    return {str(row["name"]): number for number, row in enumerate(core.clients())}


def certified_clients(
    names: Iterable[str], clients: Iterable[Client], numbers: dict[str, int]
) -> bytes:
    """A bit for each client that a certificate with these names may be.

    A client that lists no names is named by its own.
    """
    shown = set(names)
    bits = 0
    for client in clients:
        if shown & set(client.certificate_names or (client.name,)):
            bits |= 1 << numbers[client.name]
    return bits.to_bytes(CERTIFIED_SIZE, "little")
