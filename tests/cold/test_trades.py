"""A client's trades, asked for by AD: its own, all of them, under the ids it was told before."""

from pathlib import Path

import pytest

from tests.cold.asking import values
from tests.cold.traded import Traded
from tests.whole_node import NS_PER_MS


@pytest.fixture
def desk(tmp_path: Path) -> Traded:
    return Traded(tmp_path / "data", "clients.CLIENT1.taker_fee_bp=10")


def test_every_fill_comes_back_as_it_was_told(desk: Traded) -> None:
    reports = [desk.trade(qty)[-1] for qty in (1, 2, 3)]
    answer = desk.ask("AD|568=q|569=0")
    assert answer[0] == "AQ|568=q|569=0|748=3|749=0|750=0|55=[N/A]"
    fills = answer[1:]
    for tag in (17, 37, 11, 32, 31, 30, 12):
        told = [values(report, tag) for report in reports]
        assert [values(fill, tag) for fill in fills] == told, tag
        assert all(told), tag
    assert [values(fill, 571) for fill in fills] == [values(fill, 17) for fill in fills]
    assert [values(fill, 912) for fill in fills] == [["N"], ["N"], ["Y"]]
    assert [values(fill, 748) for fill in fills] == [["3"]] * 3
    assert {tag for fill in fills for tag in values(fill, 570)} == {"Y"}
    assert {tag for fill in fills for tag in values(fill, 1)} == {"CLIENT1"}
    assert values(fills[0], 75) == ["20231114"]


def test_both_sides_of_a_trade_name_it_alike_and_see_only_their_own(desk: Traded) -> None:
    desk.trade()
    (_, bought), (_, sold) = desk.ask("AD|568=q|569=1"), desk.ask("AD|568=q|569=1", client=1)
    assert values(bought, 880) == values(sold, 880)
    assert values(bought, 17) != values(sold, 17)
    assert (values(bought, 54), values(sold, 54)) == (["1"], ["2"])
    assert values(sold, 11) == ["s1"]
    assert desk.ask("AD|568=q|569=0", client=2) == ["AQ|568=q|569=0|748=0|749=0|750=1|55=[N/A]"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("55=TEST1", ["b1", "b2"]),
        ("55=TEST2", []),
        ("55=[N/A]", ["b1", "b2"]),
        ("54=1", ["b1", "b2"]),
        ("54=2", []),
        ("11=b2", ["b2"]),
        ("11=s2", []),
        ("448=", ["b1", "b2"]),
    ],
)
def test_a_request_may_name_what_it_wants(desk: Traded, names: str, found: list[str]) -> None:
    desk.trade()
    desk.trade()
    if names == "448=":
        names = "453=1|448=CLIENT1|447=D|452=3"
    first, *fills = desk.ask(f"AD|568=q|569=0|{names}")
    assert values(first, 749) == ["0"]
    assert [values(fill, 11)[0] for fill in fills] == found


def test_one_fill_by_an_id_of_it_but_not_by_the_other_side_s(desk: Traded) -> None:
    desk.trade()
    told = desk.trade()[-1]
    for tag in (17, 37):
        (number,) = values(told, tag)
        assert [values(fill, 11) for fill in desk.ask(f"AD|568=q|569=0|{tag}={number}")[1:]] == [
            ["b2"]
        ]
        assert desk.ask(f"AD|568=q|569=0|{tag}={number}", client=1)[1:] == []
    (_, fill) = desk.ask("AD|568=q|569=0|11=b1")
    (match,) = values(fill, 880)
    assert len(desk.ask(f"AD|568=q|569=0|880={match}")) == 2
    assert len(desk.ask(f"AD|568=q|569=0|880={match}", client=1)) == 2


def test_a_range_of_times(desk: Traded) -> None:
    for _ in range(4):
        desk.trade()
    times = [values(fill, 60)[0] for fill in desk.ask("AD|568=q|569=0")[1:]]
    assert times == sorted(set(times))

    def found(dates: str) -> list[str]:
        return [values(fill, 11)[0] for fill in desk.ask(f"AD|568=q|569=0|{dates}")[1:]]

    day = times[0][:8]
    assert found(f"580=1|75={day}|60={times[2]}") == ["b3", "b4"]
    assert found(f"580=2|75={day}|60={times[1]}|75={day}|60={times[2]}") == ["b2", "b3"]
    assert found(f"580=1|75={day}") == ["b1", "b2", "b3", "b4"]
    assert found("580=1|75=20231113") == []
    assert found(f"580=2|75=20231113|75={day}") == ["b1", "b2", "b3", "b4"]


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        ("AD|568=q|569=2", "8"),
        ("AD|568=q|569=0|55=DOGE/USD", "1"),
        ("AD|568=q|569=0|453=1|448=CLIENT2|447=D|452=3", "3"),
        ("AD|568=q|569=0|453=1|448=NOBODY|447=D|452=3", "3"),
        ("AD|568=q|569=0|580=3|75=20230101|75=20230102|75=20230103", "8"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_the_acknowledgement(
    desk: Traded, request_: str, result: str
) -> None:
    desk.trade()
    (answer,) = desk.ask(request_)
    assert answer.startswith("AQ|568=q|")
    assert (values(answer, 748), values(answer, 749), values(answer, 750)) == (
        ["0"],
        [result],
        ["2"],
    )


def test_a_subscriber_gets_what_was_and_then_what_comes_once(desk: Traded) -> None:
    desk.trade()
    assert len(desk.ask("AD|568=q|569=0|263=1|11=b1")) == 2
    assert len(desk.ask("AD|568=all|569=0|263=1")) == 2
    assert desk.updates() == []
    desk.trade()
    (fill,) = desk.updates()
    assert values(fill, 568) == ["all"]
    assert (values(fill, 11), values(fill, 325), values(fill, 570)) == (["b2"], ["Y"], ["N"])
    assert desk.updates() == []
    assert desk.ask("AD|568=all|569=0|263=2") == [
        "AQ|568=all|569=0|263=2|748=0|749=0|750=1|55=[N/A]"
    ]
    desk.trade()
    assert desk.updates() == []


def test_fills_lost_with_a_sequence_reset_come_back_under_the_same_ids(desk: Traded) -> None:
    told = [desk.trade()[-1] for _ in range(3)]
    desk.hang_up("CLIENT1")
    desk.connect("CLIENT1")
    desk.talkers["CLIENT1"].next_out = 1
    desk.says("CLIENT1", "A|98=0|108=30|141=Y")
    desk.restart()
    desk.desk.close()
    desk.desk = desk.open_desk()
    fills = desk.ask("AD|568=q|569=0")[1:]
    assert [values(fill, 17) for fill in fills] == [values(report, 17) for report in told]


def test_the_number_of_one_s_fills_does_not_depend_on_when_it_is_asked(desk: Traded) -> None:
    for _ in range(450):
        desk.trade(1)
        desk.now_ns += NS_PER_MS
    question = desk.question("AD|568=q|569=0|54=1")
    desk.read_for(question)
    outs = list(desk.desk.answer(question))
    assert None in outs[:3]
    assert sum(out is not None for out in outs) == 451
