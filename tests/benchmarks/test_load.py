"""The load client must see what is wrong with an acceptor, or its zeros mean nothing."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.wire import SMOKE, Bench

SOH = "\x01"


def message(seq: int, body: str, spoil: int = 0) -> bytes:
    text = f"35={body}|34={seq}|".replace("|", SOH)
    head = f"8=FIX.4.4{SOH}9={len(text)}{SOH}"
    total = (sum((head + text).encode()) + spoil) % 256
    return f"{head}{text}10={total:03}{SOH}".encode()


class Acceptor:
    """Accepts every order with the report that `report(seq, cl_ord_id)` makes."""

    def __init__(self, report: Callable[[int, str], bytes]) -> None:
        self.report = report
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = b""
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        link, _ = self.listener.accept()
        seq, pending = 2, b""
        with link:
            link.sendall(message(1, "A|98=0|108=30"))
            while data := link.recv(65536):
                self.heard += data
                *orders, pending = (pending + data).split(b"\x0135=D\x01")
                for order in [*orders, pending]:
                    start = order.find(b"\x0111=")
                    end = order.find(b"\x01", start + 4)
                    if start < 0 or end < 0:
                        continue
                    link.sendall(self.report(seq, order[start + 4 : end].decode()))
                    seq += 1
                pending = b""

    def close(self) -> None:
        self.thread.join(10)
        self.listener.close()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(SMOKE, tmp_path_factory.mktemp("programs"), tmp_path_factory.mktemp("disk"))


@pytest.fixture
def accept() -> Iterator[Callable[[Callable[[int, str], bytes]], Acceptor]]:
    started = []

    def begin(report: Callable[[int, str], bytes]) -> Acceptor:
        started.append(Acceptor(report))
        return started[-1]

    yield begin
    for acceptor in started:
        acceptor.close()


def faults(figures: dict[str, int]) -> tuple[int, ...]:
    return tuple(figures[k] for k in ("bad_frames", "bad_checksums", "gaps", "rejects"))


def test_a_correct_acceptor_has_no_faults(bench, accept):
    acceptor = accept(lambda seq, order: message(seq, f"8|11={order}|150=0"))
    figures = bench.load("rest", acceptor.port, 20, warmup=5)
    assert faults(figures) == (0, 0, 0, 0)
    assert figures["reports"] == 26  # the Logon and 25 reports
    assert 0 < figures["p50_ns"] <= figures["p99_ns"] <= figures["max_ns"]


def test_a_wrong_checksum_is_seen(bench, accept):
    acceptor = accept(lambda seq, order: message(seq, f"8|11={order}|150=0", spoil=seq == 7))
    assert faults(bench.load("rest", acceptor.port, 20, warmup=5)) == (0, 1, 0, 0)


def test_a_gap_in_msg_seq_num_is_seen(bench, accept):
    acceptor = accept(lambda seq, order: message(seq + (seq > 9), f"8|11={order}|150=0"))
    assert faults(bench.load("rest", acceptor.port, 20, warmup=5)) == (0, 0, 1, 0)


def test_a_reject_is_counted(bench, accept):
    def report(seq: int, order: str) -> bytes:
        rejected = message(2, "3|45=2") if seq == 2 else b""
        return rejected + message(seq + 1, f"8|11={order}|150=0")

    assert faults(bench.load("rest", accept(report).port, 20, warmup=5)) == (0, 0, 0, 1)


def test_a_test_request_is_answered(bench, accept):
    def report(seq: int, order: str) -> bytes:
        asked = message(2, "1|112=are you there") if seq == 2 else b""
        return asked + message(seq + 1, f"8|11={order}|150=0")

    acceptor = accept(report)
    assert faults(bench.load("rest", acceptor.port, 20, warmup=5)) == (0, 0, 0, 0)
    assert b"35=0\x01" in acceptor.heard
    assert b"\x01112=are you there\x01" in acceptor.heard


def test_the_echo_answers_every_order_also_in_a_window(bench):
    with bench.echo() as (port, _):
        ping = bench.load("echo", port, 50)
        window = bench.load("echo", port, 1000, window=64)
    assert (ping["count"], window["count"], window["window"]) == (50, 1000, 64)


def test_one_write_and_sync_is_timed_and_leaves_no_file(bench):
    figures = bench.disk_sync()
    assert 0 < figures["p50_ns"] <= figures["p99_ns"]
    assert list(Path(bench.disk).iterdir()) == []


def test_the_kernel_alone_is_timed(bench):
    figures = bench.kernel()
    assert 0 < figures["syscall_ns"] < figures["order_answer_ns"]
