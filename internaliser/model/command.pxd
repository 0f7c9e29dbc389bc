"""A Command is one imperative input of the core. Fixed head, then a payload whose shape the kind decides.

Order entry (NEW_ORDER, CANCEL, REPLACE, STATUS): payload = the texts, back to back, lengths in `text_size`.
VENUE_REPORT: payload = VenueReport, then the texts. MARKET_VIEW: MarketView then its levels. CONFIG: a Config*
struct, then the texts. VENUE_BALANCE: VenueBalance, then the texts. TIMER, ADMIN, SOURCE_STATE, EPOCH, MARK, LINK
and what a client asks of many orders (MASS_CANCEL, MASS_STATUS) or of one execution (DISPUTE): the texts only.
"""

from internaliser.model.types cimport *
from internaliser.model.record cimport RecordHead

cdef enum:
    CL_ORD_ID_MAX = 64          # bytes of a ClOrdID or OrigClOrdID; longer ones are refused
    SYMBOL_MAX = 32
    TEXT_MAX = 128
    PAYLOAD_MAX = 4096

cdef enum CommandText:          # index into Command.text_size; the texts stand in this order
    TEXT_CL_ORD_ID = 0
    TEXT_ORIG_CL_ORD_ID = 1
    TEXT_SYMBOL = 2             # order entry: only when the symbol is unknown, as received. CONFIG: the name
    # ADMIN: who and why. VENUE_REPORT: the source's ExecID. CONFIG: second name. SOURCE_STATE, VENUE_BALANCE: why.
    # Order entry with a `reason`: the value that was refused, as received; the core hands it on as
    # EVENT_TEXT_NOTE of the refusal. STATUS, MASS_STATUS: the id of the request (790, 584). DISPUTE: ExecID, a space,
    # the client's words.
    TEXT_NOTE = 3

cdef enum:
    FLAG_LOCAL_ONLY = 1         # RouteScope L: never leaves this node
    FLAG_NEVER_WORSE_GROSS = 2  # the client also wants the gross test
    FLAG_POSS_RESEND = 4        # PossResend(97)=Y: a known ClOrdID gets its state, not a refusal

cdef struct Command:
    RecordHead head             # kind = what is asked; seq is stamped by the door (Core.begin)
    int64_t time_ns             # step time
    uint64_t msg_seq_num        # inbound MsgSeqNum, 0 where it did not come over FIX
    uint16_t session            # session it came through, NONE16 otherwise
    uint16_t client             # owner
    uint16_t instrument         # NONE16 = unknown symbol
    uint16_t source             # VENUE_REPORT, MARKET_VIEW, SOURCE_STATE, VENUE_BALANCE: the source
    uint8_t side                # Side
    uint8_t ord_type            # OrdType
    uint8_t tif                 # TimeInForce
    uint8_t flags               # FLAG_*
    # TimerAction, AdminAction, ConfigKind, SourceAction, BalanceAction, LinkAction; of MASS_CANCEL and MASS_STATUS the
    # request's type (530, 585) as its character, of DISPUTE the DKReason(127).
    uint8_t action
    uint8_t reason              # RejectReason found while decoding: the core refuses with it (0 = decoded well)
    uint8_t text_size[4]        # bytes of each text
    uint16_t reserved
    uint32_t reserved2
    int64_t price               # ticks
    int64_t qty                 # lots
    uint64_t target_id          # order id (CANCEL/REPLACE/STATUS by OrderID), child id (reports, timers)
    uint8_t payload[PAYLOAD_MAX]

cdef enum:
    COMMAND_HEAD = 80           # offset of payload

# Where text `which` stands in the payload, behind `payload_head` bytes of struct; its length in `size`.
cdef inline const char* command_text(
    const Command* command, uint32_t payload_head, uint32_t which, uint32_t* size
) noexcept nogil:
    cdef uint32_t at = payload_head
    cdef uint32_t i
    for i in range(which):
        at += command.text_size[i]
    size[0] = command.text_size[which]
    return <const char*> command.payload + at

cdef enum ViewAction:           # Command.action of MARKET_VIEW
    VIEW_ARRIVED = 0            # news from outside
    VIEW_READ = 1               # the copy a journalled decision read: takes its place, causes nothing

cdef enum TimerAction:
    TIMER_CHILD_OVERDUE = 1     # target_id = child: no answer within children.answer_ms -> unknown
    TIMER_DAY_END = 2           # expire DAY orders, at most limits.expiry_chunk of them; re-armed while more remain
    TIMER_SOURCE_STALE = 3      # source: its view is older than its limit
    TIMER_GRACE_OVER = 4        # session: its link has been gone for the time its client allows
    TIMER_JOB = 5               # one more chunk of the oldest request about many orders

cdef enum AdminAction:
    ADMIN_HALT = 1              # client != NONE16: that client; source != NONE16: that source; else the node
    ADMIN_REDUCE = 2
    ADMIN_RESUME = 3
    ADMIN_CANCEL_ORDER = 4      # target_id
    # These three, and TIMER_DAY_END, do limits.expiry_chunk a step at most; the door repeats them while more remain,
    # with the id of the first step as target_id: newer orders, and DAY orders of the new day, are not meant.
    ADMIN_CANCEL_CLIENT = 5
    ADMIN_CANCEL_ALL = 6
    ADMIN_RESOLVE_CHILD = 7     # target_id; qty = filled lots, price = ticks; the child is final with that
    ADMIN_TRANSFER = 8          # payload AdminTransfer: move money between accounts
    ADMIN_DAY_END = 9

cdef enum SourceAction:
    SOURCE_UP = 1               # link is up and reconciled
    SOURCE_DOWN = 2             # link lost: levels leave the ladder, in-flight children become unknown
    SOURCE_STALE = 3            # link up, view too old

cdef enum LinkAction:           # Command.action of LINK
    LINK_UP = 1                 # flags = CancelOnDisconnect in force, qty = grace in ns
    LINK_DOWN = 2               # reason = REASON_DISCONNECT or REASON_LOGOUT

cdef enum CancelOnDisconnect:   # what the end of a link cancels
    CANCEL_NOTHING = 0
    CANCEL_SESSION = 1          # orders whose last accepted request came through that session
    CANCEL_ACCOUNT = 2          # every order of the client

cdef enum NotFound:             # VenueReport.not_found: the source does not know the order
    NOT_FOUND_HERE = 1          # evidence only once the link it was sent over has been replaced by another
    NOT_FOUND_FOR_GOOD = 2      # the request can no longer arrive: evidence at once

cdef struct VenueReport:        # what a source said of a child (source's own words, in our units)
    int64_t last_qty            # lots; 0 when not an execution
    int64_t last_px             # ticks
    int64_t cum_qty             # lots, as the source states it; -1 = not stated
    int64_t fee_lo              # fee charged by the source, minor units of `fee_asset` (low, high half)
    int64_t fee_hi
    uint16_t fee_asset          # NONE16 = not stated: the configured rate applies
    uint8_t exec_type           # ExecType
    uint8_t ord_status          # OrdStatus
    uint8_t is_final            # the source will not fill this child any more
    uint8_t not_found           # NotFound
    uint16_t reserved
    int64_t notional_lo         # what all of cum_qty cost, ticks x lots (low, high half); 0 = not stated
    int64_t notional_hi

cdef enum BalanceAction:        # Command.action of VENUE_BALANCE
    BALANCE_STATED = 1          # of one asset
    BALANCE_UNANSWERED = 2      # the source was asked and did not answer; asset NONE16

cdef struct VenueBalance:       # payload of VENUE_BALANCE: what a source says we hold there, minor units
    int64_t free_lo             # may be traded with (low, high half)
    int64_t free_hi
    int64_t locked_lo           # in open orders
    int64_t locked_hi
    int64_t stated_ns           # UTC time the source's answer is of
    uint16_t asset
    uint16_t reserved
    uint32_t reserved2

cdef struct ViewLevel:
    int64_t price               # ticks
    int64_t qty                 # lots

cdef enum:
    VIEW_DEPTH_MAX = 20         # levels a side kept for planning, per (source, instrument)

cdef struct MarketView:         # payload of MARKET_VIEW and the state per (source, instrument)
    int64_t received_ns         # step time at which the node took it in
    uint64_t version            # counts up per (source, instrument)
    uint16_t bid_count
    uint16_t ask_count
    uint32_t is_fresh
    # payload: bid_count ViewLevels (best first), then ask_count ViewLevels

cdef struct AdminTransfer:
    uint16_t asset
    uint16_t debit_owner
    uint16_t credit_owner
    uint8_t debit_kind          # OwnerKind, core/accounts.pxd
    uint8_t credit_kind
    int64_t amount_lo
    int64_t amount_hi

cdef enum ConfigKind:
    CONFIG_ASSET = 1            # name in TEXT_SYMBOL; payload ConfigAsset. Index = order of arrival
    CONFIG_INSTRUMENT = 2
    CONFIG_CLIENT = 3
    CONFIG_SESSION = 4          # BeginString in TEXT_SYMBOL, CompIDs in TEXT_NOTE as "OURS>THEIRS"
    CONFIG_SOURCE = 5
    CONFIG_FUNDING = 6          # sets the funded amount of (owner, asset); the difference is posted
    CONFIG_CREDIT = 7           # sets the credit limit of (owner, asset)
    CONFIG_LIMITS = 8           # node-wide limits that decisions depend on
    CONFIG_LISTING = 9          # what a source takes of an instrument: our symbol in TEXT_SYMBOL, its own in TEXT_NOTE
    CONFIG_REFERENCE = 10       # the asset that everything is valued in, for people

cdef struct ConfigAsset:
    uint32_t decimals           # smallest unit = 10**-decimals

cdef struct ConfigInstrument:   # name in TEXT_SYMBOL
    uint16_t base
    uint16_t quote
    uint16_t is_open
    uint16_t price_decimals     # for text: price = ticks * tick_mantissa / 10**price_decimals
    int64_t tick_mantissa
    int64_t lot_mantissa        # qty text = lots * lot_mantissa / 10**qty_decimals
    uint32_t qty_decimals
    uint32_t reserved
    int64_t price_min           # ticks
    int64_t price_max
    int64_t qty_min             # lots
    int64_t qty_max
    int64_t lot_base_units      # minor units of base in one lot
    int64_t tick_lot_quote_units  # minor units of quote in one tick x one lot (config refuses a fraction)
    int64_t band_bp             # price band around the reference mid, 0 = none
    uint64_t reserved2

cdef struct ConfigClient:       # name in TEXT_SYMBOL
    int64_t maker_fee           # parts in 10**8 of the quote amount; negative = rebate
    int64_t taker_fee
    int64_t routed_fee          # what we charge on fills at outside sources, on top of theirs
    uint32_t open_orders_max    # 0 = node limit only
    uint8_t has_unlimited_credit
    uint8_t self_match          # 0 = allowed, 1 = cancel incoming, 2 = cancel resting, 3 = both
    uint8_t scope               # 0 = local only, 2 = may route
    uint8_t never_worse_gross

cdef struct ConfigSession:
    uint16_t client             # NONE16 for a source's session
    uint16_t source             # NONE16 for a client's session
    uint32_t reserved

cdef struct ConfigSource:       # name in TEXT_SYMBOL
    int64_t taker_fee           # parts in 10**8: what the source charges us
    int64_t credit_adj          # parts in 10**8, the risk discount of market-structure 2.2
    int64_t stale_after_ns
    int64_t answer_after_ns     # no answer to a child for so long -> unknown
    uint16_t kind               # SourceKind
    uint16_t child_rounds_max   # re-plans of one parent after rejects
    uint8_t has_unlimited_credit
    uint8_t reserved[3]

cdef struct ConfigMoney:        # FUNDING and CREDIT
    int64_t amount_lo
    int64_t amount_hi
    uint16_t asset
    uint16_t owner              # client or source index
    uint8_t owner_kind          # OwnerKind
    uint8_t reserved[3]

cdef struct ConfigReference:
    uint16_t asset              # NONE16 = none
    uint16_t reserved
    uint32_t reserved2

cdef struct ConfigLimits:
    uint32_t orders_max         # open orders in the node
    uint32_t closed_orders_max  # closed ones kept in memory
    uint32_t children_max
    uint32_t expiry_chunk
    uint32_t fills_per_step_max
    uint32_t levels_max

# An instrument at a source. Without one, or with is_listed 0, nothing is sent there. All of price_step to price_max 0:
# the source has not told its steps yet, and nothing is sent there either.
cdef struct ConfigListing:
    uint16_t source
    uint16_t instrument
    uint16_t is_listed
    uint16_t reserved
    int64_t price_step          # the source's tick, in our ticks
    int64_t qty_step            # its lot, in our lots
    int64_t qty_min             # lots; 0 = one step
    int64_t qty_max             # lots of one child, two of the least or more; 0 = no limit
    int64_t notional_min_lo     # ticks x lots of one child (low, high half); 0 = no limit
    int64_t notional_min_hi
    int64_t price_min           # ticks; 0 = no limit
    int64_t price_max
