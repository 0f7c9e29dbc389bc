"""Events: past-tense facts, each a journal record. Reports, feeds and projections are functions of them."""

from internaliser.model.types cimport *
from internaliser.model.record cimport RecordHead

cdef enum OrderEventType:
    EVENT_ACCEPTED = 1          # in the node; may rest, execute or be canceled later in the same step
    EVENT_REJECTED = 2          # a new order was refused
    EVENT_EXECUTED = 3          # one side of a match, or a routed fill
    EVENT_CANCELED = 4
    EVENT_EXPIRED = 5
    EVENT_REPLACED = 6
    EVENT_CANCEL_REFUSED = 7    # answer to CANCEL  -> OrderCancelReject, 434=1
    EVENT_REPLACE_REFUSED = 8   # answer to REPLACE -> OrderCancelReject, 434=2
    EVENT_STATUS = 9            # answer to STATUS
    EVENT_CANCEL_PENDING = 10   # children must be canceled first
    EVENT_REPLACE_PENDING = 11
    EVENT_MASS_STATUS = 12      # one of the answers to MASS_STATUS
    EVENT_DISPUTED = 13         # a case was opened about an execution of the order

cdef enum EventText:
    EVENT_TEXT_CL_ORD_ID = 0
    EVENT_TEXT_ORIG_CL_ORD_ID = 1
    EVENT_TEXT_SYMBOL = 2       # only when instrument is NONE16
    # The source's ExecID on a routed fill; the refused value (TEXT_NOTE) on a refusal; the id of the request on STATUS
    # and MASS_STATUS; ExecID and the client's words on DISPUTED.
    EVENT_TEXT_NOTE = 3

cdef struct OrderEvent:         # KIND_ORDER_EVENT; everything an ExecutionReport or OrderCancelReject needs
    RecordHead head             # ExecID(17) = node, epoch, head.seq, head.index
    int64_t time_ns
    uint32_t epoch
    uint16_t type               # OrderEventType
    uint16_t session            # where the report goes; NONE16 = nowhere
    uint16_t client
    uint16_t instrument         # NONE16 = unknown symbol
    uint16_t source             # where it executed: NONE16 = local book
    uint16_t reason             # RejectReason
    uint8_t side
    uint8_t ord_type
    uint8_t tif
    uint8_t liquidity
    uint8_t exec_type           # ExecType(150) as FIX 4.4 sends it
    uint8_t ord_status          # OrdStatus(39) after the event
    uint8_t flags               # FLAG_* of the order
    uint8_t detail              # MASS_STATUS: 1 = the last one. DISPUTED: DKReason(127)
    uint64_t order_id           # 0 = no such order (REJECTED before acceptance uses its own id)
    int64_t price               # limit in ticks; 0 for market
    int64_t qty                 # OrderQty, lots
    int64_t cum_qty
    int64_t leaves_qty
    int64_t last_px             # ticks
    int64_t last_qty
    uint64_t contra_id          # EXECUTED: the other order (local) or the child (routed)
    uint64_t trade_id           # EXECUTED: same on both sides
    int64_t cum_notional_lo     # sum of last_px * last_qty, ticks x lots, 128 bit: AvgPx(6) at the edge
    int64_t cum_notional_hi
    int64_t fee_lo              # EXECUTED: fee charged, minor units of the quote asset (negative = rebate)
    int64_t fee_hi
    uint8_t text_size[4]
    uint32_t number             # MASS_STATUS: how many reports there are, 0 = not known yet. DISPUTED: of the case
    char text[2 * 64 + 32 + 128]

cdef enum:
    ORDER_EVENT_HEAD = 160      # offset of text

cdef inline const char* event_text(const OrderEvent* event, uint32_t which, uint32_t* size) noexcept nogil:
    """Where text `which` (EventText) of an order event stands, and its bytes."""
    cdef uint32_t at = 0
    cdef uint32_t i
    for i in range(which):
        at += event.text_size[i]
    size[0] = event.text_size[which]
    return &event.text[at]

cdef struct PostingEvent:       # KIND_POSTING: one transfer, debits one account and credits one account
    RecordHead head
    int64_t time_ns
    uint64_t trade_id           # 0 = not from a trade
    uint32_t debit_account      # account number, enumerable through Core
    uint32_t credit_account
    uint16_t asset
    uint8_t purpose             # PostingPurpose
    uint8_t owner_kinds         # OwnerKind (core/accounts.pxd) of the debited account, << 4 of the credited one
    uint16_t debit_owner        # index of the client or source; 0 for the house and the outside
    uint16_t credit_owner
    int64_t amount_lo           # > 0, minor units
    int64_t amount_hi

cdef enum PostingPurpose:
    POSTING_BASE = 1
    POSTING_QUOTE = 2
    POSTING_FEE = 3
    POSTING_VENUE_FEE = 4
    POSTING_FUNDING = 5
    POSTING_TRANSFER = 6

cdef enum ChildEventType:
    CHILD_REQUESTED = 1         # send a NewOrderSingle (IOC, limit) to the source, after the sync
    CHILD_ANSWERED = 2          # acknowledged
    CHILD_FILLED = 3
    CHILD_FINISHED = 4          # final: canceled, rejected, expired or filled whole
    CHILD_LOST = 5              # answer overdue or link lost: unknown
    CHILD_QUERY = 6             # ask the source for its status
    CHILD_CANCEL = 7            # ask the source to cancel it

cdef struct ChildEvent:         # KIND_CHILD_EVENT
    RecordHead head
    int64_t time_ns
    uint64_t child_id
    uint64_t parent_id
    uint16_t type               # ChildEventType
    uint16_t source
    uint16_t instrument
    uint16_t reason
    uint8_t side
    uint8_t state               # ChildState after the event
    uint16_t session            # session of the source
    uint32_t epoch
    int64_t price
    int64_t qty
    int64_t cum_qty
    int64_t last_px
    int64_t last_qty
    uint8_t text_size           # source's ExecID
    uint8_t reserved[7]
    char text[64]

cdef enum:
    CHILD_EVENT_HEAD = 104      # offset of text

cdef struct StateEvent:         # KIND_STATE_EVENT
    RecordHead head
    int64_t time_ns
    uint16_t action             # AdminAction, ConfigKind or TimerAction, by `kind`
    uint16_t kind               # RecordKind of the command
    uint16_t client
    uint16_t source
    uint16_t reason             # RejectReason: not REASON_NONE = the command changed nothing
    uint16_t count              # orders touched
    uint32_t more               # 1 = work remains, the door repeats the command

cdef enum:
    MASS_LIST_MAX = 32          # canceled orders that a MassEvent names
    MASS_TEXT_MAX = 64 + 32 + MASS_LIST_MAX * (8 + 1 + 64)

cdef struct MassEvent:          # KIND_MASS_EVENT: everything an OrderMassCancelReport needs
    RecordHead head             # MassActionReportID(1369) = node, epoch, head.seq, head.index
    int64_t time_ns
    uint32_t epoch
    uint32_t affected           # orders canceled, or on their way to it
    uint16_t session
    uint16_t client
    uint16_t instrument         # NONE16 = all
    uint16_t reason             # RejectReason: not REASON_NONE = refused
    uint8_t side                # 0 = both
    uint8_t request_type        # MassCancelRequestType(530)
    uint8_t cl_ord_id_size
    uint8_t symbol_size         # of the symbol as received, where it is unknown
    uint16_t listed             # orders named below: all of them, or none when there are too many
    uint16_t text_used
    # ClOrdID, symbol, then per order its id, the size of its ClOrdID and that, without gaps.
    char text[MASS_TEXT_MAX]

cdef enum:
    MASS_EVENT_HEAD = 48        # offset of text

cdef struct EventBuffer:        # the events of one step, records back to back
    uint8_t* data
    uint32_t used
    uint32_t capacity
    uint32_t count
    uint32_t reserved
