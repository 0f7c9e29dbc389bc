from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.venues.simulated_accounts import Accounts, Fees
from internaliser.venues.simulated_exchange import Exchange, number
from internaliser.venues.simulated_market import Listing, Market

D = Decimal
NOW = "20231114-22:13:20.000000"


def exchange_with(bids: dict[int, int], asks: dict[int, int]) -> Exchange:
    market = Market(Listing("BTC/USD"), seed=1)
    market.set_crowd(
        {D(price): D(qty) for price, qty in bids.items()},
        {D(price): D(qty) for price, qty in asks.items()},
    )
    return Exchange({"BTC/USD": market}, Accounts(D(10**9), Fees()))


def order(cl_ord_id: str, side: str, qty: int, price: int, tif: str = "3") -> dict[int, str]:
    return {
        11: cl_ord_id, 55: "BTC/USD", 54: side, 38: str(qty), 40: "2", 44: str(price), 59: tif,
    }  # fmt: skip


def told(exchange: Exchange, client: str, message: dict[int, str]) -> list[tuple[str, str, str]]:
    return [
        (to, report.kind, report.value(14))
        for to, report in exchange.new_order(client, message, NOW)
    ]


def test_better_prices_of_clients_come_before_the_crowd_and_equal_ones_too() -> None:
    exchange = exchange_with({}, {100: 5, 102: 5})
    exchange.new_order("MAKER", order("M1", "2", 1, 101, "0"), NOW)
    exchange.new_order("MAKER", order("M2", "2", 1, 102, "0"), NOW)
    assert told(exchange, "TAKER", order("T", "1", 9, 102)) == [
        ("TAKER", "new", "0"),
        ("TAKER", "trade", "5"),
        ("TAKER", "trade", "6"),
        ("MAKER", "trade", "1"),
        ("TAKER", "trade", "7"),
        ("MAKER", "trade", "1"),
        ("TAKER", "trade", "9"),
    ]


def test_older_orders_come_first_at_one_price() -> None:
    exchange = exchange_with({}, {})
    exchange.new_order("FIRST", order("M1", "2", 1, 101, "0"), NOW)
    exchange.new_order("SECOND", order("M2", "2", 1, 101, "0"), NOW)
    assert [to for to, _, _ in told(exchange, "TAKER", order("T", "1", 1, 101))] == [
        "TAKER",
        "TAKER",
        "FIRST",
    ]


def test_every_exec_id_is_new() -> None:
    exchange = exchange_with({}, {100: 5, 101: 5})
    reports = exchange.new_order("A", order("A1", "1", 7, 101), NOW)
    reports += exchange.status("A", {11: "A1"}, NOW) + exchange.status("A", {11: "?"}, NOW)
    ids = [report.value(17) for _, report in reports]
    assert len(ids) == len(set(ids)) == 5


def test_what_an_order_held_is_free_when_it_ends() -> None:
    exchange = exchange_with({}, {100: 5})
    exchange.new_order("A", order("A1", "1", 7, 101), NOW)
    exchange.new_order("A", order("A2", "1", 7, 90, "0"), NOW)
    assert exchange.accounts.held["A"]["USD"] == 630
    exchange.cancel("A", {11: "C", 41: "A2"}, NOW)
    assert exchange.accounts.held["A"]["USD"] == 0


Orders = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.sampled_from("12"),
        st.integers(1, 9),
        st.integers(95, 105),
        st.sampled_from("03"),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(Orders)
def test_quantities_and_balances_add_up_whatever_is_asked(
    asked: list[tuple[str, str, int, int, str]],
) -> None:
    exchange = exchange_with({98: 3, 97: 4}, {102: 3, 103: 4})
    for at, (client, *terms) in enumerate(asked):
        exchange.new_order(client, order(f"O{at}", *terms), NOW)  # type: ignore[arg-type]
    orders = exchange.orders.values()
    assert all(one.cum_qty <= one.qty for one in orders)
    resting = [one for one in orders if one.leaves_qty]
    assert resting == [one for one in exchange.resting["BTC/USD"] if one in resting]
    assert len(resting) == len(exchange.resting["BTC/USD"])
    placed = exchange.markets["BTC/USD"].placed
    assert sum(one.leaves_qty for one in resting) == sum(
        qty for side in placed.values() for qty in side.values()
    )
    for client in ("A", "B"):
        base = sum(
            (one.cum_qty if one.side == "1" else -one.cum_qty)
            for one in orders if one.client == client
        )  # fmt: skip
        assert exchange.accounts.of(client, ["BTC"])["BTC"] == 10**9 + base
    book = exchange.markets["BTC/USD"].book()
    assert not book["1"] or not book["2"] or max(book["1"]) < min(book["2"])


def test_numbers_are_written_without_exponents_and_trailing_zeros() -> None:
    assert [number(D(text)) for text in ("1E+3", "1.50", "0.00", "100", "1E-7")] == [
        "1000", "1.5", "0", "100", "0.0000001",
    ]  # fmt: skip
