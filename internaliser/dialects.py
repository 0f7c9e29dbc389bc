"""Which counterparty speaks a dialect, and in which of its sessions.

>>> dialect_of(client, "FIX.4.4")
'acme.xml'
"""

from internaliser.config import Config
from internaliser.config.sections import Client, FixVenue
from internaliser.dictionaries import dictionary_of
from internaliser.errors import ConfigError, Mistake
from internaliser.fix.dialect import version_of


def dialect_of(party: Client | FixVenue, begin_string: str) -> str | None:
    """The file of the party's dialect, where that is one of this version."""
    file = party.session.dialect
    return file if file and version_of(file) == begin_string else None


def check_dialects(config: Config) -> None:
    """Raise ConfigError, naming the key, for a file that is no dialect of a version spoken."""
    for client in config.clients:
        _check(f"clients.{client.name}", client, config.fix.begin_strings, "acceptor")
    for venue in config.venues:
        if isinstance(venue, FixVenue):
            _check(f"venues.{venue.name}", venue, (venue.begin_string,), "initiator")


def _check(where: str, party: Client | FixVenue, spoken: tuple[str, ...], role: str) -> None:
    file = party.session.dialect
    if not file:
        return
    try:
        version = version_of(file)
        if version not in spoken:
            raise ValueError(f"{file}: is of {version}, spoken is {', '.join(spoken)}")
        dictionary_of(version, role, dialect=file)
    except ValueError as error:
        text = str(error).removeprefix(f"{file}: ")
        raise ConfigError([Mistake(file, 0, f"{where}.session.dialect", text)]) from None
