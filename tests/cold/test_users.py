"""Users: who is logged on, passwords, limits."""

import pytest

from internaliser.cold.users import Users
from tests.cold.asking import asked, said

LIMITS = "unanswered requests: 16"


def answer(text: str, users: Users | None = None, **more: object) -> str:
    (found,) = said((users or Users(LIMITS)).on_request(asked(f"BE|923=u|{text}", **more)))
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
    asked_for: list[tuple[str, str, str]] = []

    def change(client: str, old: str, new: str) -> str | None:
        asked_for.append((client, old, new))
        return outcome

    users = Users(LIMITS, change)
    assert answer("924=3|553=CLIENT1|554=old|925=new", users) == f"BF|923=u|553=CLIENT1|{told}"
    assert asked_for == [("CLIENT1", "old", "new")]


def test_without_credentials_there_is_nothing_to_change() -> None:
    assert answer("924=3|553=CLIENT1|554=old|925=new").endswith(
        "|926=6|927=this session has no password to change"
    )
    assert answer("924=3|553=CLIENT1|925=new").endswith(
        "|926=6|927=Password(554) and NewPassword(925) are required"
    )


def test_limits_are_told_in_words() -> None:
    (out,) = Users(LIMITS).on_request(
        asked("BE|923=u|924=4|553=CLIENT1", fields=((923, b"u"), (924, b"5"), (553, b"CLIENT1")))
    )
    assert out.body.endswith(f"926=1\x01927={LIMITS}\x01".encode())
