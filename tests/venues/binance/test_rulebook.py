"""The rulebook: rules and fees fetched together, symbols that cannot be traded left out."""

import asyncio
from decimal import Decimal as D
from typing import Any

import pytest

from internaliser.venues.binance.fitting import Denied
from internaliser.venues.binance.reconciliation import Trouble
from internaliser.venues.binance.rulebook import Rulebook
from tests.venues.binance.fake_venue import FILTERS, SYMBOL, FakeVenue, Sink, order
from tests.venues.binance.test_caller import caller
from tests.venues.binance.virtual_loop import run


def fetched(venue: FakeVenue) -> tuple[Rulebook, Sink]:
    sink = Sink()

    async def main() -> Rulebook:
        book = Rulebook(caller(venue), sink)
        await book.fetch()
        return book

    return run(main()), sink


def test_rules_carry_the_accounts_own_fees() -> None:
    book, sink = fetched(FakeVenue())
    rules = book.symbols[SYMBOL].rules
    assert (rules.tick, rules.maker_fee, rules.taker_fee) == (D("0.01"), D("0.001"), D("0.002"))
    assert sink.told == [("rules", [SYMBOL])]


@pytest.mark.parametrize("answer", [(404, b""), (200, b"{}"), None], ids=str)
def test_fees_that_are_not_told_are_unknown(answer: Any) -> None:
    venue = FakeVenue()
    venue.answers["GET", "/api/v3/account/commission"] = lambda _: answer
    book, _ = fetched(venue)
    assert book.symbols[SYMBOL].rules.taker_fee is None


def symbols(**fields: Any) -> Any:
    symbol = {
        "symbol": SYMBOL, "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
        "filters": FILTERS,
    } | fields  # fmt: skip
    return 200, {"symbols": [symbol]}


def test_a_symbol_whose_steps_are_finer_than_ours_is_left_out() -> None:
    venue = FakeVenue()
    finer = [FILTERS[0] | {"tickSize": "0.001"}, *FILTERS[1:]]
    venue.answers["GET", "/api/v3/exchangeInfo"] = lambda _: symbols(filters=finer)
    book, sink = fetched(venue)
    assert book.symbols == {}
    assert sink.told == [("rules", [])]
    assert isinstance(book.fit(order(), None), Denied)


def test_a_symbol_that_was_not_asked_for_is_left_out() -> None:
    venue = FakeVenue()
    venue.answers["GET", "/api/v3/exchangeInfo"] = lambda _: symbols(symbol="XYZ")
    assert fetched(venue)[0].symbols == {}


@pytest.mark.parametrize("answer", [(500, b""), (200, b"[]"), None], ids=str)
def test_no_rules_is_trouble(answer: Any) -> None:
    venue = FakeVenue()
    venue.answers["GET", "/api/v3/exchangeInfo"] = lambda _: answer
    with pytest.raises(Trouble, match="exchangeInfo"):
        fetched(venue)


def test_rules_that_were_known_stay_when_they_cannot_be_fetched() -> None:
    venue = FakeVenue()

    async def main() -> None:
        book = Rulebook(caller(venue), Sink())
        await book.fetch()
        venue.answers["GET", "/api/v3/exchangeInfo"] = lambda _: (500, b"")
        with pytest.raises(Trouble):
            await book.fetch()
        assert SYMBOL in book.symbols
        await asyncio.sleep(0)

    run(main())
