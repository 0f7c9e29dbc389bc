"""Single records by position."""

from pathlib import Path

import pytest

from internaliser.cold.records import FILES_MAX, RecordReader
from internaliser.errors import DataError
from internaliser.journal.reader import JournalReader
from tests.gateway.desk import ORDER, Desk


def test_every_record_is_read_as_the_journal_s_reader_reads_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    for number in range(3000):
        desk.says("CLIENT1", ORDER.format(f"a{number}", 1, 1, "1.00"))
    folder = desk.node.folder.journal
    records = RecordReader(folder, desk.node.writer.segment_size)
    with JournalReader(folder) as reader:
        found = [(record.position, record.data) for record in reader]
    assert found[-1][0] // desk.node.writer.segment_size >= FILES_MAX
    for position, data in [*found[::7], *reversed(found[::131])]:
        assert records.at(position) == data
    records.close()


def test_a_place_without_a_record_is_an_error_that_names_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    records = RecordReader(desk.node.folder.journal, desk.node.writer.segment_size)
    with pytest.raises(DataError, match="no record stands at position 262000"):
        records.at(262_000)
    with pytest.raises(DataError, match="No such file"):
        records.at(99 * desk.node.writer.segment_size)
    records.close()
