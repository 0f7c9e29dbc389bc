"""A node as a process: started from the command line, killed without a word."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PLAIN = ROOT / "config" / "plain.toml"
READY_S = 60
STOP_S = 30


class NotReady(Exception):
    """The node ended, or said nothing, instead of READY."""


def command_line(*words: object) -> list[str]:
    """`internaliser WORDS` of this checkout."""
    return [sys.executable, "-m", "internaliser", *map(str, words)]


def run_line(data: Path, config: Path = PLAIN, settings: Sequence[str] = ()) -> list[str]:
    """The command line of a node on a free port that syncs before every report leaves."""
    line = command_line("run", "--config", config, "--data", data)
    for setting in ("fix.port=0", "journal.sync=batch", *settings):
        line += ["--set", setting]
    return line


class NodeProcess:
    """One run of a node. `prefix` goes before its command line ("strace ...")."""

    def __init__(
        self,
        data: Path,
        *,
        config: Path = PLAIN,
        settings: Sequence[str] = (),
        prefix: Sequence[str] = (),
    ) -> None:
        self.started_s = time.monotonic()
        self.port = 0
        self.ports: dict[str, int] = {}
        self.pid = 0  # of the node itself, which READY names: not that of a program before it
        self.recovered_seq = 0
        self.errors = data.with_name(data.name + ".stderr")
        with open(self.errors, "w") as errors:
            self.process = subprocess.Popen(
                [*prefix, *run_line(data, config, settings)],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=ROOT,
            )

    def wait_ready(self) -> float:
        """Seconds from the start to READY. Raises NotReady with what the node said instead."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("READY "):
            self.process.kill()
            self.wait()
            raise NotReady(f"{line!r}: {self.errors.read_text().strip()}")
        facts = json.loads(line.removeprefix("READY "))
        self.pid = facts["pid"]
        self.ports = facts["ports"]
        self.port = facts["ports"]["fix"]
        self.recovered_seq = facts["recovered_seq"]
        return time.monotonic() - self.started_s

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL; returns when the process is gone."""
        self._signal(signal.SIGKILL)
        self.wait()

    def kill_after(self, delay_s: float) -> None:
        """SIGKILL from another thread, at a moment of its own."""
        timer = threading.Timer(delay_s, self._signal, (signal.SIGKILL,))
        timer.daemon = True
        timer.start()

    def stop(self) -> int:
        """SIGTERM, an orderly stop; the exit code."""
        self._signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(STOP_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def _signal(self, number: int) -> None:
        if self.is_running:
            os.kill(self.pid or self.process.pid, number)
