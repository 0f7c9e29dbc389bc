"""What is somebody else's gets the very answer of what does not exist, in every version."""

from pathlib import Path

import pytest

from tests.gateway.desk import Desk
from tests.scenarios.runner import Talker
from tests.scenarios.versions import VERSIONS, Version

# Numbers and ids of the answer itself, the names that the question gave, the checksum.
OWN_TAGS = frozenset(("10", "11", "17", "34", "41", "45", "584", "1369"))
ORDER = "D|11=a|55=TEST1|54=1|38=10|40=2|44=100.00|59=1"
ABOUT_AN_ORDER = {
    "cancel": "F|11=x{n}|41={name}|55=TEST1|54=1|38=10",
    "cancel by id": "F|11=x{n}|41={name}|37={id}|55=TEST1|54=1|38=10",
    "replace": "G|11=x{n}|41={name}|55=TEST1|54=1|38=1|40=2|44=1.00",
    "replace by id": "G|11=x{n}|41={name}|37={id}|55=TEST1|54=1|38=1|40=2|44=1.00",
    "status": "H|11={name}|55=TEST1|54=1",
    "status by id": "H|11={name}|37={id}|55=TEST1|54=1",
    "possibly sent before": "F|97=Y|11={name}|41={name}|55=TEST1|54=1|38=10",
    "dispute": "Q|37={id}|17={exec}|127=D|55=TEST1|54=1",
}
IN_MASS = {
    "all cancel": "q|11=x{n}|530=7",
    "cancel of a symbol": "q|11=x{n}|530=1|55=TEST1",
    "all statuses": "AF|584=s{n}|585=7",
    "statuses of a symbol": "AF|584=s{n}|585=1|55=TEST1",
}


@pytest.fixture(params=VERSIONS, ids=lambda version: version.begin_string)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    version: Version = request.param
    desk = Desk(tmp_path / "data", 'clients.CLIENT2.fix42_extensions=["q", "AF"]')
    for name in ("CLIENT1", "CLIENT2"):
        desk.talkers[name] = Talker(name, version)
    desk.log_on("CLIENT1", "CLIENT2")
    return desk


def fields_of(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split("|")[1:])


def told(desk: Desk, question: str) -> list[str]:
    """The answers to CLIENT2, without what differs from answer to answer."""
    answers = []
    for text in desk.says("CLIENT2", question):
        kind, *pairs = text.split("|")
        # OrderID(37) of a mass cancel's report is the report's own.
        own = OWN_TAGS | {"37"} if kind == "r" else OWN_TAGS
        answers.append("|".join([kind, *(p for p in pairs if p.split("=")[0] not in own)]))
    return answers


@pytest.mark.parametrize("what", ABOUT_AN_ORDER)
def test_an_order_of_somebody_else_is_an_unknown_one(desk: Desk, what: str) -> None:
    (accepted,) = desk.says("CLIENT1", ORDER)
    order_id, exec_id = fields_of(accepted)["37"], fields_of(accepted)["17"]
    question = ABOUT_AN_ORDER[what]
    foreign = told(desk, question.format(n=1, name="a", id=order_id, exec=exec_id))
    unknown = told(desk, question.format(n=2, name="z", id="1-1-9999999", exec="1-1-9999999-1"))
    assert foreign == [text.replace("379=1-1-9999999-1", f"379={exec_id}") for text in unknown]
    assert len(foreign) == 1
    assert desk.reads("CLIENT1") == []
    (standing,) = desk.says("CLIENT1", "H|11=a|55=TEST1|54=1")
    assert fields_of(standing)["151"] == "10"


@pytest.mark.parametrize("what", IN_MASS)
def test_in_mass_one_meets_nobody_else_s_orders(desk: Desk, what: str) -> None:
    alone = told(desk, IN_MASS[what].format(n=1))
    desk.says("CLIENT1", ORDER)
    assert told(desk, IN_MASS[what].format(n=2)) == alone
    assert desk.reads("CLIENT1") == []
    (standing,) = desk.says("CLIENT1", "H|11=a|55=TEST1|54=1")
    assert fields_of(standing)["151"] == "10"
