"""Who may log on, from the configuration to the door: limits, networks, certificates' names."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from internaliser.addresses import packed_network
from internaliser.config import Config
from internaliser.config.rules import has_credential
from internaliser.config.sections import Client, DropCopy
from internaliser.core.core import Core
from internaliser.credential_file import CredentialFile
from internaliser.credentials import Credential, why_no_hash, why_no_key
from internaliser.errors import ConfigError, Mistake
from internaliser.gateway.access import Access
from internaliser.gateway.enquiries import Enquiries
from internaliser.gateway.failures import Failures
from internaliser.reactor.asking import Asking
from internaliser.reactor.ring import Ring

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


def access_for(config: Config, connections_max: int) -> Access:
    """The limits of a port; what each client must show is `configure_party`'s work."""
    return Access(
        connections_max,
        failures=failures_for(config),
        per_address_max=config.access.per_address_max,
    )


def configure_clients(access: Access, config: Config, core: Core) -> None:
    """What every client of the file must show. They are in the core by now."""
    numbers = client_numbers(core)
    for client in config.clients:
        configure_party(access, numbers[client.name], client)


def parties(config: Config) -> tuple[Client | DropCopy, ...]:
    """Everybody who may log on: clients, then drop copies."""
    return (*config.clients, *config.drop_copies)


def configure_party(
    access: Access, number: int, party: Client | DropCopy, *, needs_certificate: bool = False
) -> None:
    """What `party`, number `number` of the door, must show."""
    access.configure(
        number,
        needs_certificate=needs_certificate or bool(names_of_party(party)),
        is_checked=has_credential(party),
        networks=[packed_network(text) for text in party.allowed_addresses],
    )


def enquiries_for(config: Config, session_count: int) -> Enquiries:
    """What a door asks the edge: the questions and Logons of its sessions."""
    return Enquiries(
        session_count,
        config.requests.unanswered_max,
        min(config.requests.request_bytes_max, config.fix.message_bytes_max),
    )


def asking_for(config: Config, enquiries: Enquiries) -> Asking:
    """Their way to the edge."""
    return Asking(enquiries, Ring(1 << (config.requests.waiting_bytes_max - 1).bit_length()))


def credential_of(party: Client | DropCopy, kept: CredentialFile) -> Credential | None:
    """Its password or key, read and checked, with what it changed; None when it has none.

    ConfigError naming the key that is wrong.
    """
    stored = configured_password(party)
    where = _where(party)
    key = _given(f"{where}.public_key", party.public_key, party.public_key_file, why_no_key)
    if not stored and not key:
        return None
    return Credential(
        party.username or party.name,
        kept.password(party.name, stored),
        key,
        signed_ns=kept.signed_ns(party.name),
        keep_signed=partial(kept.keep_signed, party.name),
    )


def configured_password(party: Client | DropCopy) -> str:
    """The hash that the file gives, "" when it has none. ConfigError for one that is no hash."""
    return _given(
        f"{_where(party)}.password_hash",
        party.password_hash,
        party.password_hash_file,
        why_no_hash,
    )


def _where(party: Client | DropCopy) -> str:
    return f"{'clients' if isinstance(party, Client) else 'drop_copies'}.{party.name}"


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


def names_of_party(party: Client | DropCopy) -> tuple[str, ...]:
    """Names of certificates, one of which it must show; () = it need not, and one has its name."""
    return party.certificate_names if isinstance(party, Client) else ()


def certified_parties(
    names: Iterable[str], parties: Iterable[Client | DropCopy], numbers: Mapping[str, int]
) -> bytes:
    """A bit for each party that a certificate with these names may be, by its number at the door.

    One that lists no names is named by its own.
    """
    shown = set(names)
    bits = 0
    for party in parties:
        if shown & set(names_of_party(party) or (party.name,)):
            bits |= 1 << numbers[party.name]
    return bits.to_bytes(CERTIFIED_SIZE, "little")
