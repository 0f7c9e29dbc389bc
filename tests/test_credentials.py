"""Passwords behind slow hashes, signatures that are good once."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from internaliser import credentials
from internaliser.credentials import (
    Credential,
    Shown,
    hash_password,
    public_key,
    why_no_hash,
    why_no_key,
)

STORED = hash_password(b"correct horse")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RAW = KEY.public_key().public_bytes_raw()
KEY_TEXT = base64.b64encode(RAW).decode()
SIGNED = b"A\x01ALICE\x01NODE\x011\x0120260101-00:00:00"


def signed(text: bytes = SIGNED, time_ns: int = 1) -> Shown:
    return Shown(signature=base64.b64encode(KEY.sign(text)), signed=SIGNED, sending_time_ns=time_ns)


def test_the_right_name_and_password_pass_and_nothing_else_does() -> None:
    credential = Credential("ALICE", STORED)
    for _ in range(2):  # before and after it has passed once
        assert not credential.passes(Shown("ALICE", b"correct hors"))
        assert not credential.passes(Shown("BOB", b"correct horse"))
        assert not credential.passes(Shown("", b"correct horse"))
        assert not credential.passes(Shown("ALICE", b""))
        assert credential.passes(Shown("ALICE", b"correct horse"))


def test_a_wrong_name_costs_what_a_wrong_password_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    credential = Credential("ALICE", STORED)
    assert credential.passes(Shown("ALICE", b"correct horse"))
    derived = []
    real = credentials._derive
    monkeypatch.setattr(credentials, "_derive", lambda *a: derived.append(a[0]) or real(*a))
    assert not credential.passes(Shown("BOB", b"correct horse"))
    assert not credential.passes(Shown("ALICE", b"wrong"))
    assert derived == [b"correct horse", b"wrong"]
    assert credential.passes(Shown("ALICE", b"correct horse"))  # known by now: at once
    assert len(derived) == 2


def test_a_hash_is_salted_and_says_its_parameters() -> None:
    assert hash_password(b"x") != hash_password(b"x")
    assert STORED.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert b"correct horse" not in STORED.encode()
    assert why_no_hash(STORED) is None


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ("correct horse", "expected the line"),
        (STORED.replace("m=19456", "m=9999999"), "outside what a node spends"),
        (STORED.replace("p=1", "p=17"), "outside what a node spends"),
        (STORED.replace("argon2id", "argon2i"), "expected the line"),
    ],
)
def test_what_is_no_hash_is_told(stored: str, why: str) -> None:
    assert why in (why_no_hash(stored) or "")


def test_a_signature_of_the_logons_own_fields_passes_once() -> None:
    credential = Credential("ALICE", key=KEY_TEXT)
    assert credential.passes(signed(time_ns=5))
    assert not credential.passes(signed(time_ns=5))
    assert not credential.passes(signed(time_ns=4))
    assert credential.passes(signed(time_ns=6))


def test_a_signature_is_good_once_after_a_restart_too() -> None:
    kept: list[int] = []
    assert Credential("ALICE", key=KEY_TEXT, keep_signed=kept.append).passes(signed(time_ns=5))
    assert kept == [5]
    again = Credential("ALICE", key=KEY_TEXT, signed_ns=kept[-1])
    assert not again.passes(signed(time_ns=5))
    assert again.passes(signed(time_ns=6))


def test_what_cannot_be_kept_does_not_pass() -> None:
    def full(time_ns: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        Credential("ALICE", key=KEY_TEXT, keep_signed=full).passes(signed())


def test_a_changed_password_is_the_only_one() -> None:
    credential = Credential("ALICE", STORED)
    assert credential.is_password(b"correct horse")
    credential.change(hash_password(b"new"))
    assert not credential.passes(Shown("ALICE", b"correct horse"))
    assert credential.passes(Shown("ALICE", b"new"))
    assert not Credential("ALICE", key=KEY_TEXT).is_password(b"new")


@pytest.mark.parametrize(
    "shown",
    [
        signed(SIGNED.replace(b"ALICE", b"BOB")),
        Shown(signature=b"!!!", signed=SIGNED, sending_time_ns=1),
        Shown(signature=b"", signed=SIGNED, sending_time_ns=1),
        Shown("ALICE", b"correct horse"),
    ],
)
def test_another_signature_or_none_does_not_pass(shown: Shown) -> None:
    assert not Credential("ALICE", key=KEY_TEXT).passes(shown)


def test_with_both_either_will_do() -> None:
    credential = Credential("ALICE", STORED, KEY_TEXT)
    assert credential.passes(signed())
    assert credential.passes(Shown("ALICE", b"correct horse"))
    assert not credential.passes(Shown("ALICE", b"wrong"))


def test_a_key_is_pem_or_base64_and_ed25519() -> None:
    pem = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert public_key(pem.decode()).public_bytes_raw() == RAW
    assert public_key(KEY_TEXT).public_bytes_raw() == RAW
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    other_pem = other.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert "expected an Ed25519 public key" in (why_no_key(other_pem.decode()) or "")
    assert "PEM or 32 bytes in base64" in (why_no_key("abc") or "")
