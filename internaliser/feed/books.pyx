"""Local books from events."""

cimport cython

from libc.stdlib cimport calloc, free, realloc

from internaliser.core.state cimport (
    PENDING_REPLACE, Child, CoreState, Order, child_at, order_at, pending_at,
)
from internaliser.feed.levels cimport ladder_add, ladder_close, ladder_open
from internaliser.model.enums cimport (
    CHILD_DONE, LIQUIDITY_REMOVED, ORD_LIMIT, SIDE_BUY, SIDE_SELL, STATUS_PENDING_REPLACE, TIF_DAY,
    TIF_GTC,
)
from internaliser.model.event cimport (
    EVENT_ACCEPTED, EVENT_CANCEL_PENDING, EVENT_EXECUTED, EVENT_REJECTED,
)
from internaliser.model.index cimport (
    index_close, index_first, index_open, index_put, index_remove,
)
from internaliser.model.record cimport KIND_CHILD_EVENT, KIND_ORDER_EVENT, KIND_SESSION
from internaliser.model.slab cimport slab_close, slab_give, slab_open, slab_take

cdef enum:
    MOVED_FIRST = 256           # orders of one step there is room for at first

cdef enum RestFlag:
    REST_MAY = 1                # of a kind that may rest
    REST_ENDS = 2               # its children are awaited, then it ends
    REST_WAITS = 4              # its children are awaited, then it gets new terms
    REST_MOVED = 8              # already in `moved`

cdef struct Resting:            # an open order
    uint32_t link
    uint16_t instrument
    uint8_t side
    uint8_t flags               # RestFlag
    uint64_t order_id
    int64_t price
    int64_t leaves_qty
    int64_t away_qty            # at sources, not executed
    int64_t shown_price         # where it stands in the book
    int64_t shown_qty           # with so much; 0 = not in the book

cdef struct Away:               # a live child
    uint32_t link
    uint32_t order
    uint64_t child_id
    int64_t qty                 # not executed


cdef inline Resting* resting_at(Slab* slab, uint32_t slot) noexcept nogil:
    return (<Resting*> slab.items) + slot


cdef inline Away* away_at(Slab* slab, uint32_t slot) noexcept nogil:
    return (<Away*> slab.items) + slot


@cython.final
cdef class LocalBooks:
    """Room for `orders_max` open orders and `children_max` live children on `count` instruments."""

    def __cinit__(self, uint32_t count, *, uint32_t orders_max, uint32_t children_max):
        cdef uint32_t i
        self.count = count
        self.books = <LocalBook*> calloc(max(count, 1), sizeof(LocalBook))
        self.changed = <uint16_t*> calloc(max(count, 1), sizeof(uint16_t))
        self.stirred = <uint16_t*> calloc(max(count, 1), sizeof(uint16_t))
        if self.books == NULL or self.changed == NULL or self.stirred == NULL:
            raise MemoryError("no memory for the books")
        for i in range(count):
            ladder_open(&self.books[i].bids, SIDE_BUY)
            ladder_open(&self.books[i].asks, SIDE_SELL)
            self.books[i].trades = <Trade*> calloc(TRADES_KEPT, sizeof(Trade))
            if self.books[i].trades == NULL:
                raise MemoryError("no memory for the trades")
        if (
            slab_open(&self.orders, sizeof(Resting), orders_max) < 0
            or slab_open(&self.children, sizeof(Away), children_max) < 0
            or index_open(&self.order_ids, 1024) < 0
            or index_open(&self.child_ids, 64) < 0
        ):
            raise MemoryError("no memory for the orders")

    def __dealloc__(self):
        cdef uint32_t i
        if self.books != NULL:
            for i in range(self.count):
                ladder_close(&self.books[i].bids)
                ladder_close(&self.books[i].asks)
                free(self.books[i].trades)
        free(self.books)
        free(self.changed)
        free(self.stirred)
        free(self.moved)
        slab_close(&self.orders)
        slab_close(&self.children)
        index_close(&self.order_ids)
        index_close(&self.child_ids)

    def load(self, Core core not None) -> None:
        """Begin with what stands in a core, as of the last record before those taken next."""
        cdef CoreState* state = <CoreState*> core.state
        cdef const Order* order
        cdef const Child* child
        cdef uint32_t slot, cursor
        cdef Resting* resting
        for slot in range(state.orders.used):
            order = order_at(state, slot)
            if order.order_id == 0 or order.closed_as != 0:
                continue
            resting = new_order(self, order.order_id)
            resting.instrument = order.instrument
            resting.side = order.side
            resting.price = order.price
            resting.leaves_qty = order.qty - order.cum_qty
            resting.flags |= flags_of(order.ord_type, order.tif)
            if order.pending != <uint32_t> NONE32:
                resting.flags |= pending_flag(state, order)
        slot = state.header.live_first
        while slot != <uint32_t> NONE32:
            child = child_at(state, slot)
            new_child(
                self, child.child_id, index_first(&self.order_ids, child.parent_id, &cursor),
                max(child.qty - child.cum_qty, 0),
            )
            slot = child.next
        for slot in range(self.orders.used):
            if resting_at(&self.orders, slot).order_id != 0 and self.note(slot) < 0:
                raise MemoryError("no memory for the orders")
        if self.end_step() < 0:
            raise MemoryError("no memory for the levels")

    def depth(self, uint16_t instrument) -> tuple:
        """(bids, asks): (price, qty, orders) each, best first. For tests and tools."""
        cdef LocalBook* book = &self.books[instrument]
        return (
            [(one.price, one.qty, one.count) for one in book.bids.items[:book.bids.used]][::-1],
            [(one.price, one.qty, one.count) for one in book.asks.items[:book.asks.used]][::-1],
        )

    def step(self, bytes records not None) -> None:
        """Take the records of one whole step. For tests and tools."""
        cdef const char* data = records
        cdef size_t at = 0
        while at < <size_t> len(records):
            if self.take(<const RecordHead*> (data + at)) < 0:
                raise MemoryError
            at += (<const RecordHead*> (data + at)).size
        if self.end_step() < 0:
            raise MemoryError

    @property
    def order_count(self) -> int:
        """Open orders known."""
        return self.orders.live

    @property
    def child_count(self) -> int:
        """Live children known."""
        return self.children.live

    def id_of(self, uint16_t instrument) -> int:
        """The book's id."""
        return self.books[instrument].id

    # --- the journal -------------------------------------------------------------------------

    cdef int take(self, const RecordHead* record) noexcept nogil:
        # A session's counters belong to no step.
        if record.seq != self.seq and record.kind != KIND_SESSION:
            if self.end_step() < 0:
                return -1
            self.seq = record.seq
        if record.kind == KIND_ORDER_EVENT:
            return self.take_order(<const OrderEvent*> record)
        if record.kind == KIND_CHILD_EVENT:
            return self.take_child(<const ChildEvent*> record)
        return 0

    cdef int take_order(self, const OrderEvent* event) noexcept nogil:
        cdef uint32_t cursor, slot
        cdef Resting* resting
        if event.type == EVENT_REJECTED or event.order_id == 0:
            return 0
        slot = index_first(&self.order_ids, event.order_id, &cursor)
        if slot == <uint32_t> NONE32:
            if event.type != EVENT_ACCEPTED:
                return 0                # of a closed order
            slot = order_open(self, event.order_id)
            if slot == <uint32_t> NONE32:
                return -1
        resting = resting_at(&self.orders, slot)
        resting.instrument = event.instrument
        resting.side = event.side
        resting.price = event.price
        resting.leaves_qty = event.leaves_qty
        resting.flags &= ~<uint8_t> (REST_MAY | REST_WAITS)
        resting.flags |= flags_of(event.ord_type, event.tif)
        if event.ord_status == STATUS_PENDING_REPLACE:
            resting.flags |= REST_WAITS
        if event.type == EVENT_CANCEL_PENDING:
            resting.flags |= REST_ENDS
        if event.type == EVENT_EXECUTED and event.liquidity == LIQUIDITY_REMOVED:
            if self.take_trade(event) < 0:
                return -1
        return self.note(slot)

    cdef int take_trade(self, const OrderEvent* event) noexcept nogil:
        """A match inside; the taking side tells of it, once."""
        cdef LocalBook* book = &self.books[event.instrument]
        cdef Trade* trade = &book.trades[book.trade_count % TRADES_KEPT]
        trade.trade_id = event.trade_id
        trade.price = event.last_px
        trade.qty = event.last_qty
        trade.time_ns = event.time_ns
        trade.epoch = event.epoch
        book.trade_count += 1
        self.stir(event.instrument)
        return 0

    cdef int take_child(self, const ChildEvent* event) noexcept nogil:
        cdef uint32_t cursor, order
        cdef uint32_t slot = index_first(&self.child_ids, event.child_id, &cursor)
        cdef Away* away
        cdef int64_t left = max(event.qty - event.cum_qty, <int64_t> 0)
        if event.state == CHILD_DONE:
            left = 0
        if slot == <uint32_t> NONE32:
            order = index_first(&self.order_ids, event.parent_id, &cursor)
            if left == 0 or order == <uint32_t> NONE32:
                return 0                # a late word on one that had ended
            if child_open(self, event.child_id, order, left) < 0:
                return -1
            return self.note(order)
        away = away_at(&self.children, slot)
        order = away.order
        resting_at(&self.orders, order).away_qty += left - away.qty
        away.qty = left
        if event.state == CHILD_DONE:
            index_remove(&self.child_ids, event.child_id, slot)
            slab_give(&self.children, slot)
        return self.note(order)

    cdef int note(self, uint32_t slot) noexcept nogil:
        """What the order shows is looked at when the step is over."""
        cdef uint32_t* moved = self.moved
        cdef uint32_t capacity = self.moved_capacity
        if resting_at(&self.orders, slot).flags & REST_MOVED:
            return 0
        if self.moved_count == capacity:
            capacity = capacity * 2 if capacity > 0 else MOVED_FIRST
            moved = <uint32_t*> realloc(self.moved, capacity * sizeof(uint32_t))
            if moved == NULL:
                return -1
            self.moved = moved
            self.moved_capacity = capacity
        moved[self.moved_count] = slot
        self.moved_count += 1
        resting_at(&self.orders, slot).flags |= REST_MOVED
        return 0

    cdef void stir(self, uint16_t instrument) noexcept nogil:
        if not self.books[instrument].has_changed:
            self.books[instrument].has_changed = 1
            self.stirred[self.stirred_count] = instrument
            self.stirred_count += 1

    cdef int end_step(self) noexcept nogil:
        cdef uint32_t i
        cdef LocalBook* book
        for i in range(self.moved_count):
            if self.settle(self.moved[i]) < 0:
                return -1
        self.moved_count = 0
        for i in range(self.stirred_count):
            book = &self.books[self.stirred[i]]
            book.has_changed = 0
            book.id += 1
            if not book.is_listed:
                book.is_listed = 1
                self.changed[self.changed_count] = self.stirred[i]
                self.changed_count += 1
        self.stirred_count = 0
        return 0

    cdef int settle(self, uint32_t slot) noexcept nogil:
        """Bring the book to what the order shows now; one that has nothing left is forgotten."""
        cdef Resting* resting = resting_at(&self.orders, slot)
        cdef LocalBook* book = &self.books[resting.instrument]
        cdef int64_t shown = 0
        if resting.order_id == 0:
            return 0                    # a child of it has ended after it
        resting.flags &= ~<uint8_t> REST_MOVED
        if resting.flags == REST_MAY:
            shown = resting.leaves_qty - resting.away_qty
        assert shown >= 0
        if shown != resting.shown_qty or (shown != 0 and resting.price != resting.shown_price):
            self.stir(resting.instrument)
            if show(book, resting, -resting.shown_qty, -1) < 0:
                return -1
            resting.shown_price = resting.price
            if show(book, resting, shown, 1) < 0:
                return -1
            resting.shown_qty = shown
        if resting.leaves_qty == 0:
            index_remove(&self.order_ids, resting.order_id, slot)
            resting.order_id = 0
            slab_give(&self.orders, slot)
        return 0


cdef inline uint8_t flags_of(uint8_t ord_type, uint8_t tif) noexcept nogil:
    return REST_MAY if ord_type == ORD_LIMIT and (tif == TIF_DAY or tif == TIF_GTC) else 0


cdef inline uint8_t pending_flag(const CoreState* state, const Order* order) noexcept nogil:
    if pending_at(state, order.pending).kind == PENDING_REPLACE:
        return REST_WAITS
    return REST_ENDS


cdef inline int show(
    LocalBook* book, const Resting* resting, int64_t qty, int32_t count
) noexcept nogil:
    if qty == 0:
        return 0
    if resting.side == SIDE_BUY:
        return ladder_add(&book.bids, resting.shown_price, qty, count)
    return ladder_add(&book.asks, resting.shown_price, qty, count)


cdef uint32_t order_open(LocalBooks books, uint64_t order_id) noexcept nogil:
    """A new order's slot; NONE32 = no memory."""
    cdef uint32_t slot = slab_take(&books.orders)
    if slot == <uint32_t> NONE32:
        return slot
    if index_put(&books.order_ids, order_id, slot) < 0:
        slab_give(&books.orders, slot)
        return <uint32_t> NONE32
    resting_at(&books.orders, slot).order_id = order_id
    return slot


cdef int child_open(
    LocalBooks books, uint64_t child_id, uint32_t order, int64_t qty
) noexcept nogil:
    cdef uint32_t slot = slab_take(&books.children)
    if slot == <uint32_t> NONE32:
        return -1
    if index_put(&books.child_ids, child_id, slot) < 0:
        slab_give(&books.children, slot)
        return -1
    away_at(&books.children, slot).child_id = child_id
    away_at(&books.children, slot).order = order
    away_at(&books.children, slot).qty = qty
    resting_at(&books.orders, order).away_qty += qty
    return 0


cdef Resting* new_order(LocalBooks books, uint64_t order_id) except NULL:
    cdef uint32_t slot = order_open(books, order_id)
    if slot == <uint32_t> NONE32:
        raise MemoryError("no memory for the orders")
    return resting_at(&books.orders, slot)


cdef int new_child(LocalBooks books, uint64_t child_id, uint32_t order, int64_t qty) except -1:
    if order == <uint32_t> NONE32 or child_open(books, child_id, order, qty) < 0:
        raise MemoryError("no memory for the children")
    return 0
