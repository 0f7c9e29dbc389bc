"""Entries as they stand on the wire."""

from pathlib import Path

from tests.feed.desk import Desk
from tests.node.fix import HEADER, Fields


def body(fields: Fields) -> str:
    """The body without what the clock writes."""
    times = {b"272", b"273"}
    return "|".join(
        f"{tag.decode()}={value.decode()}"
        for tag, value in fields
        if tag not in HEADER and tag not in times
    )


def test_a_book_its_changes_and_a_trade(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "feed.default_book=local")
    alice, reader = desk.client("CLIENT1"), desk.reader("CLIENT4")
    alice.order("a", "buy", 5, "100.25")
    alice.order("b", "buy", 1, 100)
    alice.order("c", "sell", 2, 101)
    desk.turn()
    reader.ask("r", "TEST1", types="012")
    desk.turn()
    alice.order("d", "buy", 7, "100.25")
    alice.order("e", "buy", 2, "100.1")
    desk.turn()
    alice.cancel("f", "b", "buy")
    alice.order("g", "sell", 12, "100.25")
    desk.turn()
    book, changes, last = (body(one) for one in reader.heard() if (b"35", b"A") not in one)
    assert book == (
        "262=r|5084=3|55=TEST1|268=3|269=0|270=100.25|271=5|346=1|290=1|269=0|270=100|271=1|346=1"
        "|290=2|269=1|270=101|271=2|346=1|290=1"
    )
    assert changes == (
        "262=r|5083=4|5084=5|268=2|279=1|269=0|55=TEST1|270=100.25|271=12|346=2|290=1|279=0|269=0"
        "|55=TEST1|270=100.1|271=2|346=1|290=2"
    )
    parts = last.split("|278=")
    assert parts[0] == "262=r|5083=6|5084=7|268=4|279=0|269=2"
    assert parts[1].split("|", 1)[1] == "55=TEST1|270=100.25|271=5|279=0|269=2"
    assert parts[2].split("|", 1)[1] == (
        "55=TEST1|270=100.25|271=7|279=2|269=0|55=TEST1|270=100.25|279=2|269=0|55=TEST1|270=100"
    )
