"""What the gateway and Python may ask of the core."""

cimport cython

from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

from internaliser.core.check cimport check_state
from internaliser.core.digest cimport state_digest
from internaliser.core.entry cimport is_reduction
from internaliser.core.glance cimport client_account_rows, node_trading_state
from internaliser.core.inspect cimport (
    account_rows, asset_rows, child_rows, client_rows, depth_rows, instrument_rows, limits_row,
    listing_rows, mark_rows, order_rows, session_rows, source_rows, stated_rows, view_rows,
)
from internaliser.core.listings cimport instrument_listed_as
from internaliser.core.names cimport names_prefetch
from internaliser.core.operator cimport next_deadline, next_timer
from internaliser.core.orders cimport cl_ord_id_of, order_of_id
from internaliser.core.regions cimport (
    describe_regions, rebuild_state, room_for_regions, state_layout,
)
from internaliser.core.state cimport (
    INSTRUMENTS_MAX, RULES_VERSION, SOURCES_MAX, CoreState, asset_at, id_of_step, instrument_at,
    listing_at, listing_slot, order_at, session_at, source_at, state_ahead, state_close, state_open,
    state_reserve,
)
from internaliser.core.step cimport APPLY_DONE, APPLY_FAULT, step
from internaliser.core.views cimport views_show
from internaliser.model.command cimport COMMAND_HEAD, SOURCE_DOWN
from internaliser.model.index cimport hash_text, index_first, index_next
from internaliser.model.record cimport RecordHead
from internaliser.model.types cimport *

from internaliser.model.records import read_records


cdef inline bint is_named(
    const CoreState* state, uint32_t instrument, const char* symbol, uint32_t size
) noexcept nogil:
    return instrument_at(state, instrument).name.size == size and (
        memcmp(instrument_at(state, instrument).name.text, symbol, size) == 0
    )


@cython.final
cdef class Core:
    """The trading state of one node and the only thing that changes it.

    `orders_max` bounds open and closed orders together, `levels_max` the price levels: address
    space is taken for them, memory only as they come into use. CONFIG_LIMITS sets the working
    limits below these.
    """

    def __cinit__(
        self, uint16_t node_id, uint32_t orders_max=8_000_000, uint32_t levels_max=2_000_000
    ):
        cdef CoreState* state = <CoreState*> calloc(1, sizeof(CoreState))
        if state == NULL:
            raise MemoryError
        self.state = state
        if state_open(state, orders_max, levels_max) < 0:
            raise MemoryError(f"no address space for {orders_max} orders")
        memset(&self.events, 0, sizeof(EventBuffer))
        memset(&self.views_read, 0, sizeof(EventBuffer))
        state.events = &self.events
        state.views_read = &self.views_read
        state.header.node_id = node_id
        self.node_id = node_id

    def __dealloc__(self):
        if self.state != NULL:
            state_close(<CoreState*> self.state)
            free(self.state)
        free(self.events.data)
        free(self.views_read.data)

    cdef void show_counters(self) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        self.seq = state.header.seq
        self.epoch = state.header.epoch
        self.now_ns = state.header.now_ns

    cdef int apply(self, Command* command) noexcept nogil:
        cdef int result
        self.events.used = 0
        self.events.count = 0
        self.views_read.used = 0
        self.views_read.count = 0
        result = step(<CoreState*> self.state, command)
        self.show_counters()
        return result

    cdef const char* fault_text(self) noexcept nogil:
        return (<CoreState*> self.state).fault

    cdef void foresee(self, uint16_t client, const char* cl_ord_id, uint32_t size) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        names_prefetch(&state.names, cl_ord_id_of(client, cl_ord_id, size).tag)

    cdef uint16_t instrument_of(self, const char* symbol, uint32_t size) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        cdef uint64_t key
        cdef uint32_t cursor, slot
        # Orders for the same come in a row.
        if self.last_asked < state.instruments.used:
            if is_named(state, self.last_asked, symbol, size):
                return <uint16_t> self.last_asked
        key = hash_text(0, symbol, size)
        slot = index_first(&state.symbols, key, &cursor)
        while slot != <uint32_t> NONE32:
            if is_named(state, slot, symbol, size):
                self.last_asked = slot
                return <uint16_t> slot
            slot = index_next(&state.symbols, key, &cursor)
        return NONE16

    cdef const ConfigInstrument* instrument(self, uint16_t index) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        return &instrument_at(state, index).terms if index < state.instruments.used else NULL

    cdef const ConfigAsset* asset(self, uint16_t index) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        return &asset_at(state, index).terms if index < state.assets.used else NULL

    cdef const char* symbol(self, uint16_t instrument, uint32_t* size) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        size[0] = 0
        if instrument >= state.instruments.used:
            return NULL
        size[0] = instrument_at(state, instrument).name.size
        return instrument_at(state, instrument).name.text

    cdef const char* asset_name(self, uint16_t asset, uint32_t* size) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        size[0] = 0
        if asset >= state.assets.used:
            return NULL
        size[0] = asset_at(state, asset).name.size
        return asset_at(state, asset).name.text

    cdef const char* source_name(self, uint16_t source, uint32_t* size) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        size[0] = 0
        if source >= state.sources.used:
            return NULL
        size[0] = source_at(state, source).name.size
        return source_at(state, source).name.text

    cdef const char* begin_string(self, uint16_t session, uint32_t* size) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        size[0] = 0
        if session >= state.sessions.used:
            return NULL
        size[0] = session_at(state, session).begin_string.size
        return session_at(state, session).begin_string.text

    cdef const ConfigListing* listing(self, uint32_t number) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        return &listing_at(state, number).terms if number < state.listings.used else NULL

    cdef const char* source_symbol(
        self, uint16_t source, uint16_t instrument, uint32_t* size
    ) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        cdef uint32_t slot = <uint32_t> NONE32
        if source < SOURCES_MAX and instrument < INSTRUMENTS_MAX:
            slot = listing_slot(state, source, instrument)
        size[0] = 0
        if slot == <uint32_t> NONE32:
            return NULL
        size[0] = listing_at(state, slot).symbol.size
        return listing_at(state, slot).symbol.text

    cdef uint16_t instrument_at_source(
        self, uint16_t source, const char* symbol, uint32_t size
    ) noexcept nogil:
        return instrument_listed_as(<CoreState*> self.state, source, symbol, size)

    cdef bint is_edge_source(self, uint16_t source) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        return source < state.sources.used and source_at(state, source).session == NONE16

    cdef uint16_t linked_edge_source(self, uint16_t first) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        cdef uint32_t source
        for source in range(first, state.sources.used):
            if source_at(state, source).session == NONE16:
                if source_at(state, source).link != SOURCE_DOWN:
                    return <uint16_t> source
        return NONE16

    cdef bint follows_link(self, uint16_t session) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        return session < state.sessions.used and (
            session_at(state, session).cancels != 0 or session_at(state, session).due_ns != 0
        )

    cdef bint owns(self, uint16_t client, uint64_t order_id) noexcept nogil:
        cdef CoreState* state = <CoreState*> self.state
        cdef uint32_t slot = order_of_id(state, order_id)
        return slot != <uint32_t> NONE32 and order_at(state, slot).client == client

    cdef uint64_t latest_step(self) noexcept nogil:
        return id_of_step(<CoreState*> self.state)

    cdef bint reduces(self, const Command* command) noexcept nogil:
        return is_reduction(<CoreState*> self.state, command)

    cdef int64_t deadline(self) noexcept nogil:
        return next_deadline(<CoreState*> self.state)

    cdef int due(self, int64_t now_ns, Command* command) noexcept nogil:
        return next_timer(<CoreState*> self.state, now_ns, command)

    cdef int regions(self, Region* out) noexcept nogil:
        return describe_regions(<CoreState*> self.state, out)

    cdef int prepare_load(self, const Region* sizes, int count) noexcept nogil:
        return room_for_regions(<CoreState*> self.state, sizes, count)

    cdef int loaded(self) noexcept nogil:
        cdef int result = rebuild_state(<CoreState*> self.state)
        self.show_counters()
        return result

    def make_room(self, uint32_t orders):
        """Have memory for so many orders to come: at a start, before a thread uses the core."""
        if state_reserve(<CoreState*> self.state, orders) < 0:
            raise MemoryError(f"no memory for {orders} orders")

    def reach_ahead(self, uint32_t orders):
        """Have memory for so many orders to come; for the edge, every now and then."""
        with nogil:
            state_ahead(<CoreState*> self.state, orders)

    @property
    def fault(self):
        """What of ours broke; None = nothing. A core with a fault applies nothing any more."""
        cdef const char* text = self.fault_text()
        return None if text == NULL else text.decode()

    def show_views(self, ViewBoard board not None) -> None:
        """From now on outside views are shown on `board` as they are; those there are at once."""
        cdef CoreState* state = <CoreState*> self.state
        self.board = board
        state.board = &board.board
        for source in range(state.sources.used):
            views_show(state, source)

    def apply_raw(self, bytes command):
        """Apply one command record. (ApplyResult, the command as stamped, views it read, events),
        as bytes."""
        cdef Command* copy
        cdef int result
        cdef bytes stamped
        if not COMMAND_HEAD <= len(command) <= sizeof(Command):
            raise ValueError(
                f"a command has {COMMAND_HEAD} to {sizeof(Command)} bytes, not {len(command)}"
            )
        copy = <Command*> calloc(1, sizeof(Command))
        if copy == NULL:
            raise MemoryError
        memcpy(copy, <const char*> command, len(command))
        result = self.apply(copy)
        stamped = (<char*> copy)[:len(command)]
        free(copy)
        return (
            result, stamped,
            (<char*> self.views_read.data)[:self.views_read.used] if self.views_read.used else b"",
            (<char*> self.events.data)[:self.events.used] if self.events.used else b"",
        )

    def apply_bytes(self, bytes command):
        """Apply one command record; its events as objects. AssertionError when an invariant of ours
        broke."""
        result, _, _, events = self.apply_raw(command)
        if result == APPLY_FAULT:
            raise AssertionError(f"seq {self.seq}: {self.fault}")
        return read_records(events)

    def apply_packed(self, bytes commands not None):
        """Apply command records that stand back to back, without Python in between.

        (commands applied, events told, bytes of events). The events themselves are not kept: for
        rebuilding a state and for measuring. AssertionError at the command that met a fault.
        """
        cdef const char* records = commands
        cdef size_t size = len(commands)
        cdef size_t at = 0
        cdef uint64_t applied = 0, events = 0, event_bytes = 0
        cdef uint32_t record_size
        cdef int result = APPLY_DONE
        cdef Command* command = <Command*> calloc(1, sizeof(Command))
        if command == NULL:
            raise MemoryError
        with nogil:
            while at + COMMAND_HEAD <= size and result != APPLY_FAULT:
                record_size = (<const RecordHead*> (records + at)).size
                if not COMMAND_HEAD <= record_size <= sizeof(Command) or at + record_size > size:
                    break
                memcpy(command, records + at, record_size)
                result = self.apply(command)
                applied += 1
                events += self.events.count
                event_bytes += self.events.used
                at += record_size
        free(command)
        if result == APPLY_FAULT:
            raise AssertionError(f"seq {self.seq}: {self.fault}")
        if at != size:
            raise ValueError(f"expected a whole command record at byte {at} of {size}")
        return applied, events, event_bytes

    def timer_due(self, int64_t now_ns):
        """The TIMER command that is due at `now_ns`, None if none is."""
        cdef Command command
        if not self.due(now_ns, &command):
            return None
        return (<char*> &command)[:COMMAND_HEAD]

    def next_deadline(self):
        """Earliest step time at which a timer may be due, 0 = none."""
        return self.deadline()

    def state_hash(self):
        """32 hex digits, equal for equal trading state however it came about."""
        return state_digest(<CoreState*> self.state)

    def check(self):
        """Walk everything; AssertionError naming the invariant that does not hold."""
        check_state(<CoreState*> self.state)

    def orders(self, open_only=False):
        """Orders in memory, by id: open ones, and closed ones up to limits.closed_orders_max."""
        return order_rows(<CoreState*> self.state, open_only)

    def accounts(self):
        return account_rows(<CoreState*> self.state)

    def client_accounts(self, uint16_t client):
        """As `accounts`, of one client, from another thread while the core works.

        All as of one moment between two steps; None when the core was too busy for such a moment.
        """
        return client_account_rows(<CoreState*> self.state, &self.seq, client)

    @property
    def trading_state(self):
        """Of the whole node: "active", "reducing" or "halted". For before the core works."""
        return node_trading_state(<CoreState*> self.state)

    def children(self, live_only=False):
        return child_rows(<CoreState*> self.state, live_only)

    def assets(self):
        return asset_rows(<CoreState*> self.state)

    def instruments(self):
        return instrument_rows(<CoreState*> self.state)

    def clients(self):
        return client_rows(<CoreState*> self.state)

    def sources(self):
        return source_rows(<CoreState*> self.state)

    def reference(self):
        """The asset everything is valued in, None when none is configured."""
        cdef CoreState* state = <CoreState*> self.state
        return asset_rows(state)[state.header.reference - 1]["name"] if (
            state.header.reference != 0
        ) else None

    def stated_balances(self):
        """What sources say we hold there, in smallest units."""
        return stated_rows(<CoreState*> self.state)

    def marks(self):
        """Latest mark per instrument that has one: twice the mid in ticks, and its step time."""
        return mark_rows(<CoreState*> self.state)

    def sessions(self):
        return session_rows(<CoreState*> self.state)

    def views(self):
        return view_rows(<CoreState*> self.state)

    def listings(self):
        return listing_rows(<CoreState*> self.state)

    def limits(self):
        return limits_row(<CoreState*> self.state)

    def depth(self, instrument, depth_max=1000):
        """(bids, asks) of the local book, best first, as (price, qty, order count)."""
        return depth_rows(<CoreState*> self.state, instrument, depth_max)

    @property
    def rules_version(self):
        return RULES_VERSION

    @property
    def layout(self):
        return state_layout()

    def snapshot(self):
        """The whole state as stretches of bytes by tag; only a core of the same `layout` can load
        them."""
        cdef Region[REGIONS_MAX] out
        cdef int i, count = self.regions(out)
        return {out[i].tag: (<char*> out[i].bytes)[:out[i].size] for i in range(count)}

    def load(self, stretches, seq=None):
        """Take over a snapshot's stretches; ValueError when they do not fit or contradict each
        other."""
        cdef Region[REGIONS_MAX] out
        cdef int i, count = 0
        for tag, data in stretches.items():
            if count == REGIONS_MAX:
                raise ValueError("too many regions")
            out[count].tag = tag
            out[count].size = len(data)
            count += 1
        if self.prepare_load(out, count) < 0:
            raise ValueError("a region does not fit this core's limits")
        count = self.regions(out)
        for i in range(count):
            data = stretches[out[i].tag]
            memcpy(out[i].bytes, <const char*> data, out[i].size)
        if self.loaded() < 0:
            raise ValueError("the regions contradict each other")
        if (<CoreState*> self.state).header.node_id != self.node_id:
            raise ValueError("the state is that of another node")
        if seq is not None and seq != self.seq:
            raise ValueError(f"expected the state of seq {seq}, found that of {self.seq}")
