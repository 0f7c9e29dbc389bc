"""Names of the codes of closed lists, as `dump`, `verify` and the ledger write them."""

from internaliser.model.command cimport *
from internaliser.model.enums cimport *
from internaliser.model.event cimport *
from internaliser.model.record cimport *

import internaliser.model.enums as enums

KINDS = {
    KIND_NEW_ORDER: "new_order",
    KIND_CANCEL: "cancel",
    KIND_REPLACE: "replace",
    KIND_STATUS: "status",
    KIND_VENUE_REPORT: "venue_report",
    KIND_MARKET_VIEW: "market_view",
    KIND_SOURCE_STATE: "source_state",
    KIND_TIMER: "timer",
    KIND_ADMIN: "admin",
    KIND_CONFIG: "config",
    KIND_EPOCH: "epoch",
    KIND_VENUE_BALANCE: "venue_balance",
    KIND_MARK: "mark",
    KIND_MASS_CANCEL: "mass_cancel",
    KIND_MASS_STATUS: "mass_status",
    KIND_DISPUTE: "dispute",
    KIND_LINK: "link",
    KIND_SESSION: "session",
    KIND_ORDER_EVENT: "order_event",
    KIND_POSTING: "posting",
    KIND_CHILD_EVENT: "child_event",
    KIND_STATE_EVENT: "state_event",
    KIND_MASS_EVENT: "mass_event",
    KIND_OUT_MESSAGE: "out_message",
}
TIMERS = {
    TIMER_CHILD_OVERDUE: "child_overdue",
    TIMER_DAY_END: "day_end",
    TIMER_SOURCE_STALE: "source_stale",
    TIMER_GRACE_OVER: "grace_over",
    TIMER_JOB: "job",
}
ADMINS = {
    ADMIN_HALT: "halt",
    ADMIN_REDUCE: "reduce",
    ADMIN_RESUME: "resume",
    ADMIN_CANCEL_ORDER: "cancel_order",
    ADMIN_CANCEL_CLIENT: "cancel_client",
    ADMIN_CANCEL_ALL: "cancel_all",
    ADMIN_RESOLVE_CHILD: "resolve_child",
    ADMIN_TRANSFER: "transfer",
    ADMIN_DAY_END: "day_end",
}
SOURCES = {SOURCE_UP: "up", SOURCE_DOWN: "down", SOURCE_STALE: "stale"}
LINKS = {LINK_UP: "up", LINK_DOWN: "down"}
CANCELS = {CANCEL_NOTHING: "none", CANCEL_SESSION: "session", CANCEL_ACCOUNT: "account"}
BALANCES = {BALANCE_STATED: "stated", BALANCE_UNANSWERED: "unanswered"}
CONFIGS = {
    CONFIG_ASSET: "asset",
    CONFIG_INSTRUMENT: "instrument",
    CONFIG_CLIENT: "client",
    CONFIG_SESSION: "session",
    CONFIG_SOURCE: "source",
    CONFIG_FUNDING: "funding",
    CONFIG_CREDIT: "credit",
    CONFIG_LIMITS: "limits",
    CONFIG_LISTING: "listing",
    CONFIG_REFERENCE: "reference",
}
ACTIONS = {
    KIND_TIMER: TIMERS,
    KIND_ADMIN: ADMINS,
    KIND_CONFIG: CONFIGS,
    KIND_SOURCE_STATE: SOURCES,
    KIND_VENUE_BALANCE: BALANCES,
    KIND_LINK: LINKS,
}
# Kinds whose action is a character of the message.
LETTERED = frozenset((KIND_MASS_CANCEL, KIND_MASS_STATUS, KIND_DISPUTE))
ORDER_EVENTS = {
    EVENT_ACCEPTED: "accepted",
    EVENT_REJECTED: "rejected",
    EVENT_EXECUTED: "executed",
    EVENT_CANCELED: "canceled",
    EVENT_EXPIRED: "expired",
    EVENT_REPLACED: "replaced",
    EVENT_CANCEL_REFUSED: "cancel_refused",
    EVENT_REPLACE_REFUSED: "replace_refused",
    EVENT_STATUS: "status",
    EVENT_CANCEL_PENDING: "cancel_pending",
    EVENT_REPLACE_PENDING: "replace_pending",
    EVENT_MASS_STATUS: "mass_status",
    EVENT_DISPUTED: "disputed",
}
CHILD_EVENTS = {
    CHILD_REQUESTED: "requested",
    CHILD_ANSWERED: "answered",
    CHILD_FILLED: "filled",
    CHILD_FINISHED: "finished",
    CHILD_LOST: "lost",
    CHILD_QUERY: "query",
    CHILD_CANCEL: "cancel",
}
PURPOSES = {
    POSTING_BASE: "base",
    POSTING_QUOTE: "quote",
    POSTING_FEE: "fee",
    POSTING_VENUE_FEE: "venue_fee",
    POSTING_FUNDING: "funding",
    POSTING_TRANSFER: "transfer",
}
SESSION_CHANGES = {
    SESSION_COUNTERS: "counters", SESSION_RESET: "reset", SESSION_ENDED: "ended",
    SESSION_SENT: "sent",
}
SIDES = {SIDE_BUY: "buy", SIDE_SELL: "sell"}
ORD_TYPES = {ORD_MARKET: "market", ORD_LIMIT: "limit"}
TIFS = {TIF_DAY: "day", TIF_GTC: "gtc", TIF_IOC: "ioc", TIF_FOK: "fok"}
STATUSES = {
    STATUS_NEW: "new",
    STATUS_PARTIALLY_FILLED: "partially_filled",
    STATUS_FILLED: "filled",
    STATUS_CANCELED: "canceled",
    STATUS_PENDING_CANCEL: "pending_cancel",
    STATUS_REJECTED: "rejected",
    STATUS_EXPIRED: "expired",
    STATUS_PENDING_REPLACE: "pending_replace",
}
EXEC_TYPES = {
    EXEC_NEW: "new",
    EXEC_CANCELED: "canceled",
    EXEC_REPLACED: "replaced",
    EXEC_PENDING_CANCEL: "pending_cancel",
    EXEC_REJECTED: "rejected",
    EXEC_EXPIRED: "expired",
    EXEC_RESTATED: "restated",
    EXEC_PENDING_REPLACE: "pending_replace",
    EXEC_TRADE: "trade",
    EXEC_TRADE_CANCEL: "trade_cancel",
    EXEC_ORDER_STATUS: "order_status",
}
LIQUIDITIES = {
    LIQUIDITY_NONE: None,
    LIQUIDITY_ADDED: "added",
    LIQUIDITY_REMOVED: "removed",
    LIQUIDITY_ROUTED: "routed",
}
CHILD_STATES = {
    CHILD_PENDING: "pending",
    CHILD_WORKING: "working",
    CHILD_UNKNOWN: "unknown",
    CHILD_DONE: "done",
}
REASONS = {
    reason.value: name.removeprefix("REASON_").lower()
    for name, reason in enums.RejectReason.__members__.items()
    if reason.value != REASON_NONE
}

# By field: the same name means the same list in every record.
NAMES = {
    "side": SIDES,
    "ord_type": ORD_TYPES,
    "tif": TIFS,
    "ord_status": STATUSES,
    "exec_type": EXEC_TYPES,
    "liquidity": LIQUIDITIES,
    "reason": REASONS,
}
