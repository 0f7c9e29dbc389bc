"""A whole node and the clients that talk to it, for the tests of the door and what is behind it."""

from pathlib import Path

from internaliser.journal.reader import JournalReader
from internaliser.model.fields import record_fields
from tests.scenarios.runner import Talker, shown
from tests.whole_node import NS_PER_MS, START_NS, WholeNode, plain_config

ORDER = "D|11={}|55=TEST1|54={}|38={}|40=2|44={}"

class Desk:
    """Every call is one turn, one millisecond after the last; what was read is returned as text."""

    def __init__(self, folder: Path, *overrides: str, more: str = "") -> None:
        self.folder = folder
        self.config = plain_config(*overrides, more=more)
        self.now_ns = START_NS
        self.talkers: dict[str, Talker] = {}
        self.node = WholeNode(folder, self.config, self.now_ns)

    def turn(self) -> bool:
        """End the turn."""
        return self.node.turn(self.now_ns)

    def connect(self, name: str) -> Talker:
        """A link for `name`, without a Logon."""
        talker = self.talkers.setdefault(name, Talker(name))
        talker.link, talker.unread = self.node.connect(self.now_ns), b""
        return talker

    def log_on(self, *names: str) -> None:
        """Links and Logons."""
        for name in names:
            self.connect(name)
            (logon,) = self.says(name, "A|98=0|108=30")
            assert logon.startswith("A|")

    def hand_in(self, name: str, text: str) -> None:
        """A message arrives; the turn goes on."""
        talker = self.talkers[name]
        assert talker.link is not None
        self.node.receive(talker.link, talker.write(text, self.now_ns), self.now_ns)

    def says(self, name: str, text: str) -> list[str]:
        """A message in a turn of its own; what `name` reads."""
        self.now_ns += NS_PER_MS
        self.hand_in(name, text)
        assert self.turn()
        return self.reads(name)

    def reads(self, name: str) -> list[str]:
        """What was released for `name`."""
        talker = self.talkers[name]
        assert talker.link is not None
        talker.read(self.node.sent(talker.link))
        messages, talker.messages = talker.messages, []
        return [shown(message) for message in messages]

    def is_closing(self, name: str) -> bool:
        """The node wants the link of `name` closed."""
        link = self.talkers[name].link
        assert link is not None
        return self.node.door.is_closing(link)

    def hang_up(self, name: str) -> None:
        """The link of `name` is gone."""
        link = self.talkers[name].link
        assert link is not None
        self.node.disconnect(link, self.now_ns)
        self.talkers[name].link = None

    def wait(self, ns: int) -> None:
        """So much later, with every timer on the way."""
        end_ns = self.now_ns + ns
        while 0 < self.node.door.due_ns <= end_ns:
            self.now_ns = max(self.now_ns, self.node.door.due_ns)
            self.node.pass_time(self.now_ns)
            assert self.turn()
        self.now_ns = end_ns

    def restart(self) -> None:
        """The process dies and starts again."""
        self.node.crash()
        for talker in self.talkers.values():
            talker.link = None
        self.node = WholeNode(self.folder, self.config, self.now_ns)

    def records(self) -> list[dict[str, object]]:
        """What stands in the journal."""
        with JournalReader(self.node.folder.journal) as reader:
            return [record_fields(record.data) for record in reader]


def kinds(records: list[dict[str, object]]) -> list[str]:
    """What happened, one word each."""
    return [str(record.get("event") or record["kind"]) for record in records]
