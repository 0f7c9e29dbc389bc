"""Messages as tables."""

from internaliser.engagement.message_table import message_table, value_list, walk
from internaliser.fix.spec import FieldSpec, Member, load
from internaliser.resources import resource

SPEC = load(resource("fix_specs/FIX44.xml"))


def test_a_row_tells_tag_name_type_need_and_values() -> None:
    rows = message_table(SPEC, SPEC.messages["D"]).splitlines()
    assert "| 54 | Side | CHAR | yes | 1 2 3 4 5 6 7 8 9 A B C .. (see Values) |" in rows
    assert "| 44 | Price | PRICE |  |  |" in rows


def test_members_of_a_group_follow_their_count_one_step_in() -> None:
    rows = message_table(SPEC, SPEC.messages["D"]).splitlines()
    at = next(number for number, row in enumerate(rows) if "NoPartyIDs" in row)
    assert rows[at].startswith("| 453 | NoPartyIDs |")
    assert rows[at + 1].startswith("| 448 | > PartyID |")


def test_every_member_is_walked_once_with_its_depth() -> None:
    inner = (Member(448, True, None), Member(802, False, (Member(523, False, None),)))
    members = (Member(11, True, None), Member(453, False, inner))
    assert [(depth, member.tag) for depth, member in walk(members)] == [
        (0, 11),
        (0, 453),
        (1, 448),
        (1, 802),
        (2, 523),
    ]


def test_values_are_told_with_their_names() -> None:
    field = FieldSpec(54, "Side", "CHAR", {"1": "BUY", "2": "SELL_SHORT", "3": ""})
    assert value_list(field) == "| 54 | Side | 1 buy, 2 sell short, 3 |"
