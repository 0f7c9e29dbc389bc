"""Commands built from Python, records read back."""

import pytest

from internaliser.model import records
from internaliser.model.fields import record_fields
from internaliser.model.records import Record, read_records, split_records


def test_an_order_command_reads_back_as_it_was_built() -> None:
    command = records.new_order(
        client=3, instrument=None, side="sell", qty=5, price=7, tif="ioc", cl_ord_id="abc",
        symbol="X/Y", note="7.005", session=None, flags=4, reason=4, time_ns=9,
    )  # fmt: skip
    fields = record_fields(command)
    assert len(command) % 8 == 0
    assert [fields[key] for key in ("kind", "client", "side", "ord_type", "tif", "instrument")] == [
        "new_order", 3, "sell", "limit", "ioc", None,
    ]  # fmt: skip
    assert [fields[key] for key in ("qty", "price", "cl_ord_id", "symbol", "note", "session")] == [
        5, 7, "abc", "X/Y", "7.005", None,
    ]  # fmt: skip
    assert (fields["reason"], fields["flags"], fields["time_ns"]) == ("price_off_tick", 4, 9)


def test_the_other_commands_read_back_too() -> None:
    commands = [
        records.cancel_order(client=1, cl_ord_id="b", orig_cl_ord_id="a", order_id=5),
        records.replace_order(
            client=1, cl_ord_id="b", orig_cl_ord_id="a", qty=2, price=3, tif="gtc"
        ),
        records.order_status(client=1, cl_ord_id="b"),
        records.venue_report(
            source=2, child_id=9, last_qty=1, last_px=4, fee=-3, fee_asset=1, exec_id="e"
        ),
        records.market_view(source=2, instrument=1, bids=[(5, 1)], asks=[(6, 2), (7, 3)]),
        records.source_state(source=2, action="down"),
        records.timer(action="source_stale", source=2),
        records.epoch(7),
    ]
    read = read_records(b"".join(commands))
    assert split_records(b"".join(commands)) == commands
    assert [record.kind for record in read] == [
        "cancel", "replace", "status", "venue_report", "market_view", "source_state", "timer",
        "epoch",
    ]  # fmt: skip
    assert (read[0].orig_cl_ord_id, read[0].target_id, read[1].tif) == ("a", 5, "gtc")
    assert (read[3].fee, read[3].fee_asset, read[3].note, read[3].cum_qty) == (-3, 1, "e", -1)
    assert (read[4].bids, read[4].asks) == ([[5, 1]], [[6, 2], [7, 3]])
    assert (read[5].action, read[6].action, read[7].target_id) == ("down", "source_stale", 7)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of buy, sell"):
        records.new_order(client=0, instrument=0, side="up", qty=1, cl_ord_id="a")
    with pytest.raises(ValueError, match="at most 255 bytes"):
        records.new_order(client=0, instrument=0, side="buy", qty=1, cl_ord_id="a" * 256)
    with pytest.raises(ValueError, match="at most 20 levels"):
        records.market_view(source=0, instrument=0, bids=[(price, 1) for price in range(21)])


def test_bytes_that_are_cut_short_are_no_records() -> None:
    command = records.epoch()
    with pytest.raises(ValueError, match="expected a record head at 80"):
        split_records(command + b"\0" * 8)
    with pytest.raises(ValueError, match="found 72"):
        split_records(command[:72])


def test_a_record_does_not_change_and_compares_by_content() -> None:
    one, other = read_records(records.epoch(7) + records.epoch(7))
    assert one == other
    assert hash(one) == hash(other)
    assert one != read_records(records.epoch(8))[0]
    assert one["target_id"] == 7
    with pytest.raises(AttributeError, match="records do not change"):
        one.kind = "x"
    with pytest.raises(AttributeError, match="has no field price_of_tea"):
        _ = one.price_of_tea
    assert (
        repr(Record({"kind": "epoch", "seq": 0, "target_id": 7}))
        == "Record(kind='epoch', target_id=7)"
    )
