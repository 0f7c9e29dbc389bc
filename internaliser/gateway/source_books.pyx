"""Books from W (snapshot), X (279 new, change, delete; 278 or price: which entry), Y (no data).

Entries with an MDEntryID are single orders or levels under a name; entries without one are price
levels. Both are kept as they came and summed per price when a view is made.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memmove, memset

from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Field, Message, find
from internaliser.gateway.amounts cimport AMOUNT_GOOD, read_lots_floor, read_ticks
from internaliser.model.command cimport *
from internaliser.model.index cimport (
    hash_text, index_close, index_first, index_open, index_put,
)
from internaliser.model.record cimport KIND_MARKET_VIEW
from internaliser.model.slab cimport slab_close, slab_open, slab_take

cdef enum:
    UPDATE_NEW = 48             # MDUpdateAction(279) '0'
    UPDATE_CHANGE = 49
    UPDATE_DELETE = 50
    BID = 0
    ASK = 1
    NO_HALF = 2                 # neither: a trade, an index value ...


cdef struct Update:             # one entry of the MDEntries group as received, NULL where absent
    const Field* action
    const Field* entry_type
    const Field* entry_id
    const Field* symbol
    const Field* price
    const Field* qty


cdef class SourceBooks:
    """Need not survive a crash: a source that logs on again sends its snapshots again."""

    def __cinit__(self) -> None:
        if (
            slab_open(&self.books, sizeof(SourceBook), BOOKS_MAX) < 0
            or index_open(&self.by_key, 64) < 0
        ):
            raise MemoryError("no address space for the books of outside sources")

    def __dealloc__(self) -> None:
        cdef int i
        slab_close(&self.books)
        index_close(&self.by_key)
        for i in range(SOURCES_MAX):
            free(self.sent[i])

    cdef void forget(self, uint16_t source) noexcept nogil:
        cdef uint32_t slot
        cdef SourceBook* book
        for slot in range(self.books.used):
            book = <SourceBook*> self.books.items + slot
            if book.source == source:
                book.has_snapshot = 0
                book.count[BID] = 0
                book.count[ASK] = 0

    cdef void remember(
        self, uint16_t source, uint64_t msg_seq_num, uint64_t child_id
    ) noexcept nogil:
        cdef SentChild* entry
        if source >= SOURCES_MAX:
            return
        if self.sent[source] == NULL:
            self.sent[source] = <SentChild*> calloc(SENT_MAX, sizeof(SentChild))
            if self.sent[source] == NULL:
                return
        entry = &self.sent[source][msg_seq_num % SENT_MAX]
        entry.msg_seq_num = msg_seq_num
        entry.child_id = child_id

    cdef uint64_t child_sent(self, uint16_t source, uint64_t msg_seq_num) noexcept nogil:
        cdef SentChild* entry
        if source >= SOURCES_MAX or self.sent[source] == NULL or msg_seq_num == 0:
            return 0
        entry = &self.sent[source][msg_seq_num % SENT_MAX]
        return entry.child_id if entry.msg_seq_num == msg_seq_num else 0

    cdef int next_view(self, Command* command) noexcept nogil:
        cdef SourceBook* book
        if self.touched_count == 0:
            return 0
        self.touched_count -= 1
        book = <SourceBook*> self.books.items + self.touched[self.touched_count]
        book.is_touched = 0
        write_view(book, command)
        return 1

    def forget_source(self, source: int) -> None:
        """The link of a source is gone: its books mean nothing until their next snapshot."""
        self.forget(source)

    def remember_child(self, source: int, msg_seq_num: int, child_id: int) -> None:
        """A child's D left with this MsgSeqNum, so that a Reject(3) of it can be understood."""
        self.remember(source, msg_seq_num, child_id)


cdef SourceBook* book_of(SourceBooks books, uint16_t source, uint16_t instrument) noexcept nogil:
    """The book, made empty where there is none yet; NULL when BOOKS_MAX is reached."""
    cdef uint64_t key = <uint64_t> source << 16 | instrument
    cdef uint32_t cursor = 0
    cdef uint32_t slot = index_first(&books.by_key, key, &cursor)
    cdef SourceBook* book
    if slot == NONE32:
        slot = slab_take(&books.books)
        if slot == NONE32 or index_put(&books.by_key, key, slot) < 0:
            return NULL
        book = <SourceBook*> books.books.items + slot
        book.source = source
        book.instrument = instrument
    return <SourceBook*> books.books.items + slot


cdef inline BookEntry* half_of(SourceBook* book, uint32_t half) noexcept nogil:
    return &book.bids[0] if half == BID else &book.asks[0]


cdef void write_view(SourceBook* book, Command* command) noexcept nogil:
    cdef MarketView* view = <MarketView*> &command.payload[0]
    cdef ViewLevel* levels = <ViewLevel*> &command.payload[sizeof(MarketView)]
    memset(&command.text_size[0], 0, 4)
    command.head.kind = KIND_MARKET_VIEW
    command.head.index = 0
    command.head.seq = 0
    command.instrument = book.instrument
    command.source = book.source
    command.side = 0
    command.ord_type = 0
    command.tif = 0
    command.flags = 0
    command.action = 0
    command.reason = 0
    command.reserved = 0
    command.reserved2 = 0
    command.price = 0
    command.qty = 0
    command.target_id = 0
    command.msg_seq_num = 0
    book.version += 1
    view.received_ns = 0
    view.version = book.version
    view.is_fresh = book.has_snapshot
    view.bid_count = write_levels(&book.bids[0], book.count[BID], levels)
    view.ask_count = write_levels(&book.asks[0], book.count[ASK], levels + view.bid_count)
    command.head.size = <uint32_t> (
        COMMAND_HEAD + sizeof(MarketView)
        + <uint32_t> (view.bid_count + view.ask_count) * sizeof(ViewLevel)
    )


cdef uint16_t write_levels(
    const BookEntry* entries, uint32_t count, ViewLevel* levels
) noexcept nogil:
    """Entries of equal price summed; at most VIEW_DEPTH_MAX levels. Returns how many."""
    cdef uint32_t made = 0
    cdef uint32_t i
    for i in range(count):
        if made > 0 and levels[made - 1].price == entries[i].price:
            levels[made - 1].qty += entries[i].qty
            continue
        if made == VIEW_DEPTH_MAX:
            break
        levels[made].price = entries[i].price
        levels[made].qty = entries[i].qty
        made += 1
    return <uint16_t> made


cdef void touch(SourceBooks books, SourceBook* book) noexcept nogil:
    if not book.is_touched and books.touched_count < TOUCHED_MAX:
        book.is_touched = 1
        books.touched[books.touched_count] = <uint32_t> (
            book - <SourceBook*> books.books.items
        )
        books.touched_count += 1


cdef void insert_entry(
    SourceBook* book, uint32_t half, uint64_t id, int64_t price, int64_t qty
) noexcept nogil:
    """In price order, behind those of the same price. From a full half the worst entry goes."""
    cdef BookEntry* entries = half_of(book, half)
    cdef uint32_t at = book.count[half]
    if at == ENTRIES_MAX:
        at -= 1
        if (price <= entries[at].price) if half == BID else (price >= entries[at].price):
            return
        book.count[half] = at
    while at > 0 and (
        (entries[at - 1].price < price) if half == BID else (entries[at - 1].price > price)
    ):
        at -= 1
    memmove(entries + at + 1, entries + at, (book.count[half] - at) * sizeof(BookEntry))
    entries[at].price = price
    entries[at].qty = qty
    entries[at].id = id
    book.count[half] += 1


cdef uint32_t find_entry(
    SourceBook* book, uint32_t half, uint64_t id, int has_price, int64_t price
) noexcept nogil:
    """By id where the update has one, else by price; NONE32 when it is not there."""
    cdef BookEntry* entries = half_of(book, half)
    cdef uint32_t i
    if id != 0:
        for i in range(book.count[half]):
            if entries[i].id == id:
                return i
    if has_price:
        for i in range(book.count[half]):
            # An entry with another id at that price is another order.
            if entries[i].price == price and (id == 0 or entries[i].id == 0):
                return i
    return NONE32


cdef void remove_entry(SourceBook* book, uint32_t half, uint32_t at) noexcept nogil:
    cdef BookEntry* entries = half_of(book, half)
    book.count[half] -= 1
    memmove(entries + at, entries + at + 1, (book.count[half] - at) * sizeof(BookEntry))


cdef uint32_t half_named(const Message* message, const Field* entry_type) noexcept nogil:
    if entry_type == NULL or entry_type.size != 1:
        return NO_HALF
    if message.raw[entry_type.offset] == b'0':
        return BID
    if message.raw[entry_type.offset] == b'1':
        return ASK
    return NO_HALF


cdef void apply_update(
    Core core, SourceBook* book, const Message* message, const Update* update, char action
) noexcept nogil:
    """One entry of W or X. What cannot be understood is left out: less is the safe side."""
    cdef const ConfigInstrument* instrument = core.instrument(book.instrument)
    cdef uint32_t half = half_named(message, update.entry_type)
    cdef uint32_t at = NONE32
    cdef uint64_t id = 0
    cdef int64_t price = 0, qty = 0
    cdef int has_price = (
        update.price != NULL
        and read_ticks(instrument, message, update.price, &price) == AMOUNT_GOOD
    )
    cdef int has_qty = (
        update.qty != NULL
        and read_lots_floor(instrument, message, update.qty, &qty) == AMOUNT_GOOD
    )
    if update.entry_id != NULL and update.entry_id.size > 0:
        id = hash_text(0, message.raw + update.entry_id.offset, update.entry_id.size) | 1
    if half != NO_HALF:
        at = find_entry(book, half, id, has_price, price)
    elif update.entry_type == NULL and id != 0:
        # Change and delete may leave MDEntryType out: the id says which half.
        half = BID
        at = find_entry(book, BID, id, 0, 0)
        if at == NONE32:
            half = ASK
            at = find_entry(book, ASK, id, 0, 0)
    if half == NO_HALF:
        return
    if at != NONE32:
        if not has_price:
            price = half_of(book, half)[at].price
            has_price = update.price == NULL
        if not has_qty and update.qty == NULL and action == UPDATE_CHANGE:
            qty = half_of(book, half)[at].qty
        remove_entry(book, half, at)
    if action != UPDATE_DELETE and has_price and qty > 0:
        insert_entry(book, half, id, price, qty)


cdef void collect_update(Update* update, const Field* field) noexcept nogil:
    cdef int32_t tag = field.tag
    if tag == 269:
        update.entry_type = field
    elif tag == 270:
        update.price = field
    elif tag == 271:
        update.qty = field
    elif tag == 278:
        update.entry_id = field
    elif tag == 279:
        update.action = field
    elif tag == 55:
        update.symbol = field


cdef uint16_t instrument_asked(const Message* message) noexcept nogil:
    """The instrument of our MDReqID "M<index>", NONE16 when it is not one."""
    cdef const Field* field = find(message, 262)
    cdef uint32_t value = 0
    cdef uint32_t i
    if field == NULL or field.size < 2 or field.size > 6 or message.raw[field.offset] != b'M':
        return NONE16
    for i in range(1, field.size):
        if not b'0' <= message.raw[field.offset + i] <= b'9':
            return NONE16
        value = value * 10 + <uint32_t> (message.raw[field.offset + i] - 48)
    return <uint16_t> value if value < NONE16 else <uint16_t> NONE16


cdef uint16_t instrument_named(
    Core core, uint16_t source, const Message* message, const Field* symbol
) noexcept nogil:
    """By the source's own symbol, else the one we asked it for."""
    cdef uint16_t index
    cdef uint32_t size = 0
    if symbol != NULL:
        return core.instrument_at_source(source, message.raw + symbol.offset, symbol.size)
    index = instrument_asked(message)
    core.source_symbol(source, index, &size)
    return index if size > 0 else <uint16_t> NONE16


cdef void apply_snapshot(
    Core core, SourceBooks books, uint16_t source, const Message* message
) noexcept nogil:
    """W: the book is what this message says and nothing else."""
    cdef uint16_t instrument = instrument_named(core, source, message, find(message, 55))
    cdef SourceBook* book
    cdef Update update
    cdef uint32_t i
    if instrument == NONE16:
        return
    book = book_of(books, source, instrument)
    if book == NULL:
        return
    book.count[BID] = 0
    book.count[ASK] = 0
    book.has_snapshot = 1
    memset(&update, 0, sizeof(Update))
    for i in range(message.body_first, message.field_count):
        if message.fields[i].tag == 269:
            if update.entry_type != NULL:
                apply_update(core, book, message, &update, UPDATE_NEW)
            memset(&update, 0, sizeof(Update))
        collect_update(&update, &message.fields[i])
    if update.entry_type != NULL:
        apply_update(core, book, message, &update, UPDATE_NEW)
    touch(books, book)


cdef void apply_entry(
    Core core, SourceBooks books, uint16_t source, const Message* message, const Update* update,
    uint16_t instrument,
) noexcept nogil:
    """One entry of X, in its instrument's book; nothing where that has no snapshot yet."""
    cdef SourceBook* book
    cdef char action
    if instrument == NONE16 or update.action.size != 1:
        return
    action = message.raw[update.action.offset]
    book = book_of(books, source, instrument)
    if book == NULL or not book.has_snapshot or not UPDATE_NEW <= action <= UPDATE_DELETE:
        return
    apply_update(core, book, message, update, action)
    touch(books, book)


cdef void apply_increment(
    Core core, SourceBooks books, uint16_t source, const Message* message
) noexcept nogil:
    """X: its entries in order. One without Symbol(55) is about the instrument before it."""
    cdef uint16_t instrument = instrument_named(core, source, message, NULL)
    cdef Update update
    cdef uint32_t i
    memset(&update, 0, sizeof(Update))
    for i in range(message.body_first, message.field_count):
        if message.fields[i].tag == 279:
            if update.action != NULL:
                if update.symbol != NULL:
                    instrument = instrument_named(core, source, message, update.symbol)
                apply_entry(core, books, source, message, &update, instrument)
            memset(&update, 0, sizeof(Update))
        collect_update(&update, &message.fields[i])
    if update.action != NULL:
        if update.symbol != NULL:
            instrument = instrument_named(core, source, message, update.symbol)
        apply_entry(core, books, source, message, &update, instrument)


cdef void apply_no_data(
    Core core, SourceBooks books, uint16_t source, const Message* message
) noexcept nogil:
    """Y: the source will not tell this book. An empty, stale view takes it off the ladder."""
    cdef uint16_t instrument = instrument_named(core, source, message, NULL)
    cdef const Field* reason = find(message, 281)
    cdef SourceBook* book
    if instrument == NONE16:
        return
    if reason != NULL and reason.size == 1 and message.raw[reason.offset] == b'1':
        # Duplicate MDReqID: the subscription it already has goes on.
        return
    book = book_of(books, source, instrument)
    if book == NULL:
        return
    book.has_snapshot = 0
    book.count[BID] = 0
    book.count[ASK] = 0
    touch(books, book)


cdef int decode_market_data(
    Core core, SourceBooks books, uint16_t source, const Message* message, Command* command
) noexcept nogil:
    cdef char msg_type = message.msg_type[0]
    if msg_type == b'W':
        apply_snapshot(core, books, source, message)
    elif msg_type == b'X':
        apply_increment(core, books, source, message)
    else:
        apply_no_data(core, books, source, message)
    return books.next_view(command)
