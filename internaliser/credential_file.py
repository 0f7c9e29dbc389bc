"""What clients changed of their credentials, and the last signed Logon of each: one small file.

    kept = CredentialFile(data_folder / FILE_NAME)
    kept.password("ALICE", configured)                 # the hash in force
    kept.keep_password("ALICE", configured, changed)
    kept.keep_signed("ALICE", sending_time_ns)

The configuration is the base: a change counts as long as the hash that it replaced is configured,
so the newer of the two wins. What is kept is on disk before it counts. For any thread.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any

from internaliser.credentials import why_no_hash
from internaliser.errors import DataError

FILE_NAME = "credentials.json"
MODE = 0o600


class CredentialFile:
    """Read once, then rewritten whole with each change. DataError when it cannot be understood."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._passwords: dict[str, tuple[str, str]] = {}  # by name: configured, changed
        self._signed_ns: dict[str, int] = {}
        try:
            text = path.read_text()
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path} cannot be read: {error}") from None
        try:
            self._load(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(
                f"{path}: expected what the node wrote, found {error}; bring it back from a copy, "
                "or remove it: then the configured passwords count again"
            ) from None

    def password(self, name: str, configured: str) -> str:
        """The stored hash in force, where the file configures this one."""
        replaced, changed = self._passwords.get(name, ("", ""))
        return changed if replaced == configured and changed else configured

    def keep_password(self, name: str, configured: str, changed: str) -> None:
        """From now on `changed` counts instead of the configured one."""
        with self._lock:
            self._write({**self._passwords, name: (configured, changed)}, self._signed_ns)

    def signed_ns(self, name: str) -> int:
        """SendingTime of the last signed Logon that passed, 0 = none has."""
        return self._signed_ns.get(name, 0)

    def keep_signed(self, name: str, time_ns: int) -> None:
        """A signed Logon of this time passes; none up to it does again."""
        with self._lock:
            self._write(self._passwords, {**self._signed_ns, name: time_ns})

    def _load(self, held: Any) -> None:
        for name, pair in held["passwords"].items():
            fault = why_no_hash(pair["changed"])
            if fault is not None:
                raise ValueError(f"the password of {name}: {fault}")
            self._passwords[name] = (str(pair["configured"]), pair["changed"])
        for name, time_ns in held["signed_ns"].items():
            self._signed_ns[name] = int(time_ns)

    def _write(self, passwords: dict[str, tuple[str, str]], signed_ns: dict[str, int]) -> None:
        """All of it in a new file that takes the old one's place."""
        pairs = {
            name: {"configured": configured, "changed": changed}
            for name, (configured, changed) in passwords.items()
        }
        data = json.dumps({"passwords": pairs, "signed_ns": signed_ns}, indent=1).encode()
        beside = self._path.with_suffix(".new")
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE)
        try:
            with os.fdopen(file, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.replace(beside, self._path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._passwords, self._signed_ns = passwords, signed_ns
