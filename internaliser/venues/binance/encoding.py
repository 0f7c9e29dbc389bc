"""A Call as the text that leaves: a REST request, or a frame of the WebSocket API.

    rest_request(call, signer, timestamp_ms, recv_window_ms)
    api_frame(call, number, signer, timestamp_ms, recv_window_ms)

The signature is over exactly what is sent, so it is made here and nothing is changed afterwards.
"""

import msgspec
from msgspec import Struct

from internaliser.venues.binance.calls import Call
from internaliser.venues.binance.signing import (
    Signer,
    percent_encoded,
    query_string,
    sorted_payload,
)

FORM = "application/x-www-form-urlencoded"
_encode = msgspec.json.Encoder().encode


class RestRequest(Struct, frozen=True, gc=False):
    """What to send to the REST host. `target` is path and query, `body` a form or empty."""

    method: str
    target: str
    body: bytes
    headers: dict[str, str]

    def __repr__(self) -> str:
        return f"RestRequest({self.method} {self.target.partition('?')[0]})"


def rest_request(
    call: Call, signer: Signer | None, timestamp_ms: int, recv_window_ms: int
) -> RestRequest:
    """A POST carries its parameters as a form in the body, everything else in the query.

    Without a signer the call must be a public one.
    """
    if not call.is_signed:
        query = query_string(call.params)
        return RestRequest(call.method, f"{call.path}?{query}" if query else call.path, b"", {})
    assert signer is not None
    query = query_string(call.params)
    text = f"{query}{'&' if query else ''}recvWindow={recv_window_ms}&timestamp={timestamp_ms}"
    # Base64 holds +, / and =: the signature is encoded as any other value.
    text = f"{text}&signature={percent_encoded(signer.signature(text.encode()))}"
    if call.method == "POST":
        headers = {"X-MBX-APIKEY": signer.api_key, "Content-Type": FORM}
        return RestRequest(call.method, call.path, text.encode(), headers)
    headers = {"X-MBX-APIKEY": signer.api_key}
    return RestRequest(call.method, f"{call.path}?{text}", b"", headers)


def api_frame(
    call: Call, number: int, signer: Signer | None, timestamp_ms: int, recv_window_ms: int
) -> bytes:
    """One text frame. Without a signer a signed call goes as on a connection that logged on."""
    params: dict[str, str | int] = dict(call.params)
    if call.is_signed and call.api != "userDataStream.subscribe":
        params["recvWindow"] = recv_window_ms
        params["timestamp"] = timestamp_ms
        if signer is not None:
            params["apiKey"] = signer.api_key
            params["signature"] = signer.signature(sorted_payload(params))
    if not params:
        return _encode({"id": number, "method": call.api})
    return _encode({"id": number, "method": call.api, "params": params})
