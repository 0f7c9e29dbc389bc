"""The client that judges the node must see what is wrong, or its silence means nothing."""

from random import Random

import pytest

from tests.node.fix import Fields, Garbled, encode, fields_of, split
from tests.node.trader import Trader

NOW = 1_700_000_000 * 10**9


def message(
    number: int, msg_type: bytes, *body: tuple[bytes, bytes], repeat: bool = False
) -> bytes:
    """A message of the node to CLIENT1."""
    head = [(b"35", msg_type), (b"34", b"%d" % number)]
    if repeat:
        head.append((b"43", b"Y"))
    head += [(b"49", b"NODE"), (b"52", b"20261121-10:00:00"), (b"56", b"CLIENT1")]
    return encode([*head, *body])


def report(number: int, cl_ord_id: bytes, cum_qty: bytes = b"0", repeat: bool = False) -> bytes:
    body: Fields = [(b"37", b"1-1-5"), (b"11", cl_ord_id), (b"17", b"1-1-5-1"), (b"150", b"0")]
    body += [(b"39", b"0"), (b"55", b"TEST1"), (b"54", b"1"), (b"38", b"7"), (b"14", cum_qty)]
    return message(number, b"8", *body, repeat=repeat)


@pytest.fixture
def trader() -> Trader:
    """Logged on, one order sent and accepted: the node's messages 1 and 2."""
    trader = Trader(b"CLIENT1", Random(1))
    trader.log_on(NOW)
    trader.take(message(1, b"A"), NOW)
    trader._order(NOW)
    trader.take(report(2, b"CLIENT1-1"), NOW)
    assert trader.is_quiet
    assert not trader.faults
    return trader


def sent(out: bytes) -> list[dict[bytes, bytes]]:
    return [dict(fields_of(one)) for one in split(out)[0]]


def test_a_repeat_that_is_the_same_is_counted(trader: Trader) -> None:
    trader.take(report(2, b"CLIENT1-1", repeat=True), NOW)
    assert (trader.repeats, trader.faults) == (1, [])


def test_a_repeat_that_differs_is_a_fault(trader: Trader) -> None:
    trader.take(report(2, b"CLIENT1-1", cum_qty=b"1", repeat=True), NOW)
    assert len(trader.faults) == 1


def test_a_number_used_again_for_something_new_is_a_fault(trader: Trader) -> None:
    trader.take(report(2, b"CLIENT1-1"), NOW)
    assert len(trader.faults) == 1


def test_a_gap_fill_over_a_report_is_a_fault(trader: Trader) -> None:
    trader.take(message(1, b"4", (b"123", b"Y"), (b"36", b"3"), repeat=True), NOW)
    assert len(trader.faults) == 1


def test_two_answers_to_one_request_are_a_fault(trader: Trader) -> None:
    trader.take(report(3, b"CLIENT1-1"), NOW)
    assert len(trader.faults) == 1


def test_an_order_without_an_answer_is_not_quiet(trader: Trader) -> None:
    trader._order(NOW)
    assert not trader.is_quiet


def test_a_report_that_does_not_come_again_is_missed(trader: Trader) -> None:
    trader.rewind(10, NOW)
    assert not trader.is_quiet
    trader.take(message(1, b"4", (b"123", b"Y"), (b"36", b"2"), repeat=True), NOW)
    trader.take(report(2, b"CLIENT1-1", repeat=True), NOW)
    assert trader.is_quiet


def test_a_reject_is_a_fault(trader: Trader) -> None:
    trader.take(message(3, b"3", (b"45", b"2")), NOW)
    assert len(trader.faults) == 1


def test_a_gap_is_asked_for_and_what_came_early_waits(trader: Trader) -> None:
    trader._order(NOW)
    trader._order(NOW)
    (request,) = sent(trader.take(report(4, b"CLIENT1-3"), NOW + 10**10))
    assert (request[b"35"], request[b"7"], request[b"16"]) == (b"2", b"3", b"0")
    assert trader.unanswered == 2
    trader.take(report(3, b"CLIENT1-2", repeat=True), NOW)
    assert (trader.unanswered, trader.next_in, trader.faults) == (0, 5, [])


def test_a_resend_request_gets_orders_again_and_gap_fills_for_the_rest(trader: Trader) -> None:
    trader._order(NOW)
    out = sent(trader.take(message(3, b"2", (b"7", b"1"), (b"16", b"0")), NOW))
    told = [(one[b"35"], one[b"34"], one.get(b"43"), one.get(b"36")) for one in out]
    assert told == [
        (b"4", b"1", b"Y", b"2"),
        (b"D", b"2", b"Y", None),
        (b"D", b"3", b"Y", None),
    ]


def test_a_wrong_checksum_is_garbled() -> None:
    good = message(1, b"A")
    assert split(good + good[:30]) == ([good], good[:30])
    with pytest.raises(Garbled):
        split(good[:-4] + b"999\x01")
