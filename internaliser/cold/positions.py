"""Positions per asset: AN asks, AO says how many, one AP each.

The account of a client is its CompID; any other name finds nothing (728=2), whoever's it is.
Text(58) says all of it, exact: balance, reserved by open orders, credit limit, free. In fields: the
balance is LongQty(704) or ShortQty(705) of PosType(703)=TQ and PosAmt(708) of PosAmtType(707)=CASH.
Assets have no settlement price: 730 and 734 are 0, 731=2 (theoretical).
"""

from collections.abc import Callable, Iterator
from typing import Any

from internaliser.cold.question import NOT_AVAILABLE, Out, Question, body, date_text, reject
from internaliser.names import Names

VALID, UNSUPPORTED, NONE_FOUND = 0, 1, 2  # PosReqResult(728)
COMPLETED, REJECTED = 0, 2  # PosReqStatus(729)
POSITIONS = "0"  # PosReqType(724)

Rows = list[dict[str, Any]]


class Positions:
    """`accounts` gives a client's accounts as of one moment, None when there was none."""

    def __init__(self, names: Names, accounts: Callable[[int], Rows | None]) -> None:
        self._names = names
        self._accounts = accounts

    def on_request(self, question: Question) -> Iterator[Out]:
        """AO, then the APs."""
        if question.text(724) != POSITIONS:
            text = "PosReqType(724): 0 (positions) is answered"
            yield ack(question, 0, UNSUPPORTED, REJECTED, text)
            return
        if question.text(263) not in (None, "0"):
            text = "SubscriptionRequestType(263): 0 (snapshot) is answered"
            yield ack(question, 0, UNSUPPORTED, REJECTED, text)
            return
        names = {question.text(1), *question.texts(448)}
        if names - {question.client_name, None}:
            yield ack(question, 0, NONE_FOUND, COMPLETED, "no such account")
            return
        rows = self._accounts(question.client)
        if rows is None:
            yield reject(question, NOT_AVAILABLE, "the node is too busy: ask again")
            return
        wanted = question.text(15)
        rows = [row for row in rows if wanted in (None, row["name"])]
        yield ack(question, len(rows), VALID if rows else NONE_FOUND, COMPLETED, None)
        for number, row in enumerate(rows, 1):
            yield self._report(question, number, len(rows), row)

    def _report(self, question: Question, number: int, count: int, row: dict[str, Any]) -> Out:
        texts = {
            key: self._names.amount(row["asset"], row[key])
            for key in ("balance", "reserved", "credit_limit", "available")
        }
        if row["has_unlimited_credit"]:
            texts |= {"credit_limit": "unlimited", "available": "unlimited"}
        size = self._names.amount(row["asset"], abs(row["balance"]))
        is_long = row["balance"] >= 0
        return Out(
            "AP",
            body(
                (721, f"{question.text(710)}-{number}"[-64:]),
                (710, question.text(710)),
                (724, 0),
                (727, count),
                (728, VALID),
                (715, question.text(715) or date_text(question.time_ns)),
                *party(question),
                (1, question.client_name),
                (581, 1),
                (15, row["name"]),
                (730, 0),
                (731, 2),
                (734, 0),
                (702, 1),
                (703, "TQ"),
                (704, size if is_long else None),
                (705, None if is_long else size),
                (706, 1),
                (753, 1),
                (707, "CASH"),
                (708, texts["balance"]),
                (
                    58,
                    f"balance={texts['balance']} reserved={texts['reserved']} "
                    f"credit={texts['credit_limit']} free={texts['available']}",
                ),
            ),
        )


def party(question: Question) -> tuple[tuple[int, int | str], ...]:
    """The client as the one party: PartyIDSource D (custom code), PartyRole 3 (client id)."""
    return ((453, 1), (448, question.client_name), (447, "D"), (452, 3))


def ack(question: Question, count: int, result: int, status: int, text: str | None) -> Out:
    """A RequestForPositionsAck(AO)."""
    return Out(
        "AO",
        body(
            (721, f"{question.text(710)}-0"[-64:]),
            (710, question.text(710)),
            (727, count),
            (728, result),
            (729, status),
            *party(question),
            (1, question.text(1) or question.client_name),
            (581, question.text(581) or 1),
            (58, text),
        ),
    )
