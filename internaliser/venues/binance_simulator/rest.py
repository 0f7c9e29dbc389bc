"""REST of the simulated Binance: an HTTP request becomes an Asked, an Answer an HTTP response."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from internaliser.venues.binance_simulator.endpoints import PATHS
from internaliser.venues.binance_simulator.front import PAGE, Answer, Asked, refused
from internaliser.venues.binance_simulator.link import encode
from internaliser.venues.binance_simulator.refusal import Refusal

NOT_FOUND_PAGE = "<html><body><h2>404 Not found</h2></body></html>"
JSON_TYPE = "application/json"


def asked_of(method: str, path: str, query: str, body: str, api_key: str) -> Asked | None:
    """The request, None when there is no such path. A Refusal when a parameter comes twice.

    What is signed is query and body as sent, one behind the other, without the signature.
    """
    endpoint = PATHS.get((method, path))
    if endpoint is None:
        return None
    params: dict[str, str] = {}
    for text in (query, body):
        found = parse_qsl(text, keep_blank_values=True)
        if len({name for name, _ in found}) < len(found):
            raise Refusal(-1101, "Duplicate values for a parameter detected.")
        params = {**dict(found), **params}  # where both have it the query's counts
    return Asked(
        endpoint,
        params,
        api_key,
        (unsigned(query) + unsigned(body)).encode(),
        signature_of(query) or signature_of(body),
    )


def unsigned(text: str) -> str:
    return "&".join(part for part in text.split("&") if not part.startswith("signature="))


def signature_of(text: str) -> str:
    parts = (part for part in text.split("&") if part.startswith("signature="))
    return unquote(next(parts, "").removeprefix("signature="))


async def read(request: web.Request) -> Asked | Answer:
    """The request as it came over the wire, or what is wrong with it."""
    path, _, query = request.raw_path.partition("?")
    body = (await request.read()).decode("utf-8", "replace")
    api_key = request.headers.get("X-MBX-APIKEY", "")
    try:
        asked = asked_of(request.method, path, query, body, api_key)
    except Refusal as refusal:
        return refused(refusal)
    if asked is None:
        found = refused(Refusal(0, NOT_FOUND_PAGE, 404))
        found.is_page = True
        return found
    return asked


async def respond(request: web.Request, found: Answer) -> web.Response:
    """Send the answer, late or spoilt or not at all."""
    if found.is_dropped:
        drop(request)
    if found.is_silent or found.is_dropped:
        await asyncio.Event().wait()  # until the client gives up: then this task is canceled
    if found.delay_ms:
        await asyncio.sleep(found.delay_ms / 1000)
    if found.is_page:
        text = NOT_FOUND_PAGE if found.status == 404 else PAGE
        return web.Response(status=found.status, text=text, content_type="text/html")
    payload = encode(found.body)
    if found.is_garbled:
        payload = payload[: len(payload) // 2]
    return web.Response(
        status=found.status, body=payload, headers=found.headers, content_type=JSON_TYPE
    )


def drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
