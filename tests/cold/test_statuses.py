"""Status of securities and of the trading session, and what is told when they change."""

import pytest

from internaliser.cold.standing import Standing
from internaliser.cold.statuses import Statuses
from internaliser.cold.subscriptions import Subscriptions
from internaliser.names import Names
from tests.cold.asking import asked, said
from tests.cold.test_securities import NAMES
from tests.cold.test_standing import event


class Stage:
    def __init__(self, most: int = 10) -> None:
        names = Names(
            NAMES.assets,
            NAMES.instruments,
            sources=[{"name": "MARKET"}],
            listings=[{"source": 0, "instrument": 0, "is_listed": 1}],
        )
        self.standing = Standing(names, links={0: "up"})
        self.subscriptions = Subscriptions(most)
        self.desk = Statuses(self.standing, self.subscriptions)

    def security(self, text: str, client: int = 0) -> list[str]:
        return said(self.desk.on_security_request(asked(text, client=client)))

    def session(self, text: str, client: int = 0) -> list[str]:
        return said(self.desk.on_session_request(asked(text, client=client)))

    def hears(self, *args: str, **more: object) -> list[str]:
        self.standing.take(event(*args, **more))
        return said(out for _, out in self.subscriptions.updates(lambda _: True))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_the_status_of_a_security(stage: Stage) -> None:
    assert stage.security("e|324=s|55=BTC/USD|263=0") == ["f|324=s|55=BTC/USD|336=DAY|325=N|326=17"]
    assert stage.security("e|324=s|55=ETH/USD|263=0") == [
        "f|324=s|55=ETH/USD|336=DAY|325=N|326=18|58=closed: only cancels are taken"
    ]
    assert stage.hears("admin", "halt") == []


@pytest.mark.parametrize("symbol", ["55=DOGE/USD|", ""])
def test_an_unknown_security_is_a_business_reject(stage: Stage, symbol: str) -> None:
    (text,) = stage.security(f"e|324=s|{symbol}263=1")
    assert text.startswith("j|45=2|372=e|379=s|380=2|58=no instrument ")
    assert stage.subscriptions.sessions == []


def test_a_subscriber_hears_of_halt_resume_and_lost_venues(stage: Stage) -> None:
    stage.security("e|324=s|55=BTC/USD|263=1")
    head = "f|324=s|55=BTC/USD|336=DAY|325=Y"
    assert stage.hears("admin", "halt") == [
        f"{head}|326=2|58=trading is halted: only cancels are taken"
    ]
    assert stage.hears("admin", "halt") == []
    assert stage.hears("admin", "resume") == [f"{head}|326=3"]
    assert stage.hears("source_state", "down", source=0) == [
        f"{head}|326=17|58=not reached: MARKET"
    ]
    assert stage.hears("source_state", "up", source=0) == [f"{head}|326=17"]
    assert stage.hears("admin", "reduce") == [
        f"{head}|326=18|58=only cancels and orders that reduce a position are taken"
    ]
    assert stage.security("e|324=s|55=BTC/USD|263=2") == []
    assert stage.hears("admin", "halt") == []


def test_another_client_s_halt_is_not_told(stage: Stage) -> None:
    stage.security("e|324=s|55=BTC/USD|263=1")
    stage.session("g|335=t|263=1")
    assert stage.hears("admin", "halt", client=1) == []
    assert len(stage.hears("admin", "halt", client=0)) == 2


def test_the_trading_session(stage: Stage) -> None:
    assert stage.session("g|335=t|263=0") == ["h|335=t|336=DAY|338=1|339=3|325=N|340=2"]
    assert stage.session("g|335=t|336=DAY|263=1") == ["h|335=t|336=DAY|338=1|339=3|325=N|340=2"]
    head = "h|335=t|336=DAY|338=1|339=3|325=Y"
    assert stage.hears("admin", "halt") == [
        f"{head}|340=1|58=trading is halted: only cancels are taken"
    ]
    assert stage.hears("admin", "reduce") == [
        f"{head}|340=2|58=only cancels and orders that reduce a position are taken"
    ]
    assert stage.hears("admin", "resume") == [f"{head}|340=2"]
    assert stage.hears("timer", "day_end") == [
        f"{head}|340=3|58=the trading day ended",
        f"{head}|340=2",
    ]
    assert stage.session("g|335=t|263=2") == []
    assert stage.hears("admin", "halt") == []


def test_another_trading_session_is_refused(stage: Stage) -> None:
    assert stage.session("g|335=t|336=NIGHT|263=1") == [
        "h|335=t|336=NIGHT|340=6|567=1|58=there is one trading session: DAY"
    ]
    assert stage.subscriptions.sessions == []


def test_too_many_subscriptions_are_refused() -> None:
    stage = Stage(most=1)
    stage.security("e|324=s|55=BTC/USD|263=1")
    refusal = "|380=4|58=too many subscriptions of this session: end one with 263=2"
    assert stage.security("e|324=u|55=BTC/USD|263=1")[0].endswith(refusal)
    assert stage.session("g|335=u|263=1")[0].endswith(refusal)
