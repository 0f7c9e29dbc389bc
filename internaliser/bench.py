"""`internaliser bench`: order-to-first-report latency and throughput of any FIX acceptor.

Open loop: every order has an intended time, and its latency counts from there, so that a stall of
the other end shows in every order it delayed. Orders are IOC away from the market: nothing stays
behind. The client is Python; `client_cost_us` says what it adds at least. One JSON line.
"""

import json
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from internaliser.errors import EXIT_FINDING, EXIT_OK, UsageError
from internaliser.fix import codec
from internaliser.fix_client import MESSAGE_BYTES_MAX, FixClient, FixError
from internaliser.send import Destination

ORDERS_MAX = 1_000_000
WARM_UP = 200  # orders at the head of each run that are not counted
QUIET_NS = 5 * 10**9  # without any report for so long the run is over
PERCENTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99_9", 0.999))

_REPORT = b"\x0135=8\x01"
_CL_ORD_ID = b"\x0111="


@dataclass(frozen=True, slots=True)
class Load:
    """What to send. `rate_per_s` 0 = closed loop: `outstanding` orders always under way."""

    symbol: str
    price: str
    qty: str
    order_count: int
    rate_per_s: int
    outstanding: int


@dataclass(slots=True)
class Times:
    """Nanoseconds per order, by its number: when it was due, and when its first report came."""

    due: list[int]
    reported: list[int]  # 0 = not yet
    left: int


def bench(to: Destination, load: Load) -> int:
    """Run `load` against `to` and print one JSON line. 1 when reports are missing, otherwise 0."""
    if not 1 <= load.order_count <= ORDERS_MAX:
        raise UsageError(f"--orders: expected 1 to {ORDERS_MAX}, found {load.order_count}")
    if load.rate_per_s < 0 or load.outstanding < 1:
        raise UsageError("--rate must not be negative and --outstanding at least 1")
    with FixClient(to.host, to.port, to.sender, to.target, to.begin_string) as client:
        client.log_on(to.is_reset)
        messages = _messages(client, to, load)
        times = Times([0] * len(messages), [0] * len(messages), len(messages))
        _drive(client.link(), messages, times, load)
        client.next_out += len(messages)
        client.log_out()
    figures = _figures(times, load)
    print(json.dumps({"endpoint": f"{to.host}:{to.port}", **figures}), flush=True)
    return EXIT_OK if figures["missing"] == 0 else EXIT_FINDING


def _messages(client: FixClient, to: Destination, load: Load) -> list[bytes]:
    """Every order, encoded ahead; the ClOrdID ends in the order's number."""
    now = codec.format_time(time.time_ns(), 6)
    run = f"bench{time.time_ns()}-"
    return [
        codec.encode(
            to.begin_string,
            [
                (35, "D"),
                (49, to.sender),
                (56, to.target),
                (34, client.next_out + number),
                (52, now),
                (11, f"{run}{number}"),
                (55, load.symbol),
                (54, "1"),
                (60, now),
                (38, load.qty),
                (40, "2"),
                (44, load.price),
                (59, "3"),
            ],
        )
        for number in range(WARM_UP + load.order_count)
    ]


def _drive(link: socket.socket, messages: list[bytes], times: Times, load: Load) -> None:
    """Send by schedule and take reports, on one thread that never sleeps longer than it may."""
    link.setblocking(False)
    start_ns = time.perf_counter_ns()
    due_ns = _schedule(start_ns, load.rate_per_s)
    unread = b""
    unsent = memoryview(b"")
    sent = 0
    last_ns = start_ns
    while times.left:
        now_ns = time.perf_counter_ns()
        if now_ns - last_ns > QUIET_NS:
            return
        while not unsent and sent < len(messages) and due_ns(sent) <= now_ns:
            reported = len(messages) - times.left
            if load.rate_per_s == 0 and sent - reported >= load.outstanding:
                break
            times.due[sent] = due_ns(sent) if load.rate_per_s else now_ns
            unsent = memoryview(messages[sent])
            sent += 1
            unsent = _write(link, unsent)
        if unsent:
            unsent = _write(link, unsent)
        readable, _, _ = select.select([link], [], [], 0)
        if not readable:
            continue
        data = link.recv(262_144)
        if not data:
            raise FixError("the connection was closed during the run")
        now_ns = last_ns = time.perf_counter_ns()
        result = codec.split(unread + data, MESSAGE_BYTES_MAX)
        unread = (unread + data)[result.used :]
        for message in result.messages:
            _take(message, times, now_ns)


def _schedule(start_ns: int, rate_per_s: int) -> Callable[[int], int]:
    if rate_per_s == 0:
        return lambda number: start_ns
    return lambda number: start_ns + number * 10**9 // rate_per_s


def _write(link: socket.socket, unsent: memoryview) -> memoryview:
    try:
        return unsent[link.send(unsent) :]
    except BlockingIOError:
        return unsent


def _take(message: bytes, times: Times, now_ns: int) -> None:
    if _REPORT not in message:
        return
    start = message.find(_CL_ORD_ID)
    end = message.find(b"\x01", start + 4)
    text = message[start + 4 : end]
    if start < 0 or not text.startswith(b"bench"):
        return
    number = int(text.rpartition(b"-")[2])
    if times.reported[number] == 0:
        times.reported[number] = now_ns
        times.left -= 1


def _figures(times: Times, load: Load) -> dict[str, object]:
    pairs = list(zip(times.due, times.reported, strict=True))[WARM_UP:]
    taken = sorted(reported - due for due, reported in pairs if reported)
    figures: dict[str, object] = {
        "orders": load.order_count,
        "rate_per_s": load.rate_per_s,
        "outstanding": load.outstanding if load.rate_per_s == 0 else None,
        "missing": times.left,
        "client_cost_us": round(_client_cost_ns() / 1000, 1),
    }
    if taken:
        for name, part in PERCENTILES:
            index = min(len(taken) - 1, int(part * len(taken)))
            figures[f"{name}_us"] = round(taken[index] / 1000, 1)
        figures["max_us"] = round(taken[-1] / 1000, 1)
        span_ns = max(reported for _, reported in pairs) - pairs[0][0]
        figures["orders_per_s"] = round(len(taken) * 10**9 / span_ns)
    return figures


def _client_cost_ns() -> int:
    """Median round trip of the same client code over a socket pair: what is not the other end."""
    ours, theirs = socket.socketpair()
    message = codec.encode("FIX.4.4", [(35, "8"), (11, "bench-0"), (58, "x" * 100)])
    costs = []
    with ours, theirs:
        for _ in range(200):
            times = Times([0], [0], 1)
            start_ns = time.perf_counter_ns()
            ours.send(message)
            select.select([theirs], [], [], 0)
            for part in codec.split(theirs.recv(262_144), MESSAGE_BYTES_MAX).messages:
                _take(part, times, start_ns)
            costs.append(time.perf_counter_ns() - start_ns)
    return sorted(costs)[len(costs) // 2]
