"""Following until told to stop; a database that goes away; rebuilding."""

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.ledger import follow as module
from internaliser.ledger.books import Books
from internaliser.ledger.database import LedgerUnavailable
from internaliser.ledger.follow import Progress, follow, rebuild
from internaliser.ledger.target import Target
from tests.ledger.conftest import Connect, Place
from tests.ledger.grower import Grower
from tests.ledger.rows import table_rows
from tests.ledger.support import turned

WAIT_S = 20


class Following:
    """`follow` in a thread, its lines, and a way to wait for one."""

    def __init__(self, data: Path, address: str) -> None:
        self.stop = threading.Event()
        self.lines: list[str] = []
        self.said = threading.Condition()
        self.error: Exception | None = None
        target = Target.read(address, data)
        self.thread = threading.Thread(target=self._run, args=(data, target))
        self.thread.start()

    def _run(self, data: Path, target: Target) -> None:
        try:
            follow(data, target, self.stop, self._tell)
        except DataError as error:
            self.error = error
            self._tell(f"error: {error}")

    def _tell(self, line: str) -> None:
        with self.said:
            self.lines.append(line)
            self.said.notify_all()

    def wait_for(self, is_it: Callable[[str], bool]) -> str:
        with self.said:
            assert self.said.wait_for(lambda: any(map(is_it, self.lines)), WAIT_S), self.lines
            return next(filter(is_it, self.lines))

    def end(self) -> None:
        self.stop.set()
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive()


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROGRESS_S", 0.0)
    monkeypatch.setattr(module, "RETRY_FIRST_S", 0.01)
    monkeypatch.setattr(module, "POLL_S", 0.005)


def test_it_keeps_up_with_a_node_that_starts_again(
    tmp_path: Path, place: Place, connect: Connect
) -> None:
    address = place()
    grower = Grower(tmp_path / "data", seed=8)
    following = Following(grower.data, address)
    following.wait_for(lambda line: line.startswith(f"following {grower.data} into "))
    for _ in range(3):
        grower.turns(5)
        grower.crash()
        following.wait_for(lambda line: line.startswith(f"step {grower.core.seq} of "))
    following.end()
    grower.close()
    assert following.error is None
    mark = Books(connect(address, may_write=False)).mark
    assert mark is not None
    assert mark.seq == grower.core.seq


def test_it_goes_on_from_where_the_ledger_stands(
    grown: tuple[Path, Grower], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = place()
    monkeypatch.setattr("internaliser.ledger.tail.RECORDS_MAX", 200)
    turned(grown[0], address, 1)
    following = Following(grown[0], address)
    line = following.wait_for(lambda line: " from step " in line)
    assert not line.endswith(" from step 0")
    following.wait_for(lambda line: line.startswith(f"step {grown[1].core.seq} of "))
    following.end()


def test_a_database_that_goes_away_is_waited_for(
    tmp_path: Path, postgres: str, connect: Connect
) -> None:
    grower = Grower(tmp_path / "data", seed=9)
    following = Following(grower.data, postgres)
    following.wait_for(lambda line: line.startswith(f"step {grower.core.seq} of "))
    admin = connect(postgres, may_write=False)
    sql = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert len(list(admin.rows(sql))) == 1
    grower.turns(5)
    told = following.wait_for(lambda line: "trying again in" in line)
    assert "tester:***@" in told
    following.wait_for(lambda line: line.startswith(f"step {grower.core.seq} of "))
    following.end()
    grower.close()
    assert following.error is None


def test_a_database_that_never_was_there_is_an_error(grown: tuple[Path, Grower]) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    target = Target.read("postgresql://ann:s3cret@127.0.0.1:1/db", grown[0])
    with pytest.raises(LedgerUnavailable, match=r"ann:\*\*\*@127"):
        follow(grown[0], target, threading.Event(), lambda line: None)


def test_a_rebuild_starts_from_nothing(
    grown: tuple[Path, Grower], place: Place, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = place()
    target = Target.read(address, grown[0])
    lines: list[str] = []
    rebuild(grown[0], target, threading.Event(), lines.append)
    with closing(target.open()) as database:
        before = table_rows(database)
        database.run("UPDATE accounts SET balance_units = 7 WHERE account_id = 0")
        assert table_rows(database) != before
    rebuild(grown[0], target, threading.Event(), lines.append)
    assert table_rows(connect(address, may_write=False)) == before
    assert lines[0] == f"rebuilding {target.label} from {grown[0]}"
    assert lines[-1].startswith(f"step {grown[1].core.seq} of ")


def test_a_rebuild_that_was_stopped_is_completed_by_following(
    grown: tuple[Path, Grower], place: Place, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("internaliser.ledger.tail.RECORDS_MAX", 200)
    address, whole = place(), place()
    stop = threading.Event()
    rebuild(grown[0], Target.read(address, grown[0]), stop, lambda line: stop.set())
    following = Following(grown[0], address)
    following.wait_for(lambda line: line.startswith(f"step {grown[1].core.seq} of "))
    following.end()
    rebuild(grown[0], Target.read(whole, grown[0]), threading.Event(), lambda line: None)
    one = table_rows(connect(address, may_write=False))
    assert one == table_rows(connect(whole, may_write=False))


def test_a_wrong_folder_empties_nothing(
    tmp_path: Path, grown: tuple[Path, Grower], place: Place, connect: Connect
) -> None:
    address = place()
    target = Target.read(address, grown[0])
    rebuild(grown[0], target, threading.Event(), lambda line: None)
    with pytest.raises(DataError, match="cannot be opened"):
        rebuild(tmp_path / "none", target, threading.Event(), lambda line: None)
    assert Books(connect(address, may_write=False)).mark is not None


def test_progress_is_told_when_time_has_come_and_something_happened(
    grown: tuple[Path, Grower], tmp_path: Path, connect: Connect
) -> None:
    books = Books.anew(connect(f"sqlite:{tmp_path / 'a.sqlite'}"))
    lines: list[str] = []
    seldom = Progress(lines.append, every_s=1e9)
    seldom.take(books, is_last=True)
    assert lines == []
    turned(grown[0], f"sqlite:{tmp_path / 'a.sqlite'}", 1)
    books = Books(books.database)
    seldom.take(books)
    assert lines == []
    seldom.take(books, is_last=True)
    assert len(lines) == 1
