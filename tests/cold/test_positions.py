"""What a client has here, per asset."""

from pathlib import Path
from typing import Any

import pytest

from internaliser.cold.positions import Positions
from internaliser.cold.question import Question
from internaliser.names import Names
from tests.cold.asking import asked, said, values
from tests.cold.traded import Traded

ASK = "AN|710=p|724=0|1={}|581=1|715=20231114|60=20231114-22:13:20"
ROWS: list[dict[str, Any]] = [
    {
        "asset": 0,
        "name": "USD",
        "balance": -150,
        "reserved": 25,
        "credit_limit": 1000,
        "available": 825,
        "has_unlimited_credit": False,
    },
    {
        "asset": 1,
        "name": "BTC",
        "balance": 3,
        "reserved": 0,
        "credit_limit": 0,
        "available": 3,
        "has_unlimited_credit": True,
    },
]
NAMES = Names(assets=[{"name": "USD", "decimals": 2}, {"name": "BTC", "decimals": 0}])


def desk(rows: list[dict[str, Any]] | None = ROWS) -> Positions:
    return Positions(NAMES, lambda client: rows)


def test_every_asset_is_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    head, money, coins = said(desk().on_request(asked(ASK.format("CLIENT1"))))
    assert head == (
        "AO|721=p-0|710=p|727=2|728=0|729=0|453=1|448=CLIENT1|447=D|452=3|1=CLIENT1|581=1"
    )
    assert (values(money, 15), values(money, 704), values(money, 705)) == (["USD"], [], ["1.5"])
    assert values(money, 58) == ["balance=-1.5 reserved=0.25 credit=10 free=8.25"]
    assert values(money, 708) == ["-1.5"]
    assert (values(coins, 704), values(coins, 705)) == (["3"], [])
    assert values(coins, 58) == ["balance=3 reserved=0 credit=unlimited free=unlimited"]


def test_one_asset_by_its_name() -> None:
    head, coins = said(desk().on_request(asked(ASK.format("CLIENT1") + "|15=BTC")))
    assert (values(head, 727), values(coins, 15)) == (["1"], ["BTC"])
    (head,) = said(desk().on_request(asked(ASK.format("CLIENT1") + "|15=DOGE")))
    assert (values(head, 727), values(head, 728)) == (["0"], ["2"])


@pytest.mark.parametrize("name", ["CLIENT2", "NOBODY"])
def test_another_s_account_is_answered_like_one_that_is_none(name: str) -> None:
    (head,) = said(desk().on_request(asked(ASK.format(name))))
    assert head.replace(name, "X") == (
        "AO|721=p-0|710=p|727=0|728=2|729=0|453=1|448=CLIENT1|447=D|452=3|1=X|581=1"
        "|58=no such account"
    )


@pytest.mark.parametrize("change", [("724=0", "724=1"), ("724=0", "724=0|263=1")])
def test_what_is_not_offered_is_refused(change: tuple[str, str]) -> None:
    question: Question = asked(ASK.format("CLIENT1").replace(*change))
    (head,) = said(desk().on_request(question))
    assert (values(head, 728), values(head, 729)) == (["1"], ["2"])


def test_a_node_too_busy_for_a_look_says_so() -> None:
    (text,) = said(desk(None).on_request(asked(ASK.format("CLIENT1"))))
    assert text.startswith("j|45=2|372=AN|379=p|380=4|")


def test_positions_of_a_node_are_those_of_its_core(tmp_path: Path) -> None:
    node = Traded(tmp_path / "data")
    node.trade(5, "2.00")
    bought = {values(line, 15)[0]: line for line in node.ask(ASK.format("CLIENT1"))[1:]}
    sold = {values(line, 15)[0]: line for line in node.ask(ASK.format("CLIENT2"), client=1)[1:]}
    terms = next(r for r in node.node.state.core.instruments() if r["symbol"] == "TEST1")
    assert values(bought[terms["base"]], 704) == values(sold[terms["base"]], 705) == ["5"]
    assert values(bought[terms["quote"]], 705) == values(sold[terms["quote"]], 704) == ["10"]
