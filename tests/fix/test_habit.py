"""A message of the usual shape is read and judged as any other; a habit only makes it cheaper."""

import os
import random

import pytest

from internaliser.fix import codec
from internaliser.fix.dictionary import Checker, Dictionary
from tests.fix.fuzz_codec import DICTIONARY, mutated, reframed, seeds

HEADER = "34=7|49=CLIENT|52=20240301-12:34:56.789|56=NODE"
ORDER = f"35=D|{HEADER}|11=A1|55=X|54=1|60=20240301-12:34:56.788|38=1.5|40=2|44=65000.5|59=0"
ROUNDS = 40_000 if os.environ.get("INTERNALISER_DEEP") else 4_000


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return Dictionary(DICTIONARY, user_defined=True)


def message(text: str) -> bytes:
    return codec.encode("FIX.4.4", codec.from_text(text))


def agrees(dictionary: Dictionary, checker: Checker, raw: bytes) -> bool:
    return (
        checker.fields(raw) == codec.split_fields(raw)
        and checker.header(raw) == codec.read_header(raw)
        and checker.verdict(raw) == dictionary.verdict(raw)
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("34=7", "34=8"),
        ("34=7", "34=123456789012"),
        ("34=7", "34=0"),
        ("34=7", "34=x"),
        ("34=7", "34="),
        ("12:34:56.789", "12:34:60.789"),
        ("12:34:56.789", "12:34:61.789"),
        ("12:34:56.789", "12:34:56"),
        ("20240301-12:34:56.789", "\0" * 17 + ".789"),
        ("12:34:56.788", "12:34:56.78x"),
        ("12:34:56.788", "12:34:56-788"),
        ("12:34:56.788", "12:34:57.788"),
        ("12:34:56.788", "12:34:56.788000"),
        ("38=1.5", "38=15"),
        ("38=1.5", "38=-1.5"),
        ("38=1.5", "38=1,5"),
        ("38=1.5", "38=."),
        ("38=1.5", "38=1.5."),
        ("38=1.5", "38=1.500000000000"),
        ("38=1.5", "38="),
        ("54=1", "54=2"),
        ("54=1", "54=12"),
        ("54=1", "54=z"),
        ("54=1", "54=\x7f"),
        ("40=2", "40=!"),
        ("11=A1", "11="),
        ("11=A1", "11=A1=B"),
        ("11=A1", "21=1"),
        ("59=0", "43=Y"),
        ("59=0", "59=0|1=a"),
        ("|59=0", ""),
        ("35=D", "35=H"),
        ("35=D", "35=DD"),
        ("35=D", "35="),
    ],
)
def test_a_change_of_a_usual_order_is_judged_as_by_a_stranger(
    dictionary: Dictionary, old: str, new: str
) -> None:
    checker = Checker(dictionary)
    assert checker.verdict(message(ORDER)) == (-1, None)
    changed = message(ORDER.replace(old, new, 1))
    assert agrees(dictionary, checker, changed)
    assert agrees(dictionary, checker, message(ORDER))
    assert agrees(dictionary, checker, changed)


@pytest.mark.parametrize(
    "text",
    [
        f"35=D|{HEADER}|43=Y|11=A|55=X|54=1|60=20240301-12:34:56|38=1|40=1",
        f"35=A|{HEADER}|98=0|108=30|95=9|96=a^b|10=00^|141=Y",
        f"35=D|{HEADER}|11=A|453=1|448=X|447=D|452=1|55=X|54=1|60=20240301-12:34:56|38=1|40=1",
        f"35=0|{HEADER}|5001=mine",
        f"35=0|{HEADER}|1138=x",
    ],
)
def test_flags_data_groups_and_user_tags_stay_what_they_are(
    dictionary: Dictionary, text: str
) -> None:
    checker = Checker(dictionary)
    raw = message(text).replace(b"^", b"\x01")
    for _ in range(3):
        assert agrees(dictionary, checker, raw)


def test_a_checker_never_differs_from_its_dictionary(dictionary: Dictionary) -> None:
    chance = random.Random(1)
    checker = Checker(dictionary)
    good = seeds()
    for _ in range(ROUNDS):
        raw = usual = chance.choice(good)
        for _ in range(chance.choice((0, 1, 1, 2))):
            raw = mutated(chance, raw)
        for part in codec.split(usual + reframed(raw)).messages:
            assert agrees(dictionary, checker, part), part
