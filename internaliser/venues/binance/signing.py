"""Proving to the venue that a request is ours: HMAC-SHA256 in hex or Ed25519 in base64.

    signer = HmacSigner("api key", "secret")
    signer.signature(b"symbol=LTCBTC&side=BUY&timestamp=1499827319559")   '5f3c…'

A REST request signs its parameters exactly as sent, percent-encoded first; a request over the
WebSocket API signs name=value pairs sorted by name. Secrets never show in a repr or a log.
"""

import base64
import hmac
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from internaliser.errors import ConfigError, Mistake

SECRET_BYTES_MAX = 4096
_NEEDS_NO_CARE = re.compile(r"[A-Za-z0-9._~=&-]*\Z").match

Params = tuple[tuple[str, str | int], ...]


class Signer(Protocol):
    """Signs for one API key. `can_log_on`: the venue takes this kind of key for session.logon."""

    api_key: str
    can_log_on: bool

    def signature(self, payload: bytes) -> str: ...


class HmacSigner:
    """HMAC-SHA256 with the key's secret."""

    can_log_on = False

    def __init__(self, api_key: str, secret: str) -> None:
        self.api_key = api_key
        self._keyed = hmac.new(secret.encode(), digestmod="sha256")

    def signature(self, payload: bytes) -> str:
        # A copy of the keyed hash costs half of keying it again.
        keyed = self._keyed.copy()
        keyed.update(payload)
        return keyed.hexdigest()

    def __repr__(self) -> str:
        return "HmacSigner(***)"


class Ed25519Signer:
    """Ed25519 with a private key in PKCS#8 PEM. The only kind the venue lets log on."""

    can_log_on = True

    def __init__(self, api_key: str, private_key_pem: str) -> None:
        key = load_pem_private_key(private_key_pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("expected an Ed25519 private key, found another kind")
        self.api_key = api_key
        self._key = key

    def signature(self, payload: bytes) -> str:
        return base64.b64encode(self._key.sign(payload)).decode()

    def __repr__(self) -> str:
        return "Ed25519Signer(***)"


def percent_encoded(value: str | int) -> str:
    """`value` as it stands in a query string; everything but letters, digits and -._~ encoded."""
    text = str(value)
    if text.isascii() and text.isalnum():
        return text
    return quote(text, safe="")


def query_string(params: Params) -> str:
    """name=value pairs in their order, percent-encoded: what a REST request signs."""
    try:
        plain = "&".join(map("=".join, params))  # type: ignore[arg-type]
    except TypeError:  # a number among them
        plain = "&".join([f"{name}={value}" for name, value in params])
    # Most need no encoding, which is seen at once when no value can have brought a separator.
    if _NEEDS_NO_CARE(plain) and plain.count("=") == len(params) == plain.count("&") + 1:
        return plain
    return "&".join([f"{name}={percent_encoded(value)}" for name, value in params])


def sorted_payload(params: Mapping[str, str | int]) -> bytes:
    """name=value pairs sorted by name, not encoded: what a WebSocket API request signs."""
    return "&".join([f"{name}={params[name]}" for name in sorted(params)]).encode()


def signer_of(api_key: str, secret: str, key: str = "secret") -> Signer:
    """The signer for a secret: a PEM is an Ed25519 key, any other text an HMAC secret.

    Raises ConfigError, which names `key` and never the secret.
    """
    api_key, secret = api_key.strip(), secret.strip()
    if not api_key or not secret:
        raise ConfigError([Mistake("", 0, key, "the API key or its secret is empty")])
    if "-----BEGIN" not in secret:
        return HmacSigner(api_key, secret)
    try:
        return Ed25519Signer(api_key, secret + "\n")
    except (ValueError, TypeError, UnsupportedAlgorithm):
        text = "expected an Ed25519 private key in PEM without password, cannot read it"
        raise ConfigError([Mistake("", 0, key, text)]) from None


def secret_text(key: str, file: str = "", environment: str = "") -> str:
    """A secret from a file or, when no file is named, from an environment variable.

    Raises ConfigError naming `key` and the place that was looked in.
    """
    if file:
        try:
            with Path(file).open("rb") as opened:
                data = opened.read(SECRET_BYTES_MAX + 1)
            if len(data) > SECRET_BYTES_MAX:
                raise ConfigError([Mistake(file, 0, key, f"over {SECRET_BYTES_MAX} bytes")])
            return data.decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            text = f"cannot be read: {type(error).__name__}"
            raise ConfigError([Mistake(file, 0, key, text)]) from None
    if environment and os.environ.get(environment):
        return os.environ[environment].strip()
    place = f"environment variable {environment}" if environment else "a file or a variable"
    raise ConfigError([Mistake("", 0, key, f"expected a secret in {place}, found none")])
