"""`dump cases`: what a client disputes, beside what it had been told."""

from pathlib import Path

from internaliser.inspect import rows
from tests.gateway.desk import ORDER, Desk


def part(message: str, tag: str) -> str:
    return next(one for one in message.split("|") if one.startswith(f"{tag}="))


def test_a_case_shows_the_execution_and_an_exec_id_of_something_else_shows_none(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1", "CLIENT2")
    (new,) = desk.says("CLIENT1", ORDER.format("a", 1, 10, "1.00"))
    desk.says("CLIENT2", ORDER.format("x", 2, 4, "1.00"))
    (filled,) = desk.reads("CLIENT1")
    order = f"{part(new, '37')}|127=C|55=TEST1|54=1|38=10"
    assert desk.says("CLIENT1", f"Q|{part(filled, '17')}|{order}|58=too much") == []
    assert desk.says("CLIENT1", f"Q|{part(new, '17')}|{order}") == []
    desk.node.crash()
    first, second = rows("cases", tmp_path / "data")
    assert first["case"] == 1
    assert f"17={first['exec_id']}" == part(filled, "17")
    assert f"37={first['order_id']}" == part(new, "37")
    told = ("client", "cl_ord_id", "symbol", "side", "why", "words", "last_qty", "last_px")
    assert [first[key] for key in told] == [
        "CLIENT1", "a", "TEST1", "buy", "quantity_exceeds_order", "too much", "4", "1",
    ]  # fmt: skip
    assert (second["case"], second["last_qty"], second["words"]) == (2, None, None)
