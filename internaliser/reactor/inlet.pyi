from internaliser.reactor.ring import Ring

RING_COMMAND: int
RING_ANSWER: int

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
