"""A counterparty's differences laid over a version: what they change, and what they may not."""

import re
from pathlib import Path

import pytest

from internaliser.fix import codec
from internaliser.fix.dialect import overlaid, version_of
from internaliser.fix.dictionary import Dictionary
from internaliser.fix.spec import Member, Spec, load

SPECS = Path(__file__).parents[2] / "fix_specs"
FIX44 = SPECS / "FIX44.xml"
EXAMPLE = SPECS / "example_dialect.xml"
GOOD = -1
REQUIRED_TAG_MISSING, NOT_IN_MESSAGE, INVALID_TAG, VALUE_INCORRECT, WRONG_FORMAT = 1, 2, 0, 5, 6
ORDER = {11: "a", 55: "TEST1", 54: "1", 60: "20260101-00:00:00", 38: "1", 40: "2", 44: "1"}


def dialect(folder: Path, messages: str = "", fields: str = "", **root: str) -> Path:
    said = {"type": "FIX", "major": "4", "minor": "4", **root}
    attributes = " ".join(f'{key}="{value}"' for key, value in said.items())
    path = folder / "dialect.xml"
    path.write_text(f"""<fix {attributes}><header/><trailer/><messages>{messages}</messages>
        <components/><fields>{fields}</fields></fix>""")
    return path


def judged(path: Path, body: dict[int, str], msg_type: str = "D") -> tuple[int, int | None]:
    head = [(35, msg_type), (49, "A"), (56, "B"), (34, 1), (52, "20260101-00:00:00")]
    dictionary = Dictionary(FIX44, dialect=path)
    return tuple(dictionary.verdict(codec.encode("FIX.4.4", [*head, *body.items()])))


def member(spec: Spec, msg_type: str, tag: int) -> Member:
    return next(one for one in spec.messages[msg_type].members if one.tag == tag)


def test_the_example_says_what_its_head_says() -> None:
    order = {**ORDER, 1: "HOUSE"}
    without_time = {tag: value for tag, value in order.items() if tag != 60}
    assert judged(EXAMPLE, without_time) == (GOOD, None)
    assert judged(EXAMPLE, ORDER) == (REQUIRED_TAG_MISSING, 1)
    assert judged(EXAMPLE, {**order, 6001: "7", 6002: "20260101-00:00:00"}) == (GOOD, None)
    assert judged(EXAMPLE, {**order, 6001: "seven"}) == (WRONG_FORMAT, 6001)
    assert judged(EXAMPLE, {**order, 6003: "x"}) == (INVALID_TAG, 6003)
    assert judged(EXAMPLE, {**order, 59: "3"}) == (GOOD, None)
    assert judged(EXAMPLE, {**order, 59: "4"}) == (VALUE_INCORRECT, 59)


def test_what_it_does_not_name_stays_as_it_is() -> None:
    ours, theirs = load(FIX44), overlaid(load(FIX44), EXAMPLE)
    assert theirs.begin_string == ours.begin_string
    assert (theirs.header, theirs.trailer) == (ours.header, ours.trailer)
    changed = {kind for kind in ours.messages if ours.messages[kind] != theirs.messages[kind]}
    assert changed == {"D", "F"}
    assert theirs.messages.keys() == ours.messages.keys()
    tags = [one.tag for one in theirs.messages["D"].members]
    assert tags == [*(one.tag for one in ours.messages["D"].members), 6001, 6002]
    assert theirs.messages["D"].accepted_by == ours.messages["D"].accepted_by


def test_a_tag_is_new_in_the_messages_that_name_it_only() -> None:
    status = {11: "a", 55: "TEST1", 54: "1", 6001: "7"}
    assert judged(EXAMPLE, status, "H") == (NOT_IN_MESSAGE, 6001)


def test_members_of_a_group_are_changed_inside_it(tmp_path: Path) -> None:
    group = """<message name="NewOrderSingle" msgtype="D"><group name="NoPartyIDs" required="Y">
        <field name="PartyRole" required="Y"/><field name="Extra" required="N"/>
        </group></message>"""
    path = dialect(tmp_path, group, '<field number="7000" name="Extra" type="STRING"/>')
    known = member(load(FIX44), "D", 453)
    told = member(overlaid(load(FIX44), path), "D", 453)
    assert known.group is not None
    assert told.group is not None
    assert (known.is_required, told.is_required) == (False, True)
    assert [one.tag for one in told.group] == [*(one.tag for one in known.group), 7000]
    assert {one.tag for one in told.group if one.is_required} - {
        one.tag for one in known.group if one.is_required
    } == {452}


def test_a_message_that_the_version_lacks_is_known_and_not_offered(tmp_path: Path) -> None:
    message = '<message name="Mood" msgtype="UM"><field name="Text" required="Y"/></message>'
    assert judged(dialect(tmp_path, message), {58: "fine"}, "UM") == (-2, None)


def test_a_header_of_its_own_is_wanted_in_every_message(tmp_path: Path) -> None:
    path = dialect(tmp_path)
    path.write_text(path.read_text().replace(
        "<header/>", '<header><field name="SenderSubID" required="Y"/></header>'
    ))  # fmt: skip
    assert judged(path, {112: "x"}, "1") == (REQUIRED_TAG_MISSING, 50)


@pytest.mark.parametrize(
    ("minor", "version"), [("2", "FIX.4.2"), ("4", "FIX.4.4")],
)  # fmt: skip
def test_its_version_is_that_of_its_root(tmp_path: Path, minor: str, version: str) -> None:
    assert version_of(dialect(tmp_path, minor=minor)) == version


def test_one_of_5_0_is_for_sessions_of_fixt(tmp_path: Path) -> None:
    path = dialect(tmp_path, major="5", minor="0")
    assert version_of(path) == "FIXT.1.1"
    base = load(SPECS / "FIXT11.xml", SPECS / "FIX50SP2.xml")
    assert overlaid(base, path).messages == base.messages


REFUSED = [
    ("", '<field number="44" name="Price" type="STRING"/>', "field 44 is Price (STRING) here"),
    ("", '<field number="44" name="Limit" type="PRICE"/>', "field 44 is Limit (PRICE) here"),
    ("", '<field number="6001" name="Price" type="PRICE"/>', "Price is field 6001 here and 44"),
    ("", '<field number="6001" name="Mood" type="FEELING"/>', "unknown type 'FEELING'"),
    ('<message name="Order" msgtype="D"/>', "", "message D is Order here and NewOrderSingle"),
    ('<message name="NewOrderSingle" msgtype="D"><field name="Mood" required="N"/></message>', "",
     "message NewOrderSingle: field Mood is not defined"),
    ('<message name="NewOrderSingle" msgtype="D" accepted-by="acceptor"/>', "",
     "what is taken in, a dialect does not say"),
    ('<message name="NewOrderSingle" msgtype="D"><field name="NoPartyIDs" required="N"/></message>',
     "", "field 453 is the count of a group"),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "fields", "reason"), REFUSED)
def test_what_does_not_fit_is_refused_by_file_and_reason(
    tmp_path: Path, messages: str, fields: str, reason: str
) -> None:
    path = dialect(tmp_path, messages, fields)
    with pytest.raises(ValueError, match=f"^{re.escape(f'{path}: ')}.*{re.escape(reason)}"):
        overlaid(load(FIX44), path)


def test_another_version_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a dialect of FIX\.4\.2, laid over FIX\.4\.4"):
        overlaid(load(FIX44), dialect(tmp_path, minor="2"))
    with pytest.raises(ValueError, match="No such file"):
        version_of(tmp_path / "none.xml")
    (tmp_path / "torn.xml").write_text("<fix type=")
    with pytest.raises(ValueError, match=r"torn\.xml: "):
        version_of(tmp_path / "torn.xml")
