"""Every code that the C side declares has one name, and no name stands for two codes."""

import re
from pathlib import Path

import pytest

import internaliser
from internaliser.model import codes

MODEL = Path(internaliser.__file__).parent / "model"
TABLES = {
    "RecordKind": codes.KINDS,
    "TimerAction": codes.TIMERS,
    "AdminAction": codes.ADMINS,
    "SourceAction": codes.SOURCES,
    "LinkAction": codes.LINKS,
    "CancelOnDisconnect": codes.CANCELS,
    "BalanceAction": codes.BALANCES,
    "ConfigKind": codes.CONFIGS,
    "OrderEventType": codes.ORDER_EVENTS,
    "PostingPurpose": codes.PURPOSES,
    "SessionChange": codes.SESSION_CHANGES,
    "Side": codes.SIDES,
    "OrdType": codes.ORD_TYPES,
    "TimeInForce": codes.TIFS,
    "OrdStatus": codes.STATUSES,
    "ExecType": codes.EXEC_TYPES,
    "Liquidity": codes.LIQUIDITIES,
    "ChildEventType": codes.CHILD_EVENTS,
    "ChildState": codes.CHILD_STATES,
    "RejectReason": codes.REASONS,
}
NAMELESS = {
    "KIND_COMMAND_LAST",  # a bound
    "KIND_QUESTION",  # between core and edge, never in a journal
    "KIND_CREDENTIALS",
    "KIND_ANSWER",
    "REASON_NONE",
}
OTHER_WORDS = {"CANCEL_NOTHING": "none", "LIQUIDITY_NONE": None}


def declared(enum: str) -> dict[int, str]:
    """The members of an enum of the .pxd files that want a name, by value."""
    text = "".join(path.read_text() for path in sorted(MODEL.glob("*.pxd")))
    (body,) = re.findall(rf"enum {enum}:.*\n((?:    .*\n)+)", text)
    members = re.findall(r"^    (\w+) = (\d+)", body, re.MULTILINE)
    return {int(value): name for name, value in members if name not in NAMELESS}


@pytest.mark.parametrize("enum", TABLES)
def test_a_table_names_every_declared_code(enum: str) -> None:
    names = declared(enum)
    told = TABLES[enum]
    assert names
    assert set(told) == set(names)
    for value, name in names.items():
        word = name.partition("_")[2].lower()
        assert told[value] == OTHER_WORDS.get(name, word)


def test_an_action_s_name_is_found_by_the_command_s_kind() -> None:
    kinds = {name: code for code, name in codes.KINDS.items()}
    assert codes.ACTIONS[kinds["admin"]][1] == "halt"
    assert codes.ACTIONS[kinds["link"]][2] == "down"
    lettered = {codes.KINDS[kind] for kind in codes.LETTERED}
    assert lettered == {"mass_cancel", "mass_status", "dispute"}
