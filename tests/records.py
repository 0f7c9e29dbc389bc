"""Journal records laid out by hand, and a journal written from them."""

import struct
from collections.abc import Iterable
from pathlib import Path

from internaliser.journal.folder import DataFolder
from internaliser.journal.writer import JournalWriter
from internaliser.model.commands import config_command
from internaliser.node_config import Item

NONE16 = 0xFFFF
ORDER_EVENTS = {
    "accepted": 1,
    "executed": 3,
    "canceled": 4,
    "replaced": 6,
    "cancel_refused": 7,
    "replace_refused": 8,
    "replace_pending": 11,
}
STATUSES = {
    "new": 48,
    "partially_filled": 49,
    "filled": 50,
    "canceled": 52,
    "pending_replace": 69,
}


def record(kind: int, body: bytes, seq: int = 1, index: int = 1) -> bytes:
    body += bytes(-len(body) % 8)
    return struct.pack("<IHHQ", 16 + len(body), kind, index, seq) + body


def with_seq(command: bytes, seq: int) -> bytes:
    return command[:8] + struct.pack("<Q", seq) + command[16:]


def config(item: Item, seq: int, reason: int = 0) -> list[bytes]:
    """A configuration command and the state event that says what came of it."""
    command = config_command(item.kind, item.values, name=item.name, note=item.note)
    told = struct.pack("<q6HI", seq, 1, 10, NONE16, NONE16, reason, 0, 0)
    return [with_seq(command, seq), record(103, told, seq)]


def order_event(
    event: str,
    seq: int,
    *,
    index: int = 1,
    order_id: int,
    client: int = 0,
    instrument: int = 0,
    source: int = NONE16,
    side: str = "1",
    liquidity: int = 0,
    status: str = "new",
    price: int = 0,
    qty: int = 0,
    cum_qty: int = 0,
    last_px: int = 0,
    last_qty: int = 0,
    contra_id: int = 0,
    notional: int = 0,
    fee: int = 0,
    cl_ord_id: str = "",
    note: str = "",
) -> bytes:
    leaves_qty = qty - cum_qty if status in ("new", "partially_filled") else 0
    indexes = (ORDER_EVENTS[event], 0, client, instrument, source, 0)
    codes = (ord(side), 50, 49, liquidity, 48, STATUSES[status], 0, 0)
    body = struct.pack("<qI6H8BQ", seq, 1, *indexes, *codes, order_id)
    body += struct.pack("<6q", price, qty, cum_qty, leaves_qty, last_px, last_qty)
    trade_id = (seq << 16) + 2 if last_qty else 0
    body += struct.pack("<2Q4q", contra_id, trade_id, notional, 0, fee, -1 if fee < 0 else 0)
    body += struct.pack("<4BI", len(cl_ord_id), 0, 0, len(note), 0)
    return record(100, body + cl_ord_id.encode() + note.encode(), seq, index)


def session_record(session: int, next_in: int, next_out: int) -> bytes:
    return record(50, struct.pack("<qHHIQQ", 0, session, 1, 0, next_in, next_out))


def child_event(event: int, seq: int, child_id: int, state: int, cum_qty: int = 0) -> bytes:
    body = struct.pack("<qQQ4H2BHI", seq, child_id, 5, event, 0, 0, 0, 49, state, 0, 1)
    body += struct.pack("<5q8B", 150, 10, cum_qty, 0, 0, *[0] * 8)
    return record(102, body, seq)


def open_journal(folder: DataFolder, node_id: int) -> JournalWriter:
    """A journal of small segments, so that a test does not wait for the disk."""
    return JournalWriter(
        folder, node_id=node_id, policy="off", segment_size=2**20, batch_max=2**16, ahead=1
    )


def write_journal(data_dir: Path, records: Iterable[bytes], node_id: int = 7) -> None:
    with DataFolder(data_dir) as folder, open_journal(folder, node_id) as writer:
        for data in records:
            writer.write(data)
        writer.end_batch(1, True)
