"""What TLS costs an order: the TLS port beside the plain port of the same node, in the same rounds.

    python -m benchmarks.tls [--smoke] [--rounds N]

One Python client, once over each port: an order that must not execute, its first report, the next
order. The ratio is the median of the rounds' ratios of p50. One JSON line. The client's own TLS is
part of what is measured.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.node.tls import Plain, TlsNode

ORDER = "D|11={}|55=TEST1|54=1|38=1|40=2|44=1.00|59=3|60=20260101-00:00:00"


def trips(link: Plain, sender: str, start: int, count: int) -> list[float]:
    """Seconds from each order to its first report."""
    found = []
    for number in range(start, start + count):
        order = link.encode(sender, ORDER.format(f"{sender}-{number}"))
        began_s = time.perf_counter()
        link.socket.sendall(order)
        report = link.receive()
        found.append(time.perf_counter() - began_s)
        assert report is not None
        assert report[b"35"] == b"8", report
        while report is not None and report[b"39"] == b"0":  # an IOC order's end
            report = link.receive()
    return found


def run(rounds: int, count: int) -> dict[str, Any]:
    """The figures, rounds in turn on both ports."""
    with tempfile.TemporaryDirectory() as folder:
        node = TlsNode(Path(folder))
        try:
            plain, tls = Plain(node.process.port), node.connect(node.one)
            assert plain.log_on("CLIENT2") is not None
            assert tls.log_on("CLIENT1") is not None
            trips(plain, "CLIENT2", 0, count // 10 + 1)
            trips(tls, "CLIENT1", 0, count // 10 + 1)
            medians = []
            for turn in range(1, rounds + 1):
                start = turn * 1_000_000
                medians.append(
                    (
                        statistics.median(trips(plain, "CLIENT2", start, count)),
                        statistics.median(trips(tls, "CLIENT1", start, count)),
                    )
                )
            plain.close()
            tls.close()
        finally:
            node.process.stop()
    return {
        "bench": "tls",
        "rounds": rounds,
        "orders": count,
        "plain_p50_us": round(statistics.median(one for one, _ in medians) * 1e6, 1),
        "tls_p50_us": round(statistics.median(other for _, other in medians) * 1e6, 1),
        "p50_ratio": round(statistics.median(other / one for one, other in medians), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="tiny: proves that it runs")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (5)")
    options = parser.parse_args()
    print(json.dumps(run(1, 20) if options.smoke else run(options.rounds, 2000)))


if __name__ == "__main__":
    main()
