"""Answers before their content: status, code, counts, and when to come back."""

import json
from typing import Any

import pytest

from internaliser.venues.binance.reply import (
    ORDERS,
    RETRY_AFTER_S_MAX,
    WEIGHT,
    Reply,
    Usage,
    api_reply,
    read_frame,
    rest_reply,
    usage_of_headers,
    usage_of_limits,
)


def frame_reply(**fields: Any) -> Reply | None:
    frame = read_frame(json.dumps({"id": 1} | fields).encode())
    assert frame is not None
    return api_reply(frame)


def test_a_good_answer_keeps_its_content() -> None:
    assert rest_reply(200, {}, b'{"a":1}') == Reply(200, b'{"a":1}')
    assert frame_reply(status=200, result={"a": 1}) == Reply(200, b'{"a": 1}')


def test_a_body_that_is_no_utf8_is_no_content() -> None:
    assert rest_reply(200, {}, b'{"a":"\xff"}') == Reply(200, b"")


def test_an_error_names_code_and_words() -> None:
    body = b'{"code":-1121,"msg":"Invalid symbol."}'
    assert rest_reply(400, {}, body) == Reply(400, b"", -1121, "Invalid symbol.")
    error = json.loads(body)
    assert frame_reply(status=400, error=error) == Reply(400, b"", -1121, "Invalid symbol.")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"code":"x"}', b"\xff", b"[1]"])
def test_an_error_that_cannot_be_read_has_no_code(body: bytes) -> None:
    assert rest_reply(502, {}, body) == Reply(502, b"", None, "an error without a readable code")


def test_counts_are_read_from_the_headers() -> None:
    headers = {
        "X-MBX-USED-WEIGHT-1M": "70", "x-mbx-order-count-10s": "3", "X-MBX-ORDER-COUNT-1D": "9",
        "X-MBX-USED-WEIGHT": "70", "X-MBX-USED-WEIGHT-1X": "5", "X-MBX-USED-WEIGHT-2M": "-5",
        "Content-Type": "json",
    }  # fmt: skip
    assert usage_of_headers(headers) == (
        Usage(WEIGHT, 60, 70), Usage(ORDERS, 10, 3), Usage(ORDERS, 86400, 9),
    )  # fmt: skip


def test_counts_are_read_from_a_list_and_a_bad_entry_does_not_lose_the_others() -> None:
    limit = {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 50}
    entries = [
        limit | {"count": 12}, {"rateLimitType": 5}, limit | {"interval": "CENTURY"},
        limit | {"rateLimitType": "RAW_REQUESTS"}, limit | {"limit": 0}, limit,
    ]  # fmt: skip
    found = usage_of_limits(json.dumps(entries).encode())
    assert found == (Usage(ORDERS, 10, 12, 50), Usage(ORDERS, 10, 0, 50))
    assert usage_of_limits(b"{") == usage_of_limits(b"") == ()


def test_retry_after_is_obeyed_up_to_the_longest_ban() -> None:
    assert rest_reply(429, {"Retry-After": "7"}, b"").retry_after_ms == 7000
    longest = rest_reply(418, {"retry-after": "9" * 30}, b"").retry_after_ms
    assert longest == RETRY_AFTER_S_MAX * 1000
    assert rest_reply(429, {"Retry-After": "soon"}, b"").retry_after_ms == 0


def test_the_websocket_api_names_the_moment() -> None:
    error = {"code": -1003, "msg": "banned", "data": {"serverTime": 5, "retryAfter": 99}}
    reply = frame_reply(status=418, error=error)
    assert reply is not None
    assert (reply.code, reply.retry_at_ms) == (-1003, 99)


@pytest.mark.parametrize("fields", [{}, {"status": 200}, {"result": {}}], ids=str)
def test_a_frame_that_says_neither_well_nor_wrong_is_no_answer(fields: dict[str, Any]) -> None:
    assert frame_reply(**fields) is None


def test_an_error_frame_without_error_has_no_code() -> None:
    assert frame_reply(status=400) == Reply(400, b"", None, "an error without a readable code")


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"id":[]}', b'{"status":"x"}', b"\xff"])
def test_what_is_no_frame_is_none(data: bytes) -> None:
    assert read_frame(data) is None
