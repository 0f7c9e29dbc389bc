from internaliser.venues.binance_simulator.amount import UNIT
from internaliser.venues.binance_simulator.trading import MINUTE_MS, TRADES_MAX, Tape

NOW = 1_700_000_040_000  # a whole minute


def tape() -> Tape:
    made = Tape(100 * UNIT)
    for price, minute, is_maker in ((10, 0, False), (12, 0, True), (9, 1, False), (11, 7, False)):
        made.add(price * UNIT, UNIT, NOW + minute * MINUTE_MS, is_buyer_maker=is_maker)
    return made


def test_trades_are_numbered_and_the_last_price_is_theirs() -> None:
    assert [one.trade_id for one in tape().trades] == [1, 2, 3, 4]
    assert (Tape(7).last_price, tape().last_price) == (7, 11 * UNIT)


def test_minutes_become_longer_candles() -> None:
    found = [
        (
            one.open_ms - NOW,
            *(v // UNIT for v in (one.first, one.high, one.low, one.last)),
            one.count,
        )
        for one in tape().spans(5 * MINUTE_MS)
    ]
    start = NOW // (5 * MINUTE_MS) * 5 * MINUTE_MS - NOW
    assert sum(one[-1] for one in found) == 4
    assert found[0][0] == start
    assert found[-1][1:] == (11, 11, 11, 11, 1)


def test_what_takers_bought_is_counted_apart() -> None:
    whole = tape().whole()
    assert (whole.qty, whole.taker_qty, whole.quote, whole.taker_quote) == (
        4 * UNIT, 3 * UNIT, 42 * UNIT, 30 * UNIT,
    )  # fmt: skip
    assert (whole.high, whole.low) == (12 * UNIT, 9 * UNIT)


def test_the_average_is_weighted_over_the_last_minutes() -> None:
    made = tape()
    assert made.average(5, NOW + 7 * MINUTE_MS) == 11 * UNIT
    assert made.average(5, NOW + MINUTE_MS) == 42 * UNIT // 4
    assert Tape(7).average(5, NOW) == 7


def test_only_so_many_trades_are_kept() -> None:
    made = Tape(UNIT)
    for _ in range(TRADES_MAX + 5):
        made.add(UNIT, UNIT, NOW, is_buyer_maker=False)
    assert (len(made.trades), made.trade_count) == (TRADES_MAX, TRADES_MAX + 5)
