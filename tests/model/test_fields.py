"""Bytes of records into fields, each kind once, from bytes laid out by hand."""

import struct

import pytest

from internaliser.model.fields import record_fields

NONE16 = 0xFFFF


def record(kind: int, body: bytes, seq: int = 7, index: int = 1) -> bytes:
    body += bytes(-len(body) % 8)
    return struct.pack("<IHHQ", 16 + len(body), kind, index, seq) + body


def subset(fields: dict[str, object], **wanted: object) -> bool:
    return {key: fields[key] for key in wanted} == wanted


def test_a_posting_joins_its_halves_and_names_both_owners() -> None:
    body = struct.pack("<qQIIHBBHHqq", 5, 9, 1, 2, 3, 1, 0x21, 4, 6, -1, 0)
    assert record_fields(record(101, body)) == {
        "kind": "posting",
        "seq": 7,
        "index": 1,
        "time_ns": 5,
        "trade_id": 9,
        "debit_account": 1,
        "credit_account": 2,
        "debit_kind": 1,
        "debit_owner": 4,
        "credit_kind": 2,
        "credit_owner": 6,
        "asset": 3,
        "purpose": "base",
        "amount": 2**64 - 1,
    }


def test_an_order_event_reads_codes_and_texts() -> None:
    body = struct.pack(
        "<qI6H8BQ", 5, 2, 3, 4, 6, NONE16, NONE16, 10, 49, 50, 49, 2, 70, 49, 0, 0, 1
    )
    body += struct.pack("<6q2Q4q", 100, 10, 4, 6, 99, 4, 11, 12, 396, 0, -2, -1)
    body += struct.pack("<4BI", 2, 1, 0, 3, 0) + b"c1o" + b"why"
    assert len(body) + 16 - 6 == 160
    fields = record_fields(record(100, body))
    assert subset(
        fields,
        kind="order_event",
        event="executed",
        session=4,
        instrument=None,
        reason="price_missing",
        side="buy",
        ord_type="limit",
        tif="gtc",
        liquidity="removed",
        exec_type="trade",
        ord_status="partially_filled",
        order_id=1,
        last_px=99,
        cum_notional=396,
        fee=-2,
        cl_ord_id="c1",
        orig_cl_ord_id="o",
        symbol="",
        note="why",
    )


def test_a_session_record_is_read() -> None:
    body = struct.pack("<qHHIQQ", 5, 3, 2, 0, 10, 20)
    fields = record_fields(record(50, body))
    assert subset(fields, kind="session", session=3, change="reset", next_in=10, next_out=20)


def test_a_state_event_names_what_was_asked() -> None:
    body = struct.pack("<q6HI", 5, 1, 9, 2, NONE16, 0, 3, 1)
    fields = record_fields(record(103, body))
    assert subset(fields, of="admin", action="halt", client=2, source=None, count=3, more=True)


def test_an_outbound_message_shows_its_body() -> None:
    body = struct.pack("<qQHHI8s", 5, 6, 1, 0, 7, b"8") + b"37=1\x0117"
    fields = record_fields(record(150, body))
    assert subset(fields, msg_type="8", msg_seq_num=6, body="37=1|17")


def test_a_market_view_lists_its_levels() -> None:
    head = struct.pack("<qQ4H8BHHIqqQ", 5, 0, NONE16, NONE16, 1, 2, *[0] * 8, 0, 0, 0, 0, 0, 0)
    body = head[:64] + struct.pack("<qQHHI", 4, 9, 1, 2, 1)
    body += struct.pack("<6q", 100, 1, 101, 2, 102, 3)
    fields = record_fields(record(6, body))
    assert subset(
        fields,
        kind="market_view",
        source=2,
        version=9,
        is_fresh=True,
        bids=[[100, 1]],
        asks=[[101, 2], [102, 3]],
    )


@pytest.mark.parametrize("cut", range(0, 64, 8))
def test_a_record_cut_short_is_refused(cut: int) -> None:
    whole = record(101, struct.pack("<qQIIHHIqq", 5, 9, 1, 2, 3, 1, 0, -1, 0))
    shorter = struct.pack("<I", cut) + whole[4:cut]
    with pytest.raises(ValueError, match=r"expected|found|ends"):
        record_fields(shorter[:cut] if cut else b"")


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no record is of kind 77"):
        record_fields(record(77, b""))


def test_a_text_that_ends_behind_its_record_is_refused() -> None:
    body = bytes(136) + struct.pack("<4BI", 9, 0, 0, 0, 0)
    with pytest.raises(ValueError, match="text 0 ends behind"):
        record_fields(record(100, body))
