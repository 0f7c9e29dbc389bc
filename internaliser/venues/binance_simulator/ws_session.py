"""One connection to the simulated Binance's WebSocket API: logon, requests, user streams."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from internaliser.venues.binance_simulator.call import Call
from internaliser.venues.binance_simulator.desk import Desk
from internaliser.venues.binance_simulator.endpoints import ENDPOINTS, Endpoint, Security, fixed
from internaliser.venues.binance_simulator.front import Answer, Asked, answer
from internaliser.venues.binance_simulator.link import Link, encode, frame
from internaliser.venues.binance_simulator.refusal import BAD_REQUEST, UNAUTHORIZED, Refusal

SESSION_WEIGHT = 2

Later = Callable[[int, Callable[[], None]], None]


class Subscription:
    """A user stream on this connection."""

    def __init__(self, session: Session, number: int, account: str) -> None:
        self.session = session
        self.number = number
        self.account = account

    def hear(self, event: Any, *, is_garbled: bool) -> None:
        text = encode({"subscriptionId": self.number, "event": event})
        self.session.link.write(frame(text[: len(text) // 2] if is_garbled else text))

    def end(self) -> None:
        self.session.subscriptions.pop(self.number, None)


class Session:
    """What one connection said and is: who logged on, what it subscribed to."""

    def __init__(
        self, desk: Desk, link: Link, now_ms: int, later: Later, *, has_limits: bool
    ) -> None:
        self.desk = desk
        self.link = link
        self.later = later
        self.has_limits = has_limits
        self.connected_ms = now_ms
        self.api_key, self.account, self.authorized_ms = "", "", 0
        self.subscriptions: dict[int, Subscription] = {}
        self.subscription_count = 0
        self.endpoints = ENDPOINTS | {one.name: one for one in self._own()}

    def _own(self) -> list[Endpoint]:
        """The requests about the connection itself."""
        none, signed = Security.NONE, Security.SIGNED
        rows: list[tuple[str, Callable[[Desk, Call], Any], Security, str]] = [
            ("session.logon", self._logon, signed, ""),
            ("session.status", self._status, none, ""),
            ("session.logout", self._logout, none, ""),
            ("session.subscriptions", self._subscriptions, none, ""),
            ("userDataStream.subscribe", self._subscribe, none, ""),
            ("userDataStream.subscribe.signature", self._subscribe_signed, signed, ""),
            ("userDataStream.unsubscribe", self._unsubscribe, none, "subscriptionId"),
        ]
        return [
            Endpoint(name, "", "", do, security, fixed(SESSION_WEIGHT), frozenset(params.split()))
            for name, do, security, params in rows
        ]

    def leave(self) -> None:
        """The connection is gone, its user streams with it."""
        for subscription in self.subscriptions.values():
            if subscription in self.desk.listeners:
                self.desk.listeners.remove(subscription)
        self.subscriptions.clear()

    # Requests.

    def on_text(self, text: str, now_ms: int) -> None:
        """One request, one answer, unless misbehaviour has it otherwise."""
        try:
            request = json.loads(text, parse_float=str, parse_int=Number)
            json.dumps(request, ensure_ascii=False).encode()  # half a surrogate is no text
            if not isinstance(request, dict):
                raise ValueError
        except (ValueError, RecursionError):
            self._send(None, refusal_answer(Refusal(-1135, "Invalid JSON Request")), True)
            return
        number, params = request.get("id"), request.get("params", {})
        if isinstance(number, Number):
            number = int(number) if len(number) <= 20 else None
        name = str(request.get("method", "")).removeprefix("v3/")
        endpoint = self.endpoints.get(name)
        if endpoint is None or not isinstance(params, dict):
            self._send(
                number, refusal_answer(Refusal(-1020, "This operation is not supported.")), True
            )
            return
        asked = asked_of(endpoint, params, self.account)
        found = answer(self.desk, asked, now_ms)
        has_limits = {"true": True, "false": False}.get(
            asked.params.get("returnRateLimits", ""), self.has_limits
        )
        if found.is_dropped:
            self.link.abort()
        elif found.delay_ms:
            self.later(found.delay_ms, lambda: self._send(number, found, has_limits, endpoint))
        elif not found.is_silent:
            self._send(number, found, has_limits, endpoint)

    def _send(
        self, number: Any, found: Answer, has_limits: bool, endpoint: Endpoint | None = None
    ) -> None:
        told: dict[str, Any] = {"id": number, "status": found.status}
        if found.refusal is None:
            told["result"] = found.body
        else:
            told["error"] = found.refusal.body()
        if has_limits:
            has_order = endpoint is not None and endpoint.has_order and bool(found.account)
            told["rateLimits"] = self.desk.limits.counted(found.account, has_order=has_order)
        text = encode(told)
        self.link.write(frame(text[: len(text) // 2] if found.is_garbled else text))

    # The connection itself.

    def _logon(self, desk: Desk, call: Call) -> Any:
        """session.logon: requests need no signature any more. Ed25519 keys only."""
        key = desk.keys[call.params["apiKey"]]
        if key.public is None:
            raise Refusal(-2015, "Invalid API-key, IP, or permissions for action.", UNAUTHORIZED)
        self.api_key, self.account, self.authorized_ms = key.api_key, key.account, call.now_ms
        return self._status(desk, call)

    def _logout(self, desk: Desk, call: Call) -> Any:
        self.api_key, self.account, self.authorized_ms = "", "", 0
        return self._status(desk, call)

    def _status(self, desk: Desk, call: Call) -> Any:
        return {
            "apiKey": self.api_key or None,
            "authorizedSince": self.authorized_ms or None,
            "connectedSince": self.connected_ms,
            "returnRateLimits": self.has_limits,
            "serverTime": call.now_ms,
            "userDataStream": bool(self.subscriptions),
        }

    def _subscriptions(self, desk: Desk, call: Call) -> Any:
        return [{"subscriptionId": number} for number in self.subscriptions]

    def _subscribe(self, desk: Desk, call: Call) -> Any:
        """userDataStream.subscribe of a logged-on session."""
        if not self.account:
            raise Refusal(-1002, "You are not authorized to execute this request.", UNAUTHORIZED)
        return self._listen(self.account)

    def _subscribe_signed(self, desk: Desk, call: Call) -> Any:
        """userDataStream.subscribe.signature: no logon needed, any kind of key."""
        return self._listen(call.account)

    def _listen(self, account: str) -> Any:
        if any(one.account == account for one in self.subscriptions.values()):
            raise Refusal(-1130, "Data sent for parameter 'subscription' is not valid.")
        number = self.subscription_count
        self.subscription_count += 1
        subscription = Subscription(self, number, account)
        self.subscriptions[number] = subscription
        self.desk.listeners.append(subscription)
        return {"subscriptionId": number}

    def _unsubscribe(self, desk: Desk, call: Call) -> Any:
        if "subscriptionId" in call.params:
            subscription = self.subscriptions.pop(call.whole("subscriptionId"), None)
            if subscription is None:
                raise Refusal(-1130, "Data sent for parameter 'subscriptionId' is not valid.")
            self.desk.listeners.remove(subscription)
        else:
            self.leave()
        return {}


class Number(str):
    """A JSON integer as it was written: what is signed is its text."""

    __slots__ = ()


def asked_of(endpoint: Endpoint, params: dict[str, Any], account: str) -> Asked:
    """What is signed: every parameter but the signature, by name, joined with &."""
    texts = {str(name): text_of(value) for name, value in params.items()}
    payload = "&".join(f"{name}={texts[name]}" for name in sorted(texts) if name != "signature")
    return Asked(
        endpoint, texts, texts.get("apiKey", ""), payload.encode(), texts.get("signature", ""),
        account,
    )  # fmt: skip


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    return json.dumps(value, separators=(",", ":"))


def refusal_answer(refusal: Refusal) -> Answer:
    return Answer(BAD_REQUEST, refusal.body(), refusal)
