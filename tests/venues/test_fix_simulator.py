"""The simulated exchange from outside: over its FIX port with simplefix, and its control port."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from internaliser.venues.fix_simulator import add_arguments, config_of
from internaliser.venues.simulated_market import Listing

from .support import Client, Running, running


@pytest.fixture
def exchange() -> Iterator[Running]:
    with running() as found:
        yield found


@pytest.fixture
def client(exchange: Running) -> Iterator[Client]:
    found = Client(exchange)
    assert (found.logon() or {}).get(35) == "A"
    yield found
    found.close()


def relogon(client: Client) -> dict[int, str]:
    client.close()
    client.connect()
    answer = client.logon()
    assert answer is not None
    return answer


# Honest.


def test_an_ioc_takes_what_the_published_book_has_and_the_rest_is_canceled(client: Client) -> None:
    client.order("A", 20, "102")
    assert client.reports(4) == [
        "8 0 0 cum 0 leaves 20",
        "8 F 1 last 5@101 cum 5 leaves 15",
        "8 F 1 last 10@102 cum 15 leaves 5",
        "8 4 4 cum 15 leaves 0",
    ]
    order = client.exchange.order("A")
    assert order is not None
    assert (order["cum_qty"], order["status"]) == ("15", "4")
    assert client.exchange.control("truth")["books"]["BTC/USD"]["asks"] == []


def test_an_order_that_reaches_nothing_is_canceled_whole(client: Client) -> None:
    client.order("A", 20, "100")
    assert client.reports(2) == ["8 0 0 cum 0 leaves 20", "8 4 4 cum 0 leaves 0"]


def test_a_day_order_rests_until_the_market_reaches_it(client: Client, exchange: Running) -> None:
    client.order("A", 7, "100", tif="0")
    assert client.reports(1) == ["8 0 0 cum 0 leaves 7"]
    assert exchange.control("truth")["books"]["BTC/USD"]["bids"][0] == ["100", "7"]
    exchange.control("set_book", symbol="BTC/USD", bids=[], asks=[["100", "4"], ["101", "9"]])
    assert client.reports(1) == ["8 F 1 last 4@100 cum 4 leaves 3"]
    client.send("35=F|11=B|41=A|55=BTC/USD|54=1|60=20231114-22:13:20|")
    assert client.reports(1) == ["8 4 4 cum 4 leaves 0"]


def test_two_clients_execute_with_each_other(client: Client, exchange: Running) -> None:
    other = Client(exchange, "OTHER")
    other.logon()
    client.order("A", 7, "100", tif="0")
    client.reports(1)
    other.order("A", 3, "100", side="2")
    assert other.reports(2) == ["8 0 0 cum 0 leaves 3", "8 F 2 last 3@100 cum 3 leaves 0"]
    assert client.reports(1) == ["8 F 1 last 3@100 cum 3 leaves 4"]
    other.close()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"55": "XYZ"}, "1"),
        ({"38": "0"}, "13"),
        ({"38": "1.5"}, "13"),
        ({"44": "100.001"}, "99"),
        ({"40": "1"}, "11"),
        ({"59": "4"}, "11"),
        ({"38": "1000000000"}, "0"),
    ],
)
def test_what_the_exchange_does_not_take_is_rejected(
    client: Client, changes: dict[str, str], reason: str
) -> None:
    fields = {"11": "A", "55": "BTC/USD", "54": "1", "38": "5", "40": "2", "44": "100", "59": "3"}
    line = "|".join(f"{tag}={value}" for tag, value in {**fields, **changes}.items())
    client.send(f"35=D|{line}|")
    values = client.receive() or {}
    assert (values[150], values[39], values[103]) == ("8", "8", reason)
    assert client.exchange.order("A") is None


def test_a_cl_ord_id_is_taken_once(client: Client) -> None:
    client.order("A", 1, "101")
    client.reports(2)
    client.order("A", 1, "101")
    values = client.receive() or {}
    assert (values[150], values[103]) == ("8", "6")


def test_status_tells_the_truth_or_that_there_is_none(client: Client) -> None:
    client.order("A", 5, "101")
    client.reports(2)
    values = client.status("A") or {}
    assert (values[150], values[39], values[14]) == ("I", "2", "5")
    values = client.status("B") or {}
    assert (values[150], values[39], values[103]) == ("I", "8", "5")


def test_a_cancel_of_nothing_is_refused(client: Client) -> None:
    client.send("35=F|11=B|41=A|55=BTC/USD|54=1|60=20231114-22:13:20|")
    values = client.receive() or {}
    assert (values[35], values[39], values[102]) == ("9", "8", "1")


def test_balances_follow_executions_and_fees() -> None:
    with running(funding=Decimal(1000), taker_bp=Decimal(10)) as exchange:
        client = Client(exchange)
        client.logon()
        client.order("A", 5, "101")
        assert (client.reports(2)[1], client.last_pairs[-4:-1]) == (
            "8 F 2 last 5@101 cum 5 leaves 0",
            [(12, "0.505"), (13, "3"), (851, "2")],
        )
        client.send("35=BB|909=Q|")
        balances = [client.receive() or {} for _ in range(2)]
        told = {values[15]: values[922] for values in balances}
        assert told == {"BTC": "1005", "USD": "494.495"}
        assert exchange.control("truth")["balances"]["NODE"] == told
        client.close()


def test_a_message_it_does_not_offer_gets_a_business_reject(client: Client) -> None:
    client.send("35=G|11=B|41=A|")
    values = client.receive() or {}
    assert (values[35], values[45], values[372], values[380]) == ("j", "2", "G", "3")


# Market data.


SUBSCRIBE = "35=V|262=M0|263=1|264=0|265=1|267=2|269=0|269=1|146=1|55=BTC/USD|"


def entries(client: Client) -> list[tuple[str, ...]]:
    """The MDEntries of the message received last, as tuples of their values."""
    found: list[list[str]] = []
    for tag, value in client.last_pairs:
        if tag == (269 if (35, "W") in client.last_pairs else 279):
            found.append([])
        if found and tag in (269, 270, 271, 279):
            found[-1].append(value)
    return [tuple(entry) for entry in found]


def test_a_subscription_gets_the_book_and_then_its_changes(
    client: Client, exchange: Running
) -> None:
    client.send(SUBSCRIBE)
    assert (client.receive() or {})[35] == "W"
    assert entries(client) == [
        ("0", "99", "5"), ("0", "98", "10"), ("1", "101", "5"), ("1", "102", "10"),
    ]  # fmt: skip
    exchange.control(
        "set_book", symbol="BTC/USD", bids=[["99", "6"], ["97", "1"]], asks=[["101", "5"]]
    )
    assert (client.receive() or {})[35] == "X"
    assert sorted(entries(client)) == [
        ("0", "0", "97", "1"), ("1", "0", "99", "6"), ("2", "0", "98"), ("2", "1", "102"),
    ]  # fmt: skip


def test_what_an_order_took_is_published(client: Client) -> None:
    client.send(SUBSCRIBE)
    client.receive()
    client.order("A", 7, "102")
    assert client.reports(4)[-1] == "X"
    assert sorted(entries(client)) == [("1", "1", "102", "8"), ("2", "1", "101")]


def test_an_unlisted_symbol_is_refused(client: Client) -> None:
    client.send(SUBSCRIBE.replace("BTC/USD", "XYZ"))
    values = client.receive() or {}
    assert (values[35], values[262], values[281]) == ("Y", "M0", "0")


def test_a_stale_feed_says_nothing_while_the_market_moves(
    client: Client, exchange: Running
) -> None:
    client.send(SUBSCRIBE)
    client.receive()
    exchange.control("stale", ms=60_000)
    before = exchange.control("truth")["books"]
    exchange.control("step")
    assert exchange.control("truth")["books"] != before
    assert client.barrier() == []
    exchange.control("behave")
    exchange.control("step")
    assert client.barrier() == ["X"]


def test_a_silent_market_stands_still(client: Client, exchange: Running) -> None:
    exchange.control("silent", ms=60_000)
    before = exchange.control("truth")["books"]
    exchange.control("step")
    assert exchange.control("truth")["books"] == before


# Misbehaving.


def misbehaving(client: Client, kind: str, **options: Any) -> Client:
    client.exchange.control("misbehave", kind=kind, **{"next": 1, **options})
    return client


def truth(client: Client, cl_ord_id: str = "A") -> tuple[str, str] | None:
    order = client.exchange.order(cl_ord_id)
    return order and (order["status"], order["cum_qty"])


def test_without_acknowledgement_the_order_still_took_effect(client: Client) -> None:
    misbehaving(client, "no_ack").order("A", 5, "101")
    assert client.barrier() == []
    assert truth(client) == ("2", "5")
    assert ((client.status("A") or {})[39], client.exchange.control("truth")["misbehaved"]) == (
        "2",
        ["no_ack"],
    )


def test_a_late_acknowledgement_comes_after_what_was_asked_later(client: Client) -> None:
    misbehaving(client, "late_ack", delay_ms=300).order("A", 5, "101")
    assert client.barrier() == []
    assert client.reports(2) == ["8 0 0 cum 0 leaves 5", "8 F 2 last 5@101 cum 5 leaves 0"]


def test_a_capricious_reject_took_no_effect(client: Client) -> None:
    misbehaving(client, "reject").order("A", 5, "101")
    assert client.reports(1) == ["8 8 8 cum 0 leaves 0"]
    assert truth(client) is None


def test_duplicate_reports_have_the_same_exec_id(client: Client) -> None:
    misbehaving(client, "duplicate_report").order("A", 5, "101")
    found = [client.receive() or {} for _ in range(4)]
    assert found[0][17] == found[1][17] != found[2][17] == found[3][17]
    assert [values[150] for values in found] == ["0", "0", "F", "F"]
    assert truth(client) == ("2", "5")


def test_fills_may_come_before_the_acknowledgement(client: Client) -> None:
    misbehaving(client, "fill_before_ack").order("A", 5, "101")
    assert client.reports(2) == ["8 F 2 last 5@101 cum 5 leaves 0", "8 0 0 cum 0 leaves 5"]


def test_a_fill_may_come_after_the_cancel(client: Client) -> None:
    misbehaving(client, "late_fill_after_cancel", delay_ms=300).order("A", 8, "101")
    assert client.reports(2) == ["8 0 0 cum 0 leaves 8", "8 4 4 cum 0 leaves 0"]
    assert client.reports(1) == ["8 F 4 last 5@101 cum 5 leaves 0"]
    assert truth(client) == ("4", "5")


def test_a_wrong_quantity_is_told_and_the_truth_kept(client: Client) -> None:
    misbehaving(client, "wrong_quantity").order("A", 5, "101")
    assert client.reports(2)[1] == "8 F 2 last 10@101 cum 10 leaves 0"
    assert truth(client) == ("2", "5")


def test_a_disconnect_before_leaves_no_order_and_asks_for_the_message_again(
    client: Client,
) -> None:
    misbehaving(client, "disconnect_before").order("A", 5, "101")
    assert client.receive() is None
    assert truth(client) is None
    assert relogon(client)[35] == "A"
    values = client.receive() or {}
    assert (values[35], values[7], values[16]) == ("2", "2", "0")
    client.send("35=4|43=Y|123=Y|36=4|", number=2)
    assert (client.status("A") or {})[103] == "5"


def test_a_disconnect_after_leaves_the_order_and_its_reports_to_be_asked_for(
    client: Client,
) -> None:
    misbehaving(client, "disconnect_after").order("A", 5, "101")
    assert client.receive() is None
    assert truth(client) == ("2", "5")
    assert relogon(client)[34] == "4"
    client.send("35=2|7=2|16=0|")
    assert client.reports(3) == [
        "8 0 0 cum 0 leaves 5 again",
        "8 F 2 last 5@101 cum 5 leaves 0 again",
        "4",
    ]


def test_a_restart_forgets_numbers_and_reports_but_not_orders(client: Client) -> None:
    misbehaving(client, "reset_numbers").order("A", 5, "101")
    assert client.receive() is None
    answer = relogon(client)
    assert (answer[34], answer[141]) == ("1", "Y")
    assert (client.status("A") or {})[39] == "2"


def test_every_nth_order_goes_wrong_until_told_to_behave(client: Client) -> None:
    client.exchange.control("misbehave", kind="reject", every=2)
    for at in range(4):
        client.order(f"A{at}", 1, "99.5")
    assert [line for line in client.barrier() if line.startswith("8 8")] == [
        "8 8 8 cum 0 leaves 0"
    ] * 2
    client.exchange.control("behave")
    client.order("B1", 1, "99.5")
    client.order("B2", 1, "99.5")
    assert "8 8 8 cum 0 leaves 0" not in client.barrier()


def test_an_unsolicited_cancel_ends_a_resting_order(client: Client) -> None:
    client.order("A", 5, "100", tif="0")
    client.reports(1)
    client.exchange.control("cancel", client="NODE", cl_ord_id="A")
    assert client.reports(1) == ["8 4 4 cum 0 leaves 0"]


def test_a_slow_exchange_tells_everything_later(client: Client) -> None:
    client.exchange.control("slow", ms=200)
    client.order("A", 5, "100")
    assert client.barrier() == []
    assert client.reports(2) == ["8 0 0 cum 0 leaves 5", "8 4 4 cum 0 leaves 0"]


# The session.


def test_a_second_connection_for_the_same_client_is_refused(
    client: Client, exchange: Running
) -> None:
    second = Client(exchange)
    assert second.logon() is None
    assert client.barrier() == []
    second.close()


def test_a_stranger_to_the_exchange_is_cut_off(exchange: Running) -> None:
    client = Client(exchange)
    client.send("35=0|")
    assert client.receive() is None
    client.close()


def test_a_number_too_low_ends_the_session_with_the_expected_one(client: Client) -> None:
    client.send("35=0|", number=1)
    values = client.receive() or {}
    assert (values[35], values[58]) == ("5", "MsgSeqNum too low, expecting 2 but received 1")
    assert client.receive() is None


def test_a_gap_is_asked_for_once(client: Client) -> None:
    client.next_out = 5
    client.send("35=0|")
    client.send("35=0|")
    values = client.receive() or {}
    assert (values[35], values[7]) == ("2", "2")
    client.send("35=4|43=Y|123=Y|36=7|", number=2)
    client.next_out = 7
    assert client.barrier() == []


def test_a_logout_is_answered(client: Client) -> None:
    client.send("35=5|")
    assert (client.receive() or {})[35] == "5"
    assert client.receive() is None


def test_a_reset_at_logon_begins_again(client: Client) -> None:
    client.close()
    client.connect()
    client.next_out = 1
    answer = client.logon("141=Y|") or {}
    assert (answer[34], answer[141]) == ("1", "Y")
    assert client.barrier() == []


# The control port and the command line.


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ({"do": "dance"}, "unknown 'dance'"),
        ({"do": "misbehave", "kind": "lie"}, "unknown misbehaviour 'lie'"),
        ({"do": "misbehave"}, "kind"),
        ({"do": "set_book", "symbol": "XYZ", "bids": [], "asks": []}, "unknown symbol 'XYZ'"),
        ({"do": "cancel", "client": "NODE", "cl_ord_id": "Z"}, "no order 'Z' of 'NODE'"),
    ],
)
def test_a_control_line_without_sense_says_so(
    exchange: Running, line: dict[str, Any], error: str
) -> None:
    answer = exchange.ask(**line)
    assert answer["ok"] is False
    assert error in answer["error"]


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_the_options_make_the_configuration() -> None:
    words = "--port 9880 --instruments X/Y:5:0.1:2 --misbehave no_ack:every=3 --seed 7"
    config = config_of(arguments(*words.split()))
    listing = Listing("X/Y", Decimal(5), Decimal("0.1"), Decimal(2))
    assert (config.port, config.seed, config.instruments, config.misbehave) == (
        9880,
        7,
        (listing,),
        ("no_ack:every=3",),
    )


@pytest.mark.parametrize(
    "words",
    ["--instruments X:a", "--instruments :1", "--misbehave lie", "--misbehave no_ack:often=1"],
)
def test_options_without_sense_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"SYMBOL|misbehaviour|expected"):
        config_of(arguments(*words.split()))


RUN = """
import argparse
from internaliser.venues.fix_simulator import add_arguments, run
parser = argparse.ArgumentParser()
add_arguments(parser)
raise SystemExit(run(parser.parse_args()))
"""


def test_the_verb_says_ready_and_ends_with_sigterm() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], stdout=subprocess.PIPE, env={**os.environ}, text=True
    )
    assert process.stdout is not None
    word, _, text = process.stdout.readline().partition(" ")
    ready = json.loads(text)
    assert (word, ready["pid"], sorted(ready["ports"])) == (
        "READY",
        process.pid,
        ["control", "fix"],
    )
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdout.close()
