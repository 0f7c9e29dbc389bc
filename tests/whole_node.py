"""A whole node in this process: its real parts, without sockets, clock or threads of its own.

node = WholeNode(folder, config, now_ns)
link = node.connect(now_ns)
node.receive(link, data, now_ns)
node.turn(now_ns)                     # journal, then release
node.sent(link)
node.crash()                          # memory is gone; another WholeNode recovers the folder
"""

import weakref
from pathlib import Path

from internaliser.config import Config, parse
from internaliser.gateway.door import Door
from internaliser.journal.folder import DataFolder
from internaliser.journal.writer import JournalWriter
from internaliser.node import open_door
from internaliser.recovery import Recovered, keep_snapshot, recover
from internaliser.resources import resource

SEGMENT_SIZE = 1 << 18  # small: the journal turns to a new file often
BATCH_MAX = 1 << 15
START_NS = 1_700_000_000_000_000_000
NS_PER_MS = 1_000_000


LISTED = '"TEST1" = { symbol = "TEST1" }'
VENUE = f"""
[[venues]]
name = "SIM"
host = "127.0.0.1"
port = 9880
sender_comp_id = "NODE"
target_comp_id = "SIM"
credit = "unlimited"
instruments = {{ {LISTED} }}
"""


def plain_config(*overrides: str, more: str = "") -> Config:
    """The yardstick configuration and `more`, changed by `section.key=value`."""
    text = resource("config/plain.toml").read_text()
    return parse(text + more, "config/plain.toml", overrides)


class WholeNode:
    """Recovers the folder, then is ready for links. `recovered_hash`: before its epoch began."""

    def __init__(self, folder: Path, config: Config, now_ns: int) -> None:
        self.path = folder
        self.folder = DataFolder(folder)
        self.state: Recovered = recover(folder, node_id=config.node.id)
        self.recovered_hash = self.state.core.state_hash()
        self.recovered_seq = self.state.core.seq
        self.writer = JournalWriter(
            self.folder,
            node_id=config.node.id,
            policy=config.journal.sync,
            segment_size=SEGMENT_SIZE,
            batch_max=BATCH_MAX,
            rules_version=self.state.core.rules_version,
        )
        self.links: set[int] = set()
        self.door: Door = open_door(config, self.state, self.writer, now_ns)
        _running.add(self)

    def connect(self, now_ns: int, session: int | None = None) -> int:
        """A link comes up; with a session number it is one we dialled."""
        link: int = self.door.connect(now_ns, session)
        self.links.add(link)
        return link

    def receive(self, link: int, data: bytes, now_ns: int) -> None:
        """Bytes arrive."""
        self.door.receive(link, data, now_ns)

    def disconnect(self, link: int, now_ns: int) -> None:
        """A link is gone."""
        self.links.discard(link)
        self.door.disconnect(link, now_ns)

    def pass_time(self, now_ns: int) -> None:
        """Every timer that is due by now."""
        self.door.pass_time(now_ns)

    def turn(self, now_ns: int) -> bool:
        """End the turn; False when the node has halted."""
        return self.door.finish(now_ns)

    def sent(self, link: int) -> bytes:
        """What was released on a link since the last call."""
        return self.door.sent(link)

    def crash(self) -> None:
        """The process dies: what was not committed is gone."""
        self.links.clear()
        self.writer.close()
        self.folder.close()
        _running.discard(self)

    def stop(self, now_ns: int) -> None:
        """The end of an orderly stop, after the links are closed: a snapshot, then nothing."""
        assert not self.links
        assert self.turn(now_ns)
        keep_snapshot(self.state, self.writer, self.folder.snapshots, now_ns)
        self.crash()


_running: weakref.WeakSet[WholeNode] = weakref.WeakSet()


def end_all() -> None:
    """End the nodes that tests left running: their journals make files until then."""
    for node in list(_running):
        node.crash()
