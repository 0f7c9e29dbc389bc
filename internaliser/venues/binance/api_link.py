"""One connection to the WebSocket API: requests answered by their number, events handed on.

    link = ApiLink(socket, on_event)
    reading = tasks.start("link", link.read())
    answer = await link.ask(number, frame, timeout_s)

When the connection ends every open request is answered with NoReply: its outcome is unknown. A
frame that is none of the venue's shapes may have been anything, so it ends the connection too.
"""

import asyncio
from collections.abc import Callable

from internaliser.venues.binance.reply import (
    Answer,
    ApiFrame,
    NoReply,
    NotSent,
    api_reply,
    read_frame,
)
from internaliser.venues.binance.transport import Lost, Socket
from internaliser.venues.contract import ReasonClass


class ApiLink:
    """`on_event(data)` gets each event of the user stream, `on_end` the end, once."""

    def __init__(
        self, socket: Socket, on_event: Callable[[bytes], None], on_end: Callable[[], None]
    ) -> None:
        self._socket = socket
        self._on_event = on_event
        self._on_end = on_end
        self._open: dict[int, asyncio.Future[Answer]] = {}
        self._next_number = 1
        self.is_logged_on = False
        self.ended_why = ""
        self.unasked_count = 0  # answers nobody waits for any more

    @property
    def is_open(self) -> bool:
        return not self.ended_why

    @property
    def open_count(self) -> int:
        return len(self._open)

    def next_number(self) -> int:
        """The id of the next request on this connection."""
        self._next_number += 1
        return self._next_number

    async def ask(self, number: int, frame: bytes, timeout_s: float) -> Answer:
        """Send one request and wait for its answer."""
        if not self.is_open:
            return NotSent(ReasonClass.LINK_DOWN, self.ended_why)
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._open[number] = answered
        try:
            async with asyncio.timeout(timeout_s):
                await self._socket.send(frame)
                return await answered
        except TimeoutError:
            return NoReply(f"no answer in {timeout_s} s")
        except Lost as lost:
            return NoReply(str(lost))
        finally:
            self._open.pop(number, None)

    async def read(self) -> None:
        """Read until the connection ends."""
        try:
            while not self.ended_why:
                data = await self._socket.receive()
                if data is None:
                    self._end("the venue closed the connection")
                else:
                    self._take(data)
        finally:
            self._end("closed here")
            await self._socket.close()

    async def close(self) -> None:
        """End it from our side; `read` then returns."""
        self._end("closed here")
        await self._socket.close()

    def _take(self, data: bytes) -> None:
        frame = read_frame(data)
        if frame is None:
            self._end("an unreadable frame")
        elif bytes(frame.event):
            self._on_event(bytes(frame.event))
        elif frame.e:
            self._on_event(data)
        elif frame.status is not None:
            self._answer(frame)
        else:
            self._end("a frame that is neither answer nor event")

    def _answer(self, frame: ApiFrame) -> None:
        waiting = self._open.get(frame.id) if isinstance(frame.id, int) else None
        if waiting is None or waiting.done():
            self.unasked_count += 1
            return
        waiting.set_result(api_reply(frame) or NoReply("an unreadable answer"))

    def _end(self, why: str) -> None:
        if self.ended_why:
            return
        self.ended_why = why
        for waiting in self._open.values():
            if not waiting.done():
                waiting.set_result(NoReply(why))
        self._on_end()
