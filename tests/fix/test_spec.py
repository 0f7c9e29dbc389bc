from pathlib import Path

import pytest

from internaliser.fix.spec import flat, load

FIX44 = Path(__file__).parents[2] / "fix_specs" / "FIX44.xml"
FIELDS = """
    <field number="8" name="BeginString" type="STRING"/>
    <field number="9" name="BodyLength" type="LENGTH"/>
    <field number="35" name="MsgType" type="STRING"/>
    <field number="10" name="CheckSum" type="STRING"/>
    <field number="58" name="Text" type="STRING"/>
    <field number="33" name="NoLines" type="NUMINGROUP"/>
    <field number="54" name="Side" type="CHAR"><value enum="1" description="BUY"/></field>
"""


def dictionary(
    messages: str = '<message name="Heartbeat" msgtype="0" msgcat="admin"/>',
    fields: str = FIELDS,
    components: str = "",
) -> str:
    return f"""<fix type="FIX" major="4" minor="4">
        <header><field name="BeginString" required="Y"/></header>
        <messages>{messages}</messages>
        <trailer><field name="CheckSum" required="Y"/></trailer>
        <components>{components}</components>
        <fields>{fields}</fields>
    </fix>"""


def test_fields_values_and_sections_are_read(tmp_path: Path) -> None:
    path = tmp_path / "d.xml"
    path.write_text(dictionary())
    spec = load(path)
    assert (spec.begin_string, spec.path) == ("FIX.4.4", str(path))
    assert spec.fields[54].values == {"1": "BUY"}
    assert spec.fields[9].format == "COUNT"
    assert [member.tag for member in spec.header] == [8]
    assert [member.tag for member in spec.trailer] == [10]
    assert spec.messages["0"].is_admin


def test_components_are_resolved_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "d.xml"
    message = """<message name="News" msgtype="B" msgcat="app" accepted-by="acceptor">
        <component name="Lines" required="N"/><field name="Side" required="Y"/></message>"""
    lines = """<component name="Lines"><group name="NoLines" required="Y">
        <field name="Text" required="Y"/></group></component>"""
    path.write_text(dictionary(message, components=lines))
    news = load(path).messages["B"]
    assert news.accepted_by == {"acceptor"}
    assert [(m.tag, m.is_required) for m in news.members] == [(33, False), (54, True)]
    assert [m.tag for m in flat(news.members)] == [33, 58, 54]


def test_a_transport_is_joined_with_the_application_it_carries(tmp_path: Path) -> None:
    transport, application = tmp_path / "t.xml", tmp_path / "a.xml"
    session = '<message name="Logon" msgtype="A" msgcat="admin"><field name="Text"/></message>'
    order = '<message name="Order" msgtype="D" msgcat="app"><field name="Side"/></message>'
    transport.write_text(dictionary(session).replace('type="FIX"', 'type="FIXT"'))
    application.write_text(dictionary(order))
    spec = load(transport, application)
    assert spec.begin_string == "FIXT.4.4"
    assert {kind: one.is_admin for kind, one in spec.messages.items()} == {"A": True, "D": False}
    assert [member.tag for member in spec.header] == [8]
    assert spec.path == f"{transport} + {application}"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<fix", "unclosed token"),
        ("<fix type='FIX' major='4'/>", "<fix> without minor"),
        (dictionary(messages=""), "no messages are defined"),
        (
            dictionary('<message name="A" msgtype="0"/><message name="B" msgtype="0"/>'),
            "MsgType '0' is defined twice",
        ),
        (
            dictionary('<message name="A" msgtype="0"><field name="Nope"/></message>'),
            "message A: field Nope is not defined",
        ),
        (
            dictionary('<message name="A" msgtype="0"><component name="Nope"/></message>'),
            "message A: component Nope is not defined",
        ),
        (
            dictionary(
                '<message name="A" msgtype="0"><component name="C"/></message>',
                components='<component name="C"><component name="C"/></component>',
            ),
            "component C contains itself",
        ),
        (
            dictionary('<message name="A" msgtype="0"><group name="NoLines"/></message>'),
            "group NoLines is empty",
        ),
        (
            dictionary(
                '<message name="A" msgtype="0"><field name="Text"/><field name="Text"/></message>'
            ),
            "message A: Text is named twice",
        ),
        (
            dictionary('<message name="A" msgtype="0" accepted-by="anyone"/>'),
            "accepted-by must be of",
        ),
        (dictionary(fields='<field number="x" name="A" type="INT"/>'), "number 'x' is no tag"),
        (dictionary(fields='<field number="1" name="A" type="WORD"/>'), "unknown type 'WORD'"),
        (
            dictionary(fields=FIELDS + '<field number="58" name="Other" type="STRING"/>'),
            "tag 58 is defined twice",
        ),
    ],
)
def test_a_mistake_is_named_with_the_file(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "bad.xml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"bad\.xml: ") as caught:
        load(path)
    assert complaint in str(caught.value)


def test_our_dictionary_knows_the_messages_of_fix_44() -> None:
    spec = load(FIX44)
    assert len(spec.messages) == 93
    assert set(spec.messages) == set(spec.fields[35].values)
    assert spec.begin_string == "FIX.4.4"


def test_our_dictionary_requires_what_fix_44_requires() -> None:
    spec = load(FIX44)
    required = {
        kind: [member.tag for member in spec.messages[kind].members if member.is_required]
        for kind in ("D", "F", "G", "H", "8", "9", "j", "AF", "r", "V")
    }
    assert {kind: sorted(tags) for kind, tags in required.items()} == {
        "D": [11, 40, 54, 60],
        "F": [11, 41, 54, 60],
        "G": [11, 40, 41, 54, 60],
        "H": [11, 54],
        "8": [6, 14, 17, 37, 39, 54, 150, 151],
        "9": [11, 37, 39, 41, 434],
        "j": [372, 380],
        "AF": [584, 585],
        "r": [37, 530, 531],
        "V": [146, 262, 263, 264, 267],
    }


def test_our_dictionary_gives_the_reject_codes_of_fix_44() -> None:
    fields = load(FIX44).fields
    assert [*fields[103].values] == [*map(str, range(12)), "13", "14", "15", "99"]
    assert [*fields[102].values] == [*map(str, range(7)), "99"]
    assert [*fields[380].values] == [*map(str, range(8))]
    assert [*fields[373].values] == [*map(str, range(18)), "99"]


def test_every_field_of_a_message_is_used_and_named_once() -> None:
    spec = load(FIX44)
    names = [field.name for field in spec.fields.values()]
    assert len(set(names)) == len(names)
    members = [*spec.header, *spec.trailer]
    members += [member for message in spec.messages.values() for member in message.members]
    used = {member.tag for member in flat(members)}
    assert used <= set(spec.fields)
    counts = {member.tag for member in flat(members) if member.group is not None}
    assert {spec.fields[tag].type for tag in counts} == {"NUMINGROUP"}
