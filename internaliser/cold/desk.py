"""The desk: which question goes to whom. Sans-I/O: a question in, messages out, one at a time."""

from collections.abc import Callable, Iterator, Mapping

from internaliser.cold.question import UNSUPPORTED, Out, Question, reject
from internaliser.cold.securities import Securities

Answerer = Callable[[Question], Iterator[Out]]


class Desk:
    """Answers by MsgType(35); what nobody here answers is refused as unsupported."""

    def __init__(self, securities: Securities) -> None:
        self.answerers: Mapping[str, Answerer] = {
            "x": securities.on_list_request,
            "c": securities.on_definition_request,
        }

    def answer(self, question: Question) -> Iterator[Out]:
        """Every message that answers it, made as it is taken."""
        answerer = self.answerers.get(question.msg_type)
        if answerer is None:
            return iter((reject(question, UNSUPPORTED, "message type not supported"),))
        return answerer(question)
