from enum import IntEnum

from internaliser.reactor.ring import Ring

class CommandRingKind(IntEnum):
    RING_COMMAND = 1

class AnswerRingKind(IntEnum):
    RING_ANSWER = 1

class Inlet:
    def __init__(
        self,
        commands: Ring,
        views: Ring | None,
        commands_max: int,
        views_max: int,
        answers: Ring | None = None,
        answers_max: int = 32,
    ) -> None: ...
