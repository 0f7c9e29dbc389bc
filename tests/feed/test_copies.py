"""Drop copies: every report of the accounts they may see, once, from wherever they want."""

import random
from pathlib import Path

import pytest

from tests.feed.desk import Desk, Pairs, Talk, text_of
from tests.feed.test_market import Traders
from tests.node.fix import HEADER, Fields

COPIES = """
[[drop_copies]]
name = "RISK"
accounts = ["*"]

[[drop_copies]]
name = "ONE"
accounts = ["CLIENT1"]
"""
SETTINGS = ("feed.behind_bytes=4096",)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, *SETTINGS, more=COPIES)


def after(report: str) -> Pairs:
    return [("5091", report)]


def report_of(fields: Fields, account: str = "") -> Fields:
    """A report without its header; with `account` as its client got it, told to a drop copy."""
    body = [one for one in fields if one[0] not in HEADER]
    return [(b"1", account.encode()), *body] if account else body


def told_to(clients: list[Talk]) -> dict[str, Fields]:
    """Every execution report clients heard, by ExecID, as a drop copy is to hear it."""
    return {
        text_of(one, "17"): report_of(one, client.name)
        for client in clients
        for one in client.messages
        if text_of(one, "35") == "8" and text_of(one, "150") != "I"
    }


def in_order(reports: dict[str, Fields]) -> list[Fields]:
    keys = sorted(reports, key=lambda exec_id: [int(part) for part in exec_id.split("-")])
    return [reports[key] for key in keys]


def trade(desk: Desk, seed: int, turns: int) -> list[Talk]:
    traders = Traders(desk, seed)
    for _ in range(turns):
        for _ in range(3):
            traders.act()
        desk.turn()
    return traders.clients


def test_a_drop_copy_hears_as_it_happens_what_the_client_hears(desk: Desk) -> None:
    risk = desk.reader("RISK")
    risk.heard()
    clients = trade(desk, 1, 100)
    desk.settle()
    told = in_order(told_to(clients))
    assert len(told) > 200
    assert [report_of(one) for one in risk.heard()] == told


def test_it_hears_of_no_account_it_may_not_see(desk: Desk) -> None:
    one = desk.reader("ONE")
    one.heard()
    clients = trade(desk, 2, 100)
    again = desk.reader("RISK", after("0"))
    desk.settle()
    heard = [report_of(report) for report in one.heard()]
    assert {dict(report)[b"1"] for report in heard} == {b"CLIENT1"}
    assert heard == in_order(told_to(clients[:1]))
    assert len(again.heard("8")) > len(heard)
    one.end()
    one = desk.reader("ONE", after("0"))
    desk.settle()
    assert [report_of(report) for report in one.heard("8")] == heard


def test_a_replay_from_every_report_is_the_rest_of_the_whole(desk: Desk) -> None:
    clients = trade(desk, 3, 12)
    whole = in_order(told_to(clients))
    for place, report in enumerate(whole):
        risk = desk.reader("RISK", after(dict(report)[b"17"].decode()))
        desk.settle()
        assert [report_of(one) for one in risk.heard("8")] == whole[place + 1 :]
        risk.end()
    risk = desk.reader("RISK", after("0"))
    desk.settle()
    assert [report_of(one) for one in risk.heard("8")] == whole


def test_a_replay_that_begins_while_orders_flow_neither_loses_nor_repeats(desk: Desk) -> None:
    traders = Traders(desk, 4)
    risk = None
    for step in range(200):
        for _ in range(3):
            traders.act()
        if step == 100:
            risk = Talk(desk, desk.feed, "RISK", after("0"))
        desk.turn()
    assert risk is not None
    desk.settle()
    told = in_order(told_to(traders.clients))
    assert [report_of(one) for one in risk.heard("8")] == told


def test_one_that_reads_slowly_or_comes_and_goes_misses_nothing(desk: Desk) -> None:
    traders, chance = Traders(desk, 5), random.Random(5)
    heard: list[Fields] = []
    risk = desk.reader("RISK", after("0"))
    for _ in range(400):
        traders.act()
        risk.reads = chance.random() < 0.05
        desk.turn()
        heard += [report_of(one) for one in risk.heard("8")]
        if chance.random() < 0.02:
            risk.end()
            last = dict(heard[-1])[b"17"].decode() if heard else "0"
            risk = desk.reader("RISK", after(last))
    risk.reads = True
    desk.settle()
    desk.settle()
    heard += [report_of(one) for one in risk.heard("8")]
    assert heard == in_order(told_to(traders.clients))


def test_a_restart_of_the_node_is_no_gap(tmp_path: Path) -> None:
    desk = Desk(tmp_path, *SETTINGS, more=COPIES)
    clients = trade(desk, 6, 20)
    desk.crash()
    again = Desk(tmp_path, *SETTINGS, more=COPIES, now_ns=desk.now_ns + 10**9)
    risk = again.reader("RISK", after("0"))
    again.settle()
    assert [report_of(one) for one in risk.heard("8")] == in_order(told_to(clients))
    again.crash()


def test_who_asks_for_the_flag_gets_it(desk: Desk) -> None:
    risk = desk.reader("RISK", [("9406", "Y")])
    desk.client("CLIENT1").order("a", "buy", 1, 100)
    desk.turn()
    (report,) = risk.heard("8")
    assert (text_of(report, "9406"), text_of(report, "1")) == ("Y", "CLIENT1")


@pytest.mark.parametrize("wrong", ["1-1-9999-1", "1-7-2-1", "2-1-3-1", "abc", "1-1-3", "1-1-3-1-1"])
def test_a_report_this_journal_does_not_hold_is_refused(desk: Desk, wrong: str) -> None:
    desk.client("CLIENT1").order("a", "buy", 1, 100)
    desk.turn()
    risk = desk.reader("RISK", after(wrong))
    for _ in range(5):
        desk.turn()
    (_, goodbye) = risk.heard()
    assert text_of(goodbye, "35") == "5"
    assert "ReplayAfter(5091)" in text_of(goodbye, "58")


def test_a_drop_copy_asks_for_no_market_data(desk: Desk) -> None:
    risk = desk.reader("RISK")
    risk.ask("r", "TEST1")
    desk.turn()
    (refused,) = risk.heard("j")
    assert [text_of(refused, tag) for tag in ("372", "380")] == ["V", "6"]
