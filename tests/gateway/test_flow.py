"""FIX through the gateway and the core and back: what clients and venues read of one another."""

from __future__ import annotations

import struct

from internaliser.core.core import Core
from internaliser.gateway import orders, reports, sources
from internaliser.gateway.source_books import SourceBooks
from internaliser.model.commands import config_command
from internaliser.model.records import source_state, split_records

from .support import core, fix

KIND_ORDER_EVENT, KIND_CHILD_EVENT = 100, 102


def trading() -> Core:
    """Two clients with all the credit they want, and a source that is up."""
    made = core()
    client = {"has_unlimited_credit": 1, "scope": 2}
    limits = {
        "orders_max": 500, "closed_orders_max": 100, "children_max": 100, "expiry_chunk": 10,
        "fills_per_step_max": 100, "levels_max": 500,
    }  # fmt: skip
    commands = [
        config_command("limits", limits),
        config_command("client", client, name="ALICE"),
        config_command("client", client, name="BOB"),
        config_command("session", {"client": 0, "source": 0xFFFF}, name="FIX.4.4", note="NODE>A"),
        config_command("session", {"client": 1, "source": 0xFFFF}, name="FIX.4.4", note="NODE>B"),
        config_command("session", {"client": 0xFFFF, "source": 0}, name="FIX.4.4", note="NODE>S"),
        config_command(
            "source",
            {"kind": 2, "has_unlimited_credit": 1, "child_rounds_max": 3, "answer_after_ns": 10**9},
            name="SIM1",
        ),
        source_state(source=0, action="up"),
    ]
    for command in commands:
        assert made.apply_raw(command)[0] == 0
    return made


def applied(made: Core, command: bytes) -> list[str]:
    """What leaves after a command: "session MsgType body", or "source MsgType body"."""
    result, _, _, events = made.apply_raw(command)
    assert result in (0, 1), made.fault
    told = []
    for event in split_records(events):
        (kind,) = struct.unpack_from("<H", event, 4)
        if kind == KIND_ORDER_EVENT and (found := reports.report(made, event)):
            (session,) = struct.unpack_from("<H", event, 30)
            told.append(f"{session} {found[0]} {short(found[1])}")
        elif kind == KIND_CHILD_EVENT and (found := sources.child_message(made, event)):
            told.append(f"source {found[0]} {short(found[1])}")
    return told


KEPT = {"11", "41", "44", "38", "150", "39", "32", "31", "14", "151", "6", "30", "851", "58", "59"}


def short(body: bytes) -> str:
    pairs = body.decode().strip("\x01").split("\x01")
    return "|".join(pair for pair in pairs if pair.partition("=")[0] in KEPT)


def client_says(made: Core, line: str, client: int = 0) -> list[str]:
    result, command = orders.decode(made, fix(line), session=client, client=client)
    assert result == 1
    return applied(made, command)


def source_says(made: Core, books: SourceBooks, line: str) -> list[str]:
    commands = sources.decode(made, books, 0, fix(line))
    return [told for command in commands for told in applied(made, command)]


ORDER = "35=D|11={}|55=BTC/USD|54={}|60=20231114-22:13:20|38={}|40=2|44={}|59={}|"


def test_two_clients_cross_and_both_are_told() -> None:
    made = trading()
    assert client_says(made, ORDER.format("A1", 2, 10, 100, 0)) == [
        "0 8 11=A1|150=0|39=0|38=10|44=100|59=0|151=10|14=0|6=0"
    ]
    told = client_says(made, ORDER.format("B1", 1, 4, 101, 3), client=1)
    assert [line.split("|58=")[0] for line in sorted(told)] == [
        "0 8 11=A1|150=F|39=1|38=10|44=100|59=0|32=4|31=100|30=N001|851=1|151=6|14=4|6=100",
        "1 8 11=B1|150=0|39=0|38=4|44=101|59=3|151=4|14=0|6=0",
        "1 8 11=B1|150=F|39=2|38=4|44=101|59=3|32=4|31=100|30=N001|851=2|151=0|14=4|6=100",
    ]


def test_a_refusal_repeats_the_value_as_received() -> None:
    assert client_says(trading(), ORDER.format("A1", 1, 10, "100.001", 0)) == [
        "0 8 11=A1|150=8|39=8|38=10|59=0|151=0|14=0|6=0|"
        "58=PRICE_OFF_TICK: price 100.001 is not a multiple of tick 0.01"
    ]


def test_an_unsupported_order_is_refused_with_its_tag() -> None:
    line = ORDER.format("A1", 1, 10, 100, 0).replace("40=2", "40=3")
    assert client_says(trading(), line)[0].endswith("|58=UNSUPPORTED: 40=3 is not offered")


def test_an_unknown_order_is_refused_the_same_way_by_either_id() -> None:
    made = trading()
    line = "35=F|11=C1|41=A9|{}55=BTC/USD|54=1|60=20231114-22:13:20|"
    expected = ["0 9 11=C1|41=A9|39=8|58=UNKNOWN_ORDER: no such order"]
    assert client_says(made, line.format("")) == expected
    assert client_says(made, line.format("37=2-1-1|")) == expected


def test_an_order_goes_outside_and_its_fill_comes_back() -> None:
    made, books = trading(), SourceBooks()
    assert source_says(made, books, "35=W|262=M0|55=BTC/USD|268=1|269=1|270=99|271=50|") == []
    told = client_says(made, ORDER.format("A1", 1, 7, 100, 0))
    assert told[0] == "0 8 11=A1|150=0|39=0|38=7|44=100|59=0|151=7|14=0|6=0"
    child = told[1].partition("11=")[2].partition("|")[0]
    assert told[1:] == [f"source D 11={child}|38=7|44=99|59=3"]
    line = f"35=8|37=V|17=E1|11={child}|150=F|39=2|55=BTC/USD|54=1|38=7|32=7|31=99|14=7|151=0|6=99|"
    assert source_says(made, books, line) == [
        "0 8 11=A1|150=F|39=2|38=7|44=100|59=0|32=7|31=99|30=SIM1|851=3|151=0|14=7|6=99"
    ]
    assert source_says(made, books, line) == []


def test_a_fill_that_cannot_be_right_changes_nothing_until_asked_about() -> None:
    made, books = trading(), SourceBooks()
    source_says(made, books, "35=W|262=M0|55=BTC/USD|268=1|269=1|270=99|271=50|")
    child = client_says(made, ORDER.format("A1", 1, 7, 100, 0))[1].partition("11=")[2].split("|")[0]
    head = f"35=8|37=V|11={child}|55=BTC/USD|54=1|38=7|"
    wrong = head + "17=E1|150=F|39=2|32=14|31=99|14=14|151=0|6=99|"
    assert source_says(made, books, wrong) == []
    truth = head + "17=E2|150=I|39=2|14=7|151=0|6=98.5|"
    assert source_says(made, books, truth) == [
        "0 8 11=A1|150=F|39=2|38=7|44=100|59=0|32=7|31=98.5|30=SIM1|851=3|151=0|14=7|6=98.5"
    ]
