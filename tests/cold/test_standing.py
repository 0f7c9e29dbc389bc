"""How the market stands, from state events."""

from typing import Any

import pytest

from internaliser.cold.standing import HALT, NOT_AVAILABLE, READY, Standing, Status
from internaliser.names import Names
from tests.cold.test_securities import NAMES


def event(of: str, action: str, **more: Any) -> dict[str, Any]:
    return {
        "of": of,
        "action": action,
        "client": None,
        "source": None,
        "reason": None,
        "more": False,
        **more,
    }


@pytest.fixture
def standing() -> Standing:
    names = Names(
        NAMES.assets,
        NAMES.instruments,
        sources=[{"name": "MARKET"}, {"name": "OTHER"}],
        listings=[
            {"source": 0, "instrument": 0, "is_listed": 1},
            {"source": 1, "instrument": 0, "is_listed": 0},
        ],
    )
    return Standing(names, links={0: "up", 1: "down"})


def test_an_instrument_is_ready_closed_or_halted(standing: Standing) -> None:
    assert standing.status(0, 0) == Status(READY)
    assert standing.status(0, 1).code == NOT_AVAILABLE
    standing.take(event("admin", "halt"))
    assert standing.status(0, 0).code == HALT
    assert standing.status(0, 1).code == NOT_AVAILABLE
    standing.take(event("admin", "resume"))
    assert standing.status(0, 0) == Status(READY)


def test_a_halted_client_is_nobody_else_s_business(standing: Standing) -> None:
    standing.take(event("admin", "halt", client=1))
    assert standing.status(1, 0).code == HALT
    assert standing.status(0, 0) == Status(READY)
    assert (standing.session(1), standing.session(0)) == ("halted", "active")


def test_the_stricter_of_two_states_counts(standing: Standing) -> None:
    standing.take(event("admin", "reduce"))
    assert standing.session(0) == "reducing"
    assert standing.status(0, 0).code == NOT_AVAILABLE
    standing.take(event("admin", "halt", client=0))
    assert standing.session(0) == "halted"


@pytest.mark.parametrize(
    "lost",
    [
        event("source_state", "down", source=0),
        event("timer", "source_stale", source=0),
        event("admin", "halt", source=0),
    ],
)
def test_a_venue_that_lists_it_and_is_not_reached_is_named(
    standing: Standing, lost: dict[str, Any]
) -> None:
    standing.take(lost)
    assert standing.status(0, 0) == Status(READY, "not reached: MARKET")
    assert standing.status(0, 2) == Status(READY)
    standing.take(event("source_state", "up", source=0))
    standing.take(event("admin", "resume", source=0))
    assert standing.status(0, 0) == Status(READY)


def test_a_day_ends_with_its_last_chunk(standing: Standing) -> None:
    standing.take(event("admin", "day_end", more=True))
    assert standing.days == 0
    standing.take(event("timer", "day_end"))
    assert standing.days == 1


def test_what_was_refused_or_is_about_something_else_changes_nothing(standing: Standing) -> None:
    standing.take(event("admin", "halt", reason="stale_command"))
    standing.take(event("admin", "cancel_all"))
    standing.take(event("config", "client"))
    assert standing.changes == 0
    assert standing.session(0) == "active"
