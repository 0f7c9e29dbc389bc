"""The table of outcomes: what is proof, what is not, and why something was refused."""

import pytest

from internaliser.venues.binance.outcomes import (
    REFUSED_CODES,
    UNKNOWN_CODES,
    WORDS,
    Outcome,
    Verdict,
    judged,
    judged_query,
)
from internaliser.venues.binance.reply import NoReply, NotSent, Reply
from internaliser.venues.contract import ReasonClass as R

PROOFS = [
    (400, -2010, "Account has insufficient balance for requested action.", R.INSUFFICIENT_FUNDS),
    (400, -2010, "Order would immediately match and take.", R.POST_ONLY_WOULD_CROSS),
    (400, -2010, "Market is closed.", R.SYMBOL_HALTED),
    (400, -2010, "This symbol is not permitted for this account.", R.AUTH),
    (400, -2010, "Price * QTY is zero or less.", R.BELOW_MIN),
    (400, -2010, "something that the engine said", R.MALFORMED),
    (400, -1010, "Market is closed.", R.SYMBOL_HALTED),
    (400, -1013, "Filter failure: PRICE_FILTER", R.PRICE_STEP),
    (400, -1013, "Filter failure: LOT_SIZE", R.SIZE_STEP),
    (400, -1013, "Filter failure: MIN_NOTIONAL", R.BELOW_MIN),
    (400, -1013, "Filter failure: NOTIONAL", R.BELOW_MIN),
    (400, -1013, "Filter failure: PERCENT_PRICE", R.PRICE_BAND),
    (400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE", R.PRICE_BAND),
    (400, -1013, "Filter failure: MAX_NUM_ORDERS", R.TOO_MANY_ORDERS),
    (400, -1013, "Filter failure: MAX_POSITION", R.ABOVE_MAX),
    (400, -1003, "Too many requests queued.", R.RATE_LIMITED),
    (429, -1003, "Too much request weight used", R.RATE_LIMITED),
    (429, -1015, "Too many new orders; current limit is 50 orders per 10 SECOND.", R.RATE_LIMITED),
    (418, -1003, "Way too much request weight used; IP banned", R.RATE_LIMITED),
    (403, None, "<html>", R.RATE_LIMITED),
    (401, -2015, "Invalid API-key, IP, or permissions for action.", R.AUTH),
    (400, -2014, "API-key format invalid.", R.AUTH),
    (400, -1022, "Signature for this request is not valid.", R.AUTH),
    (400, -1021, "Timestamp for this request is outside of the recvWindow.", R.CLOCK_SKEW),
    (400, -1008, "Server is currently overloaded with other requests.", R.VENUE_BUSY),
    (400, -1111, "Parameter 'quantity' has too much precision.", R.SIZE_STEP),
    (400, -1121, "Invalid symbol.", R.SYMBOL_HALTED),
    (400, -1102, "Mandatory parameter 'price' was not sent", R.MALFORMED),
    (400, -1115, "Invalid timeInForce.", R.MALFORMED),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "text", "reason"), PROOFS)
def test_a_refusal_with_proof(status: int, code: int | None, text: str, reason: R) -> None:
    assert judged(Reply(status, b"", code, text)) == Verdict(Outcome.REJECTED, reason)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
@pytest.mark.parametrize("code", [None, -1000, -1003, -1008, -1021, -2010, -1121])
def test_the_venues_own_faults_prove_nothing(status: int, code: int | None) -> None:
    text = "Account has insufficient balance for requested action."
    assert judged(Reply(status, b"", code, text)).outcome is Outcome.UNKNOWN


UNPROVED = [
    *((status, code) for status in (400, 401, 403, 409, 429) for code in UNKNOWN_CODES),
    (400, None), (404, None), (409, -2010), (409, -2021), (400, -9999), (400, 0), (400, -2013),
    (400, -2011), (400, -2026), (301, None), (100, None), (0, None), (201, None), (600, -2010),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code"), UNPROVED)
def test_what_is_not_in_the_table_proves_nothing(status: int, code: int | None) -> None:
    assert judged(Reply(status, b"", code, "Market is closed.")).outcome is Outcome.UNKNOWN


def test_an_order_with_our_id_that_exists_is_no_refusal() -> None:
    verdict = judged(Reply(400, b"", -2010, "Duplicate order sent."))
    assert verdict == Verdict(Outcome.UNKNOWN, R.DUPLICATE_ID)


def test_silence_is_unknown_and_nothing_sent_is_denied() -> None:
    assert judged(NoReply("timeout")).outcome is Outcome.UNKNOWN
    assert judged(NotSent(R.LINK_DOWN, "")) == Verdict(Outcome.DENIED, R.LINK_DOWN)


def test_an_answer_is_an_acceptance() -> None:
    assert judged(Reply(200, b"{}")).outcome is Outcome.ACCEPTED


def test_a_code_is_in_one_part_of_the_table_only() -> None:
    assert not set(REFUSED_CODES) & {*UNKNOWN_CODES, -1010, -1013, -2010, -2011, -2013, -2026}


def test_no_words_hide_others() -> None:
    for number, (words, reason) in enumerate(WORDS):
        for earlier, earlier_reason in WORDS[:number]:
            assert earlier not in words or earlier_reason is reason


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (200, None, Outcome.ACCEPTED),
        (400, -2013, Outcome.NOT_FOUND),
        (400, -2011, Outcome.NOT_FOUND),
        (400, -2026, Outcome.ARCHIVED),
        (500, -2013, Outcome.UNKNOWN),
        (400, -1121, Outcome.UNKNOWN),
        (404, None, Outcome.UNKNOWN),
        (429, -1003, Outcome.UNKNOWN),
    ],
)
def test_only_the_venues_own_word_is_not_found(
    status: int, code: int | None, outcome: Outcome
) -> None:
    assert judged_query(Reply(status, b"", code)).outcome is outcome


def test_a_query_without_answer_is_unknown() -> None:
    assert judged_query(NoReply("")).outcome is Outcome.UNKNOWN
    assert judged_query(NotSent(R.LINK_DOWN, "")).outcome is Outcome.UNKNOWN
