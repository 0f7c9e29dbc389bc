"""The roster: identities, counters, and what of them survives."""

from pathlib import Path

import pytest

from internaliser.fix.dictionary import Dictionary
from internaliser.gateway.roster import Roster
from internaliser.gateway.sent import SentStore
from internaliser.resources import resource
from tests.gateway.desk import ORDER, Desk

DICTIONARY = Dictionary(resource("fix_specs/FIX44.xml"), role="acceptor")


def seated(**changes: str) -> Roster:
    roster = Roster(4, SentStore(4))
    names = {"begin_string": "FIX.4.4", "ours": "NODE", "theirs": "ALICE", **changes}
    roster.configure(2, dictionary=DICTIONARY, client=0, **names)
    return roster


def test_a_row_says_who_and_where_the_numbers_stand() -> None:
    assert seated().rows() == [
        {
            "session": 2,
            "begin_string": "FIX.4.4",
            "ours": "NODE",
            "theirs": "ALICE",
            "role": "acceptor",
            "is_active": False,
            "next_in": 1,
            "next_out": 1,
        }
    ]


def test_a_session_of_a_source_is_an_initiator() -> None:
    roster = Roster(1, SentStore(1))
    names = {"begin_string": "FIX.4.4", "ours": "NODE", "theirs": "SIM"}
    roster.configure(0, dictionary=DICTIONARY, source=0, **names)
    assert roster.rows()[0]["role"] == "initiator"


def test_a_name_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 63 bytes"):
        seated(theirs="A" * 64)


def test_a_number_over_the_limit_is_refused() -> None:
    roster = Roster(1, SentStore(1))
    with pytest.raises(ValueError, match="limit of 1 sessions"):
        roster.configure(
            1, begin_string="FIX.4.4", ours="N", theirs="A", dictionary=DICTIONARY, client=0
        )


def test_counters_come_back_as_they_were_given() -> None:
    given = b"".join(number.to_bytes(8, "little") for number in range(1, 9))
    roster = seated()
    roster.restore_counters(given)
    assert roster.counters() == given
    assert roster.rows()[0]["next_in"] == 5
    assert roster.rows()[0]["next_out"] == 6


def test_a_session_configured_again_keeps_its_numbers() -> None:
    roster = seated()
    roster.restore_counters(bytes(32) + (7).to_bytes(8, "little") + (9).to_bytes(8, "little"))
    roster.configure(
        2, begin_string="FIX.4.4", ours="NODE", theirs="BOB", dictionary=DICTIONARY, client=0
    )
    (row,) = roster.rows()
    assert (row["theirs"], row["next_in"], row["next_out"]) == ("BOB", 7, 9)


def test_what_the_journal_tells_is_what_the_sessions_stood_at(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1", "CLIENT2")
    desk.says("CLIENT1", "1|112=x")
    desk.says("CLIENT1", ORDER.format("a", 1, 5, "1.00"))
    desk.says("CLIENT2", ORDER.format("b", 2, 5, "1.00"))
    counters = desk.node.state.roster.counters()
    desk.restart()
    assert desk.node.state.roster.counters() == counters


def test_the_counters_of_one_session_are_told() -> None:
    roster = seated()
    assert roster.counters_of(0) == (1, 1)
    with pytest.raises(IndexError, match="sessions are 0 to"):
        roster.counters_of(60_000)


def test_each_of_a_thousand_sessions_is_configured_by_its_own_names() -> None:
    roster = Roster(1000, SentStore(1000))
    dictionary = Dictionary(resource("fix_specs/FIX44.xml"), role="acceptor")
    for index in range(1000):
        roster.configure(
            index,
            begin_string="FIX.4.4",
            ours="NODE",
            theirs=f"CLIENT{index}",
            dictionary=dictionary,
            client=index,
        )
    assert [row["theirs"] for row in roster.rows()] == [f"CLIENT{n}" for n in range(1000)]
