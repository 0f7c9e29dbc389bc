"""Journal records as Python sees them: bytes to a dict of fields. For dump and verify, never hot.

Fields keep the names of the .pxd files. What is absent (NONE16, no code) is None; texts are
decoded as Latin-1, in which every byte is a character; codes of a closed list become its names.
"""

from libc.string cimport memcpy, memset

from internaliser.model.command cimport *
from internaliser.model.enums cimport *
from internaliser.model.event cimport *
from internaliser.model.record cimport *
from internaliser.model.types cimport *

from internaliser.model.codes import (
    ACTIONS, CHILD_EVENTS, CHILD_STATES, KINDS, LETTERED, NAMES, ORDER_EVENTS, PURPOSES,
    SESSION_CHANGES,
)

INDEXES = (
    "session", "client", "instrument", "source", "asset", "fee_asset", "owner", "base", "quote",
)
HALVES = ("amount", "fee", "cum_notional", "notional_min", "free", "locked")


def record_fields(bytes record not None) -> dict[str, object]:
    """All fields of one record, `kind` and `seq` first. ValueError if cut short or of no kind."""
    cdef RecordHead head
    if <size_t> len(record) < sizeof(RecordHead):
        raise ValueError(f"expected {sizeof(RecordHead)} bytes or more, found {len(record)}")
    memcpy(&head, <const char*> record, sizeof(RecordHead))
    if head.size != <size_t> len(record):
        raise ValueError(f"the record's head says {head.size} bytes, found {len(record)}")
    if head.kind <= KIND_COMMAND_LAST:
        fields = command_fields(record)
    elif head.kind == KIND_SESSION:
        fields = session_fields(record)
    elif head.kind == KIND_ORDER_EVENT:
        fields = order_event_fields(record)
    elif head.kind == KIND_POSTING:
        fields = posting_fields(record)
    elif head.kind == KIND_CHILD_EVENT:
        fields = child_event_fields(record)
    elif head.kind == KIND_STATE_EVENT:
        fields = state_event_fields(record)
    elif head.kind == KIND_MASS_EVENT:
        fields = mass_event_fields(record)
    elif head.kind == KIND_OUT_MESSAGE:
        fields = out_message_fields(record)
    else:
        raise ValueError(f"no record is of kind {head.kind}")
    return {"kind": KINDS[head.kind], "seq": head.seq, "index": head.index, **plain(fields)}


cdef dict plain(dict fields):
    """Names for codes, None for absent indexes, one integer for two halves; no padding, no head."""
    cdef dict result = {}
    for name, value in fields.items():
        if name in ("head", "text_size", "text") or name.startswith("reserved"):
            continue
        if name in INDEXES and value == NONE16:
            value = None
        elif name in NAMES:
            value = NAMES[name].get(value)
        elif name.removesuffix("_hi") in HALVES:
            continue
        elif name.removesuffix("_lo") in HALVES:
            name = name.removesuffix("_lo")
            value = (fields[name + "_hi"] << 64) | (value & 0xFFFF_FFFF_FFFF_FFFF)
        result[name] = value
    return result


cdef int take(bytes record, size_t at, void* target, size_t size, size_t least) except -1:
    """Copy up to `size` bytes from `at`; the rest of `target` is zero. ValueError below `least`."""
    cdef size_t there = len(record) - at if <size_t> len(record) > at else 0
    if there < least:
        raise ValueError(f"the record ends after {len(record)} bytes, expected {at + least}")
    memset(target, 0, size)
    memcpy(target, <const char*> record + at, min(size, there))
    return 0


cdef list texts(bytes record, size_t at, const uint8_t* sizes):
    cdef list found = []
    for i in range(4):
        if at + sizes[i] > <size_t> len(record):
            raise ValueError(f"text {i} ends behind the record's {len(record)} bytes")
        found.append(record[at:at + sizes[i]].decode("latin-1"))
        at += sizes[i]
    return found


cdef dict command_fields(bytes record):
    cdef Command command
    cdef dict payload = {}
    cdef size_t used = 0
    take(record, 0, &command, sizeof(Command), COMMAND_HEAD)
    kind = command.head.kind
    fields = {
        "time_ns": command.time_ns,
        "msg_seq_num": command.msg_seq_num,
        "session": command.session,
        "client": command.client,
        "instrument": command.instrument,
        "source": command.source,
        "action": action_of(kind, command.action),
        "reason": command.reason,
        "flags": command.flags,
        "side": command.side,
        "ord_type": command.ord_type,
        "tif": command.tif,
        "price": command.price,
        "qty": command.qty,
        "target_id": command.target_id,
    }
    if kind == KIND_VENUE_REPORT:
        payload, used = venue_report(record), sizeof(VenueReport)
    elif kind == KIND_MARKET_VIEW:
        payload, used = market_view(record), len(record) - COMMAND_HEAD
    elif kind == KIND_CONFIG:
        payload, used = config_payload(record, command.action)
    elif kind == KIND_ADMIN and command.action == ADMIN_TRANSFER:
        payload, used = transfer(record), sizeof(AdminTransfer)
    elif kind == KIND_VENUE_BALANCE:
        payload, used = venue_balance(record), sizeof(VenueBalance)
    names = ["cl_ord_id", "orig_cl_ord_id", "symbol", "note"]
    if kind == KIND_CONFIG:
        names[2] = "name"
    if kind == KIND_MARKET_VIEW:
        found = [""] * 4
    else:
        found = texts(record, COMMAND_HEAD + used, command.text_size)
    fields.update(payload)
    fields.update(zip(names, found))
    return fields


cdef object action_of(int kind, uint8_t action):
    if kind in LETTERED:
        return chr(action)
    return ACTIONS[kind].get(action) if kind in ACTIONS else None


cdef dict venue_report(bytes record):
    cdef VenueReport report
    take(record, COMMAND_HEAD, &report, sizeof(report), sizeof(report))
    fields = dict(report)
    fields["is_final"] = bool(report.is_final)
    return fields


cdef dict market_view(bytes record):
    cdef MarketView view
    cdef ViewLevel level
    cdef size_t at = COMMAND_HEAD + sizeof(MarketView)
    take(record, COMMAND_HEAD, &view, sizeof(view), sizeof(view))
    levels = []
    for _ in range(view.bid_count + view.ask_count):
        take(record, at, &level, sizeof(level), sizeof(level))
        levels.append([level.price, level.qty])
        at += sizeof(level)
    return {
        "received_ns": view.received_ns,
        "version": view.version,
        "is_fresh": bool(view.is_fresh),
        "bids": levels[:view.bid_count],
        "asks": levels[view.bid_count:],
    }


cdef dict transfer(bytes record):
    cdef AdminTransfer payload
    take(record, COMMAND_HEAD, &payload, sizeof(payload), sizeof(payload))
    return dict(payload)


cdef dict venue_balance(bytes record):
    cdef VenueBalance balance
    take(record, COMMAND_HEAD, &balance, sizeof(balance), sizeof(balance))
    return dict(balance)


cdef tuple config_payload(bytes record, uint8_t kind):
    """The struct of one configuration command as a dict, and its size."""
    cdef ConfigAsset asset
    cdef ConfigInstrument instrument
    cdef ConfigClient client
    cdef ConfigSession session
    cdef ConfigSource source
    cdef ConfigMoney money
    cdef ConfigLimits limits
    cdef ConfigListing listing
    cdef ConfigReference reference
    cdef size_t at = COMMAND_HEAD
    if kind == CONFIG_ASSET:
        take(record, at, &asset, sizeof(asset), sizeof(asset))
        return dict(asset), sizeof(asset)
    if kind == CONFIG_INSTRUMENT:
        take(record, at, &instrument, sizeof(instrument), sizeof(instrument))
        return dict(instrument), sizeof(instrument)
    if kind == CONFIG_CLIENT:
        take(record, at, &client, sizeof(client), sizeof(client))
        return dict(client), sizeof(client)
    if kind == CONFIG_SESSION:
        take(record, at, &session, sizeof(session), sizeof(session))
        return dict(session), sizeof(session)
    if kind == CONFIG_SOURCE:
        take(record, at, &source, sizeof(source), sizeof(source))
        fields = dict(source)
        fields["source_kind"] = fields.pop("kind")
        return fields, sizeof(source)
    if kind in (CONFIG_FUNDING, CONFIG_CREDIT):
        take(record, at, &money, sizeof(money), sizeof(money))
        return dict(money), sizeof(money)
    if kind == CONFIG_LIMITS:
        take(record, at, &limits, sizeof(limits), sizeof(limits))
        return dict(limits), sizeof(limits)
    if kind == CONFIG_LISTING:
        take(record, at, &listing, sizeof(listing), sizeof(listing))
        return dict(listing), sizeof(listing)
    if kind == CONFIG_REFERENCE:
        take(record, at, &reference, sizeof(reference), sizeof(reference))
        return dict(reference), sizeof(reference)
    raise ValueError(f"no configuration command is of kind {kind}")


cdef dict session_fields(bytes record):
    cdef SessionRecord session
    take(record, 0, &session, sizeof(session), sizeof(session))
    fields = dict(session)
    fields["change"] = SESSION_CHANGES.get(session.change)
    return fields


cdef dict order_event_fields(bytes record):
    cdef OrderEvent event
    take(record, 0, &event, sizeof(event), ORDER_EVENT_HEAD)
    names = ("cl_ord_id", "orig_cl_ord_id", "symbol", "note")
    return {
        "event": ORDER_EVENTS.get(event.type),
        "time_ns": event.time_ns,
        "epoch": event.epoch,
        "session": event.session,
        "client": event.client,
        "instrument": event.instrument,
        "source": event.source,
        "reason": event.reason,
        "side": event.side,
        "ord_type": event.ord_type,
        "tif": event.tif,
        "liquidity": event.liquidity,
        "exec_type": event.exec_type,
        "ord_status": event.ord_status,
        "flags": event.flags,
        "order_id": event.order_id,
        "price": event.price,
        "qty": event.qty,
        "cum_qty": event.cum_qty,
        "leaves_qty": event.leaves_qty,
        "last_px": event.last_px,
        "last_qty": event.last_qty,
        "contra_id": event.contra_id,
        "trade_id": event.trade_id,
        "cum_notional_lo": event.cum_notional_lo,
        "cum_notional_hi": event.cum_notional_hi,
        "fee_lo": event.fee_lo,
        "fee_hi": event.fee_hi,
        "detail": event.detail,
        "number": event.number,
        **dict(zip(names, texts(record, ORDER_EVENT_HEAD, event.text_size))),
    }


cdef dict posting_fields(bytes record):
    cdef PostingEvent event
    take(record, 0, &event, sizeof(event), sizeof(event))
    fields = dict(event)
    fields["purpose"] = PURPOSES.get(event.purpose)
    kinds = fields.pop("owner_kinds")
    fields["debit_kind"], fields["credit_kind"] = kinds & 15, kinds >> 4
    return fields


cdef dict child_event_fields(bytes record):
    cdef ChildEvent event
    cdef uint8_t sizes[4]
    take(record, 0, &event, sizeof(event), CHILD_EVENT_HEAD)
    memset(sizes, 0, 4)
    sizes[0] = event.text_size
    return {
        "event": CHILD_EVENTS.get(event.type),
        "time_ns": event.time_ns,
        "epoch": event.epoch,
        "child_id": event.child_id,
        "parent_id": event.parent_id,
        "source": event.source,
        "session": event.session,
        "instrument": event.instrument,
        "reason": event.reason,
        "side": event.side,
        "state": CHILD_STATES.get(event.state),
        "price": event.price,
        "qty": event.qty,
        "cum_qty": event.cum_qty,
        "last_px": event.last_px,
        "last_qty": event.last_qty,
        "note": texts(record, CHILD_EVENT_HEAD, sizes)[0],
    }


cdef dict state_event_fields(bytes record):
    cdef StateEvent event
    take(record, 0, &event, sizeof(event), sizeof(event))
    return {
        "of": KINDS.get(event.kind),
        "action": ACTIONS.get(event.kind, {}).get(event.action),
        "time_ns": event.time_ns,
        "client": event.client,
        "source": event.source,
        "reason": event.reason,
        "count": event.count,
        "more": bool(event.more),
    }


cdef dict mass_event_fields(bytes record):
    cdef MassEvent event
    cdef size_t at = 0, size
    cdef uint64_t order_id
    take(record, 0, &event, sizeof(event), MASS_EVENT_HEAD)
    if MASS_EVENT_HEAD + event.text_used > <size_t> len(record):
        raise ValueError(f"the texts of {event.text_used} bytes end behind the record")
    told = [event.text[:event.cl_ord_id_size].decode("latin-1")]
    at = event.cl_ord_id_size
    told.append(event.text[at:at + event.symbol_size].decode("latin-1"))
    at += event.symbol_size
    orders = []
    for _ in range(event.listed):
        memcpy(&order_id, &event.text[at], 8)
        size = <uint8_t> event.text[at + 8]
        orders.append([order_id, event.text[at + 9:at + 9 + size].decode("latin-1")])
        at += 9 + size
    return {
        "time_ns": event.time_ns,
        "epoch": event.epoch,
        "session": event.session,
        "client": event.client,
        "instrument": event.instrument,
        "reason": event.reason,
        "side": event.side,
        "request_type": chr(event.request_type),
        "affected": event.affected,
        "cl_ord_id": told[0],
        "symbol": told[1],
        "orders": orders,
    }


cdef dict out_message_fields(bytes record):
    cdef OutMessage message
    cdef size_t at = sizeof(OutMessage)
    take(record, 0, &message, sizeof(message), sizeof(message))
    if at + message.body_size > <size_t> len(record):
        raise ValueError(f"the body of {message.body_size} bytes ends behind the record")
    return {
        "time_ns": message.sending_time_ns,
        "session": message.session,
        "msg_seq_num": message.msg_seq_num,
        "msg_type": (<bytes> message.msg_type[:8]).rstrip(b"\0").decode("latin-1"),
        "flags": message.flags,
        "body": record[at:at + message.body_size].decode("latin-1").replace("\x01", "|"),
    }


def order_key(bytes record not None) -> tuple[str, int]:
    """What happened in an order event and to which order, without reading the rest."""
    cdef OrderEvent event
    take(record, 0, &event, ORDER_EVENT_HEAD, ORDER_EVENT_HEAD)
    return ORDER_EVENTS.get(event.type), event.order_id
