"""The invariants of the design: clients' logs against the journal against the core.

Every function returns what it found, in words; an empty list means that it holds.
"""

from collections.abc import Iterator
from itertools import islice

from internaliser.recovery import Recovered
from tests.node.trader import Report, Trader
from tests.node.truth import CODES, ID_SEQ_BITS, OVER, SIDES, Execution, Truth

FOUND_MAX = 20
NEVER = ("", "NONE")


def check_reports(truth: Truth, traders: list[Trader]) -> list[str]:
    """I1, I3: every report's event stands in the journal under its ExecID and says the same."""
    return _some(
        f"{trader.comp_id.decode()} was told {report.values}: {difference}"
        for trader in traders
        for report in trader.reports
        if (difference := _report_difference(truth, trader, report))
    )


def check_messages(truth: Truth, traders: list[Trader]) -> list[str]:
    """I5, I8: every message that arrived is in the journal, byte for byte, under its number."""

    def differences() -> Iterator[str]:
        for trader in traders:
            sent = truth.sent.get(trader.comp_id.decode(), {})
            for number, message in trader.told.items():
                if sent.get(number) != message:
                    yield f"{trader.comp_id!r} {number}: {message}, journal {sent.get(number)}"

    return _some(differences())


def check_orders(truth: Truth, traders: list[Trader]) -> list[str]:
    """I2: every order of the journal was sent, by that client and with these terms."""
    by_name = {trader.comp_id.decode(): trader for trader in traders}

    def differences() -> Iterator[str]:
        for command in truth.take_new_orders():
            trader = by_name[truth.clients[command["client"]]]
            requests = trader.terms.get(command["cl_ord_id"].encode(), [])
            if not any(_is_request(truth, command, dict(one)) for one in requests):
                yield f"never sent: {command}; sent under that ClOrdID: {requests}"

    return _some(differences())


def check_core(truth: Truth, recovered: Recovered) -> list[str]:
    """I1, I4, I6, I7, I11: the recovered core holds what the journal adds up to, and is sound."""
    found = []
    try:
        recovered.core.check()
    except AssertionError as error:
        found.append(f"core: {error}")
    if recovered.core.seq != truth.seq:
        found.append(f"core at seq {recovered.core.seq}, journal at {truth.seq}")
    found += _some(_order_differences(truth, recovered))
    found += _some(_balance_differences(truth, recovered))
    found += _some(_crossed_books(truth, recovered))
    return found


def check_counters(recovered: Recovered, truth: Truth, traders: list[Trader]) -> list[str]:
    """I8: the node's counters are where the clients' say, give or take what was under way."""
    counters = recovered.roster.counters()
    found = []
    for trader in traders:
        name = trader.comp_id.decode()
        index = truth.sessions.index(name)
        next_in, next_out = (
            int.from_bytes(counters[at : at + 8], "little") for at in (16 * index, 16 * index + 8)
        )
        if next_out < trader.next_in:
            found.append(f"{name}: the node would use {next_out} again, told {trader.next_in - 1}")
        if next_in > trader.next_out:
            found.append(f"{name}: the node expects {next_in}, sent up to {trader.next_out - 1}")
    return found


def _report_difference(truth: Truth, trader: Trader, report: Report) -> str:
    values = report.values
    if values[b"35"] == b"9":
        return ""  # no ExecID: check_messages finds its body in the journal
    execution = truth.executions.get(values[b"17"].decode())
    if execution is None:
        return "no such ExecID in the journal"
    if truth.clients[execution.client] != trader.comp_id.decode():
        return f"another client's: {execution}"
    expected = _expected(truth, execution)
    different = {tag: text for tag, text in expected.items() if values.get(tag, b"") != text}
    return f"expected {different}" if different else ""


def _expected(truth: Truth, execution: Execution) -> dict[bytes, bytes]:
    """The fields a report of this event must have."""
    expected = {
        b"37": _id(truth, execution.order_id),
        b"11": execution.cl_ord_id.encode(),
        b"41": execution.orig_cl_ord_id.encode(),
        b"150": CODES[execution.exec_type],
        b"39": CODES[execution.ord_status],
    }
    if execution.instrument is None:
        return expected
    terms = truth.instruments[execution.instrument]
    expected |= {
        b"55": terms["name"].encode(),
        b"54": SIDES.get(execution.side or "", b""),
        b"14": b"%d" % (execution.cum_qty * terms["lot_mantissa"]),
        b"151": b"%d" % (execution.leaves_qty * terms["lot_mantissa"]),
    }
    if execution.qty:
        expected[b"38"] = b"%d" % (execution.qty * terms["lot_mantissa"])
    if execution.price:
        expected[b"44"] = price_text(execution.price, terms)
    if execution.event == "executed":
        expected[b"32"] = b"%d" % (execution.last_qty * terms["lot_mantissa"])
        expected[b"31"] = price_text(execution.last_px, terms)
    return expected


def price_text(ticks: int, terms: dict[str, int]) -> bytes:
    """A price as the node writes it: no zeros at the end."""
    decimals = terms["price_decimals"]
    whole, part = divmod(ticks * terms["tick_mantissa"], 10**decimals)
    digits = f"{part:0{decimals}}".rstrip("0") if decimals else ""
    return f"{whole}.{digits}".rstrip(".").encode()


def _is_request(truth: Truth, command: dict[str, object], request: dict[bytes, bytes]) -> bool:
    """Whether a NEW_ORDER command is this request. What was refused while reading has no terms."""
    if request[b"35"] != b"D":
        return False
    if command["reason"] is not None:
        return True
    terms = truth.instruments[command["instrument"]]  # type: ignore[call-overload]
    if int(request[b"38"]) != command["qty"] * terms["lot_mantissa"]:
        return False
    cents = request.get(b"44", b"0").replace(b".", b"")
    return (
        request[b"55"].decode() == terms["name"]
        and request[b"54"] == SIDES[str(command["side"])]
        and int(cents) == command["price"]
    )


def _order_differences(truth: Truth, recovered: Recovered) -> Iterator[str]:
    rows = {row["order_id"]: row for row in recovered.core.orders()}
    for order_id, order in truth.orders.items():
        row = rows.pop(order_id, None)
        if row is None:
            if order.status not in OVER:
                yield f"order {order_id} is not in the core: {order}"
            continue
        found = (
            row["client"],
            row["cl_ord_id"],
            row["side"].encode(),
            row["price"],
            row["qty"],
            row["cum_qty"],
            row["cum_notional"],
            row["is_open"],
        )
        expected = (
            truth.clients[order.client],
            order.cl_ord_id,
            SIDES[order.side],
            order.price,
            order.qty,
            order.cum_qty,
            order.cum_notional,
            order.status not in OVER,
        )
        if found != expected:
            yield f"order {order_id} in the core is {found}, expected {expected}"
    for order_id, row in rows.items():
        yield f"order {order_id} is in the core and was never accepted: {row}"


def _balance_differences(truth: Truth, recovered: Recovered) -> Iterator[str]:
    sums: dict[int, int] = {}
    for account, balance in truth.balances.items():
        asset = truth.assets[account]
        sums[asset] = sums.get(asset, 0) + balance
    for asset, total in sums.items():
        if total:
            yield f"postings of asset {asset} sum to {total}"
    for row in recovered.core.accounts():
        if row["balance"] != truth.balances.get(row["account"], 0):
            yield f"{row}: the postings make {truth.balances.get(row['account'], 0)}"


def _crossed_books(truth: Truth, recovered: Recovered) -> Iterator[str]:
    for index, terms in enumerate(truth.instruments):
        bids, asks = recovered.core.depth(index, 1)
        if bids and asks and bids[0][0] >= asks[0][0]:
            yield f"{terms['name']} is crossed: {bids[0]} {asks[0]}"


def _id(truth: Truth, order_id: int) -> bytes:
    if order_id == 0:
        return b"NONE"
    seq = order_id & ((1 << ID_SEQ_BITS) - 1)
    return b"%d-%d-%d" % (truth.node_id, order_id >> ID_SEQ_BITS, seq)


def _some(found: Iterator[str]) -> list[str]:
    return list(islice(found, FOUND_MAX))
