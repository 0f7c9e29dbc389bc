"""`check`: nothing where nothing is wrong, each kind of wrong where it is, beside a live node."""

import re
from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.ledger import tail
from internaliser.ledger.books import Books
from internaliser.ledger.check import check
from internaliser.ledger.database import Database
from tests.ledger.conftest import Connect, Place
from tests.ledger.grower import Grower
from tests.ledger.support import caught_up, rebuilt, turned


@pytest.fixture
def ledger(place: Place, connect: Connect, grown: tuple[Path, Grower]) -> Database:
    database = connect(place())
    caught_up(grown[0], database)
    return database


def findings(data: Path, ledger: Database) -> list[str]:
    found = check(data, ledger)
    assert found["ok"] is (found["findings"] == [])
    return list(found["findings"])


def test_a_ledger_that_is_up_to_date_has_no_finding(
    ledger: Database, grown: tuple[Path, Grower]
) -> None:
    found = check(grown[0], ledger)
    assert (found["ok"], found["is_up_to_date"]) == (True, True)
    assert found["seq"] == found["compared_seq"] == grown[1].core.seq
    assert found["accounts"] > 10
    assert found["transfers"] > 300


def test_a_ledger_that_lags_is_compared_as_of_its_step(
    place: Place,
    connect: Connect,
    grown: tuple[Path, Grower],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = place()
    monkeypatch.setattr(tail, "RECORDS_MAX", 300)
    for _ in range(3):
        turned(grown[0], address, 1)
        found = check(grown[0], connect(address, may_write=False))
        assert (found["ok"], found["is_up_to_date"]) == (True, False)
        assert found["compared_seq"] == found["seq"] < grown[1].core.seq


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE accounts SET balance_units = 12 WHERE account_id = 4", "balance 12, postings "),
        (
            "UPDATE accounts SET owner = 'EVE' WHERE account_id = 4",
            "EVE .* in the ledger, .*in the c",
        ),
        (
            "UPDATE transfers SET units = '1' WHERE purpose = 'funding'",
            " in the ledger, .*in the co",
        ),
        ("DELETE FROM transfers WHERE purpose = 'transfer'", " in the core"),
        (
            "UPDATE orders SET is_open = 1 WHERE status = 'filled'",
            "order .*1\\) in the ledger, .* in the core",
        ),
        ("DELETE FROM orders WHERE is_open = 1", "order .*: not in the ledger"),
        ("UPDATE children SET state = 'unknown'", "child .*unknown.* in the ledger, None in the"),
    ],
)
def test_every_difference_is_a_finding(
    ledger: Database, grown: tuple[Path, Grower], change: str, told: str
) -> None:
    assert ledger.run(change) > 0
    found = findings(grown[0], ledger)
    assert any(re.search(told, text) for text in found), found


def test_balances_that_do_not_sum_to_zero_are_found(
    ledger: Database, grown: tuple[Path, Grower]
) -> None:
    ledger.run("UPDATE accounts SET balance_units = 12 WHERE account_id = 4")
    assert any("sum to" in text and "expected zero" in text for text in findings(grown[0], ledger))


def test_an_empty_ledger_agrees_with_everything(
    place: Place, connect: Connect, grown: tuple[Path, Grower]
) -> None:
    database = connect(place())
    Books.anew(database)
    assert check(grown[0], database)["ok"]


def test_no_ledger_is_an_error(place: Place, connect: Connect, grown: tuple[Path, Grower]) -> None:
    with pytest.raises(DataError, match="there is no ledger at"):
        check(grown[0], connect(place()))


def test_a_journal_that_ends_before_the_ledger_is_an_error(
    tmp_path: Path, ledger: Database
) -> None:
    other = Grower(tmp_path / "other", seed=2)
    other.close()
    with pytest.raises(DataError, match=r"does not reach|ends at step"):
        check(other.data, ledger)


def test_a_live_journal_and_a_ledger_in_use_can_be_checked(
    tmp_path: Path, place: Place, connect: Connect
) -> None:
    address = place()
    grower = Grower(tmp_path / "data", seed=5)
    writer = connect(address)
    for _ in range(5):
        grower.turns(10)
        caught_up(grower.data, writer)
        grower.turns(10)
        reader = connect(address, may_write=False)
        found = check(grower.data, reader)
        assert (found["ok"], found["is_up_to_date"]) == (True, False)
    grower.close()


def test_a_rebuilt_ledger_has_no_finding(
    place: Place, connect: Connect, grown: tuple[Path, Grower]
) -> None:
    address = place()
    rebuilt(grown[0], address)
    assert findings(grown[0], connect(address, may_write=False)) == []
