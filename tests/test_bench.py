"""`internaliser bench` against an acceptor that answers every order, or not all of them."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from internaliser.bench import WARM_UP, Load, bench
from internaliser.errors import UsageError
from internaliser.fix_client import value
from internaliser.send import Destination
from tests.fix_acceptor import Fields, FixAcceptor, Reply


def venue(lost: bytes = b"none") -> FixAcceptor:
    """Reports every order but the one whose ClOrdID ends in `lost`."""

    def answer(fields: Fields) -> Reply:
        kind, cl_ord_id = value(fields, 35), value(fields, 11) or b""
        if kind in (b"A", b"5"):
            return [[(35, kind)]]
        return [] if cl_ord_id.endswith(lost) else [[(35, "8"), (150, "0"), (11, cl_ord_id)]]

    return FixAcceptor(answer)


def run(node: FixAcceptor, load: Load, capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    to = Destination("127.0.0.1", node.port, "CLIENT1", "NODE", "FIX.4.4", False)
    code = bench(to, ["CLIENT1"], load)
    figures: dict[str, float] = json.loads(capsys.readouterr().out)
    assert code == (0 if figures["missing"] == 0 else 1)
    return figures


@pytest.mark.parametrize(("rate", "outstanding"), [(0, 1), (0, 16), (20_000, 1)])
def test_every_order_is_reported_and_measured(
    rate: int, outstanding: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with venue() as node:
        figures = run(node, Load("TEST1", "1", "1", 100, rate, outstanding), capsys)
        orders = [fields for fields in node.received if value(fields, 35) == b"D"]
        logout = node.received[-1]
    assert len(orders) == WARM_UP + 100
    assert [int(value(fields, 34) or 0) for fields in orders] == list(range(2, WARM_UP + 102))
    assert value(logout, 34) == str(WARM_UP + 102).encode()
    assert figures["missing"] == 0
    assert 0 < figures["p50_us"] <= figures["p99_us"] <= figures["max_us"]
    assert figures["orders_per_s"] > 0


def test_a_missing_report_is_counted_and_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("internaliser.bench.QUIET_S", 0.1)
    with venue(lost=b"-250") as node:
        assert run(node, Load("TEST1", "1", "1", 100, 0, 8), capsys)["missing"] == 1


def test_a_pause_of_the_client_itself_is_told_beside_the_latencies() -> None:
    stopped: list[float] = []

    def answer(fields: Fields) -> Reply:
        kind, cl_ord_id = value(fields, 35), value(fields, 11) or b""
        if kind in (b"A", b"5"):
            return [[(35, kind)]]
        if cl_ord_id.endswith(b"-500") and not stopped:  # the client stands still for a while
            os.kill(process.pid, signal.SIGSTOP)
            began = time.monotonic()
            time.sleep(0.2)
            stopped.append(time.monotonic() - began)
            os.kill(process.pid, signal.SIGCONT)
        return [[(35, "8"), (150, "0"), (11, cl_ord_id)]]

    with FixAcceptor(answer) as node:
        words = ["bench", "--port", str(node.port), "--rate", "2000", "--orders", "1000"]
        command = [sys.executable, "-m", "internaliser", *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        told, _ = process.communicate(timeout=30)
    figures = json.loads(told)
    assert figures["missing"] == 0
    assert figures["client_pause_us"] >= stopped[0] * 1e6 * 0.9
    assert figures["max_us"] >= figures["client_pause_us"] * 0.9


@pytest.mark.parametrize(("count", "outstanding"), [(0, 1), (10, 0), (10, 2**21)])
def test_numbers_out_of_bounds_are_refused(count: int, outstanding: int) -> None:
    load = Load("TEST1", "1", "1", count, 0, outstanding)
    with venue() as node:
        to = Destination("127.0.0.1", node.port, "CLIENT1", "NODE", "FIX.4.4", False)
        with pytest.raises(UsageError, match=r"start at 1|may be under way"):
            bench(to, ["CLIENT1"], load)
