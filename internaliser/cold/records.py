"""Single records of the journal by position, for what was read and checked by a tail before."""

import os
import struct
from pathlib import Path

from internaliser.errors import DataError

FILES_MAX = 4  # segments kept open
AT_ONCE = 512  # bytes: most records are shorter
HEAD = struct.Struct("<I")


class RecordReader:
    """Of one journal folder whose segments have `segment_size` bytes."""

    def __init__(self, folder: Path, segment_size: int) -> None:
        self._folder = folder
        self._segment_size = segment_size
        self._open: dict[int, int] = {}  # in order of use, the last used last

    def at(self, position: int) -> bytes:
        """The record that begins there. Raises DataError where the file is gone or ends before."""
        segment, offset = divmod(position, self._segment_size)
        data = os.pread(self._file(segment), AT_ONCE, offset)
        size = HEAD.unpack_from(data)[0] if len(data) >= HEAD.size else 0
        if size > len(data):
            data += os.pread(self._file(segment), size - len(data), offset + len(data))
        if not 0 < size <= len(data):
            raise DataError(f"{self._folder}: no record stands at position {position}")
        return data[:size]

    def close(self) -> None:
        """Let go of the files."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _file(self, segment: int) -> int:
        found = self._open.pop(segment, None)
        if found is None:
            path = self._folder / f"{segment:010}.segment"
            try:
                found = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError as error:
                raise DataError(f"{path}: {error.strerror}") from None
            if len(self._open) >= FILES_MAX:
                oldest = next(iter(self._open))
                os.close(self._open.pop(oldest))
        self._open[segment] = found
        return found
