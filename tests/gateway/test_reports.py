"""Order events out as reports: whole bodies compared, in every version."""

from __future__ import annotations

from pathlib import Path

import pytest
import simplefix

from internaliser.fix import codec
from internaliser.fix.dictionary import Dictionary
from internaliser.gateway import reports
from internaliser.model.enums import RejectReason as Reason

from .support import NONE16, TIME_TEXT, OrderEvent, core

CORE = core()
SPEC = Path(__file__).parents[2] / "fix_specs" / "FIX44.xml"
DICTIONARY = Dictionary(SPEC, role="initiator")
FIX42, FIX44, FIX50 = 1, 2, 3


def reported(event: OrderEvent, version: int = FIX44) -> tuple[str, str]:
    found = reports.report(CORE, event.packed(), version)
    assert found is not None
    return found[0], found[1].decode().replace("\x01", "|")


NEW = OrderEvent(1, price=10050, qty=100, leaves_qty=100)
FILL = NEW.but(
    type=3, index=3, exec_type="F", ord_status="1", liquidity=2, cum_qty=40, leaves_qty=60,
    last_px=10050, last_qty=40, cum_notional=40 * 10050,
)  # fmt: skip


def test_an_accepted_order_is_reported_new() -> None:
    assert reported(NEW) == (
        "8",
        "37=1-3-512|11=A1|17=1-3-512-1|150=0|39=0|55=BTC/USD|54=1|38=100|40=2|44=100.5|59=0|"
        f"151=100|14=0|6=0|60={TIME_TEXT}|",
    )


def test_a_fill_tells_quantity_price_market_and_liquidity() -> None:
    assert reported(FILL) == (
        "8",
        "37=1-3-512|11=A1|17=1-3-512-3|150=F|39=1|55=BTC/USD|54=1|38=100|40=2|44=100.5|59=0|"
        f"32=40|31=100.5|30=N001|851=2|151=60|14=40|6=100.5|60={TIME_TEXT}|",
    )


def test_a_routed_fill_names_the_market_it_happened_at() -> None:
    assert "|32=40|31=100.5|30=SIM1|851=3|" in reported(FILL.but(source=0, liquidity=3))[1]


def test_a_fee_is_an_absolute_commission_in_the_quote_currency() -> None:
    assert "|12=0.25|13=3|479=USD|" in reported(FILL.but(fee=25))[1]
    assert "|12=-0.25|13=3|479=USD|" in reported(FILL.but(fee=-25))[1]


def test_a_fee_beyond_64_bits_is_written_whole() -> None:
    assert "|12=1180591620717411303424|" in reported(FILL.but(fee=100 << 70))[1]


def test_an_average_price_between_ticks_is_exact() -> None:
    assert "|6=100.50333333|" in reported(FILL.but(cum_qty=3, cum_notional=3 * 10050 + 1))[1]


def test_a_market_order_has_no_price() -> None:
    event = FILL.but(ord_type="1", tif="3", price=0)
    assert "|38=100|40=1|59=3|" in reported(event)[1]


def test_a_rejected_order_carries_code_and_sentence() -> None:
    event = NEW.but(
        type=2, reason=Reason.REASON_PRICE_OFF_TICK, exec_type="8", ord_status="8", price=0,
        leaves_qty=0, note="100.501",
    )  # fmt: skip
    assert reported(event) == (
        "8",
        "37=1-3-512|11=A1|17=1-3-512-1|150=8|39=8|103=99|55=BTC/USD|54=1|38=100|40=2|59=0|"
        f"151=0|14=0|6=0|60={TIME_TEXT}|"
        "58=PRICE_OFF_TICK: price 100.501 is not a multiple of tick 0.01|",
    )


def test_a_rejected_symbol_is_reported_as_received() -> None:
    event = OrderEvent(
        2, instrument=NONE16, reason=Reason.REASON_UNKNOWN_SYMBOL, exec_type="8", ord_status="8",
        ord_type="1", cl_ord_id="ID", symbol="INTC",
    )  # fmt: skip
    assert reported(event) == (
        "8",
        "37=1-3-512|11=ID|17=1-3-512-1|150=8|39=8|103=1|55=INTC|54=1|40=1|59=0|"
        f"151=0|14=0|6=0|60={TIME_TEXT}|58=UNKNOWN_SYMBOL: no instrument INTC|",
    )


@pytest.mark.parametrize(
    ("reason", "changes", "text"),
    [
        ("QTY_OFF_LOT", {"note": "1.5"}, "quantity 1.5 is not a multiple of lot 1"),
        ("QTY_OUT_OF_RANGE", {}, "quantity 100 is outside 1 to 1000000000"),
        ("QTY_MISSING", {}, "OrderQty(38) is required"),
        ("PRICE_OUT_OF_RANGE", {}, "price 100.5 is outside 0.01 to 10000000"),
        ("UNSUPPORTED", {"note": "18=6"}, "18=6 is not offered"),
        ("DUPLICATE_CL_ORD_ID", {}, "ClOrdID A1 is already used"),
        ("CREDIT", {}, "available credit does not cover the order"),
    ],
)
def test_a_refusal_says_what_was_wrong(reason: str, changes: dict[str, object], text: str) -> None:
    number = Reason[f"REASON_{reason}"]
    event = NEW.but(type=2, exec_type="8", ord_status="8", reason=number, **changes)
    assert reported(event)[1].endswith(f"|58={reason}: {text}|")


def test_a_cancel_the_client_asked_for_needs_no_words() -> None:
    event = NEW.but(
        type=4, exec_type="4", ord_status="4", leaves_qty=0, cl_ord_id="C1", orig_cl_ord_id="A1",
        reason=Reason.REASON_CLIENT_REQUEST,
    )  # fmt: skip
    assert reported(event) == (
        "8",
        "37=1-3-512|11=C1|41=A1|17=1-3-512-1|150=4|39=4|55=BTC/USD|54=1|38=100|40=2|44=100.5|59=0|"
        f"151=0|14=0|6=0|60={TIME_TEXT}|",
    )


def test_an_unsolicited_cancel_says_why() -> None:
    event = NEW.but(
        type=4, exec_type="4", ord_status="4", leaves_qty=0, reason=Reason.REASON_OPERATOR
    )
    body = reported(event)[1]
    assert "|39=4|378=8|55=" in body
    assert body.endswith("|58=OPERATOR: by the operator|")


def test_the_rest_of_an_ioc_is_canceled_by_its_own_terms() -> None:
    event = NEW.but(
        type=4, exec_type="4", ord_status="4", leaves_qty=0, tif="3",
        reason=Reason.REASON_NO_LIQUIDITY,
    )  # fmt: skip
    body = reported(event)[1]
    assert "|378=" not in body
    assert body.endswith("|58=NO_LIQUIDITY: nothing more to execute with at this price|")


def test_a_cancel_of_an_unknown_order_is_refused_without_an_order_id() -> None:
    event = OrderEvent(
        7, order_id=0, reason=Reason.REASON_UNKNOWN_ORDER, ord_status="8", cl_ord_id="C1",
        orig_cl_ord_id="A9",
    )  # fmt: skip
    assert reported(event) == (
        "9",
        f"37=NONE|11=C1|41=A9|39=8|434=1|102=1|60={TIME_TEXT}|58=UNKNOWN_ORDER: no such order|",
    )


def test_a_replace_that_comes_too_late_is_refused_with_the_orders_status() -> None:
    event = NEW.but(
        type=8, reason=Reason.REASON_TOO_LATE, ord_status="2", cl_ord_id="R1", orig_cl_ord_id="A1"
    )
    assert reported(event) == (
        "9",
        f"37=1-3-512|11=R1|41=A1|39=2|434=2|102=0|60={TIME_TEXT}|58=TOO_LATE: the order is filled|",
    )


def test_the_status_of_an_order_is_an_order_status_report() -> None:
    body = reported(FILL.but(type=9, exec_type="I"))[1]
    assert "|150=I|39=1|" in body
    assert "|32=" not in body


def test_the_status_of_an_unknown_order_is_rejected() -> None:
    event = OrderEvent(
        9, order_id=0, reason=Reason.REASON_UNKNOWN_ORDER, exec_type="I", ord_status="8",
        ord_type="", tif="",
    )  # fmt: skip
    assert reported(event) == (
        "8",
        "37=NONE|11=A1|17=1-3-512-1|150=I|39=8|103=5|55=BTC/USD|54=1|151=0|14=0|6=0|"
        f"60={TIME_TEXT}|58=UNKNOWN_ORDER: no such order|",
    )


def test_an_event_without_a_session_is_no_report() -> None:
    assert reports.report(CORE, NEW.but(session=NONE16).packed()) is None


def test_4_2_says_how_much_is_filled_and_that_it_is_new() -> None:
    body = reported(FILL.but(fee=25), FIX42)[1]
    assert body == (
        "37=1-3-512|11=A1|17=1-3-512-3|20=0|150=1|39=1|55=BTC/USD|54=1|38=100|40=2|44=100.5|59=0|"
        f"32=40|31=100.5|30=N001|12=0.25|13=3|151=60|14=40|6=100.5|60={TIME_TEXT}|"
    )
    whole = FILL.but(ord_status="2", cum_qty=100, leaves_qty=0, cum_notional=100 * 10050)
    assert "|20=0|150=2|39=2|" in reported(whole, FIX42)[1]


def test_4_2_tells_a_fill_under_a_pending_cancel_by_its_size() -> None:
    assert "|20=0|150=1|39=6|" in reported(FILL.but(ord_status="6"), FIX42)[1]


def test_4_2_answers_a_question_with_the_status_itself() -> None:
    assert "|20=3|150=1|39=1|" in reported(FILL.but(type=9, exec_type="I"), FIX42)[1]


@pytest.mark.parametrize(("status", "told"), [("0", "5"), ("1", "1"), ("2", "2")])
def test_4_2_calls_a_replaced_order_replaced_unless_it_has_executed(status: str, told: str) -> None:
    event = NEW.but(type=6, exec_type="5", ord_status=status, orig_cl_ord_id="A1")
    assert f"|20=0|150=5|39={told}|" in reported(event, FIX42)[1]
    assert f"|150=5|39={status}|" in reported(event, FIX50)[1]


def test_4_2_has_a_symbol_in_every_report() -> None:
    event = OrderEvent(9, order_id=0, instrument=NONE16, reason=Reason.REASON_UNKNOWN_ORDER,
                       exec_type="I", ord_status="8", ord_type="", tif="")  # fmt: skip
    assert "|20=3|150=8|39=8|103=5|55=[N/A]|54=1|" in reported(event, FIX42)[1]
    assert "|55=" not in reported(event, FIX44)[1]


def test_4_2_leaves_out_a_restatement_reason_it_has_no_value_for() -> None:
    event = NEW.but(type=4, exec_type="4", ord_status="4", leaves_qty=0,
                    reason=Reason.REASON_DISCONNECT)  # fmt: skip
    body = reported(event, FIX42)[1]
    assert "|378=" not in body
    assert body.endswith("|58=DISCONNECT: the connection was lost|")
    assert "|378=99|" in reported(event, FIX44)[1]
    assert "|378=12|" in reported(event, FIX50)[1]


def test_5_0_tells_the_match_and_whose_order_came_last() -> None:
    assert (
        "|30=N001|851=2|880=1-3-512-3|574=4|1057=Y|1115=1|151=60|"
        in reported(FILL.but(trade_id=512 << 16 | 3), FIX50)[1]
    )
    assert "|1057=N|" in reported(FILL.but(liquidity=1), FIX50)[1]
    assert "|880=" not in reported(FILL.but(source=0, liquidity=3), FIX50)[1]


def test_5_0_needs_no_orig_cl_ord_id_where_there_is_none() -> None:
    event = OrderEvent(7, order_id=0, reason=Reason.REASON_UNKNOWN_ORDER, ord_status="8")
    assert "|41=NONE|" in reported(event, FIX44)[1]
    assert "|41=NONE|" in reported(event, FIX42)[1]
    assert "|41=" not in reported(event, FIX50)[1]


EVENTS = [
    NEW,
    FILL.but(fee=25),
    NEW.but(type=2, reason=Reason.REASON_CREDIT, exec_type="8", ord_status="8"),
    NEW.but(type=4, reason=Reason.REASON_DISCONNECT, exec_type="4", ord_status="4", leaves_qty=0),
    NEW.but(type=5, reason=Reason.REASON_DAY_END, exec_type="C", ord_status="C", leaves_qty=0),
    NEW.but(type=6, exec_type="5", cl_ord_id="R1", orig_cl_ord_id="A1"),
    NEW.but(type=7, reason=Reason.REASON_TOO_LATE, ord_status="2", orig_cl_ord_id="A1"),
    NEW.but(type=8, reason=Reason.REASON_DUPLICATE_CL_ORD_ID, orig_cl_ord_id="A1"),
    FILL.but(type=9, exec_type="I"),
    NEW.but(type=10, exec_type="6", ord_status="6", orig_cl_ord_id="A1"),
    NEW.but(type=11, exec_type="E", ord_status="E", orig_cl_ord_id="A1"),
]


def message(event: OrderEvent) -> bytes:
    found = reports.report(CORE, event.packed())
    assert found is not None
    header = [(35, found[0]), (49, "NODE"), (56, "CLIENT1"), (34, 5), (52, "20231114-22:13:20")]
    return codec.encode("FIX.4.4", [*header, *codec.from_text(found[1].decode(), "\x01")])


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"type {event.type}")
def test_simplefix_reads_every_report(event: OrderEvent) -> None:
    parser = simplefix.FixParser()
    parser.append_buffer(message(event))
    parsed = parser.get_message()
    assert parsed is not None
    assert parsed.get(11) == event.cl_ord_id.encode()
    tags = [tag for tag, _ in parsed.pairs]
    assert len(tags) == len(set(tags))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"type {event.type}")
def test_our_dictionary_accepts_every_report(event: OrderEvent) -> None:
    assert DICTIONARY.verdict(message(event)) == (-1, None)


@pytest.mark.interop
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"type {event.type}")
def test_quickfix_accepts_every_report(event: OrderEvent) -> None:
    quickfix = pytest.importorskip("quickfix")
    dictionary = quickfix.DataDictionary(str(SPEC))
    raw = message(event).decode()
    quickfix.Message(raw, dictionary, True)
    dictionary.validate(quickfix.Message(raw, dictionary, True))
