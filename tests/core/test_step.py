"""What every command goes through, whatever it asks. Views are in test_views.py."""

import struct

import pytest

from internaliser.model import records

from .market import FAULT, Market


def test_a_step_has_its_number_and_no_time_before_the_last() -> None:
    market = Market()
    market.client("A")
    early = records.order_status(client=0, cl_ord_id="x", time_ns=5)
    _, stamped, _, _ = market.core.apply_raw(early)
    told = records.read_records(stamped)[0]
    assert (told.seq, told.time_ns) == (market.core.seq, market.now_ns)


def test_an_epoch_that_does_not_rise_is_a_fault_and_nothing_is_applied_after_it() -> None:
    market = Market()
    with pytest.raises(AssertionError, match="epochs rise"):
        market.core.apply_bytes(records.epoch(1))
    assert market.core.fault == "epochs rise"
    with pytest.raises(AssertionError, match="epochs rise"):
        market.core.apply_bytes(records.epoch(2))


@pytest.mark.parametrize("kind", [0, 18, 99, 100, 200, 65_535])
def test_a_command_of_no_known_kind_is_a_fault(kind: int) -> None:
    market = Market()
    size, _, index, seq = struct.unpack_from("<IHHQ", command := records.epoch(2))
    unknown = struct.pack("<IHHQ", size, kind, index, seq) + command[16:]
    result, _, _, events = market.core.apply_raw(unknown)
    assert (result, events) == (FAULT, b"")
    assert market.core.fault == "a command of no known kind"
