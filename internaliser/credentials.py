"""What proves who a client is: a password kept as a slow hash, or an Ed25519 signature.

    stored = hash_password("secret")               # $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
    credential = Credential("ALICE", stored)
    credential.passes(Shown("ALICE", "secret"))    # takes some 50 ms of a core, and 19 MiB

A signature is over MsgType, SenderCompID, TargetCompID, MsgSeqNum and SendingTime, joined by SOH,
as they stand in the Logon; RawData(96) holds it in base64. It is good once, restarts included: a
Logon must have a later SendingTime than the last one that passed.
"""

import base64
import binascii
import hmac
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from internaliser.errors import InternaliserError

# The least that OWASP's password storage advice gives for Argon2id: 19 MiB, two passes, one lane.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
MEMORY_KIB_MAX, PASSES_MAX, LANES_MAX = 1_048_576, 64, 16
SALT_BYTES, HASH_BYTES = 16, 32
PASSWORD_BYTES_MAX = 1024
SIGNED_TAGS = (35, 49, 56, 34, 52)

_STORED = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$"
    r"([A-Za-z0-9+/]{22,86})"
)
_KEY = re.compile(r"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a Logon shows: Username(553), Password(554), RawData(96), and what that signs."""

    username: str = ""
    password: bytes = b""
    signature: bytes = b""
    signed: bytes = b""
    sending_time_ns: int = 0


def hash_password(password: bytes) -> str:
    """A password as it is stored: salted, slow, with its own parameters in the text."""
    salt = os.urandom(SALT_BYTES)
    digest = _derive(password, salt, MEMORY_KIB, PASSES, LANES, HASH_BYTES)
    parameters = f"m={MEMORY_KIB},t={PASSES},p={LANES}"
    return f"$argon2id$v=19${parameters}${_text(salt)}${_text(digest)}"


def why_no_hash(stored: str) -> str | None:
    """What is wrong with a stored hash; None when nothing is."""
    match = _STORED.fullmatch(stored)
    if match is None:
        return "expected the line that `internaliser hash-password` prints"
    memory, passes, lanes = int(match[1]), int(match[2]), int(match[3])
    if not (
        8 * lanes <= memory <= MEMORY_KIB_MAX
        and 1 <= passes <= PASSES_MAX
        and 1 <= lanes <= LANES_MAX
    ):
        return f"m={memory},t={passes},p={lanes} is outside what a node spends on one Logon"
    return None


def why_no_key(text: str) -> str | None:
    """What is wrong with a public key; None when nothing is."""
    try:
        public_key(text)
    except ValueError as error:
        return str(error)
    return None


def public_key(text: str) -> Ed25519PublicKey:
    """An Ed25519 public key: PEM, or its 32 bytes in base64. ValueError when it is none."""
    if _KEY.fullmatch(text):
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text))
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("expected an Ed25519 public key, PEM or 32 bytes in base64") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"expected an Ed25519 public key, found {type(key).__name__}")
    return key


class Credential:
    """What one client must show: the password behind `stored`, or a signature by `key`.

    With both, either will do. `signed_ns` is the SendingTime of the last signed Logon that passed,
    `keep_signed` makes a later one durable before it passes. For any thread.
    """

    def __init__(
        self,
        username: str,
        stored: str = "",
        key: str = "",
        *,
        signed_ns: int = 0,
        keep_signed: Callable[[int], None] = lambda time_ns: None,
    ) -> None:
        self._username = username.encode()
        self._stored = _STORED.fullmatch(stored) if stored else None
        self._key = public_key(key) if key else None
        self._signed_ns = signed_ns
        self._keep_signed = keep_signed
        self._signing = threading.Lock()  # the same may come at two ports at once
        self._process_key = os.urandom(32)
        self._good = b""  # a quick keyed hash of the last password that passed

    def passes(self, shown: Shown) -> bool:
        """Is it the client? A wrong name takes as long as a wrong password."""
        if self._key is not None and (shown.signature or self._stored is None):
            return self._is_signed(shown)
        return self._is_password(shown)

    @property
    def has_password(self) -> bool:
        """Whether it is known by one."""
        return self._stored is not None

    def is_password(self, password: bytes) -> bool:
        """Is it the client's? None of a client without one is."""
        return self.has_password and self._is_password(Shown(self._username.decode(), password))

    def change(self, stored: str) -> None:
        """From now on the password is the one behind `stored`."""
        self._stored = _STORED.fullmatch(stored)
        self._good = b""

    def _is_password(self, shown: Shown) -> bool:
        stored = self._stored
        assert stored is not None
        password = shown.password[:PASSWORD_BYTES_MAX]
        is_name = hmac.compare_digest(shown.username.encode(), self._username)
        quick = hmac.digest(self._process_key, password, "sha256")
        if is_name and self._good and hmac.compare_digest(quick, self._good):
            return True  # the same as before: a thousand sessions may come back at once
        memory, passes, lanes, salt, digest = stored.groups()
        wanted = _bytes(digest)
        found = _derive(password, _bytes(salt), int(memory), int(passes), int(lanes), len(wanted))
        is_good = hmac.compare_digest(found, wanted) & is_name & (password == shown.password)
        if is_good and self._stored is stored:
            self._good = quick
        return is_good

    def _is_signed(self, shown: Shown) -> bool:
        assert self._key is not None
        try:
            self._key.verify(base64.b64decode(shown.signature, validate=True), shown.signed)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        with self._signing:
            if shown.sending_time_ns <= self._signed_ns:
                return False  # heard before
            self._keep_signed(shown.sending_time_ns)
            self._signed_ns = shown.sending_time_ns
        return True


def _derive(password: bytes, salt: bytes, memory: int, passes: int, lanes: int, size: int) -> bytes:
    try:
        kdf = Argon2id(salt=salt, length=size, iterations=passes, lanes=lanes, memory_cost=memory)
    except UnsupportedAlgorithm:
        raise InternaliserError(
            "Argon2id needs OpenSSL 3.2 or later under the cryptography package: install its wheel"
        ) from None
    return kdf.derive(password)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
