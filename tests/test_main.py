"""The package as a program."""

import subprocess
import sys

from internaliser import __version__


def test_the_package_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "internaliser", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"internaliser {__version__}\n", "")
