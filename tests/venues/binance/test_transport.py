"""The transport over loopback: what is sent as it is, and the two kinds of failure told apart."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web

from internaliser.venues.binance.encoding import RestRequest
from internaliser.venues.binance.transport import AiohttpSocket, AiohttpTransport, Lost, NothingSent

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Story = Callable[[AiohttpTransport, str], Awaitable[None]]


def over_loopback(handler: Handler, story: Story) -> None:
    async def main() -> None:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        transport = AiohttpTransport()
        try:
            await story(transport, f"http://127.0.0.1:{port}")
        finally:
            await transport.close()
            await runner.cleanup()

    asyncio.run(main())


def test_what_was_signed_is_what_arrives() -> None:
    seen: list[Any] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.method, request.raw_path, await request.read(), dict(request.headers)))
        return web.Response(status=429, body=b"slow", headers={"Retry-After": "7"})

    async def story(transport: AiohttpTransport, url: str) -> None:
        get = RestRequest("GET", "/a?x=%5B%22A%2FB%22%5D&y=a%2Bb", b"", {"X-MBX-APIKEY": "k"})
        answer = await transport.request(url, get, 5)
        assert (answer.status, answer.body, answer.headers["Retry-After"]) == (429, b"slow", "7")
        await transport.request(url, RestRequest("POST", "/b", b"p=%E5", {}), 5)

    over_loopback(handler, story)
    assert seen[0][:3] == ("GET", "/a?x=%5B%22A%2FB%22%5D&y=a%2Bb", b"")
    assert seen[0][3]["X-MBX-APIKEY"] == "k"
    assert seen[1][:3] == ("POST", "/b", b"p=%E5")


def test_a_slow_answer_and_a_broken_one_are_lost() -> None:
    arrived = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal arrived
        arrived += 1
        if request.path == "/slow":
            await asyncio.Event().wait()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def story(transport: AiohttpTransport, url: str) -> None:
        for path in ("/slow", "/broken"):
            with pytest.raises(Lost):
                await transport.request(url, RestRequest("POST", path, b"x", {}), 0.2)

    over_loopback(handler, story)
    assert arrived == 2


def test_a_refused_connection_sent_nothing() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response()

    async def story(transport: AiohttpTransport, url: str) -> None:
        with pytest.raises(NothingSent):
            await transport.request("http://127.0.0.1:1", RestRequest("GET", "/", b"", {}), 5)
        with pytest.raises(NothingSent):
            await transport.connect("ws://127.0.0.1:1/", 5)
        with pytest.raises(NothingSent):
            await transport.connect(url.replace("http", "ws"), 5)  # it speaks no WebSocket

    over_loopback(handler, story)


def test_a_websocket_carries_texts_until_it_ends() -> None:
    got: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        got.append(await socket.receive_str())
        await socket.send_str('{"a":"\u20ac"}')
        await socket.close()
        return socket

    async def story(transport: AiohttpTransport, url: str) -> None:
        socket = await transport.connect(url.replace("http", "ws"), 5)
        await socket.send(b'{"id":1}')
        assert await socket.receive() == '{"a":"\u20ac"}'.encode()
        assert await socket.receive() is None
        assert await socket.receive() is None
        with pytest.raises(Lost):
            await socket.send(b"x")
        await socket.close()

    over_loopback(handler, story)
    assert got == ['{"id":1}']


def test_a_line_that_is_gone_while_a_pong_is_written_is_an_end_and_not_a_fault() -> None:
    class Gone:
        """As aiohttp behaves when it answers a ping, or a close, on a line that broke."""

        async def receive(self) -> aiohttp.WSMessage:
            raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")

        async def close(self) -> None:
            raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")

    async def main() -> None:
        socket = AiohttpSocket(cast(aiohttp.ClientWebSocketResponse, Gone()))
        assert await socket.receive() is None
        await socket.close()

    asyncio.run(main())
