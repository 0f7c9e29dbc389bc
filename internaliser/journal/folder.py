"""The data folder: one per node, mode 0700, held by one process at a time.

The holder keeps an flock on `lock` and has written its pid there; the kernel lets go of it when the
process ends, however it ends. Reading tools (dump, verify, feeds of another process) take no lock.

    with DataFolder(Path("data")) as folder:
        writer = JournalWriter(folder, node_id=1)
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from internaliser.errors import DataError

MODE = 0o700
PID_BYTES_MAX = 32


class FolderInUse(DataError):
    """Another process holds the data folder. `pid` is None when it has not yet said who it is."""

    def __init__(self, path: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid is not None else "another process"
        super().__init__(f"data folder {path} is in use by {who} (it holds {path / 'lock'})")
        self.path = path
        self.pid = pid


def journal_folder(data_folder: Path) -> Path:
    """Where a data folder keeps its journal."""
    return data_folder / "journal"


def snapshot_folder(data_folder: Path) -> Path:
    """Where a data folder keeps its snapshots."""
    return data_folder / "snapshots"


class DataFolder:
    """A data folder held by this process until `close`. Made if it is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._make()
        self._fd = self._lock()
        self.journal.mkdir(mode=MODE, exist_ok=True)
        self.snapshots.mkdir(mode=MODE, exist_ok=True)

    @property
    def journal(self) -> Path:
        """The folder of the segments."""
        return journal_folder(self.path)

    @property
    def snapshots(self) -> Path:
        """The folder of the snapshots."""
        return snapshot_folder(self.path)

    @property
    def is_held(self) -> bool:
        """Whether this process still holds the lock through this object."""
        return self._fd >= 0

    def close(self) -> None:
        """Let go of the lock. The lock file stays: unlinking it could let two processes in."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _make(self) -> None:
        try:
            self.path.mkdir(mode=MODE, parents=True, exist_ok=True)
            loose = self.path.stat().st_mode & 0o077
            if loose and any(self.path.iterdir()):
                raise DataError(
                    f"data folder {self.path} is open to others: expected mode 0700, "
                    f"found {self.path.stat().st_mode & 0o777:04o} (chmod 700 {self.path})"
                )
            if loose:
                self.path.chmod(MODE)
        except OSError as error:
            raise DataError(f"data folder {self.path} cannot be used: {error.strerror}") from error

    def _lock(self) -> int:
        lock = self.path / "lock"
        try:
            fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataError(f"{lock} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(fd, PID_BYTES_MAX, 0).strip()
            os.close(fd)
            raise FolderInUse(self.path, int(text) if text.isdigit() else None) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, b"%d\n" % os.getpid(), 0)
        return fd
