"""What the door does in a session's name, seen from the whole door."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.gateway.throttle import Throttle
from tests.gateway.desk import ORDER, Desk
from tests.whole_node import NS_PER_MS


def test_a_limit_holds_from_the_moment_it_is_given(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    for number in range(3):
        assert desk.says("CLIENT1", ORDER.format(number, 1, 1, "1.00"))[0].startswith("8|")
    throttle = Throttle(4096)
    throttle.limit_account(0, 1, 1)
    desk.node.door.limit(throttle)
    assert desk.says("CLIENT1", ORDER.format("a", 1, 1, "1.00"))[0].startswith("8|")
    assert desk.says("CLIENT1", ORDER.format("b", 1, 1, "1.00"))[0].startswith("j|")


# What a client may send within one read; {0} to {2} are drawn. The last ones end its session.
MESSAGES = (
    "D|11=a{0}|55=TEST1|54={1}|38=1{0}|40=2|44=1.0{2}",
    "D|11=a{0}|55=TEST1|54={1}|38=5|40=2|59=3|44=1.0{2}",
    "D|11=b{0}|55=TEST1|54={1}|38=5|40=1",
    "D|11=c{0}|55=NOWHERE|54={1}|38=5|40=2|44=1.00",
    "D|11=d{0}|55=TEST1|54={1}|38=five|40=2|44=1.00",
    "D|11=e{0}|55=TEST1|54=9|38=5|40=2|44=1.00",
    "D|11=f{0}|55=TEST1|54={1}|40=2|44=1.00",
    "D|11=g{0}|55=TEST1|54={1}|38=5|40=2|44=1.00|9999=x",
    "F|11=h{0}{2}|41=a{0}|55=TEST1|54={1}|38=10",
    "F|11=i{0}{2}|55=TEST1|54={1}|38=10",
    "F|11=j{0}{2}|37=1-1-3{0}|55=TEST1|54={1}|38=10",
    "G|11=k{0}{2}|41=a{0}|55=TEST1|54={1}|38=2{2}|40=2|44=1.0{0}",
    "H|11=a{0}|55=TEST1|54={1}",
    "q|11=l{0}{2}|530=7",
    "AF|584=m{0}|585=7",
    "1|112=n{0}",
    "0",
    "2|7={0}|16=0",
    "x|320=o{0}|559=4",
    "D|34=999|11=p{0}|55=TEST1|54={1}|38=5|40=2|44=1.00",
    "D|52=20200101-00:00:00.000|11=q{0}|55=TEST1|54={1}|38=5|40=2|44=1.00",
    "D|49=NOBODY|11=r{0}|55=TEST1|54={1}|38=5|40=2|44=1.00",
    "D|34=1|11=s{0}|55=TEST1|54={1}|38=5|40=2|44=1.00",
    "5",
)
ORDINARY = len(MESSAGES) - 5
SETTINGS = (
    (),
    ("throttle.session_orders_per_s=5", "throttle.refusals_per_s_max=9"),
    ("clients.CLIENT1.session={ last_processed = true }",),
)
drawn = st.tuples(
    st.one_of(st.integers(0, ORDINARY - 1), st.integers(0, 12), st.integers(0, len(MESSAGES) - 1)),
    st.integers(0, 5),
    st.integers(1, 2),
    st.integers(0, 9),
)


def outcome(folder: Path, overrides: Sequence[str], pieces: Sequence[Sequence[str]]) -> Any:
    """What a client reads and what the journal holds when it sends `pieces`, each in one read."""
    desk = Desk(folder, *overrides)
    desk.log_on("CLIENT1", "CLIENT2")
    talker = desk.talkers["CLIENT1"]
    assert talker.link is not None
    for price in ("1.03", "1.05"):
        desk.says("CLIENT2", ORDER.format(price, 2, 20, price))
    desk.now_ns += NS_PER_MS
    for piece in pieces:
        data = b"".join(talker.write(text, desk.now_ns) for text in piece)
        desk.node.receive(talker.link, data, desk.now_ns)
    assert desk.turn()
    read = [
        desk.node.sent(link)
        for link in (talker.link, desk.talkers["CLIENT2"].link)
        if link is not None
    ]
    records = [{**record, "position": 0} for record in desk.records()]
    desk.node.crash()
    return read, desk.is_closing("CLIENT1"), records


@settings(max_examples=150, deadline=None)
@given(sent=st.lists(drawn, min_size=2, max_size=40), which=st.integers(0, len(SETTINGS) - 1))
def test_messages_of_one_read_and_of_many_come_to_the_same(
    sent: list[tuple[int, int, int, int]], which: int
) -> None:
    texts = [MESSAGES[kind].format(*values) for kind, *values in sent]
    with tempfile.TemporaryDirectory() as folder:
        together = outcome(Path(folder) / "a", SETTINGS[which], [texts])
        apart = outcome(Path(folder) / "b", SETTINGS[which], [[text] for text in texts])
    assert together == apart
