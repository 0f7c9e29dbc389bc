"""The load client against acceptors that do, and do not, answer as they should."""

import socket
import threading
from collections.abc import Callable

import pytest

from internaliser.reactor.load import run_bench

SOH = "\x01"


def message(seq: int, body: str) -> bytes:
    text = f"35={body}|49=NODE|56=CLIENT1|34={seq}|52=20240601-12:00:00.000|".replace("|", SOH)
    head = f"8=FIX.4.4{SOH}9={len(text)}{SOH}"
    return f"{head}{text}10={sum((head + text).encode()) % 256:03}{SOH}".encode()


class Acceptor:
    """The other end of one logged-on session: hands each order to `answer(acceptor, fields)`."""

    def __init__(self, answer: Callable[["Acceptor", dict[str, str]], None]) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.answer = answer
        self.seq = 2
        self.heard: list[dict[str, str]] = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        pending = ""
        with self.ours:
            while data := self.ours.recv(65536):
                *texts, pending = (pending + data.decode()).split("\x0110=")
                for text in texts:
                    fields = dict(field.split("=", 1) for field in text.split(SOH) if "=" in field)
                    self.heard.append(fields)
                    if fields["35"] == "5":
                        self.say("5")
                        return
                    if fields["35"] == "D":
                        self.answer(self, fields)

    def say(self, body: str) -> None:
        self.ours.sendall(message(self.seq, body))
        self.seq += 1

    def link(self, sender: str = "CLIENT1") -> tuple[int, str, int, int]:
        return self.theirs.fileno(), sender, 2, 2

    def end(self) -> list[dict[str, str]]:
        self.theirs.close()
        self.thread.join(10)
        return self.heard


def report(acceptor: Acceptor, order: dict[str, str]) -> None:
    acceptor.say(f"8|11={order['11']}|150=0")
    acceptor.say(f"8|11={order['11']}|150=4")


def run(answer=report, sessions: int = 1, **options):
    acceptors = [Acceptor(answer) for _ in range(sessions)]
    try:
        figures = run_bench([each.link() for each in acceptors], **options)
    finally:
        heard = [each.end() for each in acceptors]
    return figures, heard


def test_every_order_is_sent_in_order_and_measured_once():
    figures, [heard] = run(orders=30, warm_up=5)
    assert [each["35"] for each in heard] == ["D"] * 35 + ["5"]
    assert [int(each["34"]) for each in heard] == list(range(2, 38))
    assert len({each["11"] for each in heard[:-1]}) == 35
    assert (figures["orders"], figures["sent"], figures["missing"]) == (30, 35, 0)
    assert (figures["gaps"], figures["garbled"], figures["rejects"]) == (0, 0, 0)
    assert 0 < figures["p50_us"] <= figures["p99_us"] <= figures["max_us"]


def test_an_order_says_what_was_asked():
    _, [heard] = run(orders=1, warm_up=0, symbol="BTC/USD", price="29999.5", qty="7")
    order = heard[0]
    assert [order[tag] for tag in ("8", "49", "56", "55", "54", "38", "40", "44", "59")] == [
        "FIX.4.4", "CLIENT1", "NODE", "BTC/USD", "1", "7", "2", "29999.5", "3",
    ]  # fmt: skip


def test_a_window_keeps_so_many_under_way():
    waiting, most = [], []

    def answer_late(acceptor: Acceptor, order: dict[str, str]) -> None:
        waiting.append(order)
        most.append(len(waiting))
        if len(waiting) == 8:
            for each in waiting:
                report(acceptor, each)
            waiting.clear()

    figures, _ = run(answer_late, orders=64, warm_up=0, outstanding=8)
    assert (max(most), figures["missing"]) == (8, 0)


def test_sessions_take_turns():
    figures, heard = run(sessions=3, orders=9, warm_up=0, rate_per_s=2000)
    assert figures["sessions"] == 3
    assert [len(each) for each in heard] == [4, 4, 4]


def test_a_rate_is_kept_and_latency_counts_from_the_intended_time():
    held = []

    def stall(acceptor: Acceptor, order: dict[str, str]) -> None:
        held.append(order)
        if len(held) == 40:  # nothing is answered before the last order is there
            for each in held:
                report(acceptor, each)

    figures, _ = run(stall, orders=40, warm_up=0, rate_per_s=1000)
    assert figures["missing"] == 0
    # The first order waited for the 39 after it, one millisecond apart.
    assert figures["max_us"] >= 39_000
    assert figures["p50_us"] >= 19_000


def test_seconds_end_a_run_before_its_orders():
    figures, [heard] = run(orders=1_000_000, warm_up=0, rate_per_s=1000, seconds=0.05)
    assert figures["sent"] == len(heard) - 1
    assert 0 < figures["sent"] < 1000
    assert figures["missing"] == 0


def test_what_is_never_answered_is_missing():
    figures, _ = run(lambda acceptor, order: None, orders=3, warm_up=0, outstanding=3, quiet_s=0.05)
    assert (figures["orders"], figures["missing"]) == (0, 3)


def test_rejects_gaps_and_foreign_reports_are_told_apart():
    def answer(acceptor: Acceptor, order: dict[str, str]) -> None:
        acceptor.say("j|45=2|380=4")
        acceptor.say("8|11=somebody-else|150=0")
        acceptor.seq += 3
        report(acceptor, order)

    figures, _ = run(answer, orders=1, warm_up=0)
    assert (figures["rejects"], figures["gaps"], figures["orders"]) == (1, 1, 1)


def test_a_test_request_is_answered():
    def answer(acceptor: Acceptor, order: dict[str, str]) -> None:
        acceptor.say("1|112=well?")
        report(acceptor, order)

    _, [heard] = run(answer, orders=2, warm_up=0)
    beats = [each["112"] for each in heard if each["35"] == "0"]
    assert beats == ["well?"] * 2


def test_a_session_that_ends_ends_the_run():
    figures, _ = run(lambda acceptor, order: acceptor.say("5"), orders=1000, warm_up=0)
    assert (figures["sent"], figures["missing"]) == (1, 1)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"orders": 0}, "start at 1"),
        ({"outstanding": 1 << 20}, "under way"),
        ({"symbol": ""}, "symbol must have 1 to 64"),
        ({"target": "X" * 65}, "target must have 1 to 64"),
    ],
)
def test_wrong_arguments_are_refused(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        run(**options)


def test_a_load_without_sessions_is_refused():
    with pytest.raises(ValueError, match="at least one session"):
        run_bench([])
