"""Start-up is recovery: the newest fitting snapshot, then the journal's INPUT, its OUTPUT compared.

    state = recover(Path("data"), node_id=1)
    state.core.state_hash()

Changes nothing on disk. `run` goes on from the result; `verify`, `replay` and `state-hash` only
look at it.
"""

from dataclasses import dataclass
from pathlib import Path

from internaliser.core.core import Core
from internaliser.errors import DataError
from internaliser.gateway.replay import Replay
from internaliser.gateway.roster import Roster
from internaliser.gateway.sent import SentStore
from internaliser.gateway.steps import Steps
from internaliser.journal.fault import Fault
from internaliser.journal.snapshot import Snapshot, write_snapshot
from internaliser.journal.start import find_start
from internaliser.journal.writer import JournalWriter

SESSIONS_MAX = 4096  # sessions of one node, clients' and sources' together
TAG_COUNTERS = 1000  # snapshot stretch of next_in and next_out of every session
TAG_ENDED = 1001  # when the sessions' hours last ended
TAG_SENT = 2000  # + session: where its newest sent messages stand in the journal
TAG_SHELVES = 10_000  # + session: where the lists of older ones stand
NO_LIMIT = 2**64 - 1


@dataclass(frozen=True, slots=True)
class JournalEnd:
    """Where the journal goes on, as a JournalWriter standing there would say it."""

    batch_no: int
    next_position: int
    last_crc: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """A node's state as of the last good record, with what was found on the way.

    The journal may end inside a step (a large turn is written in several batches): the step itself
    is whole in `core`; `replay.complete` writes the outputs that are missing.
    """

    core: Core
    roster: Roster
    steps: Steps
    sent: SentStore
    replay: Replay
    end: JournalEnd
    torn_tail: Fault | None
    ignored_snapshots: tuple[str, ...]


def recover(
    data_folder: Path, *, node_id: int, until: int = NO_LIMIT, from_start: bool = False
) -> Recovered:
    """Rebuild the state up to and including step `until`.

    `from_start` replays the whole journal even where a snapshot would do. Raises DataError when the
    journal is damaged, when it cannot be recovered, or when replay gives another output than was
    recorded.
    """
    core = Core(node_id)
    sent = SentStore(SESSIONS_MAX)
    roster = Roster(SESSIONS_MAX, sent)
    steps = Steps(core, roster)
    start = find_start(
        data_folder, layout=core.layout, use_snapshots=not from_start and until == NO_LIMIT
    )
    if start.snapshot is not None:
        _load(start.snapshot, core, roster, sent)
    replay = Replay(core, roster, steps)
    with start.reader as reader:
        if replay.run(reader, until):
            raise DataError(
                f"data folder {data_folder}: replay differs from the journal at step "
                f"{replay.fault_seq}: {replay.fault_text}"
            )
        end = JournalEnd(reader.next_batch, reader.next_position, reader.last_crc)
        torn_tail = reader.check()
    return Recovered(core, roster, steps, sent, replay, end, torn_tail, start.ignored)


def keep_snapshot(
    state: Recovered, writer: JournalWriter | JournalEnd, folder: Path, now_ns: int
) -> None:
    """Write down the state as of the last committed batch. Nothing may be applied meanwhile."""
    stretches = dict(state.core.snapshot())
    stretches[TAG_COUNTERS] = state.roster.counters()
    stretches[TAG_ENDED] = state.roster.ended_ns.to_bytes(8, "little")
    for row in state.core.sessions():
        if positions := state.sent.positions(row["index"]):
            stretches[TAG_SENT + row["index"]] = positions
        if shelves := state.sent.shelves(row["index"]):
            stretches[TAG_SHELVES + row["index"]] = shelves
    write_snapshot(
        folder,
        stretches,
        node_id=state.core.node_id,
        layout=state.core.layout,
        rules_version=state.core.rules_version,
        seq=state.core.seq,
        batch_no=writer.batch_no - 1,
        position=writer.next_position,
        last_crc=writer.last_crc,
        time_ns=now_ns,
    )


def _load(snapshot: Snapshot, core: Core, roster: Roster, sent: SentStore) -> None:
    stretches = {tag: snapshot.stretch(tag) or b"" for tag in snapshot.tags}
    roster.restore_counters(stretches.pop(TAG_COUNTERS, b""))
    roster.ended_ns = int.from_bytes(stretches.pop(TAG_ENDED, b""), "little")
    for tag in [tag for tag in stretches if TAG_SENT <= tag < TAG_SHELVES]:
        session = tag - TAG_SENT
        sent.restore(session, stretches.pop(tag), stretches.pop(TAG_SHELVES + session, b""))
    core.load(stretches, seq=snapshot.seq)
