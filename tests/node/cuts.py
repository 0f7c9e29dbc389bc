"""Cut a real journal in its last 4 KiB: it starts with a true prefix or names the damage.

    python -m tests.node.cuts [--offsets 4096] [--seed N]

Two journals: of a node killed under load, and of one killed at the moment it asked for a sync,
whose last batches were written and never acknowledged. Each is cut at every offset twice: the
file ends there, and the file goes on with zeros. What starts must hold the state that the whole
journal has at that step and everything any client was told; what is refused must name file and
offset. Recovery runs in this process; some copies also start through the command line. One JSON
line; exit code 1 with any finding.
"""

import argparse
import copy
import hashlib
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from internaliser.errors import DataError
from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import JournalReader
from internaliser.recovery import recover
from tests.node.crowd import Crowd
from tests.node.process import NodeProcess, NotReady
from tests.node.trader import Trader
from tests.node.truth import Truth

LAST = 4096  # bytes at the end of the journal that are cut
SEGMENT_MB = 4
LOAD_S = 0.6
SYNC_NO = 150  # of the core thread: the one at which the second node dies
WINDOW = 2  # requests under way per trader: small batches, so that the last 4 KiB hold several
NODE_ID = 1
MODES = ("ends", "zeros")


@dataclass(slots=True)
class Victim:
    """A journal as the kill left it, and who was told what."""

    name: str
    data: Path
    traders: list[Trader]
    acknowledged: int = 0  # the last step any client heard of
    hashes: dict[int, int] = field(
        default_factory=dict
    )  # seq -> state hash of the whole journal there

    def hash_at(self, seq: int) -> int:
        if seq not in self.hashes:
            whole = recover(self.data, node_id=NODE_ID, until=seq, from_start=True)
            self.hashes[seq] = whole.core.state_hash()
        return self.hashes[seq]


def killed_under_load(folder: Path, seed: int) -> Victim:
    """SIGKILL while four clients trade."""
    node = NodeProcess(folder / "data", settings=[f"journal.segment_mb={SEGMENT_MB}"])
    node.wait_ready()
    return _victim("killed under load", folder, node, seed, kill_s=LOAD_S)


def killed_before_sync(folder: Path, seed: int) -> Victim:
    """SIGKILL on entry of an fdatasync: the batch before it is written, its reports never left."""
    inject = f"inject=fdatasync:signal=KILL:when={SYNC_NO}"
    prefix = ["strace", "-f", "-o", str(folder / "strace.log")]
    prefix += ["-e", "trace=fdatasync", "-e", inject]
    node = NodeProcess(
        folder / "data", settings=[f"journal.segment_mb={SEGMENT_MB}"], prefix=prefix
    )
    node.wait_ready()
    return _victim("killed before a sync", folder, node, seed, kill_s=0)


def _victim(name: str, folder: Path, node: NodeProcess, seed: int, kill_s: float) -> Victim:
    crowd = Crowd(seed, window=WINDOW)
    crowd.connect(node.port)
    if kill_s:
        node.kill_after(kill_s)
    crowd.trade_until(lambda: not node.is_running)
    node.wait()
    crowd.leave()
    victim = Victim(name, folder / "data", crowd.traders)
    victim.acknowledged = last_told(victim)
    return victim


def last_told(victim: Victim) -> int:
    """The highest step whose report reached a client."""
    truth = Truth()
    truth.read_on(victim.data)
    steps = truth.steps
    return max(
        (
            steps[trader.comp_id.decode(), number]
            for trader in victim.traders
            for number in trader.told
        ),
        default=0,
    )


def end_of(data: Path) -> tuple[Path, int]:
    """The file and the offset behind the last good batch."""
    folder = journal_folder(data)
    with JournalReader(folder) as reader:
        reader.count_rest()
        segment_no, offset = divmod(reader.next_position, SEGMENT_MB << 20)
    return folder / f"{segment_no:010}.segment", offset


def cuts(victim: Victim, folder: Path, step: int) -> Iterator[tuple[str, int, Path]]:
    """(mode, offset, data folder) for each cut, from the end; the folder is reused."""
    for mode in MODES:
        copied = folder / f"cut-{mode}"
        copy_data(victim.data, copied)
        file, end = end_of(copied)
        start = max(0, end - LAST)
        with open(file, "r+b") as segment:
            for offset in range(end - 1, start - 1, -step):
                if mode == "ends":
                    segment.truncate(offset)
                else:
                    segment.seek(offset)
                    segment.write(bytes(min(step, end - offset)))
                    segment.flush()
                yield mode, offset, copied
        shutil.rmtree(copied)


def copy_data(data: Path, to: Path) -> None:
    """Copy a data folder, the operator's socket left out."""
    shutil.copytree(data, to, ignore=shutil.ignore_patterns("*.sock"))


def judge(victim: Victim, data: Path) -> tuple[str, list[str]]:
    """What became of a cut journal, "started" or "refused", and what is wrong with that."""
    try:
        state = recover(data, node_id=NODE_ID, from_start=True)
    except DataError as error:
        return "refused", _vague(data, str(error))
    found = []
    if state.core.seq < victim.acknowledged:
        found.append(f"starts at step {state.core.seq}, a client heard of {victim.acknowledged}")
    if state.core.state_hash() != victim.hash_at(state.core.seq):
        found.append(f"starts with a state that the journal never had at step {state.core.seq}")
    return "started", found


def _vague(data: Path, text: str) -> list[str]:
    is_clear = str(journal_folder(data)) in text and ".segment" in text and "offset" in text
    return [] if is_clear and "\n" not in text else [f"refused without file and offset: {text}"]


def start_for_real(victim: Victim, data: Path) -> tuple[str, list[str]]:
    """As `judge`, through the command line. A started node must satisfy the clients that it had."""
    before = digest(data)
    node = NodeProcess(data)
    try:
        node.wait_ready()
    except NotReady as error:
        found = _vague(data, str(error).partition(": ")[2])
        if digest(data) != before:
            found.append("refused, and changed the folder")
        if node.process.returncode != 1:
            found.append(f"refused with exit code {node.process.returncode}")
        return "refused", found
    crowd = Crowd(0)
    crowd.traders = copy.deepcopy(victim.traders)
    crowd.connect(node.port)
    crowd.fall_silent()
    crowd.rewind(10**9)
    crowd.fall_silent()
    crowd.leave()
    code = node.stop()
    found = [fault for trader in crowd.traders for fault in trader.faults]
    return "started", found if code == 0 else [*found, f"exit code {code}"]


def digest(data: Path) -> dict[str, str]:
    """Every file of a data folder but the lock, by its bytes."""
    return {
        str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(data.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def examine(victim: Victim, folder: Path, offsets: int, starts: int) -> dict[str, object]:
    """Cut at `offsets` places of the last 4 KiB; so many of them are also started for real."""
    seen: Counter[str] = Counter()
    findings: list[str] = []
    step = max(1, LAST // offsets)
    every = max(1, LAST // step * len(MODES) // starts) if starts else 0
    for number, (mode, offset, data) in enumerate(cuts(victim, folder, step)):
        outcome, found = judge(victim, data)
        seen[f"{mode}: {outcome}"] += 1
        findings += [f"{mode} at {offset}: {text}" for text in found]
        if every and number % every == 0:
            real = folder / "started"
            copy_data(data, real)
            again, found = start_for_real(victim, real)
            shutil.rmtree(real)
            seen[f"{mode}: {again} for real"] += 1
            findings += [f"{mode} at {offset}, for real: {text}" for text in found]
            if again != outcome:
                findings.append(f"{mode} at {offset}: {outcome}, and for real {again}")
    return {"journal": victim.name, "step": victim.acknowledged, **seen, "findings": findings[:20]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--offsets", type=int, default=LAST)
    parser.add_argument("--starts", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines = []
    kinds = [killed_under_load] + ([killed_before_sync] if shutil.which("strace") else [])
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            victim = kind(Path(folder), options.seed)
            lines.append(examine(victim, Path(folder), options.offsets, options.starts))
    print(json.dumps({"check": "cuts", "offsets": options.offsets, "journals": lines}))
    return 1 if any(line["findings"] for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
