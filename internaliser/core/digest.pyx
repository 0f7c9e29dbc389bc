"""One hash per thing, over its meaning, summed: so neither slots nor the order of walking count.

Queues enter through neighbours: an order hashes the id of the one before it in the book and in its
list. What outside views contain is left out: replay knows only those that a decision read.
"""

from libc.string cimport memset

from internaliser.core.accounts cimport Account, account_at
from internaliser.core.orders cimport name_older, name_text
from internaliser.core.state cimport (
    Child, Client, ExecSeen, Header, Instrument, Job, Label, Listing, Order, Pending, SessionEntry,
    Source, StatedBalance, asset_at, child_at, client_at, instrument_at, job_at, listing_at,
    order_at, pending_at, session_at, source_at, stated_at,
)
from internaliser.matching.book cimport is_resting
from internaliser.model.index cimport hash_text
from internaliser.model.money cimport high_half, low_half
from internaliser.model.types cimport *

cdef enum Thing:                # salts
    THING_HEADER = 1
    THING_ASSET = 2
    THING_INSTRUMENT = 3
    THING_CLIENT = 4
    THING_SOURCE = 5
    THING_SESSION = 6
    THING_ACCOUNT = 7
    THING_ORDER = 8
    THING_CHILD = 9
    THING_LISTING = 10
    THING_STATED = 11
    THING_JOB = 12
    WORDS_MAX = 40

cdef struct Digest:             # of one thing: its numbers, then hashed
    uint32_t count
    uint64_t[WORDS_MAX] words


cdef inline void add(Digest* digest, uint64_t word) noexcept nogil:
    digest.words[digest.count] = word
    digest.count += 1


cdef inline void add_money(Digest* digest, int128_t amount) noexcept nogil:
    add(digest, <uint64_t> low_half(amount))
    add(digest, <uint64_t> high_half(amount))


cdef inline void add_bytes(Digest* digest, const void* bytes, uint32_t size) noexcept nogil:
    add(digest, hash_text(0, <const char*> bytes, size))


cdef inline void add_label(Digest* digest, const Label* label) noexcept nogil:
    add_bytes(digest, label.text, label.size)


cdef inline void start(Digest* digest, uint64_t thing, uint64_t identity) noexcept nogil:
    digest.count = 0
    add(digest, thing)
    add(digest, identity)


cdef inline void finish(const Digest* digest, uint64_t* sums) noexcept nogil:
    cdef uint32_t size = digest.count * sizeof(uint64_t)
    sums[0] += hash_text(1, <const char*> digest.words, size)
    sums[1] += hash_text(2, <const char*> digest.words, size)


cdef void digest_header(const CoreState* state, uint64_t* sums) noexcept nogil:
    cdef const Header* header = &state.header
    cdef Digest digest
    start(&digest, THING_HEADER, header.node_id)
    add(&digest, header.seq)
    add(&digest, header.child_no)
    add(&digest, <uint64_t> header.now_ns)
    add(&digest, header.epoch)
    add(&digest, header.day)
    add(&digest, header.state)
    add(&digest, header.reference)
    add(&digest, header.relisted_id)
    add_bytes(&digest, &header.limits, sizeof(header.limits))
    add(&digest, header.open_count)
    add(&digest, header.closed_count)
    add(&digest, header.live_count)
    add(&digest, header.job_count)
    add(&digest, header.case_count)
    finish(&digest, sums)


cdef void digest_configuration(const CoreState* state, uint64_t* sums) noexcept nogil:
    cdef Digest digest
    cdef uint32_t slot
    cdef const Instrument* instrument
    cdef const Client* client
    cdef const Source* source
    cdef const SessionEntry* session
    for slot in range(state.assets.used):
        start(&digest, THING_ASSET, slot)
        add_label(&digest, &asset_at(state, slot).name)
        add(&digest, asset_at(state, slot).terms.decimals)
        finish(&digest, sums)
    for slot in range(state.instruments.used):
        instrument = instrument_at(state, slot)
        start(&digest, THING_INSTRUMENT, slot)
        add_label(&digest, &instrument.name)
        add_bytes(&digest, &instrument.terms, sizeof(instrument.terms))
        add(&digest, <uint64_t> instrument.last_price)
        add(&digest, <uint64_t> instrument.mark_twice)
        add(&digest, <uint64_t> instrument.mark_ns)
        finish(&digest, sums)
    for slot in range(state.clients.used):
        client = client_at(state, slot)
        start(&digest, THING_CLIENT, slot)
        add_label(&digest, &client.name)
        add_bytes(&digest, &client.terms, sizeof(client.terms))
        add(&digest, client.state)
        add(&digest, client.open_count)
        add(&digest, client.job_count)
        finish(&digest, sums)
    for slot in range(state.sources.used):
        source = source_at(state, slot)
        start(&digest, THING_SOURCE, slot)
        add_label(&digest, &source.name)
        add_bytes(&digest, &source.terms, sizeof(source.terms))
        add(&digest, source.link)
        add(&digest, source.state)
        add(&digest, source.session)
        add(&digest, source.link_no)
        add(&digest, <uint64_t> source.stale_told_ns)
        add(&digest, <uint64_t> source.unanswered_ns)
        finish(&digest, sums)
    for slot in range(state.sessions.used):
        start(&digest, THING_SESSION, slot)
        session = session_at(state, slot)
        add_label(&digest, &session.begin_string)
        add_label(&digest, &session.comp_ids)
        add(&digest, session.terms.client)
        add(&digest, session.terms.source)
        add(&digest, <uint64_t> session.grace_ns)
        add(&digest, <uint64_t> session.due_ns)
        add(&digest, session.is_up)
        add(&digest, session.cancels)
        add(&digest, session.reason)
        finish(&digest, sums)


cdef void digest_listings(const CoreState* state, uint64_t* sums) noexcept nogil:
    cdef Digest digest
    cdef uint32_t slot
    cdef const Listing* listing
    for slot in range(state.listings.used):
        listing = listing_at(state, slot)
        start(&digest, THING_LISTING, slot)
        add_label(&digest, &listing.symbol)
        add_bytes(&digest, &listing.terms, sizeof(listing.terms))
        finish(&digest, sums)


cdef void digest_accounts(const CoreState* state, uint64_t* sums) noexcept nogil:
    cdef Digest digest
    cdef uint32_t slot
    cdef const Account* account
    for slot in range(state.accounts.slab.used):
        account = account_at(&state.accounts, slot)
        start(&digest, THING_ACCOUNT, account.owner_kind)
        add(&digest, account.owner)
        add(&digest, account.asset)
        add(&digest, account.has_unlimited_credit)
        add_money(&digest, account.balance)
        add_money(&digest, account.reserved)
        add_money(&digest, account.credit_limit)
        add_money(&digest, account.funded)
        finish(&digest, sums)


cdef void digest_stated(const CoreState* state, uint64_t* sums) noexcept nogil:
    cdef Digest digest
    cdef uint32_t slot
    cdef const StatedBalance* balance
    for slot in range(state.stated.used):
        balance = stated_at(state, slot)
        start(&digest, THING_STATED, balance.source)
        add(&digest, balance.asset)
        add(&digest, <uint64_t> balance.stated_ns)
        add_money(&digest, balance.free)
        add_money(&digest, balance.locked)
        finish(&digest, sums)


cdef uint64_t names_hash(const CoreState* state, uint32_t name) noexcept nogil:
    cdef uint64_t result = 0
    cdef uint32_t size
    cdef const char* text
    while name != <uint32_t> NONE32:
        text = name_text(state, name, &size)
        result = hash_text(result + 1, text, size)
        name = name_older(state, name)
    return result


cdef inline uint64_t id_in(const CoreState* state, uint32_t slot) noexcept nogil:
    return order_at(state, slot).order_id if slot != <uint32_t> NONE32 else 0


cdef void add_pending(const CoreState* state, Digest* digest, uint32_t slot) noexcept nogil:
    cdef const Pending* pending
    if slot == <uint32_t> NONE32:
        return
    pending = pending_at(state, slot)
    add(digest, pending.kind)
    add(digest, names_hash(state, pending.name) if pending.kind == 2 else 0)
    add(digest, pending.session)
    add(digest, pending.reason)
    add(digest, <uint64_t> pending.price)
    add(digest, <uint64_t> pending.qty)
    add(digest, pending.tif)


cdef void digest_order(const CoreState* state, uint32_t slot, uint64_t* sums) noexcept nogil:
    cdef const Order* order = order_at(state, slot)
    cdef Digest digest
    start(&digest, THING_ORDER, order.order_id)
    add(&digest, <uint64_t> order.price)
    add(&digest, <uint64_t> order.qty)
    add(&digest, <uint64_t> order.cum_qty)
    add(&digest, <uint64_t> order.away_qty)
    add(&digest, <uint64_t> order.local_qty)
    add(&digest, order.client)
    add(&digest, order.instrument)
    add(&digest, order.session)
    add(&digest, order.reason)
    add_money(&digest, order.reserved)
    add_money(&digest, order.notional)
    add(&digest, order.side)
    add(&digest, order.ord_type)
    add(&digest, order.tif)
    add(&digest, order.flags)
    add(&digest, order.closed_as)
    add(&digest, order.marks)
    add(&digest, order.rounds)
    add(&digest, order.day)
    add(&digest, names_hash(state, order.name))
    if is_resting(&state.pool, slot):
        add(&digest, id_in(state, state.pool.nodes[slot].previous))
    if order.closed_as != 0 or order.marks != 0:
        add(&digest, id_in(state, state.links[slot].previous))
    add_pending(state, &digest, order.pending)
    finish(&digest, sums)


cdef void digest_child(const CoreState* state, uint32_t slot, uint64_t* sums) noexcept nogil:
    cdef const Child* child = child_at(state, slot)
    cdef uint64_t seen = 0
    cdef uint32_t exec_slot = child.execs
    cdef Digest digest
    start(&digest, THING_CHILD, child.child_id)
    add(&digest, child.parent_id)
    add(&digest, <uint64_t> child.price)
    add(&digest, <uint64_t> child.qty)
    add(&digest, <uint64_t> child.cum_qty)
    add(&digest, <uint64_t> child.unnamed_qty)
    add(&digest, <uint64_t> child.deadline_ns)
    add(&digest, <uint64_t> child.outcome_ns)
    add_money(&digest, child.notional)
    add_money(&digest, child.reserved)
    add_money(&digest, child.client_reserved)
    add(&digest, child.source)
    add(&digest, child.instrument)
    add(&digest, child.client)
    add(&digest, child.side)
    add(&digest, child.state)
    add(&digest, child.asked)
    add(&digest, child.is_cancel_asked)
    add(&digest, child.reason)
    add(&digest, child.link_no)
    if child.previous != <uint32_t> NONE32:
        add(&digest, child_at(state, child.previous).child_id)
    while exec_slot != <uint32_t> NONE32:
        seen += ((<ExecSeen*> state.execs.items) + exec_slot).key
        exec_slot = ((<ExecSeen*> state.execs.items) + exec_slot).next
    add(&digest, seen)
    finish(&digest, sums)


cdef void digest_jobs(const CoreState* state, uint64_t* sums) noexcept nogil:
    cdef Digest digest
    cdef uint64_t place = 0
    cdef uint32_t slot = state.header.job_first
    cdef const Job* job
    while slot != <uint32_t> NONE32:
        job = job_at(state, slot)
        start(&digest, THING_JOB, place)
        add(&digest, job.boundary)
        add(&digest, job.last_id)
        add(&digest, id_in(state, job.cursor))
        add(&digest, job.done)
        add(&digest, job.client)
        add(&digest, job.session)
        add(&digest, job.only_session)
        add(&digest, job.instrument)
        add(&digest, job.reason)
        add(&digest, job.kind)
        add(&digest, job.list)
        add(&digest, job.side)
        add(&digest, job.request_type)
        add_bytes(&digest, job.text, job.text_size)
        finish(&digest, sums)
        place += 1
        slot = job.next


cdef str state_digest(const CoreState* state):
    cdef uint64_t[2] sums
    cdef uint32_t slot
    with nogil:
        memset(sums, 0, sizeof(sums))
        digest_header(state, sums)
        digest_configuration(state, sums)
        digest_listings(state, sums)
        digest_accounts(state, sums)
        digest_stated(state, sums)
        digest_jobs(state, sums)
        for slot in range(state.orders.used):
            if order_at(state, slot).order_id != 0:
                digest_order(state, slot, sums)
        for slot in range(state.children.used):
            if child_at(state, slot).child_id != 0:
                digest_child(state, slot, sums)
    return f"{sums[0]:016x}{sums[1]:016x}"
