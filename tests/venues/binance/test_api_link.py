"""One WebSocket API link: answers find their questions, and silence proves nothing."""

import asyncio
from typing import Any

from internaliser.venues.binance.api_link import ApiLink
from internaliser.venues.binance.reply import Answer, NoReply, NotSent, Reply
from tests.venues.binance.fake_venue import FakeSocket, FakeVenue
from tests.venues.binance.virtual_loop import run


class Pair:
    """A link and the venue's end of it."""

    def __init__(self) -> None:
        venue = FakeVenue()
        venue.answers["WS", "time"] = lambda _: None
        self.socket = FakeSocket(venue, "ws-api")
        self.events: list[bytes] = []
        self.ends = 0
        self.link = ApiLink(self.socket, self.events.append, self.on_end)
        self.reading = asyncio.ensure_future(self.link.read())

    def on_end(self) -> None:
        self.ends += 1

    def ask(self, number: int, timeout_s: float = 5) -> asyncio.Future[Answer]:
        frame = b'{"id":%d,"method":"time"}' % number
        return asyncio.ensure_future(self.link.ask(number, frame, timeout_s))


def test_answers_find_their_questions_in_any_order() -> None:
    async def main() -> None:
        pair = Pair()
        asked = [pair.ask(1), pair.ask(2)]
        await asyncio.sleep(0.1)
        for number in (2, 1):
            pair.socket.push({"id": number, "status": 200, "result": {"n": number}})
        assert await asyncio.gather(*asked) == [Reply(200, b'{"n": 1}'), Reply(200, b'{"n": 2}')]
        await pair.link.close()
        await pair.reading

    run(main())


def test_no_answer_in_time_and_a_late_one_are_no_reply() -> None:
    async def main() -> None:
        pair = Pair()
        assert await pair.ask(1, 2) == NoReply("no answer in 2 s")
        pair.socket.push({"id": 1, "status": 200, "result": {}})
        await asyncio.sleep(0.1)
        assert pair.link.unasked_count == 1
        assert pair.link.is_open
        await pair.link.close()
        await pair.reading

    run(main())


def test_the_end_of_the_connection_answers_every_question_with_nothing() -> None:
    async def main() -> None:
        pair = Pair()
        asked = [pair.ask(1), pair.ask(2)]
        await asyncio.sleep(0.1)
        pair.socket.drop()
        ended: Any = NoReply("the venue closed the connection")
        assert await asyncio.gather(*asked) == [ended, ended]
        await pair.reading
        assert isinstance(await pair.ask(3), NotSent)
        assert pair.ends == 1

    run(main())


def test_a_send_that_fails_may_have_arrived() -> None:
    async def main() -> None:
        pair = Pair()
        pair.socket.can_send = False
        assert await pair.ask(1) == NoReply("broken")
        await pair.link.close()
        await pair.reading

    run(main())


def test_events_are_handed_on_unwrapped() -> None:
    async def main() -> None:
        pair = Pair()
        pair.socket.push({"subscriptionId": 0, "event": {"e": "a"}})
        pair.socket.push({"e": "serverShutdown"})
        await asyncio.sleep(0.1)
        assert pair.events == [b'{"e": "a"}', b'{"e": "serverShutdown"}']
        await pair.link.close()
        await pair.reading

    run(main())


def test_an_answer_that_cannot_be_read_proves_nothing() -> None:
    async def main() -> None:
        pair = Pair()
        asked = pair.ask(1)
        await asyncio.sleep(0.1)
        pair.socket.push({"id": 1, "status": 200})
        assert await asked == NoReply("an unreadable answer")
        await pair.link.close()
        await pair.reading

    run(main())
