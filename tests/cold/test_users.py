"""Users: who is logged on, passwords, limits."""

from dataclasses import replace
from typing import Any

import pytest

from internaliser.cold.question import FIX50, WAITING
from internaliser.cold.users import Throttle, Users
from tests.cold.asking import Changing, asked, said

LIMITS = [Throttle(16), Throttle(100, 1)]


def users_of(*throttles: Throttle, **more: Any) -> Users:
    return Users(throttles, Changing(), **more)


def answer(text: str, users: Users | None = None, **more: object) -> str:
    (found,) = said((users or users_of(*LIMITS)).on_request(asked(f"BE|923=u|{text}", **more)))
    return found


@pytest.mark.parametrize("kind", [1, 4])
def test_who_asks_is_logged_on(kind: int) -> None:
    assert answer(f"924={kind}|553=CLIENT1") == "BF|923=u|553=CLIENT1|926=1"


@pytest.mark.parametrize("name", ["CLIENT2", "NOBODY"])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_another_user_is_not_recognised_whether_it_exists_or_not(kind: int, name: str) -> None:
    assert answer(f"924={kind}|553={name}|554=a|925=b") == (
        f"BF|923=u|553={name}|926=3|927=no such user"
    )


def test_a_log_off_is_a_logout() -> None:
    assert answer("924=2|553=CLIENT1").endswith(
        "|926=6|927=the session is the log-on: send a Logout(5)"
    )


@pytest.mark.parametrize(
    ("outcome", "told"),
    [(None, "926=5"), ("", "926=4"), ("too short", "926=6|927=too short")],
)
def test_a_password_is_changed_by_the_store(outcome: str | None, told: str) -> None:
    store = Changing(outcome)
    users = Users(LIMITS, store)
    assert answer("924=3|553=CLIENT1|554=old|925=new", users) == f"BF|923=u|553=CLIENT1|{told}"
    assert store.asked_for == [("CLIENT1", "old", "new")]


def test_a_change_is_waited_for_and_a_wrong_password_is_marked() -> None:
    question = asked("BE|923=u|924=3|553=CLIENT1|554=old|925=new")
    for outcome, is_wrong in ((None, False), ("", True), ("why", False)):
        outs = list(Users(LIMITS, Changing(outcome, looks=2)).on_request(question))
        assert outs[:-1] == [WAITING, WAITING]
        assert outs[-1].is_wrong is is_wrong


def test_without_both_passwords_nothing_is_changed() -> None:
    store = Changing()
    for given in ("554=old", "925=new"):
        assert answer(f"924=3|553=CLIENT1|{given}", Users(LIMITS, store)).endswith(
            "|926=6|927=Password(554) and NewPassword(925) are required"
        )
    assert store.asked_for == []


def test_a_user_is_named_as_at_its_logon() -> None:
    users = users_of(usernames={"CLIENT1": "alice"})
    assert answer("924=4|553=alice", users) == "BF|923=u|553=alice|926=1"
    assert answer("924=4|553=CLIENT1", users).endswith("|926=3|927=no such user")


def test_limits_are_told_in_fields_where_the_version_has_them_and_in_words() -> None:
    fields = ((923, b"u"), (924, b"5"), (553, b"CLIENT1"))
    words = b"927=16 unanswered requests at once; 100 messages in 1 s\x01"
    question = asked("BE|923=u|924=4|553=CLIENT1", fields=fields)
    (out,) = users_of(*LIMITS).on_request(question)
    assert out.body.endswith(b"926=1\x01" + words)
    (out,) = users_of(*LIMITS).on_request(replace(question, begin_string=FIX50))
    assert out.body.replace(b"\x01", b"|").endswith(
        b"926=8|" + words.replace(b"\x01", b"|") + b"1610=2|1611=1|1612=1|1613=16|"
        b"1611=1|1612=0|1613=100|1614=1|1615=0|"
    )


def test_limits_of_one_client_are_told_to_it() -> None:
    fields = ((923, b"u"), (924, b"5"), (553, b"CLIENT1"))
    users = users_of(of_client=lambda client: [Throttle(len(client), 1)])
    (out,) = users.on_request(asked("BE|923=u|924=4|553=CLIENT1", fields=fields))
    assert b"927=7 messages in 1 s\x01" in out.body
