"""`internaliser bench`: order-to-first-report latency and throughput of any FIX acceptor.

Logs on every session, hands the sockets to the compiled client (reactor/load.pyx), prints what it
measured. With a rate the load is open loop: an order's latency counts from the time it was meant to
leave, so that a stall of the other end shows in every order it delayed. Orders are IOC away from
the market: nothing stays behind. One JSON line.
"""

import json
from contextlib import ExitStack
from dataclasses import dataclass

from internaliser.errors import EXIT_FINDING, EXIT_OK, UsageError
from internaliser.fix_client import FixClient, value
from internaliser.reactor.load import run_bench
from internaliser.send import Destination

WARM_UP = 200  # orders at the head of a run that are not counted
QUIET_S = 5.0  # without any report for so long the run is over


@dataclass(frozen=True, slots=True)
class Load:
    """What to send. `rate_per_s` 0 = closed loop: `outstanding` orders per session under way."""

    symbol: str
    price: str
    qty: str
    order_count: int
    rate_per_s: int
    outstanding: int


def bench(to: Destination, senders: list[str], load: Load) -> int:
    """Run `load` over one session per sender and print one JSON line.

    Returns 1 when reports are missing or an order was refused by the session, otherwise 0.
    """
    with ExitStack() as stack:
        links = []
        for sender in senders:
            client = FixClient(to.host, to.port, sender, to.target, to.begin_string)
            stack.enter_context(client)
            answer = client.log_on(to.is_reset)
            next_in = int(value(answer, 34) or b"0") + 1
            links.append((client.link().fileno(), sender, client.next_out, next_in))
        try:
            figures = run_bench(
                links,
                begin_string=to.begin_string,
                target=to.target,
                symbol=load.symbol,
                price=load.price,
                qty=load.qty,
                orders=load.order_count,
                rate_per_s=load.rate_per_s,
                outstanding=load.outstanding,
                warm_up=WARM_UP,
                quiet_s=QUIET_S,
            )
        except ValueError as error:
            raise UsageError(str(error)) from None
    facts = {"endpoint": f"{to.host}:{to.port}", "rate_per_s": load.rate_per_s, **figures}
    print(json.dumps(facts), flush=True)
    return EXIT_OK if figures["missing"] == 0 and figures["rejects"] == 0 else EXIT_FINDING
