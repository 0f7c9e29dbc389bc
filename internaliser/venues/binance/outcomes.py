"""What an answer proves about the order it was about: one table of the venue's codes and words.

    judged(Reply(400, b"", -2010, "Account has insufficient balance for requested action."))
    Verdict(Outcome.REJECTED, ReasonClass.INSUFFICIENT_FUNDS)

A refusal is believed only where the venue's own text says that the order did not come to be
(errors.md, 2026-07). Every 5xx, every code of the table's unknown part and every code that is not
in the table leaves the outcome unknown: a query by our id settles it. That costs seconds; a
rejection believed wrongly costs an untracked position.
"""

from enum import Enum

from msgspec import Struct

from internaliser.venues.binance.reply import Answer, NoReply, NotSent, Reply
from internaliser.venues.contract import ReasonClass


class Outcome(Enum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DENIED = "denied"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"  # of a query or a cancel: the venue knows no such (open) order
    ARCHIVED = "archived"  # of a query: ended long ago without any execution


class Verdict(Struct, frozen=True, gc=False):
    outcome: Outcome
    reason: ReasonClass | None = None


R = ReasonClass
_ACCEPTED = Verdict(Outcome.ACCEPTED)
_UNKNOWN = Verdict(Outcome.UNKNOWN, R.UNKNOWN_OUTCOME)

# The code alone is proof that no order came to be.
REFUSED_CODES: dict[int, ReasonClass] = {
    -1002: R.AUTH,
    -1003: R.RATE_LIMITED,
    -1008: R.VENUE_BUSY,
    -1014: R.MALFORMED,
    -1015: R.RATE_LIMITED,
    -1016: R.VENUE_BUSY,
    -1020: R.MALFORMED,
    -1021: R.CLOCK_SKEW,
    -1022: R.AUTH,
    -1034: R.RATE_LIMITED,
    -1099: R.AUTH,
    -1111: R.SIZE_STEP,
    -1112: R.VENUE_BUSY,
    -1121: R.SYMBOL_HALTED,
    -1122: R.SYMBOL_HALTED,
    -2008: R.AUTH,
    -2014: R.AUTH,
    -2015: R.AUTH,
    -2016: R.SYMBOL_HALTED,
    -2039: R.MALFORMED,
    **dict.fromkeys(
        (
            -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1114, -1115, -1116, -1117,
            -1118, -1119, -1120, -1127, -1128, -1130, -1134, -1135, -1145, -1151, -1194,
        ),
        R.MALFORMED,
    ),
}  # fmt: skip

# The venue's own "status unknown", and what it says without saying what became of the order.
UNKNOWN_CODES = (-1000, -1001, -1006, -1007, -2021, -2022)

# Refusals of the gateway (-1013) and of the matching engine (-1010, -2010), by their words.
WORDED_CODES = (-1010, -1013, -2010)
WORDS: tuple[tuple[str, ReasonClass], ...] = (
    ("insufficient balance", R.INSUFFICIENT_FUNDS),
    ("Filter failure: PRICE_FILTER", R.PRICE_STEP),
    ("Filter failure: PERCENT_PRICE", R.PRICE_BAND),  # and PERCENT_PRICE_BY_SIDE
    ("Filter failure: LOT_SIZE", R.SIZE_STEP),
    ("Filter failure: MARKET_LOT_SIZE", R.SIZE_STEP),
    ("Filter failure: MIN_NOTIONAL", R.BELOW_MIN),
    ("Filter failure: NOTIONAL", R.BELOW_MIN),
    ("Filter failure: MAX_POSITION", R.ABOVE_MAX),
    ("Filter failure: MAX_ASSET", R.ABOVE_MAX),
    ("Filter failure: MAX_NUM", R.TOO_MANY_ORDERS),
    ("Filter failure: EXCHANGE_MAX_NUM", R.TOO_MANY_ORDERS),
    ("Price * QTY is zero or less", R.BELOW_MIN),
    ("would immediately match and take", R.POST_ONLY_WOULD_CROSS),
    ("Market is closed", R.SYMBOL_HALTED),
    ("trading is not enabled", R.SYMBOL_HALTED),
    ("not permitted for this account", R.AUTH),
    ("restricted for this account", R.AUTH),
    ("disabled on this account", R.AUTH),
    ("may not place or cancel", R.AUTH),
    ("Too many new orders", R.RATE_LIMITED),
    ("Invalid price", R.PRICE_STEP),
    ("Invalid quantity", R.SIZE_STEP),
    ("not supported for this symbol", R.MALFORMED),
)
# An order with our id exists: ours, from a request that we believe was never sent twice.
DUPLICATE = "Duplicate order sent"

REFUSED_STATUSES: dict[int, ReasonClass] = {
    401: R.AUTH,
    403: R.RATE_LIMITED,  # the firewall in front of the venue
    418: R.RATE_LIMITED,
    429: R.RATE_LIMITED,
}
NO_SUCH_ORDER = (-2011, -2013)
ORDER_ARCHIVED = -2026


def judged(answer: Answer) -> Verdict:
    """What `answer` to a new order proves."""
    if isinstance(answer, NotSent):
        return Verdict(Outcome.DENIED, answer.reason)
    if isinstance(answer, NoReply):
        return _UNKNOWN
    if answer.status == 200:
        return _ACCEPTED
    if not 400 <= answer.status < 500 or answer.status == 409:
        return _UNKNOWN
    if answer.status in REFUSED_STATUSES and answer.code not in UNKNOWN_CODES:
        return Verdict(Outcome.REJECTED, REFUSED_STATUSES[answer.status])
    if answer.code in WORDED_CODES:
        return _by_words(answer.text)
    if answer.code in REFUSED_CODES:
        return Verdict(Outcome.REJECTED, REFUSED_CODES[answer.code])
    return _UNKNOWN


def judged_query(answer: Answer) -> Verdict:
    """What `answer` to a query or a cancel of one order proves; UNKNOWN = ask again."""
    if isinstance(answer, Reply):
        if answer.is_ok:
            return Verdict(Outcome.ACCEPTED)
        if 400 <= answer.status < 500:
            if answer.code in NO_SUCH_ORDER:
                return Verdict(Outcome.NOT_FOUND, R.UNKNOWN_ORDER)
            if answer.code == ORDER_ARCHIVED:
                return Verdict(Outcome.ARCHIVED, R.ALREADY_CLOSED)
    return _UNKNOWN


def _by_words(text: str) -> Verdict:
    if DUPLICATE in text:
        return Verdict(Outcome.UNKNOWN, R.DUPLICATE_ID)
    reason = next((reason for words, reason in WORDS if words in text), R.MALFORMED)
    return Verdict(Outcome.REJECTED, reason)
