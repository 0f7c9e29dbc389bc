"""One request: its turn, its signature at the last moment, its outcome as three classes."""

from internaliser.venues.binance import calls
from internaliser.venues.binance.caller import Caller, Terms
from internaliser.venues.binance.reply import NoReply, NotSent, Reply, Usage
from internaliser.venues.binance.signing import HmacSigner
from internaliser.venues.contract import ReasonClass
from tests.venues.binance.fake_venue import SKEW_NS, FakeTimes, FakeVenue, config, order
from tests.venues.binance.virtual_loop import run


def caller(venue: FakeVenue) -> Caller:
    made = Caller(config(), HmacSigner("key", "secret"), venue, FakeTimes())
    now_ns = FakeTimes().mono_ns()
    made.clock.add_sample(now_ns, now_ns, venue.now_ms())
    return made


def test_it_is_signed_when_it_leaves_and_not_when_it_was_wanted() -> None:
    async def main() -> None:
        venue = FakeVenue()
        made = caller(venue)
        signed: list[int] = []
        made.budget.on_reply(Reply(429, b"", retry_after_ms=20_000), made.venue_ns())
        wanted_ns = made.venue_ns()
        await made.ask(calls.place(order()), None, Terms(on_signed=signed.append))
        assert 20_000_000_000 <= signed[0] - wanted_ns < 20_100_000_000
        timestamp = int(venue.asked[0][2]["timestamp"])
        assert timestamp == signed[0] // 1_000_000

    run(main())


def test_a_deadline_that_passes_while_waiting_denies() -> None:
    async def main() -> None:
        venue = FakeVenue()
        made = caller(venue)
        made.budget.on_reply(Reply(429, b"", retry_after_ms=20_000), made.venue_ns())
        deadline_ns = FakeTimes().utc_ns() + 5_000_000_000
        answer = await made.ask(calls.place(order()), None, Terms(deadline_ns))
        assert answer == NotSent(ReasonClass.RATE_LIMITED, "slowed down (429)")
        assert venue.asked == []

    run(main())


def test_without_the_venues_time_nothing_is_signed() -> None:
    async def main() -> None:
        made = Caller(config(), HmacSigner("key", "secret"), FakeVenue(), FakeTimes())
        answer = await made.ask(calls.account())
        assert isinstance(answer, NotSent)
        assert answer.reason is ReasonClass.CLOCK_SKEW
        assert isinstance(await made.ask(calls.server_time()), Reply)

    run(main())


def test_a_connection_that_cannot_be_made_proves_that_nothing_was_sent() -> None:
    async def main() -> None:
        venue = FakeVenue()
        made = caller(venue)
        venue.is_reachable = False
        assert await made.ask(calls.account()) == NotSent(ReasonClass.LINK_DOWN, "refused")

    run(main())


def test_silence_is_no_reply() -> None:
    async def main() -> None:
        venue = FakeVenue()
        made = caller(venue)
        venue.answers["GET", "/api/v3/account"] = lambda _: None
        assert await made.ask(calls.account()) == NoReply("no answer")

    run(main())


def test_what_the_venue_counted_goes_into_the_budget() -> None:
    async def main() -> None:
        venue = FakeVenue()
        made = caller(venue)
        venue.headers = {"X-MBX-USED-WEIGHT-1M": "5999"}
        answer = await made.ask(calls.account())
        assert isinstance(answer, Reply)
        assert answer.usage == (Usage("weight", 60, 5999),)
        assert made.budget.wait_ns(calls.account(), made.venue_ns()) > 0

    run(main())


def test_the_venues_time_is_ours_until_it_is_known() -> None:
    async def main() -> None:
        made = Caller(config(), HmacSigner("key", "secret"), FakeVenue(), FakeTimes())
        assert made.venue_ns() == FakeTimes().utc_ns()
        assert abs(caller(FakeVenue()).venue_ns() - made.venue_ns() - SKEW_NS) < 1_000_000

    run(main())
