"""Mass cancel, mass status and disputes on the wire, in each version."""

from pathlib import Path

import pytest

from internaliser.dictionaries import dictionary_of
from internaliser.fix import codec
from internaliser.gateway.mass import mass_report
from internaliser.model import records
from internaliser.model.records import split_records
from tests.core.market import Market
from tests.gateway.desk import ORDER, Desk

FIX42, FIX44, FIX50 = 1, 2, 3


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1", "CLIENT2")
    return desk


def answered(**asked: object) -> tuple[Market, bytes]:
    """A mass cancel of two orders; its event."""
    market = Market()
    market.client("A")
    for name in ("a", "b"):
        market.apply(
            records.new_order(client=0, instrument=0, side="buy", qty=1, price=1, cl_ord_id=name)
        )
    _, _, _, events = market.core.apply_raw(
        records.mass_cancel(client=0, cl_ord_id="m", **asked)  # type: ignore[arg-type]
    )
    return market, split_records(events)[-1]


def fields(body: bytes) -> list[str]:
    return body.decode().split("\x01")[:-1]


def test_a_report_names_the_orders_by_both_their_ids() -> None:
    market, event = answered()
    told = fields(mass_report(market.core, event, FIX44))
    seq = market.core.seq
    assert told[:6] == ["11=m", f"37=1-1-{seq}", "530=7", "531=7", "533=2", "534=2"]
    assert told[6:10] == ["41=a", f"535=1-1-{seq - 2}", "41=b", f"535=1-1-{seq - 1}"]
    assert told[10].startswith("60=")
    assert len(told) == 11


@pytest.mark.parametrize(("begin_string", "version"), [("FIX.4.4", FIX44), ("FIXT.1.1", FIX50)])
@pytest.mark.parametrize(
    "asked", [{}, {"side": "buy"}, {"reason": 1, "symbol": "NOPE"}, {"reason": 11}]
)
def test_a_report_is_good_by_the_dictionary_of_its_version(
    begin_string: str, version: int, asked: dict[str, object]
) -> None:
    market, event = answered(**asked)
    told = [one.partition("=") for one in fields(mass_report(market.core, event, version))]
    head = [(35, "r"), (49, "A"), (56, "B"), (34, 1), (52, "20260101-00:00:00")]
    message = codec.encode(begin_string, [*head, *((int(tag), text) for tag, _, text in told)])
    dictionary = dictionary_of(begin_string, role="initiator")
    assert dictionary.verdict(message) == (-1, None)


def test_5_0_requires_an_id_of_the_report() -> None:
    market, event = answered()
    assert f"1369=1-1-{market.core.seq}-3" in fields(mass_report(market.core, event, FIX50))
    assert not any("1369=" in one for one in fields(mass_report(market.core, event, FIX42)))


def test_more_orders_than_a_report_has_room_for_are_counted_only() -> None:
    market = Market(expiry_chunk=100)
    market.client("A")
    for number in range(33):
        market.apply(
            records.new_order(
                client=0, instrument=0, side="buy", qty=1, price=1, cl_ord_id=f"{number:064}"
            )
        )
    for left, asked in ((33, None), (0, None)):
        _, _, _, events = market.core.apply_raw(
            records.mass_cancel(client=0, cl_ord_id="m", side=asked)
        )
        told = fields(mass_report(market.core, split_records(events)[-1]))
        assert f"533={left}" in told
        assert not any(one.startswith("534=") for one in told)


def test_as_many_orders_as_fit_are_all_named() -> None:
    market = Market(expiry_chunk=100)
    market.client("A")
    for number in range(32):
        market.apply(
            records.new_order(
                client=0, instrument=0, side="buy", qty=1, price=1, cl_ord_id=f"{number:064}"
            )
        )
    _, _, _, events = market.core.apply_raw(records.mass_cancel(client=0, cl_ord_id="m" * 64))
    told = fields(mass_report(market.core, split_records(events)[-1]))
    assert [one for one in told if one.startswith("41=")] == [f"41={n:064}" for n in range(32)]


def test_a_record_that_is_no_mass_event_is_refused() -> None:
    with pytest.raises(ValueError, match="a mass event has"):
        mass_report(Market().core, b"short")


def test_type_7_with_a_symbol_is_not_taken_for_all(desk: Desk) -> None:
    desk.says("CLIENT1", ORDER.format("a", 1, 10, "1.00"))
    (refused,) = desk.says("CLIENT1", "q|11=m|530=7|55=TEST2")
    assert refused.startswith("r|")
    assert "|531=0|532=0|533=0|" in refused
    assert len(desk.node.state.core.orders(open_only=True)) == 1


def test_a_side_that_is_not_offered_cancels_nothing(desk: Desk) -> None:
    desk.says("CLIENT1", ORDER.format("a", 1, 10, "1.00"))
    (refused,) = desk.says("CLIENT1", "q|11=m|530=7|54=5")
    assert "|531=0|532=0|533=0|" in refused
    assert len(desk.node.state.core.orders(open_only=True)) == 1


def test_a_cl_ord_id_that_is_too_long_is_shown_cut(desk: Desk) -> None:
    (refused,) = desk.says("CLIENT1", f"q|11={'m' * 65}|530=7")
    assert f"|11={'m' * 64}|" in refused
    assert "|531=0|532=99|" in refused


def test_a_request_id_longer_than_an_event_keeps_is_refused_whole(desk: Desk) -> None:
    (refused,) = desk.says("CLIENT1", f"AF|584={'s' * 129}|585=7")
    assert refused.startswith("j|")
    assert "|380=0|" in refused
    (told,) = desk.says("CLIENT1", f"AF|584={'s' * 128}|585=7")
    assert f"|584={'s' * 128}|" in told


def test_a_dispute_of_what_cannot_be_is_unknown(desk: Desk) -> None:
    (new,) = desk.says("CLIENT1", ORDER.format("a", 1, 10, "1.00"))
    order_id = next(part for part in new.split("|") if part.startswith("37="))
    for exec_id in (
        "1",
        "1-1-1-1",
        "2-1-12-1",
        "1-1-99999-1",
        "1-9-12-1",
        "x-1-1-1",
        "-",
        "1-1-12-",
    ):
        (refused,) = desk.says("CLIENT1", f"Q|{order_id}|17={exec_id}|127=D|55=TEST1|54=1|38=10")
        assert f"|372=Q|379={exec_id}|380=1|" in refused, exec_id
    assert not any(record["kind"] == "dispute" for record in desk.records())
