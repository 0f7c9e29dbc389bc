"""/simulator: the truth, and the strings to pull."""

import aiohttp

from .support import Venue, hear, trade


def test_the_truth_is_by_client_order_id_and_in_text() -> None:
    async def scenario(venue: Venue) -> None:
        await venue.place("a", quantity="6", price="102")
        await venue.place("a", side="SELL", timeInForce="GTC", price="110")
        orders = await venue.get("/simulator/orders")
        assert len(orders) == 2
        first = orders.pop("a~4000000000")
        executions = first.pop("executions")
        assert first == {
            "account": "main", "cl_ord_id": "a", "order_id": 4000000000, "symbol": "BTCUSDT",
            "side": "BUY", "type": "LIMIT", "tif": "IOC", "price": "102.00000000",
            "qty": "6.00000000", "cum_qty": "6.00000000", "cum_quote": "607.00000000",
            "leaves_qty": "0.00000000", "status": "FILLED",
        }  # fmt: skip
        told = [(one["trade_id"], one["qty"], one["fee"], one["fee_asset"]) for one in executions]
        assert told == [
            (1, "5.00000000", "0.00500000", "BTC"), (2, "1.00000000", "0.00100000", "BTC"),
        ]  # fmt: skip
        assert orders["a"]["leaves_qty"] == "1.00000000"
        assert [one["trade_id"] for one in await venue.get("/simulator/trades")] == [1, 2]
        assert await venue.get("/simulator/balances") == {"main": {
            "BTC": {"free": "1000004.99400000", "locked": "1.00000000"},
            "USDT": {"free": "999393.00000000", "locked": "0.00000000"},
        }}  # fmt: skip

    trade(scenario)


def test_orders_are_ended_and_filled_on_command() -> None:
    async def scenario(venue: Venue) -> None:
        user = await venue.user_stream()
        for name in ("cancel", "expire", "fill"):
            await venue.place(name, timeInForce="GTC", price="100", quantity="2")
            await venue.control(name, cl_ord_id=name, **({"qty": "1"} if name == "fill" else {}))
        orders = await venue.get("/simulator/orders")
        assert [orders[name]["status"] for name in ("cancel", "expire", "fill")] == [
            "CANCELED", "EXPIRED", "PARTIALLY_FILLED",
        ]  # fmt: skip
        heard = [(await hear(user))["event"] for _ in range(12)]
        assert [one["x"] for one in heard if one["e"] == "executionReport"] == [
            "NEW", "CANCELED", "NEW", "EXPIRED", "NEW", "TRADE",
        ]  # fmt: skip

    trade(scenario)


def test_symbols_balances_and_rules_are_set_on_command() -> None:
    async def scenario(venue: Venue) -> None:
        await venue.control("symbol", symbol="BTCUSDT", status="BREAK")
        assert (await venue.place("a"))[1]["msg"] == "Market is closed."
        info = await venue.get("/api/v3/exchangeInfo")
        assert info["symbols"][0]["status"] == "BREAK"
        await venue.control("deposit", asset="BTC", delta="-1.5")
        balances = await venue.get("/simulator/balances")
        assert balances["main"]["BTC"]["free"] == "999998.50000000"
        await venue.control("misbehave", kind="reject", every=2, next=1)
        state = await venue.get("/simulator/state")
        assert (state["in_force"], state["misbehaved"]) == (["reject"], {})

    trade(scenario)


def test_what_makes_no_sense_is_refused_in_words() -> None:
    async def scenario(venue: Venue) -> None:
        for verb, body, said in (
            ("dance", {}, "no such verb"),
            ("misbehave", {"kind": "politely"}, "unknown misbehaviour"),
            ("book", {"symbol": "NO", "bids": [], "asks": []}, "unknown symbol"),
            ("cancel", {"cl_ord_id": "x"}, "no open order"),
            ("cancel", {}, "KeyError"),
            ("deposit", {"asset": "BTC", "delta": "much"}, "InvalidOperation"),
        ):
            async with venue.client.post(f"{venue.base}/simulator/{verb}", json=body) as response:
                found = await response.json()
                assert (response.status, said in found["error"]) == (400, True), found
        async with venue.client.post(f"{venue.base}/simulator/step", data="{") as response:
            assert response.status == 400
        await venue.place("a", timeInForce="GTC", price="100")
        url = f"{venue.base}/simulator/fill"
        async with venue.client.post(url, json={"cl_ord_id": "a", "qty": "9"}) as response:
            assert "1.00000000 is open" in (await response.json())["error"]

    trade(scenario)


def test_a_book_set_on_command_fills_who_rests_in_it() -> None:
    async def scenario(venue: Venue) -> None:
        await venue.place("a", timeInForce="GTC", price="100")
        await venue.control("book", symbol="BTCUSDT", bids=[["97", "1"]], asks=[["99", "4"]])
        assert (await venue.get("/simulator/orders"))["a"]["status"] == "FILLED"
        book = (await venue.get("/simulator/books"))["BTCUSDT"]
        assert book["asks"] == [["99.00000000", "3.00000000"]]

    trade(scenario)


def test_the_answer_is_json() -> None:
    async def scenario(venue: Venue) -> None:
        async with venue.client.get(f"{venue.base}/simulator/state") as response:
            assert isinstance(response, aiohttp.ClientResponse)
            assert response.content_type == "application/json"

    trade(scenario)
