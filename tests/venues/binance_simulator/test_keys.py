import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from internaliser.venues.binance_simulator.keys import key_of

from .support import fixtures


def pem(private: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_the_venues_own_hmac_vector_is_accepted() -> None:
    vectors = json.loads(fixtures("auth-vectors", "vectors.json").read_text())["vectors"]
    one = next(vector for vector in vectors if vector["id"] == "binance-rest-hmac")
    key = key_of(f"{one['api_key']}:{one['secret']}")
    payload = one["payload"].encode()
    assert key.has_signed(payload, one["expected"])
    assert key.has_signed(payload, one["expected"].upper()), "the case does not matter"
    assert not key.has_signed(payload + b"0", one["expected"])


def test_the_venues_own_ed25519_vector_is_accepted(tmp_path: Path) -> None:
    vectors = json.loads(fixtures("auth-vectors", "vectors.json").read_text())["vectors"]
    one = next(vector for vector in vectors if vector["id"] == "binance-fix-logon-ed25519")
    private = load_pem_private_key(one["private_key_pem"].encode(), None)
    assert isinstance(private, Ed25519PrivateKey)
    (tmp_path / "public.pem").write_bytes(pem(private))
    key = key_of(f"abc:@{tmp_path / 'public.pem'}")
    payload = "\x01".join(one["fields"].values()).encode()
    assert key.has_signed(payload, one["expected"])
    assert key.has_signed(payload, one["expected"].replace("=", "%3D")), "percent-encoded"
    assert not key.has_signed(payload, base64.b64encode(b"0" * 64).decode())
    assert not key.has_signed(payload, "not base64")


def test_keys_are_read_from_text_and_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden\n")
    found = [key_of("a:b"), key_of("a:b:desk"), key_of(f"a:@{tmp_path / 'secret'}")]
    assert [(one.api_key, one.account, one.secret) for one in found] == [
        ("a", "main", b"b"), ("a", "desk", b"b"), ("a", "main", b"hidden"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "a", "a:", ":b"])
def test_a_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a key is API_KEY:SECRET"):
        key_of(text)


def test_a_file_that_is_missing_or_no_such_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_bytes(pem(X25519PrivateKey.generate()))
    (tmp_path / "y.pem").write_bytes(b"-----BEGIN NOTHING-----")
    for name, said in (("none", "cannot read"), ("x.pem", "no Ed25519"), ("y.pem", "no Ed25519")):
        with pytest.raises(ValueError, match=said):
            key_of(f"a:@{tmp_path / name}")
