"""Our sessions at outside markets: child events out, the source's answers in."""

from __future__ import annotations

from pathlib import Path

import pytest

from internaliser.core.core import Core
from internaliser.fix import codec
from internaliser.gateway import sources
from internaliser.gateway.source_books import SourceBooks
from internaliser.model.enums import RejectReason as Reason

from .support import (
    NONE16,
    TIME_TEXT,
    VenueReport,
    child_event,
    core,
    fix,
    listed,
    venue_report_of,
)

CORE = core()
SPEC = Path(__file__).parents[2] / "fix_specs" / "FIX44.xml"
CHILD = 3 << 44 | 599
REQUESTED, ANSWERED, FILLED, FINISHED, LOST, QUERY, CHILD_CANCEL = range(1, 8)


def sent(event: bytes) -> tuple[str, str] | None:
    found = sources.child_message(CORE, event)
    return found and (found[0], found[1].decode().replace("\x01", "|"))


def told(line: str, books: SourceBooks | None = None) -> list[VenueReport]:
    records = sources.decode(CORE, books or SourceBooks(), 4, fix(line))
    return [venue_report_of(record) for record in records]


# Sending.


def test_a_child_is_an_ioc_limit_order_pinned_at_its_price() -> None:
    assert sent(child_event(REQUESTED, side="2", price=403, qty=125, instrument=1)) == (
        "D",
        f"11=1-3-599|55=ETH/USD|54=2|60={TIME_TEXT}|38=1.25|40=2|44=20.15|59=3|",
    )


def test_a_query_asks_by_the_childs_own_id() -> None:
    assert sent(child_event(QUERY)) == ("H", "11=1-3-599|55=BTC/USD|54=1|")


def test_a_cancel_has_an_id_of_its_own_and_names_the_child() -> None:
    assert sent(child_event(CHILD_CANCEL, qty=5)) == (
        "F",
        f"41=1-3-599|11=X1-3-600-2|55=BTC/USD|54=1|60={TIME_TEXT}|38=5|",
    )


@pytest.mark.parametrize("type", [ANSWERED, FILLED, FINISHED, LOST])
def test_what_a_child_lived_through_is_not_sent(type: int) -> None:
    assert sent(child_event(type)) is None


def test_a_subscription_asks_for_both_sides_in_full() -> None:
    assert sources.subscription(CORE, 4, 1).decode().replace("\x01", "|") == (
        "262=M1|263=1|264=0|265=1|267=2|269=0|269=1|146=1|55=ETH/USD|"
    )


SENT = [
    *(child_event(type, price=10050, qty=5) for type in (REQUESTED, QUERY, CHILD_CANCEL)),
    b"",
]


@pytest.mark.interop
@pytest.mark.parametrize("event", SENT, ids=["order", "status request", "cancel", "subscription"])
def test_quickfix_accepts_every_message(event: bytes) -> None:
    quickfix = pytest.importorskip("quickfix")
    dictionary = quickfix.DataDictionary(str(SPEC))
    found = sources.child_message(CORE, event) if event else ("V", sources.subscription(CORE, 4, 0))
    assert found is not None
    header = [(35, found[0]), (49, "NODE"), (56, "SIM"), (34, 5), (52, "20231114-22:13:20")]
    raw = codec.encode("FIX.4.4", [*header, *codec.from_text(found[1].decode(), "\x01")])
    dictionary.validate(quickfix.Message(raw.decode(), dictionary, True))


# Receiving.


def test_an_acknowledgement_is_no_execution() -> None:
    assert told("35=8|37=V1|11=1-3-599|17=E1|150=0|39=0|55=BTC/USD|54=1|151=5|14=0|6=0|") == [
        VenueReport(CHILD, "0", "0", cum_qty=0, exec_id="E1")
    ]


def fill(status: str, exec_type: str = "F", symbol: str = "BTC/USD") -> str:
    return f"35=8|37=V1|11=1-3-599|17=E2|150={exec_type}|39={status}|55={symbol}|54=1|"


def test_a_fill_is_counted_in_our_ticks_and_lots() -> None:
    line = fill("1", symbol="ETH/USD") + "32=1.25|31=20.15|151=1|14=1.25|"
    assert told(line) == [VenueReport(CHILD, "F", "1", 125, 403, 125, exec_id="E2")]


@pytest.mark.parametrize("exec_type", ["1", "2"])
def test_a_fill_told_in_the_old_way_is_a_fill(exec_type: str) -> None:
    line = fill("2", exec_type) + "32=5|31=100|151=0|14=5|"
    assert told(line) == [VenueReport(CHILD, "F", "2", 5, 10000, 5, is_final=1, exec_id="E2")]


@pytest.mark.parametrize("status", ["2", "3", "4", "8", "C"])
def test_an_order_that_can_fill_no_more_is_final(status: str) -> None:
    line = f"35=8|37=V1|11=1-3-599|17=E3|150=4|39={status}|55=BTC/USD|54=1|151=0|14=2|6=0|"
    assert told(line) == [VenueReport(CHILD, "4", status, cum_qty=2, is_final=1, exec_id="E3")]


def test_the_answer_to_our_cancel_is_about_the_child() -> None:
    line = "35=8|37=V1|11=X1-3-600-2|41=1-3-599|17=E4|150=4|39=4|55=BTC/USD|54=1|151=0|14=0|6=0|"
    assert told(line) == [VenueReport(CHILD, "4", "4", cum_qty=0, is_final=1, exec_id="E4")]


def test_an_order_the_source_does_not_know_is_not_final_by_itself() -> None:
    line = "35=8|37=NONE|11=1-3-599|17=0|150=I|39=8|103=5|54=1|151=0|14=0|6=0|"
    assert told(line) == [VenueReport(CHILD, "I", "8", cum_qty=0, not_found=1, exec_id="0")]


def test_a_cancel_refused_because_unknown_is_the_same_news() -> None:
    line = "35=9|37=NONE|11=X1-3-600-2|41=1-3-599|39=8|434=1|102=1|"
    assert told(line) == [VenueReport(CHILD, "", "8", not_found=1)]


def test_a_cancel_refused_as_too_late_tells_the_status_only() -> None:
    line = "35=9|37=V1|11=X1-3-600-2|41=1-3-599|39=2|434=1|102=0|"
    assert told(line) == [VenueReport(CHILD, "", "2")]


@pytest.mark.parametrize("cl_ord_id", ["A1", "2-3-599", "X1-3-599-1"])
def test_a_report_that_names_no_child_of_ours_is_nothing(cl_ord_id: str) -> None:
    line = f"35=8|37=V1|11={cl_ord_id}|17=E2|150=F|39=2|55=BTC/USD|54=1|32=5|31=100|151=0|14=5|6=0|"
    assert told(line) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("55=BTC/USD", "55=XYZ", Reason.REASON_UNKNOWN_SYMBOL),
        ("32=5", "32=5.5", Reason.REASON_QTY_OFF_LOT),
        ("14=5", "14=5.5", Reason.REASON_QTY_OFF_LOT),
        ("31=100", "31=100.001", Reason.REASON_PRICE_OFF_TICK),
        ("31=100|", "", Reason.REASON_PRICE_MISSING),
        ("14=5", "14=10", Reason.REASON_QTY_OUT_OF_RANGE),
        ("32=5", "32=6", Reason.REASON_QTY_OUT_OF_RANGE),
        ("151=0", "151=1", Reason.REASON_QTY_OUT_OF_RANGE),
        ("32=5|31=100|151=0|14=5", "32=10|31=100|151=0", Reason.REASON_QTY_OUT_OF_RANGE),
    ],
)
def test_a_fill_that_cannot_be_right_is_never_guessed_at(
    old: str, new: str, reason: Reason
) -> None:
    line = fill("2") + "38=5|32=5|31=100|151=0|14=5|"
    assert old in line
    assert told(line.replace(old, new)) == [
        VenueReport(CHILD, "F", "2", reason=reason, exec_id="E2")
    ]


def test_the_average_price_tells_what_missed_fills_cost() -> None:
    line = "35=8|37=V1|11=1-3-599|17=S|150=I|39=2|55=BTC/USD|54=1|38=5|151=0|14=5|6={}|"
    assert told(line.format("100.25")) == [
        VenueReport(CHILD, "I", "2", cum_qty=5, is_final=1, exec_id="S", notional=50125)
    ]


@pytest.mark.parametrize(
    ("average", "notional"),
    [
        ("100.333333333333333333333333", 50167),
        ("100.3333333333", 50167),
        ("100.254", 50127),
        ("100", 50000),
        ("0", 0),
        ("100.25x", 0),
        ("-100", 0),
        ("123456789012345678901", 0),
    ],
)
def test_an_average_is_the_whole_notional_it_comes_from(average: str, notional: int) -> None:
    line = f"35=8|37=V1|11=1-3-599|17=S|150=I|39=2|55=BTC/USD|54=1|38=5|151=0|14=5|6={average}|"
    assert told(line)[0].notional == notional


def test_the_average_of_a_fill_tells_of_those_missed_before() -> None:
    line = fill("2") + "6=99.8|38=5|32=2|31=100|151=0|14=5|"
    assert told(line) == [
        VenueReport(CHILD, "F", "2", 2, 10000, 5, is_final=1, exec_id="E2", notional=49900)
    ]


@pytest.mark.parametrize(
    ("commission", "fee"),
    [
        ("12=0.25|13=3|", (1, 25)),
        ("12=-0.25|13=3|479=USD|", (1, -25)),
        ("12=0.00000007|13=3|479=BTC|", (0, 7)),
        ("12=0.25|13=3|479=EUR|", (NONE16, 0)),
        ("12=0.255|13=3|", (NONE16, 0)),
        ("12=0.25|13=2|", (NONE16, 0)),
        ("", (NONE16, 0)),
    ],
)
def test_a_commission_we_can_book_is_stated_in_minor_units(
    commission: str, fee: tuple[int, int]
) -> None:
    (report,) = told(fill("1") + f"32=5|31=100|151=5|14=5|{commission}")
    assert (report.fee_asset, report.fee) == fee


REFUSED = VenueReport(CHILD, "8", "8", cum_qty=0, is_final=1)


def test_a_business_reject_of_a_child_proves_that_it_was_not_taken() -> None:
    assert told("35=j|45=9|372=D|379=1-3-599|380=4|58=closed|") == [REFUSED]


def test_a_session_reject_is_traced_by_the_number_of_the_message() -> None:
    books = SourceBooks()
    books.remember_child(4, 9, CHILD)
    assert told("35=3|45=9|372=D|373=1|", books) == [REFUSED]
    assert told("35=j|45=9|372=D|380=0|", books) == [REFUSED]


@pytest.mark.parametrize(
    "line",
    [
        "35=3|45=8|372=D|373=1|",
        "35=3|45=9|372=H|373=1|",
        "35=j|45=9|372=F|379=1-3-599|380=3|",
        f"35=3|45={9 + 1024}|372=D|373=1|",
    ],
)
def test_a_reject_of_something_else_is_no_news_of_a_child(line: str) -> None:
    books = SourceBooks()
    books.remember_child(4, 9, CHILD)
    assert told(line, books) == []


def test_another_sources_numbers_are_its_own() -> None:
    books = SourceBooks()
    books.remember_child(5, 9, CHILD)
    assert told("35=3|45=9|372=D|373=1|", books) == []


def test_messages_without_meaning_for_the_core_are_nothing() -> None:
    assert told("35=B|148=maintenance|") == []


# A source with names of its own: source 3 calls ETH/USD "XETHZUSD", source 5 uses that for BTC/USD.


OWN = core()
listed(OWN, 3, 1, "XETHZUSD", price_step=2, qty_step=25)
listed(OWN, 5, 0, "XETHZUSD")


def own(source: int, line: str) -> list[VenueReport]:
    return [
        venue_report_of(record) for record in sources.decode(OWN, SourceBooks(), source, fix(line))
    ]


def test_what_leaves_names_the_instrument_as_its_source_does() -> None:
    for type in (REQUESTED, QUERY, CHILD_CANCEL):
        event = child_event(type, source=3, instrument=1, price=402, qty=50)
        message = sources.child_message(OWN, event)
        assert message is not None
        assert b"|55=XETHZUSD|54=1|" in message[1].replace(b"\x01", b"|")
    body = sources.subscription(OWN, 3, 1).decode().replace("\x01", "|")
    assert (body[:7], body[-12:]) == ("262=M1|", "55=XETHZUSD|")


def test_a_report_is_about_what_its_source_means_by_the_symbol() -> None:
    line = fill("1", symbol="XETHZUSD") + "32=1.5|31=20.1|151=1|14=1.5|"
    assert own(3, line) == [VenueReport(CHILD, "F", "1", 150, 402, 150, exec_id="E2")]
    whole = line.replace("1.5", "2")
    assert own(5, whole) == [VenueReport(CHILD, "F", "1", 2, 2010, 2, exec_id="E2")]
    reason = Reason.REASON_UNKNOWN_SYMBOL
    assert own(4, line) == [VenueReport(CHILD, "F", "1", reason=reason, exec_id="E2")]
    ours = line.replace("XETHZUSD", "ETH/USD")
    assert own(3, ours) == [VenueReport(CHILD, "F", "1", reason=reason, exec_id="E2")]


def test_a_fill_between_our_ticks_is_refused_whatever_the_source_s_are() -> None:
    line = fill("1", symbol="XETHZUSD") + "32=1.5|31=20.12|151=1|14=1.5|"
    assert own(3, line) == [
        VenueReport(CHILD, "F", "1", reason=Reason.REASON_PRICE_OFF_TICK, exec_id="E2")
    ]


def test_an_instrument_no_longer_listed_keeps_its_name_there() -> None:
    made = core()
    listed(made, 3, 1, "XETHZUSD", is_listed=0)
    line = fill("1", symbol="XETHZUSD") + "32=1.5|31=20.1|151=1|14=1.5|"
    (record,) = sources.decode(made, SourceBooks(), 3, fix(line))
    assert venue_report_of(record).last_qty == 150
    message = sources.child_message(made, child_event(QUERY, source=3, instrument=1))
    assert message is not None
    assert b"55=XETHZUSD\x01" in message[1]


def test_a_loaded_core_knows_the_names_of_its_sources() -> None:
    copy = Core(1, orders_max=1000, levels_max=1000)
    copy.load(OWN.snapshot())
    for source in (3, 4, 5):
        line = fill("1", symbol="XETHZUSD") + "32=2|31=20.1|151=1|14=2|"
        assert sources.decode(copy, SourceBooks(), source, fix(line)) == sources.decode(
            OWN, SourceBooks(), source, fix(line)
        )
