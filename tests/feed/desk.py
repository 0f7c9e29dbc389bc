"""A whole node and its feed in this process: clients and readers by name, the clock set by hand.

desk = Desk(folder)
alice, reader = desk.client("CLIENT1"), desk.reader("CLIENT2")
alice.order("a", "buy", 5, 100)
desk.turn()
reader.heard("X")
"""

from pathlib import Path

from internaliser.feed.feed_door import FeedDoor
from internaliser.feed_thread import open_feed_door
from internaliser.gateway.links import Links
from tests.node.fix import Fields, encode, fields_of, split, time_text
from tests.whole_node import NS_PER_MS, START_NS, WholeNode, plain_config

Pairs = list[tuple[str, object]]
SIDES = {"buy": "1", "sell": "2"}


def text_of(fields: Fields, tag: str) -> str:
    """The first field of that tag, "" where there is none."""
    return dict(reversed(fields)).get(tag.encode(), b"").decode()


class Talk:
    """One FIX client on one link. `messages`: everything heard, the Logon's answer included."""

    def __init__(self, desk: "Desk", door: Links, name: str, logon: Pairs) -> None:
        self.desk = desk
        self.door = door
        self.name = name
        self.number = 0
        self.rest = b""
        self.messages: list[Fields] = []
        self.taken = 0
        self.link = door.connect(desk.now_ns)
        self.reads = True
        self.send("A", [("98", 0), ("108", 60), ("141", "Y"), *logon])
        desk.talks.append(self)

    def send(self, msg_type: str, body: Pairs) -> None:
        """One message, numbered and timed."""
        self.number += 1
        head: Pairs = [
            ("35", msg_type),
            ("34", self.number),
            ("49", self.name),
            ("52", time_text(self.desk.now_ns).decode()),
            ("56", "NODE"),
        ]
        data = encode((tag.encode(), str(value).encode()) for tag, value in head + body)
        self.door.receive(self.link, data, self.desk.now_ns)

    def listen(self) -> None:
        """Take what was released."""
        found, self.rest = split(self.rest + self.door.sent(self.link))
        self.messages += map(fields_of, found)

    def heard(self, msg_type: str = "") -> list[Fields]:
        """What was heard since this was asked last, of one type or of all."""
        news = self.messages[self.taken :]
        self.taken = len(self.messages)
        return [one for one in news if msg_type in ("", text_of(one, "35"))]

    def order(
        self,
        name: str,
        side: str,
        qty: int,
        price: object,
        *,
        symbol: str = "TEST1",
        tif: str = "0",
        orig: str = "",
    ) -> None:
        """A limit order; with `orig` the replacement of that one."""
        body: Pairs = [("11", name), *([("41", orig)] if orig else []), ("55", symbol)]
        body += [("54", SIDES[side]), ("60", time_text(self.desk.now_ns).decode())]
        body += [("38", qty), ("40", "2"), ("44", price), ("59", tif)]
        self.send("G" if orig else "D", body)

    def cancel(self, name: str, orig: str, side: str, *, symbol: str = "TEST1") -> None:
        """A cancel request."""
        time = time_text(self.desk.now_ns).decode()
        body: Pairs = [("11", name), ("41", orig), ("55", symbol), ("54", SIDES[side])]
        self.send("F", [*body, ("60", time), ("38", 1)])

    def ask(
        self,
        request_id: str,
        *symbols: str,
        kind: str = "1",
        depth: int = 0,
        types: str = "01",
        more: Pairs | None = None,
    ) -> None:
        """A MarketDataRequest, ids included."""
        body: Pairs = [("262", request_id), ("5082", "Y"), ("263", kind), ("264", depth)]
        body += [("265", 1), *(more or [])]
        body += [("267", len(types)), *(("269", one) for one in types)]
        body += [("146", len(symbols)), *(("55", symbol) for symbol in symbols)]
        self.send("V", body)

    def end(self) -> None:
        """The connection is lost."""
        self.door.disconnect(self.link, self.desk.now_ns)
        self.desk.talks.remove(self)


class Desk:
    """A node on `folder`; what it held before is recovered."""

    def __init__(self, folder: Path, *overrides: str, more: str = "", now_ns: int = START_NS):
        self.now_ns = now_ns
        self.config = plain_config("feed.enabled=true", *overrides, more=more)
        self.node = WholeNode(folder, self.config, now_ns)
        self.feed: FeedDoor = open_feed_door(
            self.config, self.node.state.core, self.node.writer.next_position, self.node.folder
        )
        self.talks: list[Talk] = []

    def client(self, name: str) -> Talk:
        """A client logged on for orders."""
        talk = Talk(self, self.node.door, name, [])
        self.turn()
        return talk

    def reader(self, name: str, logon: Pairs | None = None) -> Talk:
        """A session logged on to the feed."""
        talk = Talk(self, self.feed, name, logon or [])
        self.turn()
        return talk

    def turn(self) -> None:
        """The core's turn, then the feed's, 1 ms later; everybody who reads has heard it all."""
        self.now_ns += NS_PER_MS
        self.node.pass_time(self.now_ns)
        assert self.node.turn(self.now_ns)
        self.feed.pass_time(self.now_ns)
        assert self.feed.finish(self.now_ns)
        for talk in self.talks:
            if talk.reads:
                talk.listen()

    def settle(self) -> None:
        """Turns until the feed has told everything."""
        for _ in range(1000):
            self.turn()
            if self.feed.is_current:
                self.turn()
                return
        raise AssertionError("the feed does not come to rest")

    def crash(self) -> None:
        """The node dies."""
        self.node.crash()
