from internaliser.venues.fix_simulator import FixSimulator, SimulatorConfig
from internaliser.venues.simulated_control import answer

NOW = "20231114-22:13:20.000000"
ORDER = {11: "A", 55: "BTC/USD", 54: "1", 38: "5", 40: "2", 44: "101", 59: "3"}


def test_the_truth_lists_orders_with_their_executions() -> None:
    simulator = FixSimulator(SimulatorConfig())
    line = b'{"do": "set_book", "symbol": "BTC/USD", "bids": [], "asks": [["101", "3"]]}'
    assert answer(simulator, line) == {"ok": True}
    simulator.exchange.new_order("NODE", ORDER, NOW)
    truth = answer(simulator, b'{"do": "truth"}')
    assert truth["orders"] == [
        {
            "client": "NODE", "cl_ord_id": "A", "order_id": "V000001", "symbol": "BTC/USD",
            "side": "1", "price": "101", "qty": "5", "cum_qty": "3", "leaves_qty": "0",
            "status": "4",
            "executions": [{"exec_id": "E000002", "price": "101", "qty": "3", "fee": "0"}],
        }
    ]  # fmt: skip
    assert truth["books"] == {"BTC/USD": {"bids": [], "asks": []}}


def test_lines_without_sense_change_nothing() -> None:
    simulator = FixSimulator(SimulatorConfig())
    before = answer(simulator, b'{"do": "truth"}')
    lines = [b"", b"[]", b"{", b'{"do": 5}', b'{"do": "slow"}', b'{"do": "slow", "ms": "x"}',
             b'{"do": "set_book", "symbol": "BTC/USD", "bids": [["a", "b"]], "asks": []}',
             b'{"do": "misbehave", "kind": "no_ack", "next": -1}']  # fmt: skip
    assert [answer(simulator, line)["ok"] for line in lines] == [False] * len(lines)
    assert answer(simulator, b'{"do": "truth"}') == before


def test_behaving_ends_every_misbehaviour() -> None:
    simulator = FixSimulator(SimulatorConfig(misbehave=("no_ack:every=1",)))
    for line in (b'{"do": "slow", "ms": 5}', b'{"do": "stale", "ms": 5000}'):
        assert answer(simulator, line)["ok"]
    assert answer(simulator, b'{"do": "behave"}') == {"ok": True}
    assert (simulator.misbehaviour.rules, simulator.slow_ms, simulator.feed.stale_until_ns) == (
        [],
        0,
        0,
    )
