"""A node with fills of two clients and the edge's desk that tells of them."""

from pathlib import Path
from types import SimpleNamespace

from internaliser.cold.question import Question
from internaliser.edge_desk import EdgeDesk
from tests.cold.asking import Changing, asked, said
from tests.gateway.desk import ORDER, Desk


class Traded(Desk):
    """CLIENT1 buys from CLIENT2: `trade` is one match, told to both."""

    def __init__(self, folder: Path, *overrides: str) -> None:
        super().__init__(folder, *overrides)
        self.desk = self.open_desk()
        self.count = 0
        self.log_on("CLIENT1", "CLIENT2", "CLIENT3")

    def open_desk(self) -> EdgeDesk:
        parts = SimpleNamespace(
            config=self.config,
            state=self.node.state,
            folder=self.node.folder,
            writer=self.node.writer,
        )
        return EdgeDesk(parts, Changing())  # type: ignore[arg-type]

    def trade(self, qty: int = 5, price: str = "100.00") -> list[str]:
        """What CLIENT1 was told of its fill."""
        self.count += 1
        self.says("CLIENT2", ORDER.format(f"s{self.count}", 2, qty, price))
        return self.says("CLIENT1", ORDER.format(f"b{self.count}", 1, qty, price))

    def ask(self, text: str, client: int = 0, **more: object) -> list[str]:
        """A question to the desk that has read everything; what the client reads."""
        question = self.question(text, client, **more)
        self.read_for(question)
        outs = (out for out in self.desk.answer(question) if out)
        return said(outs, question.begin_string)

    def question(self, text: str, client: int = 0, **more: object) -> Question:
        return asked(text, client=client, name=f"CLIENT{client + 1}", **more)

    def read_for(self, question: Question) -> None:
        """All that the question needs; what it needs is read from now on."""
        self.desk.is_ready(question)
        self.read()

    def read(self) -> None:
        while self.desk.read():
            pass

    def updates(self) -> list[str]:
        self.read()
        found = []
        for question, out in self.desk.subscriptions.updates(lambda _: True):
            found += said([out], question.begin_string)
        return found
