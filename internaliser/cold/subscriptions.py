"""Who wants to hear of changes (SubscriptionRequestType(263)=1), until they log off or say 263=2.

A subscription belongs to the connection it was made on: after a new Logon a client asks anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from internaliser.cold.question import NOT_AVAILABLE, Out, Question, reject

SNAPSHOT, SUBSCRIBE, UNSUBSCRIBE = "0", "1", "2"

Key = tuple[int, str, str]
Update = Callable[[], list[Out]]


@dataclass(slots=True)
class Subscription:
    """`update` gives what changed since it was called last."""

    question: Question
    update: Update


class Subscriptions:
    """By session, MsgType and the request's id; `most` of one session."""

    def __init__(self, most: int) -> None:
        self.faults: list[str] = []  # of ours, for the log
        self._most = most
        self._by_session: dict[int, dict[Key, Subscription]] = {}

    @property
    def sessions(self) -> list[int]:
        """Sessions with a subscription."""
        return list(self._by_session)

    def add(self, question: Question, update: Update) -> bool:
        """Another one, or the same anew; False when the session has too many."""
        held = self._by_session.setdefault(question.session, {})
        key = self._key(question)
        if key not in held and len(held) >= self._most:
            if not held:
                del self._by_session[question.session]
            return False
        held[key] = Subscription(question, update)
        return True

    def remove(self, question: Question) -> bool:
        """The one of that session, MsgType and id; False when there is none."""
        held = self._by_session.get(question.session, {})
        found = held.pop(self._key(question), None)
        if not held:
            self._by_session.pop(question.session, None)
        return found is not None

    def keep(self, session: int, generation: int) -> None:
        """Forget what was asked for on another connection than this."""
        held = self._by_session.get(session, {})
        for key, one in list(held.items()):
            if one.question.generation != generation:
                del held[key]
        if not held:
            self._by_session.pop(session, None)

    def updates(self, is_ready: Callable[[int], bool]) -> Iterator[tuple[Question, Out]]:
        """What changed, for everybody who wants to hear it; a session that is not ready waits."""
        for session, held in list(self._by_session.items()):
            if not is_ready(session):
                continue
            for key, one in list(held.items()):
                try:
                    outs = one.update()
                except Exception as error:  # a fault in one must not silence the others
                    del held[key]
                    self.faults.append(f"{type(error).__name__}: {error}")
                    text = "the subscription has ended: ask again"
                    outs = [reject(one.question, NOT_AVAILABLE, text)]
                for out in outs:
                    yield one.question, out

    @staticmethod
    def _key(question: Question) -> Key:
        return (question.session, question.msg_type, question.id or "")
