"""What clauses may call by name, and who logs on how."""

from dataclasses import replace
from decimal import Decimal

from internaliser.certify.settings import Settings
from internaliser.certify.versions import VERSIONS

SETTINGS = Settings(VERSIONS["FIX.4.4"], username="me", password="secret")


def test_prices_around_ours_have_names() -> None:
    names = replace(SETTINGS, price=Decimal("1.10"), tick=Decimal("0.05")).names()
    assert (names["price"], names["better"], names["worse"]) == ("1.1", "1.15", "1.05")
    assert names["between"] == "1.125"


def test_the_second_session_has_credentials_of_its_own_or_the_same() -> None:
    assert SETTINGS.credentials("second") == ("553=me", "554=secret")
    two = replace(SETTINGS, second_username="you", second_password="other")
    assert two.credentials("first") == ("553=me", "554=secret")
    assert two.credentials("second") == ("553=you", "554=other")
    assert replace(SETTINGS, username="", password="").credentials("first") == ()


def test_numbers_go_on_without_resets_and_towards_initiators() -> None:
    assert not SETTINGS.keeps_numbers
    assert replace(SETTINGS, reset="never").keeps_numbers
    assert replace(SETTINGS, is_listening=True).keeps_numbers
