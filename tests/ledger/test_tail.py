"""Tailing: from wherever it stands, only what is durable, never a journal that is another one."""

import shutil
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from internaliser.errors import DataError
from internaliser.journal.fault import JournalDamaged
from internaliser.journal.folder import DataFolder
from internaliser.journal.reader import JournalReader
from internaliser.ledger import tail as module
from internaliser.ledger.books import Books
from internaliser.ledger.check import check
from internaliser.ledger.tail import Tail
from internaliser.ledger.target import Target
from tests.ledger.conftest import Connect, Place
from tests.ledger.grower import NODE_ID, Grower
from tests.ledger.rows import table_rows
from tests.ledger.support import caught_up, rebuilt, turned
from tests.records import open_journal


def test_turns_with_restarts_between_them_give_the_rows_of_one_rebuild(
    place: Place,
    connect: Connect,
    grown: tuple[Path, Grower],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, grower = grown
    pieces, whole = place(), place()
    rebuilt(data, whole)
    random = Random(5)
    seqs = [0]
    while seqs[-1] < grower.core.seq:
        monkeypatch.setattr(module, "RECORDS_MAX", random.randint(1, 300))
        turned(data, pieces, random.randint(1, 2))
        with closing(Target.read(pieces, data).open(may_write=False)) as database:
            mark = Books(database).mark
        assert mark is not None
        assert mark.seq > seqs[-1]
        seqs.append(mark.seq)
    assert len(seqs) > 5
    one = table_rows(connect(pieces, may_write=False))
    two = table_rows(connect(whole, may_write=False))
    # The watermark's batch is that of the last step's first record in both.
    assert one == two


def test_taking_the_same_steps_twice_changes_nothing(
    place: Place, connect: Connect, grown: tuple[Path, Grower]
) -> None:
    data, _ = grown
    database = connect(place())
    books = caught_up(data, database)
    before = table_rows(database)
    mark = books.mark
    assert mark is not None
    with Tail(data, books) as tail:
        tail._reader.seek(0)  # from the first record, past the watermark's place
        assert not tail.turn()
    assert table_rows(database) == before
    assert caught_up(data, database).mark == mark


def test_it_goes_on_with_what_the_journal_grows_by(
    tmp_path: Path, place: Place, connect: Connect
) -> None:
    grower = Grower(tmp_path / "data", seed=3)
    database = connect(place())
    books = Books.anew(database)
    with Tail(grower.data, books) as tail:
        for run in range(6):
            grower.turns(5)
            while tail.turn():
                pass
            assert books.mark is not None
            assert books.mark.seq == grower.core.seq
            grower.crash(is_torn=run % 2 == 0)
    grower.close()
    core = {row["account"]: row["balance"] for row in grower.core.accounts() if row["balance"]}
    caught_up(grower.data, database)
    accounts = Books(database).accounts()
    assert {number: a.units for number, a in accounts.items() if a.units} == core
    assert Books(database).mark is not None


def test_a_journal_that_is_not_there_yet_is_waited_for(tmp_path: Path, connect: Connect) -> None:
    data = tmp_path / "data"
    (data / "journal").mkdir(parents=True, mode=0o700)
    data.chmod(0o700)
    books = Books.anew(connect(f"sqlite:{tmp_path / 'a.sqlite'}"))
    with Tail(data, books) as tail:
        assert not tail.turn()
        grower = Grower(data, seed=1)
        assert tail.turn()
        grower.close()
    assert books.mark is not None
    assert books.mark.node_id == NODE_ID


def test_a_folder_without_a_journal_is_refused(tmp_path: Path, connect: Connect) -> None:
    books = Books.anew(connect(f"sqlite:{tmp_path / 'a.sqlite'}"))
    with pytest.raises(DataError, match="cannot be opened"):
        Tail(tmp_path / "none", books)


@pytest.fixture
def ledger(tmp_path: Path, connect: Connect, grown: tuple[Path, Grower]) -> Books:
    return caught_up(grown[0], connect(f"sqlite:{tmp_path / 'a.sqlite'}"))


def test_the_journal_of_another_node_is_refused(tmp_path: Path, ledger: Books) -> None:
    other = Grower(tmp_path / "other", seed=12)
    other.turns(300)
    other.close()
    with pytest.raises(DataError, match=r"was not made of the journal .*rebuild"):
        caught_up(other.data, ledger.database)


def test_a_journal_that_is_shorter_is_refused(tmp_path: Path, ledger: Books) -> None:
    other = Grower(tmp_path / "other", seed=11)
    other.close()
    with pytest.raises(DataError, match="the journal ends before step"):
        caught_up(other.data, ledger.database)


def test_a_journal_that_took_another_way_is_refused(tmp_path: Path, connect: Connect) -> None:
    """An older copy that went on by itself: the same up to a step, then another one."""
    grower = Grower(tmp_path / "data", seed=4)
    grower.turns(10)
    grower.close()
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "data", copy)
    grower.start()
    grower.turns(3)
    grower.close()
    ledger = caught_up(grower.data, connect(f"sqlite:{tmp_path / 'a.sqlite'}"))
    grower.data = copy
    grower.start()
    grower.turns(6)
    grower.close()
    with pytest.raises(DataError, match="was not made of the journal"):
        caught_up(copy, ledger.database)


def test_a_journal_without_its_beginning_is_refused(
    tmp_path: Path, grown: tuple[Path, Grower], connect: Connect
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(grown[0], copy)
    min((copy / "journal").glob("*.segment")).unlink()
    with pytest.raises(DataError, match="the first segments are missing"):
        caught_up(copy, connect(f"sqlite:{tmp_path / 'a.sqlite'}"))


def test_damage_is_told_with_its_place_and_what_precedes_it_is_kept(
    tmp_path: Path, grown: tuple[Path, Grower], connect: Connect
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(grown[0], copy)
    path = sorted((copy / "journal").glob("*.segment"))[1]
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    database = connect(f"sqlite:{tmp_path / 'a.sqlite'}")
    with pytest.raises(JournalDamaged, match=f"{path.name} at offset"):
        caught_up(copy, database)
    mark = Books(database).mark
    assert mark is not None
    assert 0 < mark.seq < grown[1].core.seq


def test_what_is_not_durable_is_not_projected(tmp_path: Path, connect: Connect) -> None:
    grower = Grower(tmp_path / "data", seed=6)
    grower.turns(3)
    durable = grower.core.seq
    database = connect(f"sqlite:{tmp_path / 'a.sqlite'}")
    for _ in range(20):
        grower._step()  # journalled, and no end of the turn yet
    books = caught_up(grower.data, database)
    assert books.mark is not None
    assert books.mark.seq == durable
    grower.close()


def test_a_step_that_the_journal_has_only_half_is_completed_later(
    tmp_path: Path, place: Place, connect: Connect
) -> None:
    """Large turns are written in several batches; the ledger may stand between two of one step."""
    grower = Grower(tmp_path / "whole", seed=13)
    grower.turns(30)
    grower.close()
    with JournalReader(tmp_path / "whole" / "journal") as reader:
        found = list(reader)
    postings = [at for at, record in enumerate(found) if record.kind == 101]
    cut = next(at for at in reversed(postings) if found[at - 1].kind == 101)
    address = place()
    database = connect(address)
    with DataFolder(tmp_path / "data") as folder, open_journal(folder, NODE_ID) as writer:
        for record in found[:cut]:
            writer.write(record.data)
        writer.end_batch(1)
        books = caught_up(tmp_path / "data", database)
        assert books.mark is not None
        assert books.mark.key == (found[cut].seq, found[cut].index - 1)
        told = check(tmp_path / "data", connect(address, may_write=False))
        assert (told["findings"], told["compared_seq"]) == ([], found[cut].seq - 1)
        for record in found[cut:]:
            writer.write(record.data)
        writer.end_batch(2)
    caught_up(tmp_path / "data", database)
    rebuilt(tmp_path / "whole", whole := place())
    one, two = table_rows(database), table_rows(connect(whole, may_write=False))
    del one["watermark"], two["watermark"]  # positions in two journals
    assert one == two
