"""The thin transport: HTTP and WebSocket by aiohttp, and what the adapter needs of any other.

It moves bytes and knows nothing of the venue. Failures are three: `NothingSent` (no byte can have
arrived), `Lost` (some may have), and None from `receive` for a connection that ended.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from yarl import URL

from internaliser.venues.binance.encoding import RestRequest

BODY_BYTES_MAX = 64 * 1024 * 1024  # exchangeInfo of every symbol is 16 MB
MESSAGE_BYTES_MAX = 8 * 1024 * 1024
CONNECTIONS_MAX = 64
HEARTBEAT_S = 15  # ping when silent for so long; no pong for half of it ends the connection
CLOSE_TIMEOUT_S = 2


class NothingSent(Exception):
    """The connection could not be made."""


class Lost(Exception):
    """The connection broke, or was too slow, after something may have been sent."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    headers: dict[str, str]
    body: bytes


class Socket(Protocol):
    """One WebSocket. Pings are answered, and a silent peer is noticed, underneath."""

    async def send(self, data: bytes) -> None:
        """Raises Lost."""

    async def receive(self) -> bytes | None:
        """The next message; None once the connection has ended, however it did."""

    async def close(self) -> None: ...


class Transport(Protocol):
    async def request(self, base_url: str, request: RestRequest, timeout_s: float) -> HttpAnswer:
        """Raises NothingSent or Lost."""

    async def connect(self, url: str, timeout_s: float) -> Socket:
        """Raises NothingSent."""

    async def close(self) -> None: ...


class AiohttpSocket:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, data: bytes) -> None:
        try:
            await self._socket.send_frame(data, aiohttp.WSMsgType.TEXT)
        except (aiohttp.ClientError, OSError, RuntimeError) as error:
            raise Lost(f"{type(error).__name__}: {error}") from error

    async def receive(self) -> bytes | None:
        try:
            message = await self._socket.receive()
        except (aiohttp.ClientError, OSError):
            return None  # a pong, or the answer to a close, found no line any more
        if message.type is aiohttp.WSMsgType.TEXT:
            text: str = message.data
            return text.encode()
        # The venue speaks text (which is checked to be UTF-8); anything else is the end.
        return None

    async def close(self) -> None:
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await self._socket.close()


class AiohttpTransport:
    """One pool of keep-alive connections. Made on a running loop; closed by `close`."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=True,
            trust_env=False,
        )

    async def request(self, base_url: str, request: RestRequest, timeout_s: float) -> HttpAnswer:
        # Encoded already: quoting it again would change what was signed.
        url = URL(base_url + request.target, encoded=True)
        try:
            async with asyncio.timeout(timeout_s):
                async with self._session.request(
                    request.method, url, data=request.body or None, headers=request.headers,
                    allow_redirects=False,
                ) as response:  # fmt: skip
                    body = await self._body(response)
                    return HttpAnswer(response.status, dict(response.headers), body)
        except aiohttp.ClientConnectorError as error:
            raise NothingSent(type(error).__name__) from error
        except TimeoutError as error:
            raise Lost(f"no answer in {timeout_s} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Lost(type(error).__name__) from error

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        parts, size = [], 0
        async for part in response.content.iter_any():
            size += len(part)
            if size > BODY_BYTES_MAX:
                raise ValueError(f"an answer over {BODY_BYTES_MAX} bytes")
            parts.append(part)
        return b"".join(parts)

    async def connect(self, url: str, timeout_s: float) -> Socket:
        try:
            async with asyncio.timeout(timeout_s):
                socket = await self._session.ws_connect(
                    URL(url, encoded=True), heartbeat=HEARTBEAT_S, max_msg_size=MESSAGE_BYTES_MAX,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S),
                )  # fmt: skip
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NothingSent(type(error).__name__) from error
        return AiohttpSocket(socket)

    async def close(self) -> None:
        await self._session.close()
