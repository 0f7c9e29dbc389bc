from pathlib import Path

import pytest

from internaliser.fix import codec
from internaliser.fix.dictionary import Dictionary
from tests.fix.test_spec import FIELDS, dictionary


def compiled(tmp_path: Path, text: str) -> Dictionary:
    path = tmp_path / "d.xml"
    path.write_text(text)
    return Dictionary(path, supported=["0"])


def with_field(element: str, members: str = "") -> str:
    message = f'<message name="Heartbeat" msgtype="0">{members}</message>'
    return dictionary(message, fields=FIELDS + element)


def test_a_value_longer_than_can_be_checked_is_refused(tmp_path: Path) -> None:
    long = '<field number="1" name="A" type="STRING"><value enum="12345678901234567"/></field>'
    with pytest.raises(ValueError, match="field A: the value '12345678901234567' is too long"):
        compiled(tmp_path, with_field(long))


def test_values_of_up_to_sixteen_letters_are_told_apart(tmp_path: Path) -> None:
    values = ["A", "AB", "ABC", "ABCDEFGH", "ABCDEFGHI", "ABCDEFGHIJKLMNOP", "ZZ", "10", "1"]
    listed = "".join(f'<value enum="{value}"/>' for value in values)
    tables = compiled(
        tmp_path,
        with_field(
            f'<field number="5001" name="Kind" type="STRING">{listed}</field>',
            '<field name="Kind"/>',
        ),
    )
    for value in [*values, *(value + "?" for value in values), "B", "0", "ABCDEFG", "\xe9"]:
        raw = codec.encode("FIX.4.4", [(35, "0"), (5001, value)])
        assert tables.verdict(raw) == ((-1, None) if value in values else (5, 5001)), value


def test_a_msg_type_longer_than_a_message_keeps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="MsgType 'ABCDEFGH' is longer than 7 letters"):
        compiled(
            tmp_path,
            dictionary('<message name="H" msgtype="0"/><message name="Long" msgtype="ABCDEFGH"/>'),
        )


def test_a_header_field_in_a_body_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="repeats a header or trailer field"):
        compiled(
            tmp_path,
            dictionary('<message name="H" msgtype="0"><field name="CheckSum"/></message>'),
        )


def test_a_group_too_large_for_its_places_is_refused(tmp_path: Path) -> None:
    fields = "".join(
        f'<field number="{number}" name="F{number}" type="STRING"/>' for number in range(5000, 5256)
    )
    members = "".join(f'<field name="F{number}"/>' for number in range(5000, 5256))
    with pytest.raises(ValueError, match="a group has more than 255 members"):
        compiled(tmp_path, with_field(fields, f'<group name="NoLines">{members}</group>'))


def test_more_fields_than_a_bitmap_holds_are_refused(tmp_path: Path) -> None:
    fields = "".join(
        f'<field number="{number}" name="F{number}" type="STRING"/>' for number in range(100, 4300)
    )
    with pytest.raises(ValueError, match="more than 4095 fields"):
        compiled(tmp_path, with_field(fields))


def test_a_dictionary_is_loaded_once(tmp_path: Path) -> None:
    tables = compiled(tmp_path, dictionary())
    with pytest.raises(ValueError, match="loaded once"):
        tables.__init__(tables.path)  # type: ignore[misc]
