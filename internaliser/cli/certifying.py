"""What the options of `certify` mean."""

import argparse
import ssl
from decimal import Decimal, InvalidOperation
from pathlib import Path

from internaliser.certify.run import tls_context
from internaliser.certify.settings import RESETS, Settings
from internaliser.certify.versions import VERSIONS
from internaliser.errors import UsageError


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The run's settings. UsageError for a value that cannot be."""
    if arguments.version not in VERSIONS:
        raise UsageError(f"--version {arguments.version}: one of {', '.join(VERSIONS)}")
    if arguments.reset not in RESETS:
        raise UsageError(f"--reset {arguments.reset}: one of {', '.join(RESETS)}")
    return Settings(
        version=VERSIONS[arguments.version],
        sender=arguments.sender,
        target=arguments.target,
        second=arguments.and_sender,
        symbol=arguments.symbol,
        price=_decimal("--price", arguments.price),
        tick=_decimal("--tick", arguments.tick),
        lot=_decimal("--lot", arguments.lot),
        reset=arguments.reset,
        username=arguments.username,
        password=_secret(arguments.password_file),
        second_username=arguments.and_username,
        second_password=_secret(arguments.and_password_file),
        logon_fields=_fields("--logon-fields", arguments.logon_fields),
        order_fields=_fields("--order-fields", arguments.order_fields),
        timeout_s=arguments.timeout_s,
        is_listening=arguments.listen,
        runs_slow=arguments.slow,
    )


def opening(address: str, settings: Settings, count: int) -> str:
    """The first line of a report."""
    who = "initiator on" if settings.is_listening else "acceptor at"
    names = " and ".join(name for name in (settings.sender, settings.second) if name)
    return (
        f"{count} clauses, {settings.version.name}, {who} {address}: {names} with {settings.target}"
    )


def tls_of(arguments: argparse.Namespace) -> ssl.SSLContext | None:
    """None without --tls."""
    if not arguments.tls:
        return None
    return tls_context(arguments.tls_ca, arguments.tls_cert, arguments.tls_key)


def _decimal(option: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise UsageError(f"{option} {text}: expected a decimal") from None
    if not number.is_finite() or number <= 0:
        raise UsageError(f"{option} {text}: expected more than 0")
    return number


def _fields(option: str, text: str) -> tuple[str, ...]:
    words = tuple(text.split("|")) if text else ()
    for word in words:
        tag, equals, _ = word.partition("=")
        if not tag.isdecimal() or not equals:
            raise UsageError(f"{option}: expected tag=value|tag=value, found {word!r}")
    return words


def _secret(path: str | None) -> str:
    if path is None:
        return ""
    try:
        return Path(path).read_text().rstrip("\n")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
