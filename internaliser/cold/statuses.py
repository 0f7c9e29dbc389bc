"""SecurityStatus(f) for a SecurityStatusRequest(e), TradingSessionStatus(h) for g, and their
updates.

There is one trading session, "DAY": it is open (340=2) or halted (340=1) for the asking client; at
the end of a trading day those who subscribed hear 340=3 (closed) and at once 340=2 (the next day).
"""

from collections.abc import Iterator

from internaliser.cold.question import (
    FIX42,
    UNKNOWN_ID,
    UNKNOWN_SECURITY,
    Out,
    Question,
    body,
    reject,
)
from internaliser.cold.question import NOT_AVAILABLE as TOO_MANY
from internaliser.cold.standing import HALT, HALTED, NOT_AVAILABLE, READY, RESUME, Standing, Status
from internaliser.cold.subscriptions import SUBSCRIBE, UNSUBSCRIBE, Subscriptions

DAY = "DAY"  # TradingSessionID(336)
SESSION_HALTED, SESSION_OPEN, SESSION_CLOSED, SESSION_REJECTED = 1, 2, 3, 6  # TradSesStatus(340)
STOPPED = (HALT, NOT_AVAILABLE)
TOO_MANY_TEXT = "too many subscriptions of this session: end one with 263=2"


class Statuses:
    """Answers from the standing; tells what changed to whom it was promised."""

    def __init__(self, standing: Standing, subscriptions: Subscriptions) -> None:
        self._standing = standing
        self._subscriptions = subscriptions

    # SecurityStatus

    def on_security_request(self, question: Question) -> Iterator[Out]:
        """One SecurityStatus(f); a symbol that is not traded here is a 35=j 380=2."""
        wanted = question.text(263)
        if wanted == UNSUBSCRIBE:
            self._subscriptions.remove(question)
            return
        symbol = question.text(55)
        instrument = self._index(symbol)
        if instrument is None:
            yield reject(question, UNKNOWN_SECURITY, f"no instrument {symbol or 'is named'}")
            return
        status = self._standing.status(question.client, instrument)
        if wanted == SUBSCRIBE:
            update = SecurityUpdate(self._standing, question, instrument, status)
            if not self._subscriptions.add(question, update.take):
                yield reject(question, TOO_MANY, TOO_MANY_TEXT)
                return
        yield security_status(question, symbol, status, is_update=False)

    # TradingSessionStatus

    def on_session_request(self, question: Question) -> Iterator[Out]:
        """One TradingSessionStatus(h); another session than DAY is refused in it."""
        wanted, asked = question.text(263), question.text(336)
        if wanted == UNSUBSCRIBE:
            self._subscriptions.remove(question)
            return
        if asked not in (None, DAY):
            yield session_refusal(question, asked or "")
            return
        if wanted == SUBSCRIBE:
            update = SessionUpdate(self._standing, question)
            if not self._subscriptions.add(question, update.take):
                yield reject(question, TOO_MANY, TOO_MANY_TEXT)
                return
        yield session_status(question, self._standing.session(question.client), is_update=False)

    def _index(self, symbol: str | None) -> int | None:
        for index, fields in enumerate(self._standing.names.instruments):
            if fields["name"] == symbol:
                return index
        return None


class SecurityUpdate:
    """One client's view of one instrument, and what it was told last."""

    def __init__(
        self, standing: Standing, question: Question, instrument: int, told: Status
    ) -> None:
        self._standing = standing
        self._question = question
        self._instrument = instrument
        self._told = told

    def take(self) -> list[Out]:
        """The status where it is another than the one told; leaving a halt is a resume."""
        now = self._standing.status(self._question.client, self._instrument)
        if now == self._told:
            return []
        is_resume = self._told.code in STOPPED and now.code == READY
        self._told = now
        shown = Status(RESUME, now.text) if is_resume else now
        symbol = self._standing.names.symbol(self._instrument)
        return [security_status(self._question, symbol, shown, is_update=True)]


class SessionUpdate:
    """One client's view of the trading session, and what it was told last."""

    def __init__(self, standing: Standing, question: Question) -> None:
        self._standing = standing
        self._question = question
        self._days = standing.days
        self._told = standing.session(question.client)

    def take(self) -> list[Out]:
        """A day that ended, and the state where it changed."""
        outs = []
        now = self._standing.session(self._question.client)
        if self._days != self._standing.days:
            self._days = self._standing.days
            outs.append(session_closed(self._question))
            outs.append(session_status(self._question, now, is_update=True))
        elif now != self._told:
            outs.append(session_status(self._question, now, is_update=True))
        self._told = now
        return outs


def security_status(
    question: Question, symbol: str | None, status: Status, *, is_update: bool
) -> Out:
    """The body of a SecurityStatus(f)."""
    return Out(
        "f",
        body(
            (324, question.text(324)),
            (55, symbol),
            (336, DAY),
            (325, "Y" if is_update else "N"),
            (326, status.code),
            (58, None if question.begin_string == FIX42 else status.text),
        ),
        is_kept=not is_update,
    )


def session_status(question: Question, state: str, *, is_update: bool) -> Out:
    """The body of a TradingSessionStatus(h)."""
    texts = {HALTED: "trading is halted: only cancels are taken"}
    if state not in texts and state != "active":
        texts[state] = "only cancels and orders that reduce a position are taken"
    code = SESSION_HALTED if state == HALTED else SESSION_OPEN
    return Out("h", session_body(question, code, texts.get(state), is_update), not is_update)


def session_closed(question: Question) -> Out:
    """A trading day has ended."""
    return Out("h", session_body(question, SESSION_CLOSED, "the trading day ended", True), False)


def session_body(question: Question, code: int, text: str | None, is_update: bool) -> bytes:
    """338=1 electronic, 339=3 production."""
    return body(
        (335, question.text(335)),
        (336, DAY),
        (338, 1),
        (339, 3),
        (325, "Y" if is_update else "N"),
        (340, code),
        (58, text),
    )


def session_refusal(question: Question, asked: str) -> Out:
    """There is one session only. 4.2 has no status for a refused request."""
    text = f"there is one trading session: {DAY}"
    if question.begin_string == FIX42:
        return reject(question, UNKNOWN_ID, text)
    return Out(
        "h",
        body(
            (335, question.text(335)),
            (336, asked),
            (340, SESSION_REJECTED),
            (567, 1),
            (58, text),
        ),
    )
