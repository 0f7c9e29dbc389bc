"""Core: applies one Command at a time, in one order. No socket, clock, file, thread or chance inside.

`apply` stamps the command with the next seq and max(last, its) time, changes the state and leaves the events
of the step in `events` and the market views the step read for the first time in `views_read` (complete
KIND_MARKET_VIEW commands, to be journalled before the command). The caller journals views, command and
events, in that order, before anything leaves. A MARKET_VIEW that caused nothing returns APPLY_SILENT (ApplyResult:
step.pxd): it took no seq and is not journalled. Nor is one with action VIEW_READ (what `views_read` holds): applied
in replay, it only takes its place.

A start is a KIND_EPOCH command: target_id = the new epoch, qty = RULES_VERSION. The id of an order is that of
the step that made it, of a child epoch << 44 | its number; a trade_id is seq << 16 | index of its first event,
unique for ever together with the event's epoch.
"""

cimport cython

from internaliser.core.regions cimport REGIONS_MAX, Region
from internaliser.core.view_board cimport ViewBoard
from internaliser.model.types cimport *
from internaliser.model.command cimport Command, ConfigAsset, ConfigInstrument, ConfigListing
from internaliser.model.event cimport EventBuffer


@cython.final
cdef class Core:
    cdef void* state            # CoreState of core/state.pxd: index-linked slabs, private
    cdef EventBuffer events
    cdef EventBuffer views_read
    cdef readonly uint64_t seq
    cdef readonly uint32_t epoch
    cdef readonly int64_t now_ns
    cdef readonly uint16_t node_id
    cdef ViewBoard board        # kept for as long as the state points at it
    cdef uint32_t last_asked    # what instrument_of found last

    cdef int apply(self, Command* command) noexcept nogil
    # An order with this ClOrdID comes soon: what tells whether it is new is loaded meanwhile.
    cdef void foresee(self, uint16_t client, const char* cl_ord_id, uint32_t size) noexcept nogil
    # Names to indexes, for the gateway: NONE16 when unknown.
    cdef uint16_t instrument_of(self, const char* symbol, uint32_t size) noexcept nogil
    # Indexes to what the configuration said of them, for texts on the wire: NULL when unknown. Valid until the
    # next apply. Names are not NUL terminated: `size` is their length, 0 when unknown.
    cdef const ConfigInstrument* instrument(self, uint16_t index) noexcept nogil
    cdef const ConfigAsset* asset(self, uint16_t index) noexcept nogil
    cdef const char* symbol(self, uint16_t instrument, uint32_t* size) noexcept nogil
    cdef const char* asset_name(self, uint16_t asset, uint32_t* size) noexcept nogil
    cdef const char* source_name(self, uint16_t source, uint32_t* size) noexcept nogil
    cdef const char* begin_string(self, uint16_t session, uint32_t* size) noexcept nogil
    # Listings by number, in the order they came: NULL behind the last.
    cdef const ConfigListing* listing(self, uint32_t number) noexcept nogil
    # What a source calls an instrument, also where it lists it no more: what is under way there keeps its name.
    cdef const char* source_symbol(self, uint16_t source, uint16_t instrument, uint32_t* size) noexcept nogil
    # The instrument a source means by its own symbol, NONE16 when unknown.
    cdef uint16_t instrument_at_source(self, uint16_t source, const char* symbol, uint32_t size) noexcept nogil
    # A source that is reached over the edge, not over a FIX session of this thread.
    cdef bint is_edge_source(self, uint16_t source) noexcept nogil
    # The first such source from `first` on whose link is not down; NONE16 when there is none.
    cdef uint16_t linked_edge_source(self, uint16_t first) noexcept nogil
    # Does the link of this session matter to orders: does its end cancel something, or has it done so?
    cdef bint follows_link(self, uint16_t session) noexcept nogil
    # An order that `client` may be told of.
    cdef bint owns(self, uint16_t client, uint64_t order_id) noexcept nogil
    # The id an order of the step applied last would have.
    cdef uint64_t latest_step(self) noexcept nogil
    # A REPLACE that asks for no more than a smaller quantity at the same terms.
    cdef bint reduces(self, const Command* command) noexcept nogil
    # Earliest step time at which a TIMER command is due (child overdue, source stale, a client's absence, a job), 0 =
    # none; and that command.
    cdef int64_t deadline(self) noexcept nogil
    cdef int due(self, int64_t now_ns, Command* timer) noexcept nogil       # 1 = `timer` was filled in
    # Snapshot: describe all stretches (returns their count); after loading bytes of the same tags, `loaded`
    # rebuilds what is derived and returns 0, or -1 when they contradict each other.
    cdef int regions(self, Region* out) noexcept nogil
    cdef int prepare_load(self, const Region* sizes, int count) noexcept nogil
    cdef int loaded(self) noexcept nogil
    cdef void show_counters(self) noexcept nogil
    # What of ours broke, after APPLY_FAULT; NULL = nothing.
    cdef const char* fault_text(self) noexcept nogil
