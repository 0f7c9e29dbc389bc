"""The WebSocket API over a wire that keeps what is written."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from internaliser.venues.binance_simulator.keys import Key
from internaliser.venues.binance_simulator.link import Link
from internaliser.venues.binance_simulator.misbehaviour import rule_of
from internaliser.venues.binance_simulator.ws_session import Session

from .support import NOW_MS, SECRET, Bench, hmac_of
from .test_link import Wire

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "IOC",
         "quantity": "1", "price": "101", "newClientOrderId": "a"}  # fmt: skip


class Talk:
    """A session, and its client's words."""

    def __init__(self, misbehave: str = "", *, has_limits: bool = False) -> None:
        self.bench = Bench()
        self.bench.desk.keys["ed"] = Key("ed", "main", public=PRIVATE.public_key())
        if misbehave:
            self.bench.desk.misbehaviour.rules.append(rule_of(misbehave))
        self.wire = Wire()
        self.late: list[tuple[int, Callable[[], None]]] = []
        self.session = Session(
            self.bench.desk, Link(self.wire, NOW_MS), NOW_MS,
            lambda delay_ms, act: self.late.append((delay_ms, act)), has_limits=has_limits,
        )  # fmt: skip

    def heard(self) -> list[Any]:
        found = []
        for data in self.wire.written:
            at = 4 if data[1] == 126 else 2
            found.append(json.loads(data[at:]))
        self.wire.written.clear()
        return found

    def ask(self, method: str, sign: str = "", **params: Any) -> Any:
        """One request; its answer is the last thing heard. `sign`: hmac or ed."""
        if sign:
            params = {"apiKey": "ed" if sign == "ed" else SECRET, "timestamp": NOW_MS, **params}
            texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in params.items()}
            payload = "&".join(f"{name}={texts[name]}" for name in sorted(texts))
            params["signature"] = (
                base64.b64encode(PRIVATE.sign(payload.encode())).decode()
                if sign == "ed" else hmac_of(payload)
            )  # fmt: skip
        self.session.on_text(json.dumps({"id": 5, "method": method, "params": params}), NOW_MS)
        found = self.heard()
        return found[-1] if found else None


def test_an_order_is_signed_placed_queried_and_found_in_the_books() -> None:
    talk = Talk()
    placed = talk.ask("order.place", "hmac", **ORDER)
    assert (placed["id"], placed["status"], placed["result"]["status"]) == (5, 200, "FILLED")
    found = talk.ask("order.status", "hmac", symbol="BTCUSDT", origClientOrderId="a")
    assert found["result"]["executedQty"] == "1.00000000"
    assert talk.ask("myTrades", "hmac", symbol="BTCUSDT")["result"][0]["id"] == 1
    assert talk.ask("v3/openOrders.status", "hmac")["result"] == []
    assert talk.ask("depth", symbol="BTCUSDT", limit=1)["result"]["bids"] == [
        ["99.00000000", "5.00000000"]
    ]


def test_numbers_are_signed_as_they_were_written() -> None:
    talk = Talk()
    found = talk.ask("order.place", "hmac", **{**ORDER, "quantity": 1.5, "price": 101})
    assert found["result"]["origQty"] == "1.50000000"


def test_refusals_have_status_and_code_and_say_how_long_to_wait() -> None:
    talk = Talk()
    wrong = talk.ask("order.place", "hmac", **{**ORDER, "price": "101.001"})
    assert wrong == {
        "id": 5, "status": 400, "error": {"code": -1013, "msg": "Filter failure: PRICE_FILTER"},
    }  # fmt: skip
    talk = Talk("rate_limited:ms=1500")
    found = talk.ask("order.place", "hmac", **ORDER)
    assert (found["status"], found["error"]["data"]) == (
        429, {"serverTime": NOW_MS, "retryAfter": NOW_MS + 1500},
    )  # fmt: skip


def test_used_limits_are_told_when_wanted() -> None:
    talk = Talk(has_limits=True)
    placed = talk.ask("order.place", "hmac", **ORDER)
    assert [(one["rateLimitType"], one["count"]) for one in placed["rateLimits"]] == [
        ("ORDERS", 1), ("ORDERS", 1), ("REQUEST_WEIGHT", 1),
    ]  # fmt: skip
    assert "rateLimits" not in talk.ask("time", returnRateLimits=False)
    assert "rateLimits" in Talk().ask("time", returnRateLimits=True)


def test_a_logon_spares_the_signature_but_not_the_time() -> None:
    talk = Talk()
    logon = talk.ask("session.logon", "ed")["result"]
    assert logon == {
        "apiKey": "ed", "authorizedSince": NOW_MS, "connectedSince": NOW_MS,
        "returnRateLimits": False, "serverTime": NOW_MS, "userDataStream": False,
    }  # fmt: skip
    assert talk.ask("order.place", timestamp=NOW_MS, **ORDER)["status"] == 200
    assert talk.ask("order.place", **ORDER)["error"]["code"] == -1102
    assert talk.ask("order.place", timestamp=NOW_MS - 6000, **ORDER)["error"]["code"] == -1021
    assert talk.ask("session.logout")["result"]["apiKey"] is None
    assert talk.ask("order.place", timestamp=NOW_MS, **ORDER)["error"]["code"] == -2014


def test_only_an_ed25519_key_may_log_on() -> None:
    found = Talk().ask("session.logon", "hmac")
    assert (found["status"], found["error"]["code"]) == (401, -2015)


def test_a_logged_on_session_subscribes_without_a_signature() -> None:
    talk = Talk()
    assert talk.ask("userDataStream.subscribe")["status"] == 401
    talk.ask("session.logon", "ed")
    assert talk.ask("userDataStream.subscribe")["result"] == {"subscriptionId": 0}
    talk.bench.place()
    events = talk.heard()
    assert [one["event"]["e"] for one in events] == [
        "executionReport", "outboundAccountPosition"] * 2  # fmt: skip
    assert {one["subscriptionId"] for one in events} == {0}


def test_any_key_subscribes_with_a_signature_once() -> None:
    talk = Talk()
    name = "userDataStream.subscribe.signature"
    assert talk.ask(name, "hmac")["result"] == {"subscriptionId": 0}
    assert talk.ask(name, "hmac")["status"] == 400
    assert talk.ask("session.subscriptions")["result"] == [{"subscriptionId": 0}]
    assert talk.ask("session.status")["result"]["userDataStream"] is True
    assert talk.ask("userDataStream.unsubscribe", subscriptionId=0)["result"] == {}
    assert talk.ask("userDataStream.unsubscribe", subscriptionId=0)["status"] == 400
    talk.bench.place()
    assert talk.heard() == []


def test_a_gone_connection_hears_nothing_more() -> None:
    talk = Talk()
    talk.ask("userDataStream.subscribe.signature", "hmac")
    talk.session.leave()
    talk.bench.place()
    assert (talk.heard(), talk.bench.desk.listeners) == ([], [talk.bench.ears])


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", -1135), ("[]", -1135), ('{"id":1,"method":"order.paint"}', -1020),
     ('{"id":1,"method":"time","params":[]}', -1020), ("[" * 100_000, -1135),
     ('{"id":"\\ud800","method":"time"}', -1135)],
)  # fmt: skip
def test_requests_that_make_no_sense_are_refused(text: str, code: int) -> None:
    talk = Talk()
    talk.session.on_text(text, NOW_MS)
    assert [one["error"]["code"] for one in talk.heard()] == [code]


def test_an_id_too_long_to_be_one_is_answered_without() -> None:
    talk = Talk()
    talk.session.on_text('{"method":"ping","id":' + "9" * 5000 + "}", NOW_MS)
    assert [(one["id"], one["status"]) for one in talk.heard()] == [(None, 200)]


@pytest.mark.parametrize("number", [7, "x-1", None])
def test_an_answer_has_the_id_of_its_request(number: Any) -> None:
    talk = Talk()
    talk.session.on_text(json.dumps({"id": number, "method": "ping"}), NOW_MS)
    assert talk.heard() == [{"id": number, "status": 200, "result": {}}]


def test_an_answer_may_drop_stay_away_come_late_or_be_garbage() -> None:
    talk = Talk("drop_after")
    assert talk.ask("order.place", "hmac", **ORDER) is None
    assert (talk.wire.state, len(talk.bench.desk.exchange.orders)) == ("aborted", 1)
    talk = Talk("no_answer")
    assert talk.ask("order.place", "hmac", **ORDER) is None
    assert talk.wire.state == "open"
    talk = Talk("late_answer:delay_ms=70")
    assert talk.ask("order.place", "hmac", **ORDER) is None
    ((delay_ms, act),) = talk.late
    act()
    assert (delay_ms, talk.heard()[0]["status"]) == (70, 200)
    talk = Talk("garbage")
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        talk.ask("order.place", "hmac", **ORDER)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("timeout_after", 504, -1007), ("unexpected_after", 500, -1006), ("error_after", 502, -1000),
     ("busy", 503, -1008), ("banned", 418, -1003)],
)  # fmt: skip
def test_misbehaviour_of_requests_is_told_as_a_status(kind: str, status: int, code: int) -> None:
    found = Talk(kind).ask("order.place", "hmac", **ORDER)
    assert (found["status"], found["error"]["code"]) == (status, code)
