"""Cases: executions a client says it does not know (DontKnowTrade), beside what the journal has.

An ExecID that no execution of the order has leaves `last_qty` and `last_px` empty: that is the
first thing to look at.
"""

from collections.abc import Callable, Iterator
from typing import Any

from internaliser.gateway.ids import exec_id_text, id_text
from internaliser.journal.reader import JournalReader
from internaliser.model.fields import order_key, record_fields
from internaliser.names import KIND_CONFIG, KIND_STATE_EVENT, Fields, Names

KIND_ORDER_EVENT = 100  # model/record.pxd
WHY = {  # DKReason(127)
    "A": "unknown_symbol",
    "B": "wrong_side",
    "C": "quantity_exceeds_order",
    "D": "no_matching_order",
    "E": "price_exceeds_limit",
    "F": "calculation_difference",
    "Z": "other",
}


def case_rows(reader: JournalReader, time_text: Callable[[int], str]) -> Iterator[dict[str, Any]]:
    """One row per case, in the order they were opened."""
    names = Names()
    executions: dict[str, tuple[int, Fields]] = {}
    for record in reader:
        if record.kind in (KIND_CONFIG, KIND_STATE_EVENT):
            names.take(record_fields(record.data))
        if record.kind != KIND_ORDER_EVENT:
            continue
        event, order_id = order_key(record.data)
        if event == "executed":
            fields = record_fields(record.data)
            place = (fields["epoch"], fields["seq"], fields["index"])
            executions[exec_id_text(reader.node_id, *place)] = (order_id, fields)
        elif event == "disputed":
            fields = record_fields(record.data)
            exec_id, _, words = fields["note"].partition(" ")
            of_order, told = executions.get(exec_id, (0, None))
            yield {
                "case": fields["number"],
                "exec_id": exec_id,
                "order_id": id_text(reader.node_id, order_id),
                "client": names.client(fields["client"]),
                "cl_ord_id": fields["cl_ord_id"],
                "symbol": names.symbol(fields["instrument"]),
                "side": fields["side"],
                "why": WHY.get(chr(fields["detail"]), chr(fields["detail"])),
                "words": words or None,
                **_told(names, told if of_order == order_id else None),
                "seq": fields["seq"],
                "time": time_text(fields["time_ns"]),
            }


def _told(names: Names, fields: Fields | None) -> dict[str, str | None]:
    """What the client had been told of the execution."""
    if fields is None:
        return {"last_qty": None, "last_px": None}
    instrument = fields["instrument"]
    return {
        "last_qty": names.qty(instrument, fields["last_qty"]),
        "last_px": names.price(instrument, fields["last_px"]),
    }
