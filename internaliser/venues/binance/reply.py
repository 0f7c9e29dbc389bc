"""What came back for a Call: the venue's answer, or that there is none, or that nothing was sent.

    rest_reply(status, headers, body)      from HTTP
    api_reply(frame, data)                 from the WebSocket API

Three classes, so that a caller cannot take silence for a refusal: Reply (the venue spoke), NoReply
(it may have got the request: the outcome is unknown), NotSent (it certainly has not).
"""

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from msgspec import Struct

from internaliser.venues.contract import ReasonClass

RETRY_AFTER_S_MAX = 3 * 24 * 3600  # the venue bans for at most three days
HEADERS_REMEMBERED = 256  # names, not answers
TEXT_MAX = 200  # of a venue's message that we keep
_HEADER = re.compile(r"X-MBX-(USED-WEIGHT|ORDER-COUNT)-([1-9][0-9]{0,4})([SMHD])\Z", re.I).match
_SECONDS = {"S": 1, "M": 60, "H": 3600, "D": 86400}
INTERVALS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400}
WEIGHT = "weight"
ORDERS = "orders"
KINDS = {"REQUEST_WEIGHT": WEIGHT, "ORDERS": ORDERS}


class Usage(Struct, frozen=True, gc=False):
    """So much of a limit is used in its current interval. `limit` 0 = not told."""

    kind: str
    interval_s: int
    used: int
    limit: int = 0


class Reply(Struct, frozen=True, gc=False):
    """An answer. `code` is None when it carries no error object that can be read."""

    status: int
    data: bytes
    code: int | None = None
    text: str = ""
    usage: tuple[Usage, ...] = ()
    retry_after_ms: int = 0  # from now, or
    retry_at_ms: int = 0  # at this moment of the venue's clock

    @property
    def is_ok(self) -> bool:
        return self.status == 200


class NoReply(Struct, frozen=True, gc=False):
    """The request may have arrived; nothing that can be read came back."""

    why: str


class NotSent(Struct, frozen=True, gc=False):
    """Not one byte left."""

    reason: ReasonClass
    why: str


Answer = Reply | NoReply | NotSent


class _Error(msgspec.Struct, gc=False):
    code: int
    msg: str = ""


class _RateLimit(msgspec.Struct, gc=False):
    rateLimitType: str
    interval: str
    intervalNum: int
    limit: int
    count: int = 0


class _RetryData(msgspec.Struct, gc=False):
    retryAfter: int = 0


class _ApiError(msgspec.Struct, gc=False):
    code: int
    msg: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


class ApiFrame(msgspec.Struct, gc=False):
    """A frame of the WebSocket API: an answer to `id`, or an event of the user stream."""

    id: int | str | None = None
    status: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"")
    error: msgspec.Raw = msgspec.Raw(b"")
    rateLimits: msgspec.Raw = msgspec.Raw(b"")
    subscriptionId: int | None = None
    event: msgspec.Raw = msgspec.Raw(b"")
    e: str = ""


_decode_frame = msgspec.json.Decoder(ApiFrame).decode
_decode_error = msgspec.json.Decoder(_Error).decode
_decode_api_error = msgspec.json.Decoder(_ApiError).decode
_decode_limits = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_limit = msgspec.json.Decoder(_RateLimit).decode
_decode_retry = msgspec.json.Decoder(_RetryData).decode


def rest_reply(status: int, headers: Mapping[str, str], body: bytes) -> Reply:
    """An HTTP answer. An error body that cannot be read leaves `code` None.

    A body that is no UTF-8 is no content: what is not read of an answer is not looked into later.
    """
    usage = usage_of_headers(headers)
    if status == 200:
        return Reply(status, body if is_utf8(body) else b"", usage=usage)
    code, text = None, ""
    try:
        error = _decode_error(body)
        code, text = error.code, error.msg[:TEXT_MAX]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        text = "an error without a readable code"
    return Reply(status, b"", code, text, usage, _retry_after_ms(headers))


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def usage_of_headers(headers: Mapping[str, str]) -> tuple[Usage, ...]:
    """What X-MBX-USED-WEIGHT-1M, X-MBX-ORDER-COUNT-10S and their like say; others are skipped."""
    found = []
    for name, value in headers.items():
        limit = _limit_of(name)
        if limit and value.isascii() and value.isdecimal() and len(value) <= 12:
            found.append(Usage(*limit, int(value)))
    return tuple(found)


@lru_cache(HEADERS_REMEMBERED)
def _limit_of(name: str) -> tuple[str, int] | None:
    """The kind and the seconds of the limit that a header counts."""
    match = _HEADER(name)
    if match is None:
        return None
    kind = WEIGHT if match[1].upper() == "USED-WEIGHT" else ORDERS
    return kind, int(match[2]) * _SECONDS[match[3].upper()]


def _retry_after_ms(headers: Mapping[str, str]) -> int:
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.isascii() and value.isdecimal():
            return min(int(value[:12]), RETRY_AFTER_S_MAX) * 1000
    return 0


def read_frame(data: bytes) -> ApiFrame | None:
    """A frame, or None when it is none of the venue's shapes."""
    try:
        return _decode_frame(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def api_reply(frame: ApiFrame) -> Reply | None:
    """The answer in a frame. None when it says neither what went well nor what went wrong."""
    if frame.status is None:
        return None
    usage = usage_of_limits(bytes(frame.rateLimits))
    result = bytes(frame.result)
    if frame.status == 200:
        return Reply(200, result, usage=usage) if result else None
    code, text, retry_at_ms = None, "an error without a readable code", 0
    try:
        error = _decode_api_error(bytes(frame.error))
        code, text = error.code, error.msg[:TEXT_MAX]
        retry_at_ms = _decode_retry(bytes(error.data)).retryAfter if bytes(error.data) else 0
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    return Reply(frame.status, b"", code, text, usage, retry_at_ms=max(0, retry_at_ms))


def usage_of_limits(data: bytes) -> tuple[Usage, ...]:
    """A rateLimits list of an answer or of exchangeInfo; an unreadable entry is skipped."""
    if not data:
        return ()
    try:
        elements = _decode_limits(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ()
    found = []
    for element in elements:
        try:
            one = _decode_limit(element)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        unit_s = INTERVALS.get(one.interval, 0)
        kind = KINDS.get(one.rateLimitType)
        if kind and unit_s and 0 < one.intervalNum <= 10_000 and one.limit > 0 <= one.count:
            found.append(Usage(kind, unit_s * one.intervalNum, one.count, one.limit))
    return tuple(found)
