"""The dictionaries that ship: what they know, what they refuse, and that QuickFIX loads them."""

import pytest

from internaliser.dictionaries import FILES, dictionary_of
from internaliser.fix import codec
from internaliser.fix.spec import flat
from internaliser.resources import resource

SESSION_LAYER = set("0123445A")
ORDER_ENTRY = set("DFGH")
# MsgTypes the versions have: all are known, so that a strange one and one not offered differ.
COUNTS = {"FIX.4.2": 46, "FIX.4.4": 93, "FIXT.1.1": 164}
GOOD, NOT_OFFERED = (-1, None), (-2, None)

ORDER = [(11, "a"), (55, "TEST1"), (54, "1"), (60, "20260101-00:00:00"), (38, "1"), (40, "2"),
         (44, "1")]  # fmt: skip
MASS = [(60, "20260101-00:00:00")]
LOGON = [(98, "0"), (108, "30")]


def message(begin_string: str, msg_type: str, body: list[tuple[int, str]]) -> bytes:
    head = [(49, "A"), (56, "B"), (34, 1), (52, "20260101-00:00:00")]
    in_front = [field for field in body if field[0] == 1128]
    rest = [field for field in body if field[0] != 1128]
    return codec.encode(begin_string, [(35, msg_type), *in_front, *head, *rest])


def verdict(begin_string: str, msg_type: str, *body: tuple[int, str]) -> tuple[int, int | None]:
    return dictionary_of(begin_string).verdict(message(begin_string, msg_type, list(body)))


@pytest.mark.parametrize("begin_string", FILES)
def test_every_message_of_the_version_is_known(begin_string: str) -> None:
    spec = dictionary_of(begin_string).spec
    assert spec.begin_string == begin_string
    assert len(spec.messages) == COUNTS[begin_string]
    taken = {kind for kind, one in spec.messages.items() if "acceptor" in one.accepted_by}
    assert taken >= SESSION_LAYER | ORDER_ENTRY


@pytest.mark.parametrize("begin_string", FILES)
def test_every_field_is_used_and_every_tag_named_once(begin_string: str) -> None:
    spec = dictionary_of(begin_string).spec
    members = [*spec.header, *spec.trailer]
    for one in spec.messages.values():
        members += one.members
    used = {member.tag for member in flat(members)}
    # 4.4 has a field for every tag of the version.
    assert used == set(spec.fields) or (begin_string == "FIX.4.4" and used < set(spec.fields))
    assert len({field.name for field in spec.fields.values()}) == len(spec.fields)


@pytest.mark.parametrize(
    ("begin_string", "more"),
    [("FIX.4.2", [(21, "1")]), ("FIX.4.4", []), ("FIXT.1.1", [(1128, "9")]), ("FIXT.1.1", [])],
)
def test_an_order_of_each_version_is_good(begin_string: str, more: list[tuple[int, str]]) -> None:
    assert verdict(begin_string, "D", *ORDER, *more) == GOOD


def test_a_version_refuses_what_it_does_not_have() -> None:
    assert verdict("FIX.4.2", "D", *ORDER) == (1, 21)
    assert verdict("FIX.4.2", "D", *ORDER, (21, "1"), (528, "A")) == (0, 528)
    assert verdict("FIX.4.4", "D", *ORDER, (2362, "x")) == (0, 2362)
    assert verdict("FIXT.1.1", "D", *ORDER, (2362, "x")) == GOOD
    assert verdict("FIX.4.2", "D", *ORDER, (21, "1"), (18, "g")) == (5, 18)
    assert verdict("FIXT.1.1", "D", *ORDER, (18, "g")) == GOOD


@pytest.mark.parametrize("begin_string", FILES)
def test_a_message_not_offered_is_told_from_one_that_does_not_exist(begin_string: str) -> None:
    assert verdict(begin_string, "C") == NOT_OFFERED
    assert verdict(begin_string, "QQ") == (11, 35)


@pytest.mark.parametrize(
    ("begin_string", "lacking"),
    [
        ("FIX.4.2", "q r AF x y AD AQ AE AR AN AO AP BE BF BW BX BY"),
        ("FIX.4.4", "BW BX BY"),
        ("FIXT.1.1", "AH C"),
    ],
)
def test_what_only_another_version_has_is_not_offered_rather_than_unknown(
    begin_string: str, lacking: str
) -> None:
    assert {verdict(begin_string, kind) for kind in lacking.split()} == {NOT_OFFERED}
    assert verdict(begin_string, "ZZ") == (11, 35)


def test_a_fixt_logon_needs_the_version_it_carries() -> None:
    assert verdict("FIXT.1.1", "A", *LOGON, (1137, "9")) == GOOD
    assert verdict("FIXT.1.1", "A", *LOGON) == (1, 1137)
    assert verdict("FIXT.1.1", "A", *LOGON, (1137, "6")) == (5, 1137)


def test_another_application_version_has_a_reason_of_its_own() -> None:
    assert verdict("FIXT.1.1", "D", *ORDER, (1128, "6")) == (18, 1128)


@pytest.mark.interop
@pytest.mark.parametrize("name", [name for names in FILES.values() for name in names])
def test_quickfix_loads_every_file(name: str) -> None:
    quickfix = pytest.importorskip("quickfix")
    dictionary = quickfix.DataDictionary(str(resource(f"fix_specs/{name}")))
    assert dictionary.getVersion() in ("FIX.4.2", "FIX.4.4", "FIXT.1.1", "FIX.5.0")


def test_a_4_2_session_may_be_given_requests_of_4_4() -> None:
    listed = message("FIX.4.2", "x", [(320, "r"), (559, "4")])
    given = dictionary_of("FIX.4.2", also=frozenset(("x", "q", "AF")))
    assert given.verdict(message("FIX.4.2", "q", [*MASS, (11, "m"), (530, "7")])) == GOOD
    assert given.verdict(message("FIX.4.2", "AF", [(584, "m"), (585, "7")])) == GOOD
    assert given.verdict(message("FIX.4.2", "BW", [])) == NOT_OFFERED
    assert given.verdict(listed) == GOOD
    assert given.verdict(message("FIX.4.2", "AN", [])) == NOT_OFFERED
    assert given.verdict(message("FIX.4.2", "D", [*ORDER, (21, "1")])) == GOOD
    assert dictionary_of("FIX.4.2").verdict(listed) == NOT_OFFERED
