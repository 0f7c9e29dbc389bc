"""Asks the venue: waits for its turn, signs at the last moment, sends once, counts what it cost.

    answer = await caller.ask(calls.account())                       by REST
    answer = await caller.ask(calls.place(order), link, terms)       by the WebSocket API

It never asks twice. Whoever needs an answer asks again, where asking again changes nothing.
"""

from collections.abc import Callable

from msgspec import Struct

from internaliser.venues.binance.api_link import ApiLink
from internaliser.venues.binance.budget import Budget
from internaliser.venues.binance.calls import Call
from internaliser.venues.binance.clock import NS_PER_MS, NS_PER_S, VenueClock
from internaliser.venues.binance.config import BinanceConfig
from internaliser.venues.binance.encoding import api_frame, rest_request
from internaliser.venues.binance.gate import Gate
from internaliser.venues.binance.reply import Answer, NoReply, NotSent, Reply, rest_reply
from internaliser.venues.binance.signing import Signer
from internaliser.venues.binance.times import Times
from internaliser.venues.binance.transport import Lost, NothingSent, Transport
from internaliser.venues.contract import ReasonClass

TIME_IS_WRONG = -1021


class Terms(Struct, frozen=True, gc=False):
    """Of a call that changes something: until when (UTC, 0 = no end), and who is told that it is
    signed now, with the venue's time in nanoseconds, just before it leaves."""

    deadline_ns: int = 0
    on_signed: Callable[[int], None] | None = None


NO_TERMS = Terms()


class Caller:
    """One account's requests over one transport, under one budget."""

    def __init__(
        self, config: BinanceConfig, signer: Signer, transport: Transport, times: Times
    ) -> None:
        self.config = config
        self.signer = signer
        self.transport = transport
        self.times = times
        self.clock = VenueClock()
        self.budget = Budget()
        self.gate = Gate(self.budget, self.venue_ns, config.limits.waiting_max)
        self.on_skew: Callable[[], None] = _ignore  # the venue says that our time is wrong

    def venue_ns(self) -> int:
        """The venue's time; ours while it is not known."""
        if self.clock.is_known:
            return self.clock.venue_ns(self.times.mono_ns())
        return self.times.utc_ns()

    async def ask(self, call: Call, link: ApiLink | None = None, terms: Terms = NO_TERMS) -> Answer:
        """One call, over `link` or else by REST. The answer's counts go into the budget."""
        wait_s = self._wait_s(terms)
        if not await self.gate.enter(call, wait_s):
            return NotSent(ReasonClass.RATE_LIMITED, self.budget.blocked_why or "no budget")
        if terms.deadline_ns and self.times.utc_ns() > terms.deadline_ns:
            return NotSent(ReasonClass.TOO_LATE, "its deadline passed while it waited")
        if call.is_signed and not self.clock.is_known:
            return NotSent(ReasonClass.CLOCK_SKEW, "the venue's time is not known")
        if link is not None and not link.is_open:
            return NotSent(ReasonClass.LINK_DOWN, link.ended_why)
        signed_ns = self.venue_ns()
        if terms.on_signed is not None:
            terms.on_signed(signed_ns)
        answer = await self._send(call, link, signed_ns // NS_PER_MS)
        if isinstance(answer, Reply):
            self.budget.on_reply(answer, self.venue_ns())
            if answer.code == TIME_IS_WRONG:
                self.on_skew()
        return answer

    async def _send(self, call: Call, link: ApiLink | None, timestamp_ms: int) -> Answer:
        limits = self.config.limits
        timeout_s = limits.answer_timeout_ms / 1000
        if link is not None:
            signer = None if link.is_logged_on else self.signer
            number = link.next_number()
            frame = api_frame(call, number, signer, timestamp_ms, limits.recv_window_ms)
            return await link.ask(number, frame, timeout_s)
        request = rest_request(call, self.signer, timestamp_ms, limits.recv_window_ms)
        try:
            got = await self.transport.request(self.config.rest_url, request, timeout_s)
        except NothingSent as failure:
            return NotSent(ReasonClass.LINK_DOWN, str(failure))
        except Lost as failure:
            return NoReply(str(failure))
        return rest_reply(got.status, got.headers, got.body)

    def _wait_s(self, terms: Terms) -> float:
        wait_s = self.config.limits.wait_ms_max / 1000
        if terms.deadline_ns:
            wait_s = min(wait_s, (terms.deadline_ns - self.times.utc_ns()) / NS_PER_S)
        return wait_s


def _ignore() -> None:
    """Until somebody listens."""
