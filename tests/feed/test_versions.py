"""Market data and drop copy in every version: true to its dictionary."""

import re
from pathlib import Path

import pytest

from internaliser.dictionaries import dictionary_of
from tests.feed.desk import Desk, Pairs
from tests.node.fix import time_text

SOH = b"\x01"
COPY = """
[[drop_copies]]
name = "RISK"
accounts = ["*"]
"""


class Speaker:
    """A session of any version on the feed; keeps whole messages as they came."""

    def __init__(self, desk: Desk, begin_string: str, name: str, logon: Pairs) -> None:
        self.desk, self.begin_string, self.name = desk, begin_string, name
        self.number = 0
        self.link = desk.feed.connect(desk.now_ns)
        default = [("1137", 9)] if begin_string == "FIXT.1.1" else []
        self.send("A", [("98", 0), ("108", 60), ("141", "Y"), *logon, *default])

    def send(self, msg_type: str, body: Pairs) -> None:
        self.number += 1
        head: Pairs = [("35", msg_type), ("34", self.number), ("49", self.name)]
        head += [("52", time_text(self.desk.now_ns).decode()), ("56", "NODE")]
        text = b"".join(f"{tag}={value}\x01".encode() for tag, value in head + body)
        data = f"8={self.begin_string}\x019={len(text)}\x01".encode() + text
        self.desk.feed.receive(
            self.link, data + b"10=%03d\x01" % (sum(data) % 256), self.desk.now_ns
        )

    def heard(self) -> list[bytes]:
        data = self.desk.feed.sent(self.link)
        return re.findall(rb"8=FIX.*?\x0110=\d{3}\x01", data, re.S)


def type_of(message: bytes) -> str:
    found = re.search(rb"\x0135=([^\x01]+)\x01", message)
    assert found is not None
    return found[1].decode()


@pytest.mark.parametrize("begin_string", ["FIX.4.2", "FIX.4.4", "FIXT.1.1"])
def test_everything_sent_is_what_the_dictionary_says(tmp_path: Path, begin_string: str) -> None:
    desk = Desk(tmp_path, more=COPY)
    dictionary = dictionary_of(begin_string, "initiator")
    alice, bob = desk.client("CLIENT1"), desk.client("CLIENT2")
    risk = Speaker(desk, begin_string, "RISK", [("9406", "Y"), ("5091", "0")])
    reader = Speaker(desk, begin_string, "CLIENT3", [])
    ask: Pairs = [("262", "r"), ("5082", "Y"), ("263", 1), ("264", 0), ("265", 1), ("267", 3)]
    ask += [("269", 0), ("269", 1), ("269", 2), ("146", 1), ("55", "TEST1")]
    alice.order("a", "buy", 5, 100)
    desk.turn()
    reader.send("V", ask)
    desk.turn()
    reader.send("V", ask)
    bob.order("b", "sell", 2, "99.5")
    bob.order("c", "sell", 2, 101)
    desk.turn()
    alice.cancel("d", "a", "buy")
    desk.turn()
    told = [*reader.heard(), *risk.heard()]
    assert [type_of(one) for one in told] == ["A", "W", "Y", "X", "X", "A", *"888888"]
    for message in told:
        verdict = dictionary.verdict(message)
        assert verdict is None or verdict[0] < 0, (verdict, message)
