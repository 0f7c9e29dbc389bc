"""The state hash: equal for equal state however it came about, different for any other."""

from internaliser.model import records

from .market import Market


def rested(*names: str, price: int = 100) -> Market:
    market = Market()
    market.client("A")
    for name in names:
        market.apply(
            records.new_order(
                client=0, instrument=0, side="buy", qty=1, price=price, cl_ord_id=name
            )
        )
    return market


def test_it_does_not_depend_on_slots() -> None:
    # A snapshot keeps slots; a replay after other orders came and went does not. Compare what can
    # be: the same steps give the same hash, and the hash of one market survives the loading of its
    # bytes.
    assert rested("a", "b").core.state_hash() == rested("a", "b").core.state_hash()
    market = rested("a", "b")
    assert market.copied().state_hash() == market.core.state_hash()


def test_every_difference_shows() -> None:
    base = rested("a", "b").core.state_hash()
    assert rested("b", "a").core.state_hash() != base
    assert rested("a", "b", price=101).core.state_hash() != base
    assert rested("a").core.state_hash() != base
    assert rested("a", "c").core.state_hash() != base
    for command in (
        records.source_state(source=0, action="up"),
        records.order_status(client=0, cl_ord_id="a"),
    ):
        market = rested("a", "b")
        market.apply(command)
        assert market.core.state_hash() != base


def test_places_in_the_queue_are_part_of_it() -> None:
    def moved(name: str) -> str:
        market = rested("a", "b")
        market.apply(
            records.replace_order(client=0, cl_ord_id="x", orig_cl_ord_id=name, qty=2, price=100)
        )
        market.apply(
            records.replace_order(client=0, cl_ord_id="y", orig_cl_ord_id="x", qty=1, price=100)
        )
        return market.core.state_hash()

    assert moved("a") != moved("b")
