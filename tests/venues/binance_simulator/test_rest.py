import pytest

from internaliser.venues.binance_simulator.refusal import Refusal
from internaliser.venues.binance_simulator.rest import asked_of

from .support import NOW_MS, Venue, trade


def test_what_is_signed_is_query_and_body_without_the_signature() -> None:
    found = asked_of("POST", "/api/v3/order", "a=1&b=%C3%A9", "c=3&signature=x%3D", "key")
    assert found is not None
    assert (found.payload, found.signature, found.params, found.api_key) == (
        b"a=1&b=%C3%A9c=3", "x=", {"a": "1", "b": "é", "c": "3", "signature": "x="}, "key",
    )  # fmt: skip


def test_the_querys_parameter_counts_before_the_bodys() -> None:
    found = asked_of("POST", "/api/v3/order", "a=1", "a=2", "")
    assert found is not None
    assert found.params == {"a": "1"}


def test_a_parameter_twice_in_one_place_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        asked_of("GET", "/api/v3/order", "a=1&a=2", "", "")
    assert caught.value.code == -1101


def test_an_unknown_path_is_nothing() -> None:
    assert asked_of("PUT", "/api/v3/order", "", "", "") is None


def test_answers_are_json_with_the_venues_headers() -> None:
    async def scenario(venue: Venue) -> None:
        async with venue.client.get(f"{venue.base}/api/v3/time") as response:
            assert response.content_type == "application/json"
            assert response.headers["X-MBX-USED-WEIGHT-1M"] == "1"
        async with venue.client.get(f"{venue.base}/api/v9/time") as response:
            assert (response.status, response.content_type) == (404, "text/html")
        async with venue.client.get(f"{venue.base}/api/v3/ping?a=1&a=2") as response:
            assert (await response.json())["code"] == -1101
        status, found = await venue.rest("GET", "order", symbol="BTCUSDT", orderId=1)
        assert (status, found["code"]) == (400, -2013)
        body = f"timestamp={NOW_MS}"
        async with venue.client.post(f"{venue.base}/api/v3/order", data=body) as response:
            assert response.status == 401

    trade(scenario)
