"""What must hold of every message."""

import pytest

from internaliser.certify.always import Reports, form_fault
from internaliser.certify.message import Message
from internaliser.certify.versions import VERSIONS

HEADER = "35=0|34=2|49=NODE|52=20260101-00:00:00.000|56=CLIENT1"
TERMS = "55=T|54=1|38=10"
NEW = f"37=o|11=a|17=e1|150=0|39=0|{TERMS}|14=0|151=10|6=0"


def message(text: str, begin: str = "FIX.4.4") -> Message:
    pairs = (part.partition("=") for part in f"8={begin}|9=1|{text}|10=000".split("|"))
    return Message(tuple((int(tag), value) for tag, _, value in pairs))


def fault(text: str, named: tuple[int, ...] = (), version: str = "FIX.4.4") -> str:
    begin = VERSIONS[version].begin_string
    return form_fault(message(text, begin), VERSIONS[version], "NODE", "CLIENT1", named)


def test_a_good_header_is_good() -> None:
    assert fault(HEADER) == ""


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("49=NODE", "49=OTHER", "49=OTHER where NODE was expected"),
        ("56=CLIENT1", "56=OTHER", "56=OTHER where CLIENT1 was expected"),
        ("52=20260101-00:00:00.000", "52=soon", "SendingTime(52) is no UTC timestamp: soon"),
        ("35=0", "35=1", "required tag 112 is missing"),
        ("35=0", "35=0|112=", "tag 112 has no value"),
        ("34=2", "34=2|43=Y", "a repeat needs an OrigSendingTime(122)"),
        ("34=2", "34=2|43=Y|122=20260101-00:00:01", "a repeat needs an OrigSendingTime(122)"),
    ],
)
def test_a_wrong_form_is_said(old: str, new: str, text: str) -> None:
    assert fault(HEADER.replace(old, new)).startswith(text)


def test_a_tag_that_the_expectation_names_is_left_to_it() -> None:
    assert fault(HEADER.replace("56=CLIENT1", "56=OTHER"), named=(56,)) == ""


def test_a_code_that_the_version_does_not_list_is_said() -> None:
    refusal = HEADER.replace("35=0", "35=9") + "|37=o|11=b|41=a|39=0|434=1|102=6"
    assert fault(refusal) == ""
    assert fault(refusal, version="FIX.4.2") == "FIX.4.2 has no value 6 for tag 102"
    assert fault(refusal, named=(102,), version="FIX.4.2") == ""


def test_exec_trans_type_belongs_into_42_alone() -> None:
    report = HEADER.replace("35=0", "35=8")
    assert "required tag 20" in fault(f"{report}|{NEW}", version="FIX.4.2")
    assert fault(f"{report}|{NEW}|20=0", version="FIX.4.2") == ""
    assert fault(f"{report}|{NEW}|20=0") == "FIX.4.4 has no tag 20 in 35=8"


def told(*texts: str) -> list[str]:
    reports = Reports()
    return [reports.fault_of(message(f"35=8|{text}")) for text in texts]


def fill(number: int, qty: int, done: int, average: str = "5", px: str = "5") -> str:
    state = "2" if done == 10 else "1"
    return (
        f"37=o|11=a|17=f{number}|150=F|39={state}|{TERMS}|32={qty}|31={px}|14={done}"
        f"|151={10 - done}|6={average}"
    )


def test_a_life_without_faults() -> None:
    assert told(NEW, fill(1, 4, 4), fill(2, 6, 10, "6.2", "7")) == ["", "", ""]


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (fill(1, 4, 4).replace("17=f1", "17=e1"), "ExecID(17) e1 came before"),
        (fill(1, 4, 4).replace("37=o", "37=p"), "OrderID(37) changed from o to p"),
        (fill(1, 4, 4).replace("151=6", "151=5"), "LeavesQty(151) 5 is not OrderQty(38) 10 less"),
        (fill(1, 4, 4, "5.1"), "AvgPx(6) is 5.1, the executions make 5"),
        (fill(1, 4, 4).replace("32=4|", ""), "an execution needs LastQty(32) and LastPx(31)"),
        (f"37=o|11=b|41=a|17=x|150=4|39=4|{TERMS}|14=0|151=10|6=0", "LeavesQty(151) is 10 in a"),
        (fill(1, 4, 4).replace("14=4", "14=some"), "CumQty(14) and LeavesQty(151) must be numbers"),
    ],
)
def test_a_report_that_contradicts_is_said(report: str, text: str) -> None:
    assert told(NEW, report)[1].startswith(text)


def test_what_was_executed_stays_executed() -> None:
    back = f"37=o|11=a|17=x|150=0|39=0|{TERMS}|14=0|151=10|6=0"
    assert told(NEW, fill(1, 4, 4), back)[2] == "CumQty(14) fell from 4 to 0"


def test_a_repeat_and_a_status_are_no_new_executions() -> None:
    again = f"43=Y|{fill(1, 4, 4)}"
    status = f"37=o|11=a|17=f1|150=I|39=1|{TERMS}|14=4|151=6|6=5"
    assert told(NEW, fill(1, 4, 4), again, status, fill(2, 6, 10)) == [""] * 5


def test_orders_that_still_rest_are_known() -> None:
    reports = Reports()
    reports.fault_of(message(f"35=8|{NEW}"))
    assert [order.cl_ord_id for order in reports.open_orders()] == ["a"]
    reports.fault_of(message(f"35=8|{fill(1, 10, 10)}"))
    assert reports.open_orders() == []
