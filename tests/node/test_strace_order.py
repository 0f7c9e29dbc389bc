"""Reports wait for the disk, and the judge of that would see one that did not."""

import os
import shutil
from pathlib import Path

import pytest

from tests.node.strace_order import Place, calls, judge, measure

IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))
SEGMENT = "/d/journal/0000000000.segment"
SEND = (
    '7 sendto(9<socket:[1]>, "8=FIX.4.4\\0019=5\\00135=8\\00134=2\\00149=NODE'
    '\\00156=CLIENT1\\00110=1\\1", 60, MSG_NOSIGNAL, NULL, 0) = 60'
)
WRITE = f'7 pwrite64(5<{SEGMENT}>, "BtCh"..., 512, 4096) = 512'
SYNC = f"7 fdatasync(5<{SEGMENT}>) = 0"
WHERE = {("CLIENT1", 2): Place("0000000000.segment", 4096, 4608)}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_every_report_leaves_after_its_write_and_sync(tmp_path: Path) -> None:
    count = 1000 if IS_DEEP else 200
    figures = measure(tmp_path, count, seed=3)
    assert figures["findings"] == []
    assert figures["reports_sent"] >= count
    assert figures["after_write_and_sync"] == figures["reports_sent"]


def test_write_sync_send_is_in_order() -> None:
    assert judge("\n".join((WRITE, SYNC, SEND)), WHERE) == (1, [])


@pytest.mark.parametrize(
    "lines",
    [
        (WRITE, SEND, SYNC),
        (SYNC, WRITE, SEND),
        (SEND, WRITE, SYNC),
        (WRITE.replace("4096", "0"), SYNC, SEND),
        (WRITE, SYNC.replace("= 0", "= -1 EIO (Input/output error)"), SEND),
        (WRITE, SYNC.replace(SEGMENT, "/d/journal/0000000001.segment"), SEND),
    ],
    ids=[
        "send before sync",
        "sync before write",
        "send first",
        "other bytes",
        "failed",
        "other file",
    ],
)
def test_a_report_that_did_not_wait_is_found(lines: tuple[str, ...]) -> None:
    count, early = judge("\n".join(lines), WHERE)
    assert (count, len(early)) == (1, 1)


def test_a_sync_that_was_under_way_at_the_send_does_not_count() -> None:
    begun = SYNC.replace(") = 0", " <unfinished ...>")
    ended = "7 <... fdatasync resumed>) = 0"
    other = SEND.replace("7 sendto", "8 sendto")
    count, early = judge("\n".join((WRITE, begun, other, ended)), WHERE)
    assert (count, len(early)) == (1, 1)


def test_calls_interrupted_by_another_thread_are_put_together() -> None:
    log = (
        f'7 pwrite64(5<{SEGMENT}>, "x"..., 512, 4096 <unfinished ...>\n{SYNC.replace("7 ", "8 ")}\n'
    )
    log += "7 <... pwrite64 resumed>) = 512"
    found = [(call.name, call.begun, call.ended, call.result) for call in calls(log)]
    assert found == [("fdatasync", 1, 1, 0), ("pwrite64", 0, 2, 512)]
