"""Signatures equal to the venue's published ones; secrets that are never shown."""

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from internaliser.errors import ConfigError
from internaliser.venues.binance.signing import (
    Ed25519Signer,
    HmacSigner,
    query_string,
    secret_text,
    signer_of,
    sorted_payload,
)
from tests.venues.binance.support import vector


def test_hmac_is_the_published_one() -> None:
    published = vector("binance-rest-hmac")
    signer = HmacSigner(published["api_key"], published["secret"])
    assert signer.signature(published["payload"].encode()) == published["expected"]


def test_ed25519_is_the_published_one() -> None:
    published = vector("binance-fix-logon-ed25519")
    payload = "\x01".join(published["fields"].values()).encode()
    signer = Ed25519Signer("key", published["private_key_pem"])
    assert signer.signature(payload) == published["expected"]


def test_the_published_order_is_written_as_published() -> None:
    pairs = [pair.split("=") for pair in vector("binance-rest-hmac")["payload"].split("&")]
    params = tuple((name, value) for name, value in pairs)
    assert query_string(params) == vector("binance-rest-hmac")["payload"]


def test_what_is_not_ascii_is_percent_encoded_before_it_is_signed() -> None:
    assert query_string((("symbol", "币USDT"), ("list", '["A/B"]'))) == (
        "symbol=%E5%B8%81USDT&list=%5B%22A%2FB%22%5D"
    )


@pytest.mark.parametrize("value", ["a&b=c", "a=b", "a&b", "a b", "a+b", "&", "="])
def test_a_value_cannot_bring_a_parameter_of_its_own(value: str) -> None:
    assert query_string((("x", value), ("y", "1"))) == f"x={quote(value, safe='')}&y=1"


def test_a_websocket_payload_is_sorted_by_name_and_not_encoded() -> None:
    params = {"symbol": "A B", "apiKey": "k", "timestamp": 5}
    assert sorted_payload(params) == b"apiKey=k&symbol=A B&timestamp=5"


def test_the_kind_of_key_is_seen_by_its_text() -> None:
    pem = vector("binance-fix-logon-ed25519")["private_key_pem"]
    assert isinstance(signer_of("key", pem), Ed25519Signer)
    assert isinstance(signer_of("key", "secret"), HmacSigner)


def test_no_signer_shows_its_secret() -> None:
    assert repr(HmacSigner("the-key", "the-secret")) == "HmacSigner(***)"
    pem = vector("binance-fix-logon-ed25519")["private_key_pem"]
    assert repr(Ed25519Signer("the-key", pem)) == "Ed25519Signer(***)"


def test_a_key_that_is_none_is_refused_without_showing_it() -> None:
    damaged = f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(b'hidden').decode()}\n-----END"
    with pytest.raises(ConfigError) as caught:
        signer_of("key", damaged, "venues.binance.secret_file")
    assert "venues.binance.secret_file" in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert damaged.splitlines()[1] not in str(caught.value)


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    assert secret_text("secret", str(file)) == "s3cret"


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENUE_SECRET", "s3cret")
    assert secret_text("secret", environment="VENUE_SECRET") == "s3cret"


def test_a_missing_secret_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent: secret: cannot be read: FileNotFoundError"):
        secret_text("secret", str(tmp_path / "absent"))
    with pytest.raises(ConfigError, match="variable NOWHERE, found none"):
        secret_text("secret", environment="NOWHERE")
