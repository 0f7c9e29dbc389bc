"""UserResponse(BF) for a UserRequest(BE): 924 = 1 log on, 2 log off, 3 change password, 4 status, 5
throttle limits.

A user is a session's client, named by Username(553); another name is not recognised, whether it
exists or not. The session is the log-on: 924=1 finds it logged on, 924=2 is done with a Logout(5).
Passwords go from the message to the store and nowhere else; a changed one is asked for at the next
Logon.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from internaliser.cold.question import WAITING, Out, Question, body

LOG_ON, LOG_OFF, CHANGE, STATUS, LIMITS = "1", "2", "3", "4", "5"  # UserRequestType(924)
# UserStatus(926)
LOGGED_IN, NOT_RECOGNISED, PASSWORD_INCORRECT, PASSWORD_CHANGED, OTHER = 1, 3, 4, 5, 6
THROTTLE_STATUS = 8  # 5.0SP2
REJECTS, INBOUND_RATE, OUTSTANDING = 1, 0, 1  # ThrottleAction(1611), ThrottleType(1612)


class Change(Protocol):
    """A change of a password under way. Its result: None when it is made, "" when the old password
    is wrong, else why it is not made."""

    def done(self) -> bool: ...

    def result(self) -> str | None: ...


# client, old password, new password
ChangePassword = Callable[[str, str, str], Change]


@dataclass(frozen=True, slots=True)
class Throttle:
    """A limit of what a session may send: so many messages, in so many seconds or unanswered at
    once (`seconds` None). What exceeds it is refused."""

    messages: int
    seconds: int | None = None

    def text(self) -> str:
        """In words, for people."""
        if self.seconds is None:
            return f"{self.messages} unanswered requests at once"
        return f"{self.messages} messages in {self.seconds} s"

    def entry(self) -> bytes:
        """Within NoThrottles(1610)."""
        return body(
            (1611, REJECTS),
            (1612, OUTSTANDING if self.seconds is None else INBOUND_RATE),
            (1613, self.messages),
            (1614, self.seconds),
            (1615, None if self.seconds is None else 0),
        )


class Users:
    """`throttles` are the limits of any session, `of_client` those of one client's; `change` is the
    store of credentials, `usernames` are those that differ from the client's name."""

    def __init__(
        self,
        throttles: Sequence[Throttle],
        change: ChangePassword,
        of_client: Callable[[str], Sequence[Throttle]] = lambda client: (),
        usernames: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._throttles = throttles
        self._of_client = of_client
        self._change = change
        self._usernames = usernames

    def on_request(self, question: Question) -> Iterator[Out]:
        """One UserResponse(BF)."""
        status, text = self._outcome(question)
        if status == PASSWORD_CHANGED:
            change = self._change(
                question.client_name, question.text(554) or "", question.text(925) or ""
            )
            while not change.done():
                yield WAITING
            refusal = change.result()
            if refusal is not None:
                status, text = (OTHER, refusal) if refusal else (PASSWORD_INCORRECT, None)
        told = body(
            (923, question.text(923)),
            (553, question.text(553)),
            (926, status),
            (927, text),
        )
        if status == THROTTLE_STATUS:
            limits = self._limits(question)
            told += body((1610, len(limits)))
            told += b"".join(throttle.entry() for throttle in limits)
        yield Out("BF", told, is_wrong=status == PASSWORD_INCORRECT)

    def _limits(self, question: Question) -> list[Throttle]:
        return [*self._throttles, *self._of_client(question.client_name)]

    def _outcome(self, question: Question) -> tuple[int, str | None]:
        """UserStatus(926) and its text; PASSWORD_CHANGED is still to be made true."""
        name = question.client_name
        if question.text(553) != self._usernames.get(name, name):
            return NOT_RECOGNISED, "no such user"
        kind = question.text(924)
        if kind in (LOG_ON, STATUS):
            return LOGGED_IN, None
        if kind == LOG_OFF:
            return OTHER, "the session is the log-on: send a Logout(5)"
        if kind == LIMITS:
            text = "; ".join(throttle.text() for throttle in self._limits(question))
            return THROTTLE_STATUS if question.is_fix50 else LOGGED_IN, text
        if kind != CHANGE:
            return OTHER, "UserRequestType(924): 1 to 5 are answered"
        if not question.text(554) or not question.text(925):
            return OTHER, "Password(554) and NewPassword(925) are required"
        return PASSWORD_CHANGED, None
