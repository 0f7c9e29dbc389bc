"""API keys of the simulated Binance and the signatures made with them (HMAC-SHA256, Ed25519)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

DEFAULT_ACCOUNT = "main"


@dataclass(frozen=True, slots=True)
class Key:
    """One API key: whose account, and either a secret or a public key."""

    api_key: str
    account: str
    secret: bytes = b""
    public: Ed25519PublicKey | None = None

    def has_signed(self, payload: bytes, signature: str) -> bool:
        """Is `signature` (hex of HMAC in any case, or base64 of Ed25519) one of this key?"""
        if self.public is None:
            expected = hmac.new(self.secret, payload, hashlib.sha256).hexdigest()
            return hmac.compare_digest(expected.encode(), signature.lower().encode())
        try:
            self.public.verify(base64.b64decode(unquote(signature), validate=True), payload)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


def key_of(text: str) -> Key:
    """A key from "API_KEY:SECRET[:ACCOUNT]"; SECRET "@FILE" reads a secret or a PEM public key."""
    api_key, _, rest = text.partition(":")
    secret, _, account = rest.partition(":")
    if not api_key or not secret:
        raise ValueError(
            f"a key is API_KEY:SECRET[:ACCOUNT] or API_KEY:@FILE[:ACCOUNT], not {text!r}"
        )
    account = account or DEFAULT_ACCOUNT
    content = secret.encode()
    if secret.startswith("@"):
        try:
            content = Path(secret[1:]).read_bytes().strip()
        except OSError as error:
            raise ValueError(f"key {api_key}: cannot read {secret[1:]}: {error}") from None
    if not content.startswith(b"-----BEGIN"):
        return Key(api_key, account, secret=content)
    try:
        public = load_pem_public_key(content)
    except ValueError:
        public = None
    if not isinstance(public, Ed25519PublicKey):
        raise ValueError(f"key {api_key}: {secret[1:]} holds no Ed25519 public key")
    return Key(api_key, account, public=public)
