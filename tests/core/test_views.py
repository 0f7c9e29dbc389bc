"""Outside books: journalled when a decision first reads them, and only then."""

from internaliser.model import records
from internaliser.model.records import Record, read_records

from .market import NS, SILENT, Market


def market_with_source() -> Market:
    market = Market()
    market.client("A")
    market.source("X")
    market.apply(records.source_state(source=0, action="up"))
    return market


def view(**levels: list[tuple[int, int]]) -> bytes:
    return records.market_view(source=0, instrument=0, time_ns=2_000 * NS, **levels)  # type: ignore[arg-type]


def buy(price: int, name: str, tif: str = "ioc") -> bytes:
    return records.new_order(
        client=0, instrument=0, side="buy", qty=1, price=price, tif=tif, cl_ord_id=name
    )


def apply(market: Market, command: bytes) -> tuple[int, list[Record]]:
    result, _, views, _ = market.core.apply_raw(command)
    return result, read_records(views)


def test_a_view_that_causes_nothing_is_silent_and_takes_no_number() -> None:
    market = market_with_source()
    seq, now_ns, digest = market.core.seq, market.core.now_ns, market.core.state_hash()
    assert apply(market, view(asks=[(100, 4)])) == (SILENT, [])
    assert (market.core.seq, market.core.now_ns, market.core.state_hash()) == (seq, now_ns, digest)


def test_a_view_is_journalled_whole_by_the_first_decision_that_reads_it() -> None:
    market = market_with_source()
    apply(market, view(asks=[(100, 4), (101, 2)], bids=[(90, 3)]))
    _, (read,) = apply(market, buy(50, "a"))
    assert (read.action, read.source, read.instrument) == (None, 0, 0)
    assert (read.bids, read.asks) == ([[90, 3]], [[100, 4], [101, 2]])
    assert read.received_ns == read.time_ns == 2_000 * NS
    assert read.seq == market.core.seq
    assert apply(market, buy(50, "b"))[1] == []
    apply(market, view(asks=[(100, 5)]))
    assert [record.asks for record in apply(market, buy(50, "c"))[1]] == [[[100, 5]]]


def test_an_order_that_may_not_leave_reads_no_view() -> None:
    market = market_with_source()
    apply(market, view(asks=[(100, 4)]))
    assert apply(market, buy(100, "a", tif="fok"))[1] == []


def test_a_view_that_sends_a_resting_order_out_is_a_step_of_its_own() -> None:
    market = market_with_source()
    market.apply(buy(100, "a", tif="gtc"))
    result, stamped, views, events = market.core.apply_raw(view(asks=[(99, 1)]))
    assert (result, views) == (0, b"")
    told = read_records(stamped)[0]
    assert (told.seq, told.received_ns) == (market.core.seq, 2_000 * NS)
    assert [event.event for event in read_records(events)] == ["requested"]


def test_a_view_is_not_received_before_the_one_it_replaces() -> None:
    market = market_with_source()
    for time_ns in (3_000 * NS, 2_500 * NS):
        view_then = records.market_view(source=0, instrument=0, asks=[(100, 4)], time_ns=time_ns)
        apply(market, view_then)
    assert [row["received_ns"] for row in market.core.views()] == [3_000 * NS]


def test_views_of_no_instrument_or_too_deep_are_ignored() -> None:
    market = market_with_source()
    assert apply(market, records.market_view(source=0, instrument=7, asks=[(1, 1)])) == (SILENT, [])
    assert apply(market, records.market_view(source=9, instrument=0, asks=[(1, 1)])) == (SILENT, [])
    deep = bytearray(view(asks=[(100, 1)]))
    deep[80 + 18 : 80 + 20] = (21).to_bytes(2, "little")
    assert apply(market, bytes(deep)) == (SILENT, [])
    assert market.core.views() == []


def test_a_lost_link_empties_the_views() -> None:
    market = market_with_source()
    apply(market, view(asks=[(100, 4)]))
    market.apply(records.source_state(source=0, action="down"))
    (row,) = market.core.views()
    assert (row["asks"], row["is_fresh"]) == ([], False)
