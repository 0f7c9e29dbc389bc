"""The desk: which question goes to whom. Sans-I/O: a question in, messages out, one at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from internaliser.cold.positions import Positions
from internaliser.cold.question import FIELD_MAX, OTHER, UNSUPPORTED, Out, Question, reject
from internaliser.cold.replay import Replay
from internaliser.cold.securities import Securities
from internaliser.cold.statuses import Statuses
from internaliser.cold.trades import Trades
from internaliser.cold.users import Users

Answerer = Callable[[Question], Iterable[Out | None]]
NEEDS_EXECUTIONS = frozenset(("AD", "BW"))


class Desk:
    """Answers by MsgType(35); what nobody here answers is refused as unsupported."""

    def __init__(
        self,
        securities: Securities,
        statuses: Statuses,
        trades: Trades,
        positions: Positions,
        users: Users,
        replay: Replay,
    ) -> None:
        self.answerers: Mapping[str, Answerer] = {
            "x": securities.on_list_request,
            "c": securities.on_definition_request,
            "e": statuses.on_security_request,
            "g": statuses.on_session_request,
            "AD": trades.on_request,
            "AR": lambda question: (),  # taken note of; there is nothing to say
            "AN": positions.on_request,
            "BE": users.on_request,
            "BW": replay.on_request,
        }

    def answer(self, question: Question) -> Iterator[Out | None]:
        """Every message that answers it, made as it is taken; None: others first."""
        answerer = self.answerers.get(question.msg_type)
        if answerer is None:
            return iter((reject(question, UNSUPPORTED, "message type not supported"),))
        overlong = question.overlong_tag
        if overlong is not None:
            text = f"tag {overlong} takes at most {FIELD_MAX} bytes"
            return iter((reject(question, OTHER, text),))
        return iter(answerer(question))
