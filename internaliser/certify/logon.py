"""Getting on and off a session between the lines of a script: retries, settling, tidying up."""

import re

from internaliser.certify.message import Message
from internaliser.certify.talker import Ended, Event, Talker

ATTEMPTS_MAX = 8
ATTEMPT_PAUSE_S = 0.05  # longer by as much each time: the last link may not be forgotten yet
LEAVE_S = 1.0  # for the answer to our Logout
CLOSE_S = 0.2  # and for the other end to close first, so that it knows the link is gone
SETTLE_S = 1.0
SETTLES_MAX = 3
CALLS_MAX = 3  # of an initiator, until its numbers are ours
EXPECTED = re.compile(r"expect(?:ed|ing)?\D{0,40}(\d+)", re.I)


class LogonFailed(Exception):
    """The session could not be had."""

    def __init__(self, why: str, came: str) -> None:
        super().__init__(why)
        self.why = why
        self.came = came


def log_on(talker: Talker, fields: tuple[str, ...], *, is_kept: bool) -> None:
    """Connect and log on. Without `is_kept` the numbers start as the run's settings say."""
    settings = talker.settings
    if settings.is_listening:
        _be_logged_on(talker)
        return
    event: Event | None = None
    resets = settings.reset == "logon" and not is_kept
    told = {word.partition("=")[0]: word.partition("=")[2] for word in fields}
    words = {"98": "0", "108": "30"} | ({"141": "Y"} if resets else {}) | told
    start = talker.counters.next_out, talker.counters.next_in
    for attempt in range(1 if talker.counters.is_refused else ATTEMPTS_MAX):
        talker.clock.sleep(attempt * ATTEMPT_PAUSE_S)
        talker.counters.next_out, talker.counters.next_in = start
        if settings.reset == "acceptor":
            talker.counters.next_out = talker.counters.next_in = 1
        talker.connect()
        talker.send(("A", *(f"{tag}={value}" for tag, value in words.items())))
        event = talker.peek(talker.clock.now_s() + settings.timeout_s)
        if isinstance(event, Message) and event.msg_type == "A":
            talker.counters.is_refused = False
            _accept(talker, is_kept=is_kept)
            return
        number = expected_number(event) if isinstance(event, Message) else 0
        if event is None or (number and (settings.reset != "never" or is_kept)):
            break
        start = (number or start[0], start[1])
        talker.disconnect()
    talker.counters.is_refused = True
    raise LogonFailed("no Logon as answer", "nothing" if event is None else str(event))


def _accept(talker: Talker, *, is_kept: bool) -> None:
    event = talker.peek(talker.clock.now_s())
    keeps = talker.settings.keeps_numbers and not is_kept
    fault = talker.take((34,) if keeps else ())
    if fault:
        raise LogonFailed(fault, str(event))
    if keeps:
        _settle(talker)


def _be_logged_on(talker: Talker) -> None:
    """The other end dials: take its Logon, answer in its terms."""
    settings = talker.settings
    why, event = "", None
    for _ in range(CALLS_MAX):
        talker.connect()
        event = talker.peek(talker.clock.now_s() + settings.timeout_s)
        if not isinstance(event, Message) or event.msg_type != "A":
            raise LogonFailed("no Logon came", "nothing" if event is None else str(event))
        fault = talker.take((34,))
        if fault:
            raise LogonFailed(fault, str(event))
        reset = ("141=Y",) if event.get(141) == "Y" else ()
        talker.send(("A", "98=0", f"108={event.get(108)}", *reset))
        try:
            _settle(talker)
            return
        except LogonFailed as failure:
            why = failure.why
    raise LogonFailed(why, str(event))


def _settle(talker: Talker) -> None:
    """Where numbers go on from earlier: fill what we are asked for until a ping comes through."""
    for attempt in range(SETTLES_MAX):
        talker.send(("1", f"112=settle {attempt}"))
        end_s = talker.clock.now_s() + SETTLE_S
        while (event := talker.peek(end_s)) is not None:
            talker.take((34,))
            if isinstance(event, Ended):
                raise LogonFailed("the link was closed after the Logon", str(event))
            if not isinstance(event, Message):
                continue
            if event.msg_type == "2":
                fill(talker)
                break
            if event.msg_type == "5" and (number := expected_number(event)):
                talker.counters.next_out = number
            if event.get(112) == f"settle {attempt}" and event.msg_type == "0":
                return
    raise LogonFailed("the numbers could not be settled", "")


def fill(talker: Talker) -> None:
    """Answer the last ResendRequest with one gap fill up to our next number."""
    begin, end = talker.asked_from, talker.counters.next_out
    talker.send(("4", f"34={begin}", "43=Y", "122={now-1s}", "123=Y", f"36={end}"))


def expected_number(logout: Message) -> int:
    """The number that a Logout says it expected; 0 when it names none."""
    found = EXPECTED.search(logout.get(58) or "")
    return int(found[1]) if found else 0


def leave(talker: Talker) -> None:
    """Log out if there is a link, and close it."""
    if talker.wire is None:
        return
    talker.is_silent = True
    if talker.name != "twin":
        talker.send(("5",))
        end_s = talker.clock.now_s() + LEAVE_S
        while (event := talker.peek(end_s)) is not None:
            talker.drop()
            if isinstance(event, Ended):
                break
            if isinstance(event, Message) and event.msg_type == "5":
                end_s = min(end_s, talker.clock.now_s() + CLOSE_S)
    talker.disconnect()


def tidy(talker: Talker, *, is_sound: bool) -> None:
    """Cancel the orders that still rest; on a new link unless this one is sound."""
    # What came instead of what was expected may tell of an order.
    while talker.wire is not None and talker.peek(talker.clock.now_s()) is not None:
        talker.take()
    orders = talker.reports.open_orders()
    if not orders or talker.name == "twin" or talker.settings.is_listening:
        return
    try:
        if talker.wire is None or not is_sound:
            leave(talker)
            log_on(talker, (), is_kept=False)
        for order in orders:
            fields = (f"41={order.cl_ord_id}", f"37={order.order_id}")
            terms = (f"55={order.symbol}", f"54={order.side}", f"38={order.qty}")
            talker.send(("F", f"11={talker.names.new_id()}", *fields, *terms))
            _await_answer(talker)
            talker.reports.orders.pop(order.order_id, None)
    except LogonFailed:
        return


def _await_answer(talker: Talker) -> None:
    end_s = talker.clock.now_s() + LEAVE_S
    while (event := talker.peek(end_s)) is not None:
        talker.take((34,))
        if isinstance(event, Ended):
            return
        if isinstance(event, Message) and event.msg_type in ("8", "9", "j", "3"):
            return
