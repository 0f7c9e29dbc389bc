"""What is said of a fault."""

from pathlib import Path

from internaliser.journal.fault import Fault, JournalDamaged, fault_at, segment_numbers


def test_a_damage_names_file_offset_reason_and_batch() -> None:
    fault = fault_at(Path("d"), 7, 3, 4096, 12, "")
    assert fault == Fault(
        Path("d/0000000003.segment"), 4096, 12, "the batch's checksum does not fit its bytes"
    )
    assert str(JournalDamaged(fault)) == (
        "journal damaged: d/0000000003.segment at offset 4096: "
        "the batch's checksum does not fit its bytes (batch 12)"
    )


def test_a_fault_of_the_system_carries_its_word() -> None:
    fault = fault_at(Path("d"), 9, 0, 0, 1, "Input/output error")
    assert fault.reason == "the file cannot be read: Input/output error"


def test_only_segments_are_numbered_lowest_first(tmp_path: Path) -> None:
    for name in ("0000000010.segment", "0000000002.segment", "durable", "x.segment", "preparing"):
        (tmp_path / name).touch()
    assert segment_numbers(tmp_path) == [2, 10]
