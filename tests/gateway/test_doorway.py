"""What the door does in a session's name, seen from the whole door."""

from pathlib import Path

from internaliser.gateway.throttle import Throttle
from tests.gateway.desk import ORDER, Desk


def test_a_limit_holds_from_the_moment_it_is_given(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    for number in range(3):
        assert desk.says("CLIENT1", ORDER.format(number, 1, 1, "1.00"))[0].startswith("8|")
    throttle = Throttle(4096)
    throttle.limit_account(0, 1, 1)
    desk.node.door.limit(throttle)
    assert desk.says("CLIENT1", ORDER.format("a", 1, 1, "1.00"))[0].startswith("8|")
    assert desk.says("CLIENT1", ORDER.format("b", 1, 1, "1.00"))[0].startswith("j|")
