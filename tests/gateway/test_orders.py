"""Client orders in, reports out: whole Commands and whole bodies compared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.fix import codec
from internaliser.fix.dictionary import Dictionary
from internaliser.gateway import orders
from internaliser.model.enums import RejectReason as Reason

from .support import (
    CANCEL,
    NEW_ORDER,
    NONE16,
    REPLACE,
    STATUS,
    Command,
    command_of,
    core,
    fix,
)

CORE = core()
SPEC = Path(__file__).parents[2] / "fix_specs" / "FIX44.xml"
DICTIONARY = Dictionary(SPEC, role="initiator")
DECODED, BUSINESS_REJECT, IGNORED, COLD = 1, 2, 3, 4
LOCAL_ONLY, POSS_RESEND = 1, 4
ORDER_ID = 3 << 44 | 512
DEEP = 50 if os.environ.get("INTERNALISER_DEEP") else 1

ORDER = Command(NEW_ORDER, 0, "1", "2", "0", price=10050, qty=100, cl_ord_id="A1")
LINE = "35=D|11=A1|55=BTC/USD|54=1|60=20231114-22:13:20|38=100|40=2|44=100.5|"


def decoded(line: str) -> Command:
    result, record = orders.decode(CORE, fix(line))
    assert result == DECODED
    return command_of(record)


def refused(line: str) -> tuple[Reason, str]:
    command = decoded(line)
    return Reason(command.reason), command.note


def test_a_limit_order_becomes_ticks_and_lots() -> None:
    assert decoded(LINE) == ORDER


def test_a_market_order_has_no_price_even_if_one_is_given() -> None:
    line = "35=D|11=A1|55=BTC/USD|54=2|60=20231114-22:13:20|38=7|40=1|44=5|59=3|"
    assert decoded(line) == Command(NEW_ORDER, 0, "2", "1", "3", qty=7, cl_ord_id="A1")


def test_ticks_and_lots_of_more_than_one_unit_are_counted() -> None:
    line = "35=D|11=A1|55=ETH/USD|54=1|60=20231114-22:13:20|38=1.25|40=2|44=20.15|59=1|"
    assert decoded(line) == Command(NEW_ORDER, 1, "1", "2", "1", price=403, qty=125, cl_ord_id="A1")


def test_digits_that_say_nothing_are_taken() -> None:
    assert decoded(
        LINE.replace("38=100|", "38=00100.00|").replace("44=100.5|", "44=0100.500|")
    ) == (ORDER)


def test_a_possible_resend_is_flagged() -> None:
    assert decoded(LINE.replace("35=D|", "35=D|97=Y|")).flags == POSS_RESEND


def test_a_cancel_names_its_order_by_both_ids() -> None:
    line = "35=F|11=C1|41=A1|37=1-3-512|55=BTC/USD|54=1|60=20231114-22:13:20|38=100|"
    assert decoded(line) == Command(
        CANCEL, 0, "1", target_id=ORDER_ID, cl_ord_id="C1", orig_cl_ord_id="A1"
    )


def test_a_cancel_without_symbol_is_for_the_core_to_find() -> None:
    line = "35=F|11=C1|41=A1|54=2|60=20231114-22:13:20|"
    assert decoded(line) == Command(CANCEL, NONE16, "2", cl_ord_id="C1", orig_cl_ord_id="A1")


def test_a_replace_carries_the_new_terms() -> None:
    line = "35=G|11=R1|41=A1|55=BTC/USD|54=1|60=20231114-22:13:20|38=150|40=2|44=101|59=1|"
    assert decoded(line) == Command(
        REPLACE, 0, "1", "2", "1", price=10100, qty=150, cl_ord_id="R1", orig_cl_ord_id="A1"
    )


def test_a_status_request_names_the_order() -> None:
    line = "35=H|11=A1|37=1-3-512|55=BTC/USD|54=1|"
    assert decoded(line) == Command(STATUS, 0, "1", target_id=ORDER_ID, cl_ord_id="A1")


def test_an_unknown_symbol_is_kept_as_received() -> None:
    line = "35=D|11=ID|21=3|40=1|54=1|55=INTC|60=20231114-22:13:20|38=100|"
    assert decoded(line) == Command(
        NEW_ORDER, NONE16, "1", "1", "0", reason=Reason.REASON_UNKNOWN_SYMBOL, cl_ord_id="ID",
        symbol="INTC",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "reason", "note"),
    [
        ("44=100.5|", "44=100.501|", Reason.REASON_PRICE_OFF_TICK, "100.501"),
        ("44=100.5|", "44=abc|", Reason.REASON_PRICE_OFF_TICK, "abc"),
        ("44=100.5|", "", Reason.REASON_PRICE_MISSING, ""),
        ("44=100.5|", "44=99999999999999999999|", Reason.REASON_PRICE_OUT_OF_RANGE,
         "99999999999999999999"),
        ("38=100|", "38=100.5|", Reason.REASON_QTY_OFF_LOT, "100.5"),
        ("38=100|", "", Reason.REASON_QTY_MISSING, ""),
        ("38=100|", "38=0|", Reason.REASON_QTY_OUT_OF_RANGE, "0"),
        ("38=100|", "38=-5|", Reason.REASON_QTY_OUT_OF_RANGE, "-5"),
        ("38=100|", "38=99999999999999999999|", Reason.REASON_QTY_OUT_OF_RANGE,
         "99999999999999999999"),
        ("40=2|", "40=3|99=5|", Reason.REASON_UNSUPPORTED, "40=3"),
        ("40=2|", "40=2|99=5|", Reason.REASON_UNSUPPORTED, "99=5"),
        ("40=2|", "40=2|111=5|", Reason.REASON_UNSUPPORTED, "111=5"),
        ("40=2|", "40=2|18=6|", Reason.REASON_UNSUPPORTED, "18=6"),
        ("40=2|", "40=2|59=6|", Reason.REASON_UNSUPPORTED, "59=6"),
        ("54=1|", "54=5|", Reason.REASON_UNSUPPORTED, "54=5"),
        ("55=BTC/USD|", "", Reason.REASON_UNKNOWN_SYMBOL, ""),
        ("11=A1|", "11=" + "x" * 65 + "|", Reason.REASON_CL_ORD_ID_LENGTH, ""),
    ],
)  # fmt: skip
def test_a_bad_value_becomes_the_reason_of_the_command(
    old: str, new: str, reason: Reason, note: str
) -> None:
    assert old in LINE
    assert refused(LINE.replace(old, new)) == (reason, note)


def test_the_longest_cl_ord_id_is_taken_and_a_longer_one_is_cut() -> None:
    assert decoded(LINE.replace("11=A1", "11=" + "x" * 64)).cl_ord_id == "x" * 64
    assert decoded(LINE.replace("11=A1", "11=" + "x" * 900)).cl_ord_id == "x" * 64


def test_the_first_thing_wrong_is_the_one_that_is_told() -> None:
    assert refused("35=D|11=A1|55=INTC|54=9|60=20231114-22:13:20|40=3|") == (
        Reason.REASON_UNKNOWN_SYMBOL,
        "",
    )


@pytest.mark.parametrize("order_id", ["2-3-512", "NONE", "1-3-512-1", "512"])
def test_an_order_id_that_is_not_ours_is_an_unknown_order(order_id: str) -> None:
    line = f"35=F|11=C1|41=A1|37={order_id}|55=BTC/USD|54=1|60=20231114-22:13:20|"
    command = decoded(line)
    assert (command.reason, command.target_id) == (Reason.REASON_UNKNOWN_ORDER, 0)


def test_an_order_that_must_not_be_routed_is_flagged_local() -> None:
    assert decoded(LINE.replace("40=2|", "40=2|18=1 h|")).flags == LOCAL_ONLY


def test_an_application_message_that_is_not_about_an_order_is_the_edge_s() -> None:
    assert orders.decode(CORE, fix("35=x|320=r|559=4|")) == (COLD, b"")


def test_a_reject_is_never_answered_with_a_reject() -> None:
    assert orders.decode(CORE, fix("35=j|45=2|372=8|380=0|")) == (IGNORED, b"")


@settings(max_examples=200 * DEEP, deadline=None)
@given(
    st.integers(1, 10**9),
    st.integers(1, 10**11),
    st.sampled_from("12"),
    st.sampled_from("0134"),
    st.text(alphabet="ABCxyz019-_.", min_size=1, max_size=64),
)
def test_every_order_we_can_write_is_read_back(
    qty: int, price: int, side: str, tif: str, cl_ord_id: str
) -> None:
    line = (
        f"35=D|11={cl_ord_id}|55=ETH/USD|54={side}|60=20231114-22:13:20|"
        f"38={codec.format_decimal(qty * 10, 3)}|40=2|"
        f"44={codec.format_decimal(price * 5, 2)}|59={tif}|"
    )
    assert decoded(line) == Command(
        NEW_ORDER, 1, side, "2", tif, price=price, qty=qty, cl_ord_id=cl_ord_id
    )


@settings(max_examples=300 * DEEP, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([11, 18, 37, 38, 40, 41, 44, 54, 55, 59, 97, 99, 453]),
            st.text(
                alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=90
            ),
        ),
        max_size=12,
    ),
    st.sampled_from("DFGH"),
)
def test_any_values_make_a_command_or_a_reason(
    fields: list[tuple[int, str]], msg_type: str
) -> None:
    header = [(35, msg_type), (49, "CLIENT1"), (56, "NODE"), (34, 7), (52, "20231114-22:13:20")]
    result, record = orders.decode(CORE, codec.encode("FIX.4.4", [*header, *fields]))
    names = {"F": {41, 37}, "G": {41, 37}, "H": {11, 37}}.get(msg_type, set())
    if names and names.isdisjoint(tag for tag, _ in fields):
        assert result == BUSINESS_REJECT
        assert b"\x01380=5\x01" in record
        return
    command = command_of(record)
    assert result == DECODED
    if not command.reason:
        assert command.side in "12"
        assert command.kind not in (NEW_ORDER, REPLACE) or command.qty > 0
