"""Questions answered by a running node: over real sockets, at a bounded pace, beside the orders."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from internaliser import edge_questions
from internaliser.control import ask
from internaliser.fix_client import Fields, FixClient, value
from internaliser.node import Node
from tests.whole_node import plain_config

PATIENCE_S = 20.0
ORDER = [
    (35, "D"),
    (55, "TEST1"),
    (54, 1),
    (38, 5),
    (40, 2),
    (44, "1.00"),
    (60, "20260101-00:00:00"),
]


class Client(FixClient):
    """A logged on client that says one thing and reads on."""

    def asks(self, text: str, count: int = 1) -> list[Fields]:
        self.send(
            [(int(tag), item) for tag, _, item in (f.partition("=") for f in text.split("|"))]
        )
        return self.hears(count)

    def hears(self, count: int) -> list[Fields]:
        found = []
        while len(found) < count:
            fields = self.receive(PATIENCE_S)
            assert fields is not None, f"only {found}"
            found.append(fields)
        return found


@contextmanager
def running(folder: Path, act: Callable[[Node], None], *settings: str) -> Iterator[Node]:
    """A node on this thread, `act` on another; ends with it."""
    node = Node(plain_config("fix.port=0", "journal.segment_mb=4", *settings), folder)
    faults: list[BaseException] = []

    def play() -> None:
        try:
            act(node)
        except BaseException as error:
            faults.append(error)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=play)
    try:
        code = node.run(thread.start)  # once signals are heard
    finally:
        if thread.ident is not None:
            thread.join()
        node.close()
    if faults:
        raise faults[0]
    assert code == 0
    yield node


def client(node: Node, name: str = "CLIENT1", begin_string: str = "FIX.4.4") -> Client:
    found = Client("127.0.0.1", node.reactor.ports[0], name, "NODE", begin_string)
    found.log_on()
    return found


def test_a_list_of_securities_over_a_socket(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node) as one:
            heard.extend(one.asks("35=x|320=r1|559=4"))

    with running(tmp_path / "data", act):
        (answer,) = heard
        assert value(answer, 35) == b"y"
        assert value(answer, 393) == b"10"
        assert [item for tag, item in answer if tag == 55][:2] == [b"BTC/USD", b"ETH/USD"]


def test_a_question_and_orders_are_answered_each_in_its_order(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node) as one:
            for number in range(10):
                one.send([*ORDER, (11, f"o{number}")])
                one.send([(35, "x"), (320, f"r{number}"), (559, 0), (55, "TEST1")])
            heard.extend(one.hears(20))

    with running(tmp_path / "data", act):
        assert [value(item, 320) for item in heard if value(item, 35) == b"y"] == [
            f"r{number}".encode() for number in range(10)
        ]
        assert sum(value(item, 35) == b"8" for item in heard) == 10
        assert [value(item, 34) for item in heard] == [str(n).encode() for n in range(2, 22)]


def test_a_fault_in_one_answer_is_told_and_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Fields] = []

    class Broken(edge_questions.EdgeDesk):
        def answer(self, question: edge_questions.Question) -> Iterator[edge_questions.Out | None]:
            if question.text(320) == "bad":
                raise ZeroDivisionError
            return super().answer(question)

    monkeypatch.setattr(edge_questions, "EdgeDesk", Broken)

    def act(node: Node) -> None:
        with client(node) as one:
            heard.extend(one.asks("35=x|320=bad|559=4"))
            heard.extend(one.asks("35=x|320=good|559=4"))

    with running(tmp_path / "data", act):
        assert [(value(item, 35), value(item, 380)) for item in heard] == [
            (b"j", b"4"),
            (b"y", None),
        ]


def test_a_long_answer_goes_in_pieces_and_no_faster_than_it_may(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node) as one, client(node, "CLIENT2") as other:
            one.send([(35, "c"), (320, "many"), (321, 3)])
            other.send([*ORDER, (11, "o")])
            assert value(other.hears(1)[0], 35) == b"8"
            heard.extend(one.hears(10))

    settings = ("requests.answers_per_s=50", "requests.answer_bytes_max=1024")
    with running(tmp_path / "data", act, *settings):
        assert [value(item, 35) for item in heard] == [b"d"] * 10


def test_with_a_busy_edge_questions_are_refused_and_orders_go_on(tmp_path: Path) -> None:
    heard: list[Fields] = []
    block = threading.Event()

    def act(node: Node) -> None:
        with client(node) as one:
            node.asking.ring.put(99, b"")  # wakes the edge, which waits for `block`
            for number in range(20):
                one.send([(35, "x"), (320, f"r{number}"), (559, 4)])
                one.send([*ORDER, (11, f"o{number}")])
            early = one.hears(38)
            block.set()
            assert sum(value(item, 35) == b"8" for item in early) == 20
            assert sum(value(item, 380) == b"4" for item in early) == 18
            heard.extend(one.hears(2))

    class Waiting(edge_questions.EdgeQuestions):
        def _take(self) -> None:
            assert block.wait(PATIENCE_S)
            super()._take()

    from internaliser import edge

    kept = edge.EdgeQuestions
    edge.EdgeQuestions = Waiting  # type: ignore[misc]
    try:
        with running(tmp_path / "data", act, "requests.unanswered_max=2"):
            assert [value(item, 35) for item in heard] == [b"y", b"y"]
    finally:
        edge.EdgeQuestions = kept  # type: ignore[misc]


def test_every_kind_of_question_is_answered_over_a_socket(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node) as one, client(node, "CLIENT2") as other:
            other.send([*ORDER[:2], (54, 2), *ORDER[3:], (11, "s")])
            other.hears(1)
            one.send([*ORDER, (11, "b")])
            one.hears(2)
            for text, count in (
                ("35=x|320=r|559=0|55=TEST1", 1),
                ("35=c|320=r|321=0|55=TEST1", 1),
                ("35=e|324=r|55=TEST1|263=0", 1),
                ("35=g|335=r|263=0", 1),
                ("35=AD|568=r|569=0", 2),
                ("35=AN|710=r|724=0|1=CLIENT1|581=1|715=20260101|60=20260101-00:00:00", 3),
                ("35=BE|923=r|924=3|553=CLIENT1|554=old|925=new", 1),
            ):
                heard.extend(one.asks(text, count))

    with running(tmp_path / "data", act):
        kinds = [value(item, 35) or b"" for item in heard]
        assert b" ".join(kinds) == b"y d f h AQ AE AO AP AP BF"


def test_subscribers_hear_of_a_halt_and_of_fills_unasked(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node) as one, client(node, "CLIENT2") as other:
            one.asks("35=e|324=s|55=TEST1|263=1")
            one.asks("35=AD|568=t|569=0|263=1")
            one.send([*ORDER, (11, "b")])
            one.hears(1)
            other.send([*ORDER[:2], (54, 2), *ORDER[3:], (11, "s")])
            heard.extend(one.hears(2))
            ask(node.folder.path, "halt", who="me", why="drill")
            heard.extend(one.hears(1))
            ask(node.folder.path, "resume", who="me", why="drill")
            heard.extend(one.hears(1))

    with running(tmp_path / "data", act):
        report, capture, halted, resumed = heard
        assert (value(report, 35), value(capture, 35)) == (b"8", b"AE")
        assert value(capture, 17) == value(report, 17)
        assert (value(halted, 326), value(resumed, 326)) == (b"2", b"3")


def test_a_list_may_be_sent_unasked_after_each_logon(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        for _ in range(2):
            with client(node) as one:
                heard.extend(one.hears(1))
                one.log_out()

    with running(tmp_path / "data", act, "requests.list_after_logon=true"):
        assert [(value(item, 35), value(item, 320)) for item in heard] == [(b"y", b"LOGON")] * 2


def test_no_password_of_a_request_is_written_anywhere(tmp_path: Path) -> None:
    def act(node: Node) -> None:
        with client(node) as one:
            one.asks("35=BE|923=r|924=3|553=CLIENT1|554=hush-old|925=hush-new")

    with running(tmp_path / "data", act):
        for path in (tmp_path / "data").rglob("*"):
            if path.is_file():
                assert b"hush" not in path.read_bytes()


def test_in_5_0_fills_come_again_by_number_as_they_were_told(tmp_path: Path) -> None:
    told: list[Fields] = []
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node, begin_string="FIXT.1.1") as one, client(node, "CLIENT2") as other:
            for number in range(3):
                one.send([*ORDER, (11, f"b{number}")])
                one.hears(1)
                other.send([*ORDER[:2], (54, 2), *ORDER[3:], (11, f"s{number}")])
                told.extend(one.hears(1))
            heard.extend(one.asks("35=BW|1346=r|1347=0|1351=1|1355=EXEC|1182=2|1183=0", 4))

    with running(tmp_path / "data", act):
        assert [value(item, 35) for item in heard] == [b"BX", b"8", b"8", b"BY"]
        assert [value(item, 17) for item in heard[1:3]] == [value(item, 17) for item in told[1:]]
        assert [value(item, 1181) for item in heard[1:3]] == [b"2", b"3"]


def test_a_4_2_session_asks_what_it_was_given_and_nothing_else(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node, begin_string="FIX.4.2") as one:
            heard.extend(one.asks("35=x|320=r|559=0|55=TEST1"))
            heard.extend(one.asks("35=AD|568=r|569=0"))
        with client(node, "CLIENT2", begin_string="FIX.4.2") as other:
            heard.extend(other.asks("35=c|320=r|321=0|55=TEST1"))

    with running(tmp_path / "data", act, 'clients.CLIENT1.fix42_extensions=["x"]'):
        assert [(value(item, 35), value(item, 380)) for item in heard] == [
            (b"y", None),
            (b"j", b"3"),
            (b"d", None),
        ]


MASS_CANCEL = "35=q|11=m|530=7|60=20260101-00:00:00"
MASS_STATUS = "35=AF|584=m|585=7"
# What clients may send in some version, not in 4.2.
LACKING = (
    MASS_CANCEL,
    MASS_STATUS,
    "35=x|320=r|559=4",
    "35=AD|568=r|569=0",
    "35=AR|571=r",
    "35=AN|710=r|724=0",
    "35=BE|923=r|924=4|553=CLIENT1",
    "35=BW|1346=r|1347=0",
)


def test_what_a_version_lacks_is_refused_as_not_supported(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node, begin_string="FIX.4.2") as old:
            heard.extend(found for text in LACKING for found in old.asks(text))
        with client(node, "CLIENT2") as other:
            heard.extend(other.asks(LACKING[-1]))

    with running(tmp_path / "data", act):
        asked = [text[3:].partition("|")[0].encode() for text in (*LACKING, LACKING[-1])]
        assert [(value(item, 35), value(item, 372), value(item, 380)) for item in heard] == [
            (b"j", kind, b"3") for kind in asked
        ]


def test_a_4_2_session_cancels_and_asks_in_mass_where_that_is_agreed(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node, begin_string="FIX.4.2") as old:
            for name in ("a", "b"):
                old.send([*ORDER, (21, 1), (59, 1), (11, name)])
                old.hears(1)
            heard.extend(old.asks(MASS_STATUS, 2))
            heard.extend(old.asks(MASS_CANCEL, 3))

    with running(tmp_path / "data", act, 'clients.CLIENT1.fix42_extensions=["q", "AF"]'):
        kinds = [(value(item, 35), value(item, 150), value(item, 20)) for item in heard]
        assert kinds == [(b"8", b"0", b"3")] * 2 + [(b"8", b"4", b"0")] * 2 + [(b"r", None, None)]
        assert (value(heard[-1], 531), value(heard[-1], 533)) == (b"7", b"2")


def test_a_session_may_not_fill_what_may_wait_of_all(tmp_path: Path) -> None:
    heard: list[Fields] = []

    def act(node: Node) -> None:
        with client(node) as one, client(node, "CLIENT2") as other:
            for number in range(6):
                one.send([(35, "x"), (320, f"r{number}"), (559, 4), (58, "a" * 7000)])
            assert value(other.asks("35=x|320=r|559=0|55=TEST1")[0], 35) == b"y"
            heard.extend(one.hears(6))

    settings = (
        "requests.answers_per_s=2",
        "requests.waiting_bytes_max=65536",
        "requests.request_bytes_max=8192",
    )
    with running(tmp_path / "data", act, *settings):
        kinds = [value(item, 35) for item in heard]
        assert kinds[0] == b"y"
        assert b"j" in kinds
        assert {value(item, 380) for item in heard if value(item, 35) == b"j"} == {b"4"}
