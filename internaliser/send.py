"""`internaliser send`: one FIX message out, its answers printed. For trying, not for trading."""

import time
from dataclasses import dataclass

from internaliser.errors import EXIT_FINDING, EXIT_OK, UsageError
from internaliser.fix import codec
from internaliser.fix_client import HEADER_TAGS, Fields, FixClient, value

ORDER_ENTRY = frozenset((b"D", b"F", b"G"))  # these carry ClOrdID(11) and TransactTime(60)
HANDLED = frozenset((b"D", b"G"))  # in 4.2 these need HandlInst(21)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to log on, and as whom."""

    host: str
    port: int
    sender: str
    target: str
    begin_string: str
    is_reset: bool


def send(text: str, to: Destination, wait_s: float, count_max: int) -> int:
    """Log on, send the one message of `text`, print what comes back for `wait_s`, log out.

    ClOrdID(11) and TransactTime(60), in 4.2 HandlInst(21), are filled in where an order message
    lacks them. Returns 1 when the message was refused or nothing came back, otherwise 0.
    """
    message = message_of(text, time.time_ns(), to.begin_string)
    answers: list[Fields] = []
    with FixClient(to.host, to.port, to.sender, to.target, to.begin_string) as client:
        client.log_on(to.is_reset)
        client.send(message)
        deadline_s = time.monotonic() + wait_s
        while len(answers) < count_max:
            fields = client.receive(max(0.0, deadline_s - time.monotonic()))
            if fields is None:
                break
            answers.append(fields)
            print("|".join(f"{tag}={text.decode('latin-1')}" for tag, text in fields), flush=True)
        client.log_out()
    return EXIT_FINDING if not answers or any(is_refusal(item) for item in answers) else EXIT_OK


def message_of(text: str, now_ns: int, begin_string: str = "FIX.4.4") -> Fields:
    """The fields of "35=D|55=BTC/USD|...", MsgType first, without what the session fills in.

    Raises UsageError when the text is not FIX or names no MsgType.
    """
    try:
        fields = codec.from_text(text)
    except ValueError as error:
        raise UsageError(f"cannot read {text!r} as FIX: {error}") from None
    kind = value(fields, 35)
    if not kind:
        raise UsageError(f"{text!r} has no MsgType: expected something like 35=D|55=BTC/USD|...")
    body = [(tag, item) for tag, item in fields if tag not in HEADER_TAGS]
    if kind in ORDER_ENTRY and value(body, 11) is None:
        body.insert(0, (11, f"send-{now_ns}".encode()))
    if kind in ORDER_ENTRY and value(body, 60) is None:
        body.append((60, codec.format_time(now_ns, 3).encode()))
    if begin_string == "FIX.4.2" and kind in HANDLED and value(body, 21) is None:
        body.append((21, b"1"))
    return [(35, kind), *body]


def is_refusal(fields: Fields) -> bool:
    """Whether an answer says no: Reject (3, j), Logout, OrderCancelReject, a rejected order."""
    kind = value(fields, 35)
    return kind in (b"3", b"j", b"9", b"5") or (kind == b"8" and value(fields, 150) == b"8")
