"""What a hostile or broken other end can send, and that a healthy client notices nothing of it.

    python -m tests.node.hostile [--links 1000] [--seconds 12] [--megabytes 64]

Silent connections, ones that send a byte now and then, a BodyLength of 999999999 with megabytes
behind it, messages of 100,000 fields, of groups with 10^9 instances, impossible MsgSeqNums and
HeartBtInts. One JSON line: what each came to, the node's memory per link held, and a healthy
client's round trips before and meanwhile. Exit code 1 when something was not closed or refused as
the rules say, or the node held more than 1 MB for one of them.
"""

import argparse
import contextlib
import json
import socket
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.node.fix import encode, time_text
from tests.node.process import NodeProcess
from tests.node.tls import Plain

HELD_MAX_BYTES = 2**20
HEALTHY = "127.0.1.1"
HOSTILE = "127.0.2.1"
SOH = b"\x01"


def first_words(port: int, data: bytes) -> str:
    """What a new link gets for `data`: "closed", or the MsgTypes of the answers."""
    link = Plain(port, HOSTILE)
    with contextlib.suppress(OSError):
        link.socket.sendall(data)
    return told(link)


def told(link: Plain) -> str:
    """MsgTypes until the link is closed, the TestRequest behind it is answered, or what was ignored
    is asked for again."""
    kinds = []
    while (message := link.receive()) is not None:
        kinds.append(message[b"35"].decode())
        if message.get(b"112") == b"end" or message[b"35"] == b"2":
            break
    else:
        kinds.append("closed")
    link.close()
    return " ".join(kinds)


def with_number(sender: str, number: str, text: str) -> bytes:
    kind, *fields = text.split("|")
    head = [(b"35", kind.encode()), (b"49", sender.encode()), (b"56", b"NODE")]
    head += [(b"34", number.encode()), (b"52", time_text(time.time_ns()))]
    pairs = (field.encode().partition(b"=") for field in fields if field)
    return encode([*head, *((tag, value) for tag, _, value in pairs)])


def logon(number: str = "1", beat: str = "30", sender: str = "CLIENT2") -> bytes:
    return with_number(sender, number, f"A|98=0|108={beat}|141=Y")


def after_logon(port: int, data: bytes, then: bytes = b"") -> str:
    """What `data` gets inside a session, its Logon's answer left out."""
    link = Plain(port, HOSTILE)
    link.socket.sendall(logon())
    assert link.receive() is not None
    with contextlib.suppress(OSError):
        link.socket.sendall(data + then)
    return told(link)


def cases(port: int, megabytes: int) -> dict[str, str]:
    """Every hostile message once, and what it came to."""
    huge = b"8=FIX.4.4" + SOH + b"9=999999999" + SOH + b"35=D" + SOH
    fields = "|".join(f"{6000 + n % 900}=1" for n in range(100_000))
    group = "D|11=g|55=TEST1|54=1|38=1|40=2|44=1.00|60=20260101-00:00:00|453=1000000000|448=A"
    end = with_number("CLIENT2", "3", "1|112=end")
    many = "|".join(f"{6000 + n}=1" for n in range(2048))
    parties = "|".join(f"448={n}|447=D|452=3" for n in range(600))
    found = {
        "9=999999999 first": first_words(port, huge + b"x" * (megabytes << 20)),
        "9=999999999 in a session": after_logon(port, huge + b"x" * (megabytes << 20)),
        "100,000 fields first": first_words(port, with_number("CLIENT2", "1", f"A|{fields}")),
        "100,000 fields in a session": after_logon(
            port, with_number("CLIENT2", "2", f"D|{fields}"), end
        ),
        "2,060 fields in a session": after_logon(
            port, with_number("CLIENT2", "2", f"D|{many}"), end
        ),
        "10^9 group instances": after_logon(port, with_number("CLIENT2", "2", group), end),
        "600 group instances": after_logon(
            port, with_number("CLIENT2", "2", f"D|11=g|453=600|{parties}|55=TEST1"), end
        ),
    }
    for number in ("0", "-1", str(2**63)):
        found[f"34={number} first"] = first_words(port, logon(number))
        found[f"34={number} in a session"] = after_logon(
            port, with_number("CLIENT2", number, "1|112=end")
        )
    for beat in ("0", "-10"):
        probe = with_number("CLIENT2", "2", "1|112=end")
        found[f"108={beat}"] = first_words(port, logon(beat=beat) + probe)
    return found


# Too long, in a session: rejected, and the TestRequest behind it is answered.
EXACTLY = {
    "100,000 fields first": "closed",
    "100,000 fields in a session": "3 0",
    "2,060 fields in a session": "3 0",
    "10^9 group instances": "3 0",
    "600 group instances": "3 0",
}


def is_as_the_rules_say(what: str, came: str) -> bool:
    """Ignored (what follows is answered), refused, or ended: never silence."""
    if what in EXACTLY:
        return came == EXACTLY[what]
    allowed = ("3", "j", "5", "2", "A", "0", "closed")
    kinds = came.split()
    return bool(kinds) and all(kind in allowed for kind in kinds)


class Crowd:
    """Silent links, and ones that send a byte of a Logon every five seconds."""

    def __init__(self, port: int, count: int) -> None:
        self.links = []
        for number in range(count):
            link = socket.create_connection(("127.0.0.1", port), 30, (f"127.0.3.{number % 4}", 0))
            link.setblocking(False)
            self.links.append(link)
        self._text = logon()
        self._at = 0

    def drip(self) -> None:
        """One byte more on every second link."""
        for link in self.links[::2]:
            with contextlib.suppress(OSError):
                link.send(self._text[self._at : self._at + 1])
        self._at += 1

    def fill(self, size: int) -> None:
        """As much as each will take of a message that never ends."""
        start = b"8=FIX.4.4" + SOH + b"9=60000" + SOH + b"35=A" + SOH
        for link in self.links[1::2]:
            with contextlib.suppress(OSError):
                link.send(start + b"x" * size)

    def closed(self) -> int:
        count = 0
        for link in self.links:
            try:
                count += link.recv(1) == b""
            except BlockingIOError:
                pass
            except OSError:
                count += 1
        return count

    def close(self) -> None:
        for link in self.links:
            link.close()


def rss_bytes(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * 4096


def round_trips(link: Plain, count: int) -> list[float]:
    """Seconds from a TestRequest to its Heartbeat, each."""
    trips = []
    for number in range(count):
        began_s = time.perf_counter()
        link.send("CLIENT1", f"1|112=h{number}")
        while (message := link.receive()) is not None and message.get(b"112") != b"h%d" % number:
            pass
        assert message is not None, "the healthy client was cut off"
        trips.append(time.perf_counter() - began_s)
    return trips


def run(folder: Path, links: int, seconds: float, megabytes: int) -> dict[str, Any]:
    """The figures of one node."""
    settings = ("journal.sync=off", "access.failures_free=1000", "fix.group_instances_max=500")
    node = NodeProcess(folder / "data", settings=settings)
    node.wait_ready()
    try:
        healthy = Plain(node.port, HEALTHY)
        assert healthy.log_on("CLIENT1") is not None
        before = round_trips(healthy, 200)
        idle = rss_bytes(node.pid)
        crowd = Crowd(node.port, links)
        crowd.fill(50_000)
        meanwhile, peak = [], idle
        end_s = time.monotonic() + seconds
        drip_s = 0.0
        while time.monotonic() < end_s:
            if time.monotonic() >= drip_s:
                crowd.drip()
                drip_s = time.monotonic() + 5
            meanwhile += round_trips(healthy, 20)
            peak = max(peak, rss_bytes(node.pid))
        came = cases(node.port, megabytes)
        meanwhile += round_trips(healthy, 20)
        peak = max(peak, rss_bytes(node.pid))
        closed = crowd.closed()
        crowd.close()
        healthy.close()
    finally:
        code = node.stop()
    bad = [what for what, kinds in came.items() if not is_as_the_rules_say(what, kinds)]
    held = (peak - idle) // max(links, 1)
    return {
        "check": "hostile",
        "links": links,
        "closed": closed,
        "held_bytes_per_link": held,
        "rss_idle_mb": round(idle / 2**20, 1),
        "rss_peak_mb": round(peak / 2**20, 1),
        "healthy_p50_us": [round(statistics.median(t) * 1e6) for t in (before, meanwhile)],
        "healthy_max_ms": [round(max(t) * 1e3, 1) for t in (before, meanwhile)],
        "came": came,
        "not_as_the_rules_say": bad,
        "ok": not bad and held <= HELD_MAX_BYTES and code == 0,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--links", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--megabytes", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Path(folder), options.links, options.seconds, options.megabytes)
    print(json.dumps(figures))
    return 0 if figures["ok"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
