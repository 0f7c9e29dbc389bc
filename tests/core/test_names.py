"""ClOrdIDs are found again however many there are, and forgotten with the order that had them."""

from pathlib import Path

from internaliser.config import load
from internaliser.core.core import Core
from internaliser.held import held_by
from internaliser.model import records
from internaliser.node_config import commands_for

PLAIN = Path(__file__).resolve().parent.parent.parent / "config" / "plain.toml"
MANY = 20_000  # the index starts with 8,192 slots and doubles at five eighths


def plain_core(**limits: int) -> Core:
    overrides = [f"limits.{key}={value}" for key, value in limits.items()]
    core = Core(1)
    core.apply_bytes(records.epoch())
    for command in commands_for(load(str(PLAIN), overrides), held_by(core)):
        core.apply_bytes(command)
    return core


def enter(core: Core, number: int, client: int = 0) -> str:
    order = records.new_order(
        client=client, instrument=2, side="buy", qty=1, price=100, cl_ord_id=f"n{number}"
    )
    return str(core.apply_bytes(order)[0].event)


def cancel(core: Core, number: int) -> str:
    request = records.cancel_order(client=0, cl_ord_id=f"c{number}", orig_cl_ord_id=f"n{number}")
    return str(core.apply_bytes(request)[0].event)


def test_every_name_is_found_while_the_index_grows() -> None:
    core = plain_core()
    assert {enter(core, number) for number in range(MANY)} == {"accepted"}
    assert {enter(core, number) for number in range(0, MANY, 97)} == {"rejected"}
    assert {cancel(core, number) for number in range(0, MANY, 7)} == {"canceled"}
    assert {cancel(core, number) for number in range(0, MANY, 7)} == {"cancel_refused"}


def test_the_same_name_of_another_client_is_another_name() -> None:
    core = plain_core()
    assert [enter(core, 1), enter(core, 1, client=1)] == ["accepted", "accepted"]


def test_a_forgotten_order_gives_its_name_back_and_no_other() -> None:
    core = plain_core(closed_orders_max=1)
    for number in range(50):
        assert enter(core, number) == "accepted"
        assert cancel(core, number) == "canceled"
    assert enter(core, 0) == "accepted"
    assert enter(core, 49) == "rejected"
