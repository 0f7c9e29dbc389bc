"""Which question goes to whom."""

from internaliser.cold.desk import Desk
from internaliser.cold.securities import Securities
from tests.cold.asking import asked, said
from tests.cold.test_securities import NAMES


def test_what_nobody_answers_is_refused_as_unsupported() -> None:
    desk = Desk(Securities(NAMES, 8192))
    assert said(desk.answer(asked("x|320=r|559=4", msg_type="R"))) == [
        "j|45=2|372=R|379=r|380=3|58=message type not supported"
    ]
