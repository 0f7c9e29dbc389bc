"""A Call as the text that leaves: a REST request, or a frame of the WebSocket API.

    rest_request(call, signer, timestamp_ms, recv_window_ms)
    api_frame(call, number, signer, timestamp_ms, recv_window_ms)

The signature is over exactly what is sent, so it is made here and nothing is changed afterwards.
"""

from dataclasses import dataclass, field

import msgspec

from internaliser.venues.binance.calls import Call
from internaliser.venues.binance.signing import (
    Params,
    Signer,
    percent_encoded,
    query_string,
    sorted_payload,
)

FORM = "application/x-www-form-urlencoded"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class RestRequest:
    """What to send to the REST host. `target` is path and query, `body` a form or empty."""

    method: str
    target: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


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
    text = query_string(_timed(call.params, timestamp_ms, recv_window_ms))
    # Base64 holds +, / and =: the signature is encoded as any other value.
    text = f"{text}&signature={percent_encoded(signer.signature(text.encode()))}"
    headers = {"X-MBX-APIKEY": signer.api_key}
    if call.method == "POST":
        headers["Content-Type"] = FORM
        return RestRequest(call.method, call.path, text.encode(), headers)
    return RestRequest(call.method, f"{call.path}?{text}", b"", headers)


def api_frame(
    call: Call, number: int, signer: Signer | None, timestamp_ms: int, recv_window_ms: int
) -> bytes:
    """One text frame. Without a signer a signed call goes as on a connection that logged on."""
    params: dict[str, str | int] = dict(call.params)
    if call.is_signed and call.api != "userDataStream.subscribe":
        timed = _timed(call.params, timestamp_ms, recv_window_ms)
        if signer is not None:
            timed = (*timed, ("apiKey", signer.api_key))
            params = dict(timed)
            params["signature"] = signer.signature(sorted_payload(timed))
        else:
            params = dict(timed)
    if not params:
        return _encode({"id": number, "method": call.api})
    return _encode({"id": number, "method": call.api, "params": params})


def _timed(params: Params, timestamp_ms: int, recv_window_ms: int) -> Params:
    return (*params, ("recvWindow", recv_window_ms), ("timestamp", timestamp_ms))
