"""A PostgreSQL server of our own: on a free loopback port, in a temporary folder, gone afterwards.

    python -m tests.ledger.cluster python -m pytest tests/ledger

runs a command with INTERNALISER_TEST_POSTGRES set to the server's address. Needs PostgreSQL's
programs (Debian: apt-get install postgresql), no rights and no running server; as root the server
runs as another user, because initdb refuses root. Durability is off: it is thrown away anyway.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "INTERNALISER_TEST_POSTGRES"
PROGRAMS = ("initdb", "postgres", "pg_isready")
USERS = ("postgres", "nobody")  # for the server, where we are root
START_S = 30
TRIES = 3  # another program may take the free port before the server does
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class NoPostgres(Exception):
    """There are no programs to start a server with, or it did not start."""


def find_programs() -> dict[str, str]:
    """Paths of PostgreSQL's programs; Debian keeps them off the PATH, a folder per version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    found = {name: shutil.which(name, path=path) for name in PROGRAMS}
    missing = [name for name, place in found.items() if place is None]
    if missing:
        raise NoPostgres(f"not installed: {', '.join(missing)}")
    return {name: str(place) for name, place in found.items()}


@contextmanager
def start_cluster() -> Iterator[str]:
    """A running server's address, with a password in it. Raises NoPostgres."""
    programs = find_programs()
    user = _server_user()
    with tempfile.TemporaryDirectory(prefix="internaliser-postgres-") as name:
        folder = Path(name)
        password = secrets.token_hex(12)
        (folder / "password").write_text(password)
        if user is not None:
            for path in (folder, folder / "password"):
                os.chown(path, user.pw_uid, user.pw_gid)
        _run(
            [
                *(programs["initdb"], "--no-sync", "--username=tester", "--encoding=UTF8"),
                *("--locale=C", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"),
                str(folder / "data"),
            ],
            user,
        )
        server, port = _start(programs, folder, user)
        try:
            yield f"postgresql://tester:{password}@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()  # SIGTERM: waits for nobody's goodbye but ours
            try:
                server.wait(START_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _start(
    programs: dict[str, str], folder: Path, user: pwd.struct_passwd | None
) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(TRIES):
        port = _free_port()
        words = [programs["postgres"], "-D", str(folder / "data"), "-k", str(folder)]
        words += ["-h", "127.0.0.1", "-p", str(port)]
        for setting in SETTINGS.items():
            words += ["-c", "=".join(setting)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(words, stdout=log, stderr=log, cwd=folder, **_as(user))
        ready = [programs["pg_isready"], "-q", "-h", "127.0.0.1", "-p", str(port)]
        for _ in range(START_S * 10):
            if subprocess.run(ready, check=False).returncode == 0:
                return server, port
            try:
                server.wait(0.1)
                break
            except subprocess.TimeoutExpired:
                continue
    raise NoPostgres((folder / "log").read_text())


def _run(words: list[str], user: pwd.struct_passwd | None) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/", **_as(user))
    if done.returncode:
        raise NoPostgres(done.stderr)


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _server_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres(f"as root the server needs one of the users {', '.join(USERS)}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def main() -> int:
    try:
        with start_cluster() as address:
            return subprocess.call(sys.argv[1:], env={**os.environ, VARIABLE: address})
    except NoPostgres as error:
        print(f"no PostgreSQL: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
