"""No report leaves before its batch is on the disk: the order of the node's system calls.

    python -m tests.node.strace_order [--reports 1000] [--seed N]

Runs a node with `journal.sync=batch` under strace, trades through it, kills it, and takes every
report (35=8, 35=9) that a send carried. The journal tells in which batch the report stands and
where; a pwrite of those bytes, then an fdatasync of that file that began after it and came back
0, must stand before the send. One JSON line; exit code 1 when one report of all did not wait.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import JournalReader
from internaliser.model.fields import record_fields
from tests.node.crowd import Crowd
from tests.node.process import NodeProcess

CALLS = "pwrite64,write,writev,pwritev,fdatasync,fsync,sendto,sendmsg,sendmmsg,send"
TEXT_MAX = 1 << 18  # bytes of a send that strace writes down
SEGMENT_MB = 4

CALL = re.compile(r"^(?P<name>\w+)\((?P<fd>\d+)<(?P<path>[^>]*)>(?P<rest>.*)$", re.S)
RESULT = re.compile(r"\)\s+=\s+(-?\d+)[^=]*$")
OFFSET = re.compile(r",\s*\d+,\s*(\d+)\s*\)\s+=\s+\d+\s*$")  # of a pwrite64
REPORT = re.compile("\x0135=[89]\x01")
NUMBER, TARGET = re.compile("\x0134=(\\d+)\x01"), re.compile("\x0156=(\\w+)\x01")


@dataclass(slots=True)
class Call:
    """One system call: the lines of the log at which it began and ended."""

    name: str
    path: str
    rest: str
    begun: int
    ended: int
    result: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file a report's batch stands."""

    file: str
    start: int
    end: int


@dataclass(slots=True)
class Writes:
    """The writes and syncs of one file, by the line at which they ended."""

    writes: list[tuple[int, int, int]] = field(default_factory=list)  # start, end, line
    syncs: list[tuple[int, int]] = field(default_factory=list)  # begun, ended


def calls(log: str) -> Iterator[Call]:
    """The calls of an strace log with -f, those that another thread interrupted put together."""
    open_calls: dict[str, tuple[str, int]] = {}
    for line_no, line in enumerate(log.splitlines()):
        pid, _, text = line.partition(" ")
        text = text.strip()
        begun = line_no
        if text.endswith("<unfinished ...>"):
            open_calls[pid] = (text.removesuffix("<unfinished ...>"), line_no)
            continue
        if text.startswith("<..."):
            head, begun = open_calls.pop(pid, ("", line_no))
            text = head + text.partition("resumed>")[2]
        match, result = CALL.match(text), RESULT.search(text)
        if match and result:
            yield Call(match["name"], match["path"], match["rest"], begun, line_no, int(result[1]))


def places(data: Path) -> dict[tuple[str, int], Place]:
    """(the client's CompID, MsgSeqNum) -> its batch, for every report in the journal."""
    found: dict[tuple[str, int], Place] = {}
    sizes: dict[int, int] = {}
    waiting: list[tuple[tuple[str, int], int]] = []
    sessions: list[str] = []
    with JournalReader(journal_folder(data)) as reader:
        for record in reader:
            sizes[reader.batch_position] = max(
                sizes.get(reader.batch_position, 0),
                record.position + len(record.data) - reader.batch_position,
            )
            fields = record_fields(record.data)
            if fields["kind"] == "config" and fields["action"] == "session":
                sessions.append(fields["note"].partition(">")[2])
            elif fields["kind"] == "out_message":
                key = (sessions[fields["session"]], fields["msg_seq_num"])
                waiting.append((key, reader.batch_position))
    segment = SEGMENT_MB << 20
    for key, position in waiting:
        name = f"{position // segment:010}.segment"
        start = position % segment
        found[key] = Place(name, start, start + sizes[position])
    return found


def judge(log: str, where: dict[tuple[str, int], Place]) -> tuple[int, list[str]]:
    """(reports sent, those that did not wait, each in words)."""
    files: dict[str, Writes] = {}
    count, early = 0, []
    for call in calls(log):
        if call.result < 0:
            continue
        if call.path.endswith(".segment"):
            file = files.setdefault(Path(call.path).name, Writes())
            if call.name == "pwrite64":
                match = OFFSET.search(call.rest)
                assert match, call
                offset = int(match[1])
                file.writes.append((offset, offset + call.result, call.ended))
            elif call.name in ("fdatasync", "fsync"):
                file.syncs.append((call.begun, call.ended))
        elif "socket" in call.path or "TCP" in call.path:
            for key in reports(call.rest):
                count += 1
                place = where.get(key)
                if place is None:
                    early.append(f"{key}: sent, and not in the journal")
                elif not is_durable(files.get(place.file, Writes()), place, call.begun):
                    early.append(f"{key}: line {call.begun + 1}, before {place} was synced")
    return count, early


def is_durable(file: Writes, place: Place, line: int) -> bool:
    """Whether the whole batch was written, and then synced, before `line`."""
    written = [at for start, end, at in file.writes if start <= place.start and place.end <= end]
    return any(
        write < begun and ended < line
        for write in written[-1:]
        for begun, ended in reversed(file.syncs)
    )


def reports(text: str) -> Iterator[tuple[str, int]]:
    """(CompID, MsgSeqNum) of every report in the bytes of a send, as strace writes them."""
    plain = text.encode("latin-1").decode("unicode_escape")
    for message in plain.split("8=FIX.4.4")[1:]:
        if REPORT.search(message):
            number, target = NUMBER.search(message), TARGET.search(message)
            assert number, message
            assert target, message
            yield target[1], int(number[1])


def measure(folder: Path, report_count: int, seed: int) -> dict[str, object]:
    """Trade under strace until so many reports came; the figures."""
    log = folder / "strace.log"
    prefix = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-y",
        "-e",
        f"trace={CALLS}",
        "-s",
        str(TEXT_MAX),
        "-o",
        str(log),
    ]
    data = folder / "data"
    node = NodeProcess(data, prefix=prefix, settings=[f"journal.segment_mb={SEGMENT_MB}"])
    crowd = Crowd(seed)
    try:
        node.wait_ready()
        crowd.connect(node.port)
        crowd.trade_until(
            lambda: sum(len(trader.reports) for trader in crowd.traders) >= report_count
        )
        crowd.fall_silent()
    finally:
        node.kill()
        crowd.leave()
    count, early = judge(log.read_text("latin-1"), places(data))
    received = sum(len(trader.told) for trader in crowd.traders)
    return {
        "check": "strace_order",
        "seed": seed,
        "reports_received": received,
        "reports_sent": count,
        "after_write_and_sync": count - len(early),
        "findings": early[:20] + [fault for one in crowd.traders for fault in one.faults],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--reports", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if shutil.which("strace") is None:
        raise SystemExit("strace is not installed")
    with tempfile.TemporaryDirectory() as folder:
        line = measure(Path(folder), options.reports, options.seed)
    print(json.dumps(line))
    return 1 if line["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
