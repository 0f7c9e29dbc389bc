"""What the core remembers: every noun of trading state, in slabs, linked by slot numbers.

No pointers inside anything that a snapshot copies; pointers live in CoreState only. A slot number of an
order is also the number of its BookNode. Fields marked *derived* are rebuilt after a load and no part of the
state hash.
"""

from libc.string cimport memcmp

from internaliser.core.accounts cimport Account, Accounts, account_at
from internaliser.core.ids cimport OrderIds
from internaliser.core.names cimport NameIndex
from internaliser.core.planner cimport Rung, Slice
from internaliser.core.view_board cimport Board
from internaliser.matching.book cimport Book, BookPool, Fill
from internaliser.model.command cimport (
    VIEW_DEPTH_MAX, Command, ConfigAsset, ConfigClient, ConfigInstrument, ConfigLimits,
    ConfigListing, ConfigSession, ConfigSource, MarketView, ViewLevel,
)
from internaliser.model.event cimport EventBuffer
from internaliser.model.index cimport Index
from internaliser.model.slab cimport Slab
from internaliser.model.types cimport *

cdef enum:
    RULES_VERSION = 4           # rises with any change of what a step decides or writes

cdef enum:
    # Address space is taken for so many of each; memory only for those configured.
    ASSETS_MAX = 1024
    INSTRUMENTS_MAX = 4096
    CLIENTS_MAX = 4096
    SOURCES_MAX = 64
    SESSIONS_MAX = 8192
    ACCOUNTS_MAX = 1 << 20
    CHILDREN_MAX = 30_000       # one step may have to tell something of each: record indexes are 16 bits
    STATED_MAX = 4096           # (source, asset) pairs of which a source states what we hold
    JOBS_MAX = 1 << 17          # more than every client and session may have under way
    CLIENT_JOBS_MAX = 16        # requests about many orders that one client may have under way
    FILLS_MAX = 8_000           # a fill is up to six records of a step
    LABEL_MAX = 191
    SHORT_NAME_MAX = 39         # a UUID fits
    LONG_NAME = 0x80000000      # flag of a name's slot: it lies in the slab of long names
    LOCAL_DEPTH_MAX = 64        # local levels put on one ladder; deeper ones come in the next round of it
    RUNGS_MAX = 64 * 20 + 64

cdef enum OrderMark:
    MARK_LISTED = 1             # in one of its client's lists of open orders
    MARK_ENDING = 2             # it waits for its children to be canceled or to expire

cdef enum OpenLists:            # a client's lists, in the order a job walks them
    LIST_ENDING = 0
    LIST_DAY = 1
    LIST_OTHER = 2
    LIST_COUNT = 3

cdef enum JobKind:
    JOB_CANCEL = 1              # answered with a MassEvent
    JOB_STATUS = 2
    JOB_DISCONNECT = 3          # nobody asked: the link of `only_session` or of any of the client's has gone

cdef enum PendingKind:
    PENDING_CANCEL = 1
    PENDING_REPLACE = 2
    PENDING_EXPIRY = 3

cdef struct Label:
    uint8_t size
    char text[LABEL_MAX]

cdef struct Asset:
    ConfigAsset terms
    Label name

cdef struct Instrument:
    ConfigInstrument terms
    Book book
    int64_t last_price          # ticks, of the latest execution; 0 = none yet
    int64_t mark_twice          # latest mark: twice the outside mid in ticks; 0 = none yet
    int64_t mark_ns             # step time of it
    Label name

cdef struct OpenList:           # open orders in order of arrival
    uint32_t first
    uint32_t last

cdef struct Client:
    ConfigClient terms
    OpenList day                # DAY orders
    OpenList other
    OpenList ending             # those that wait for their children, in the order they began to
    uint32_t open_count         # of all three
    uint16_t job_count          # requests about many of its orders under way
    uint8_t state               # TradingState
    uint8_t padding
    int64_t worst_rate          # derived: the highest fee rate a fill of this client can cost
    Label name

cdef struct Source:
    ConfigSource terms
    uint8_t link                # SourceAction that came last
    uint8_t state               # TradingState
    uint16_t session            # NONE16 = not over FIX
    uint32_t link_no            # counts its SOURCE_UPs: what was sent over an earlier link cannot arrive any more
    int64_t stale_told_ns       # when TIMER_SOURCE_STALE last said so
    int64_t unanswered_ns       # step time since which it does not tell our balances; 0 = it does
    int64_t last_view_ns        # derived: newest view received
    Label name

cdef struct SessionEntry:
    ConfigSession terms
    int64_t grace_ns            # as its latest Logon had it
    int64_t due_ns              # step time at which its cancellation is due, 0 = none is
    uint8_t is_up               # its link, as far as it matters: followed only where its end cancels something
    uint8_t cancels             # CancelOnDisconnect
    uint16_t reason             # why the cancellation is due
    uint32_t job                # slot of the cancellation under way, NONE32 = none
    Label begin_string
    Label comp_ids              # "OURS>THEIRS"

cdef struct Listing:            # an instrument at a source
    ConfigListing terms
    Label symbol                # the source's own

cdef struct Order:              # 128 bytes
    uint32_t link
    uint32_t name               # current ClOrdID: slot of a ShortName or LONG_NAME | slot of a LongName
    uint64_t order_id
    int64_t price               # ticks, 0 = market
    int64_t qty
    int64_t cum_qty
    int64_t away_qty            # unexecuted quantity of live children
    int64_t local_qty           # resting in the book
    uint16_t client
    uint16_t instrument
    uint16_t session            # of the last accepted request
    uint16_t reason             # why it ended
    int128_t reserved           # still set aside at the client's account, quote (buy) or base (sell)
    int128_t notional           # sum of last_px * last_qty
    uint8_t side
    uint8_t ord_type
    uint8_t tif
    uint8_t flags               # FLAG_* of the order
    uint8_t closed_as           # OrdStatus it ended with, 0 = open
    uint8_t marks               # OrderMark
    uint16_t rounds             # children in a row that brought nothing
    uint32_t children           # first live child
    uint32_t pending            # slot of its Pending, NONE32 = none
    uint32_t base_account       # of the client
    uint32_t quote_account
    uint16_t day                # trading day it was listed in, then the one it ended in
    uint16_t padding
    uint32_t padding2

cdef struct OrderLink:          # open: the client's list. Closed: the ring of closed orders
    uint32_t next
    uint32_t previous

cdef struct ShortName:          # a ClOrdID some order is or was known by
    uint32_t order
    uint32_t older              # the order's name before this one
    uint32_t tag                # what it is indexed under
    uint8_t size
    char text[SHORT_NAME_MAX]

cdef struct LongName:
    uint32_t order
    uint32_t older
    uint32_t tag
    uint8_t size
    char text[71]

cdef struct Pending:            # a request that waits for the order's children
    uint32_t link
    uint32_t order
    uint32_t name               # its ClOrdID, NONE32 = unsolicited
    uint16_t session
    uint16_t reason
    int64_t price
    int64_t qty
    uint8_t kind                # PendingKind
    uint8_t tif
    uint8_t padding[6]

cdef struct Child:
    uint32_t link
    uint32_t parent             # order slot; valid while that order still has parent_id
    uint64_t child_id
    uint64_t parent_id
    int64_t price
    int64_t qty
    int64_t cum_qty
    int64_t unnamed_qty         # of cum_qty: known from the source's sums, its executions not told yet
    int64_t deadline_ns         # live: when to ask or to give up waiting
    int64_t outcome_ns          # step time it became final, 0 = live
    int128_t notional           # sum of price * qty of what is booked
    int128_t reserved           # at the source
    int128_t client_reserved    # at the client's account, for parents without a limit price
    uint16_t source
    uint16_t instrument
    uint16_t client
    uint8_t side
    uint8_t state               # ChildState
    uint8_t asked               # how often its status was asked
    uint8_t is_cancel_asked
    uint16_t reason
    uint32_t link_no            # the source's link it was sent over
    uint32_t base_account       # of the client
    uint32_t quote_account
    uint32_t next_sibling       # live children of one parent
    uint32_t previous_sibling
    uint32_t next               # all live children, oldest first; then the ring of done ones
    uint32_t previous
    uint32_t next_spend         # children whose quantity is deducted from one view, newest first
    uint32_t previous_spend
    uint32_t execs              # ExecIDs booked, newest first
    uint32_t view               # slot of the view it spends from, NONE32 = a newer one has come

cdef struct ExecSeen:
    uint32_t link
    uint32_t next
    uint64_t key                # hash of (child_id, ExecID)

cdef struct View:               # an outside book as last heard of
    MarketView head
    uint16_t source
    uint16_t instrument
    uint8_t is_new              # not journalled since it came
    uint8_t is_read             # the step under way read it
    uint8_t padding[2]
    uint32_t spends             # first child whose quantity is deducted
    uint32_t padding2
    ViewLevel levels[2 * VIEW_DEPTH_MAX]    # bids best first, then (from VIEW_DEPTH_MAX on) asks best first

cdef struct StatedBalance:      # what a source says we hold of an asset there, minor units
    uint32_t link
    uint16_t source
    uint16_t asset
    int64_t stated_ns           # UTC time the source's answer is of
    int128_t free
    int128_t locked

cdef struct Job:                # a request about many orders of a client that takes more than one step
    uint32_t link
    uint32_t next               # its turn is after this one's
    uint64_t boundary           # newest order id it means
    uint64_t last_id            # order told of last
    uint32_t cursor             # order to be looked at next, NONE32 = the end of `list`
    uint32_t done               # orders canceled or told of
    uint16_t client
    uint16_t session            # where the answer goes, NONE16 = nowhere
    uint16_t only_session       # whose orders it means, NONE16 = of every session of the client
    uint16_t instrument         # NONE16 = all
    uint16_t reason
    uint8_t kind                # JobKind
    uint8_t list                # OpenLists
    uint8_t side                # 0 = both
    uint8_t request_type        # as asked
    uint8_t text_size           # ClOrdID or MassStatusReqID
    uint8_t padding
    char text[128]

cdef struct Header:             # the loose scalars of the state
    uint64_t seq
    uint64_t child_no           # children made so far
    int64_t now_ns
    uint32_t epoch
    uint16_t node_id
    uint16_t day                # trading days ended so far
    uint64_t relisted_id        # id of the newest step that moved an open order to another list
    uint64_t reserved
    ConfigLimits limits
    uint32_t open_count
    uint32_t closed_count
    uint32_t closed_first       # ring of closed orders, the longest closed first
    uint32_t closed_last
    uint32_t live_count
    uint32_t live_first         # live children
    uint32_t live_last
    uint32_t done_count
    uint32_t done_first         # final children
    uint32_t done_last
    uint32_t job_count
    uint32_t job_first          # jobs, by whose turn it is
    uint32_t job_last
    uint32_t case_count         # disputes so far
    uint8_t state               # TradingState of the node
    uint8_t padding
    uint16_t reference          # the asset everything is valued in, + 1; 0 = none

cdef struct CoreState:
    Header header
    BookPool pool
    Accounts accounts
    Slab assets
    Slab instruments
    Slab clients
    Slab sources
    Slab sessions
    Slab orders
    Slab short_names
    Slab long_names
    Slab pendings
    Slab children
    Slab execs
    Slab views
    Slab listings
    Slab stated
    Slab jobs
    OrderLink* links            # by order slot
    uint32_t links_touched      # of links and of pool.nodes: how far memory_ahead came
    uint32_t nodes_touched
    uint32_t* view_table        # source * INSTRUMENTS_MAX + instrument -> view slot + 1
    # derived
    uint32_t* client_accounts   # client * ASSETS_MAX + asset -> account slot + 1
    NameIndex names             # tag of (client, ClOrdID) -> name slot
    OrderIds order_ids
    Index child_ids
    Index exec_keys
    Index symbols               # hash of the symbol -> instrument
    uint32_t* listing_table     # source * INSTRUMENTS_MAX + instrument -> listing slot + 1
    Index source_symbols        # hash of (source, its symbol) -> listing slot
    int64_t next_deadline_ns    # no child is due before; 0 = none
    int64_t next_grace_ns       # no session's cancellation is due before; 0 = none
    # of the step under way
    const Command* command
    uint16_t record_index
    uint32_t read_count
    uint32_t reads[SOURCES_MAX]  # views read
    const char* fault           # what of ours broke, NULL = nothing
    EventBuffer* events
    EventBuffer* views_read
    Board* board                # where views are shown to another thread; NULL = nowhere
    # scratch
    Fill* fills
    Rung* rungs
    Slice* slices

cdef inline Order* order_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<Order*> state.orders.items) + slot

cdef inline Asset* asset_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<Asset*> state.assets.items) + slot

cdef inline Instrument* instrument_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<Instrument*> state.instruments.items) + slot

cdef inline Client* client_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<Client*> state.clients.items) + slot

cdef inline Source* source_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<Source*> state.sources.items) + slot

cdef inline SessionEntry* session_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<SessionEntry*> state.sessions.items) + slot

cdef inline Job* job_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<Job*> state.jobs.items) + slot

cdef inline Child* child_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<Child*> state.children.items) + slot

cdef inline Pending* pending_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<Pending*> state.pendings.items) + slot

cdef inline View* view_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<View*> state.views.items) + slot

cdef inline Listing* listing_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<Listing*> state.listings.items) + slot

cdef inline StatedBalance* stated_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<StatedBalance*> state.stated.items) + slot

cdef inline uint32_t view_of(const CoreState* state, uint16_t source, uint16_t instrument) noexcept nogil:
    # NONE32 where nothing was heard yet
    return state.view_table[<uint32_t> source * INSTRUMENTS_MAX + instrument] - 1

cdef inline uint32_t listing_slot(const CoreState* state, uint16_t source, uint16_t instrument) noexcept nogil:
    # NONE32 where the source has never listed it
    return state.listing_table[<uint32_t> source * INSTRUMENTS_MAX + instrument] - 1

cdef inline uint64_t id_of_step(const CoreState* state) noexcept nogil:
    return <uint64_t> state.header.epoch << ID_SEQ_BITS | state.header.seq

cdef inline uint8_t opposite(uint8_t side) noexcept nogil:
    return <uint8_t> (c'1' + c'2' - side)

# Assertions of the core: the first that fails is kept, and the step ends in APPLY_FAULT.
cdef inline void must(CoreState* state, bint holds, const char* what) noexcept nogil:
    if not holds and state.fault == NULL:
        state.fault = what

# 0, or -1: no memory. `orders_max` counts open and closed orders.
cdef int state_open(CoreState* state, uint32_t orders_max, uint32_t levels_max) noexcept nogil
cdef void state_close(CoreState* state) noexcept nogil
# Have memory for the next `ahead` orders; on another thread than the core's, which a huge page would cost milliseconds.
cdef void state_ahead(CoreState* state, uint32_t ahead) noexcept nogil
# The same and room in the index, before the core has a thread. 0, or -1: no memory.
cdef int state_reserve(CoreState* state, uint32_t orders) noexcept nogil
# Empty all derived indexes: before they are built anew. 0, or -1: no memory.
cdef int indexes_reset(CoreState* state) noexcept nogil
cdef inline bint has_label(const Label* label, const char* text, uint32_t size) noexcept nogil:
    return label.size == size and memcmp(label.text, text, size) == 0

cdef void label_set(Label* label, const char* text, uint32_t size) noexcept nogil
