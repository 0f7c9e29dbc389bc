"""An independent walk over the state, with sums kept in Python integers."""

from collections import defaultdict

from internaliser.core.accounts cimport OWNER_SOURCE, Account, account_at
from internaliser.core.credit cimport open_qty, reserving_account, worst_case
from internaliser.core.inspect cimport as_int
from internaliser.core.orders cimport open_list
from internaliser.core.state cimport (
    LIST_COUNT, MARK_LISTED, Child, Instrument, Order, child_at, client_at, instrument_at, job_at,
    order_at,
)
from internaliser.matching.book cimport book_fault, is_resting
from internaliser.model.enums cimport CHILD_DONE, ORD_LIMIT, SIDE_BUY, TIF_DAY, TIF_GTC
from internaliser.model.types cimport *


cdef void require(bint holds, str what, object where) except *:
    if not holds:
        raise AssertionError(f"{what}: {where}")


cdef void check_order(const CoreState* state, uint32_t slot) except *:
    cdef const Order* order = order_at(state, slot)
    cdef object where = f"order {order.order_id}"
    cdef int64_t away = 0
    cdef uint32_t child = order.children
    while child != <uint32_t> NONE32:
        require(
            child_at(state, child).state != CHILD_DONE, "a sibling list holds live children", where
        )
        require(child_at(state, child).parent == slot, "a child knows its parent", where)
        away += child_at(state, child).qty - child_at(state, child).cum_qty
        child = child_at(state, child).next_sibling
    require(away == order.away_qty, "away_qty is the live children's quantity", where)
    require(0 <= order.cum_qty <= order.qty, "CumQty <= OrderQty", where)
    require(
        order.cum_qty + order.away_qty + order.local_qty <= order.qty,
        "filled + working + unknown + local <= order quantity", where,
    )
    require(
        is_resting(&state.pool, slot) == (order.local_qty > 0), "rests with its quantity", where
    )
    if order.local_qty > 0:
        require(state.pool.nodes[slot].leaves_qty == order.local_qty, "the book agrees", where)
        require(state.pool.nodes[slot].price == order.price, "the book's price agrees", where)
    require(
        as_int(order.reserved) == as_int(worst_case(state, order, open_qty(state, order))),
        "an order reserves its worst case", where,
    )
    if order.closed_as != 0:
        require(order.local_qty == 0 and order.away_qty == 0, "a closed order works nothing", where)
        require(as_int(order.reserved) == 0, "a closed order reserves nothing", where)
        require(order.pending == <uint32_t> NONE32, "nothing waits for a closed order", where)
        return
    require(order.cum_qty < order.qty, "an open order has something left", where)
    require(order.marks & MARK_LISTED != 0, "an open order is in a list of its client", where)
    if order.pending == <uint32_t> NONE32 and order.tif in (TIF_DAY, TIF_GTC):
        if order.ord_type == ORD_LIMIT:
            require(
                order.cum_qty + order.away_qty + order.local_qty == order.qty,
                "what is left of an order that may rest is working", where,
            )


cdef object expected_reservations(const CoreState* state):
    cdef object reserved = defaultdict(int)
    cdef uint32_t slot, account
    cdef const Child* child
    cdef const Instrument* instrument
    for slot in range(state.orders.used):
        if order_at(state, slot).order_id != 0:
            reserved[reserving_account(order_at(state, slot))] += as_int(
                order_at(state, slot).reserved
            )
    for slot in range(state.children.used):
        child = child_at(state, slot)
        if child.child_id == 0 or child.state == CHILD_DONE:
            continue
        instrument = instrument_at(state, child.instrument)
        for account in range(state.accounts.slab.used):
            if account_at(&state.accounts, account).owner_kind != OWNER_SOURCE:
                continue
            if account_at(&state.accounts, account).owner != child.source:
                continue
            if account_at(&state.accounts, account).asset == (
                instrument.terms.quote if child.side == SIDE_BUY else instrument.terms.base
            ):
                reserved[account] += as_int(child.reserved)
        if as_int(child.client_reserved):
            reserved[child.quote_account] += as_int(child.client_reserved)
    return reserved


cdef void check_accounts(const CoreState* state) except *:
    cdef object sums = defaultdict(int)
    cdef object reserved = expected_reservations(state)
    cdef uint32_t slot
    cdef const Account* account
    for slot in range(state.accounts.slab.used):
        account = account_at(&state.accounts, slot)
        sums[account.asset] += as_int(account.balance)
        require(
            as_int(account.reserved) == reserved[slot],
            f"reserved {as_int(account.reserved)}, worst case {reserved[slot]}",
            f"account {account.owner_kind}/{account.owner}/{account.asset}",
        )
    for asset, total in sums.items():
        require(total == 0, f"postings sum to {total}, not to zero", f"asset {asset}")


cdef void check_counts(const CoreState* state) except *:
    cdef uint32_t slot, opened = 0, closed = 0, live = 0, done = 0
    for slot in range(state.orders.used):
        if order_at(state, slot).order_id == 0:
            continue
        if order_at(state, slot).closed_as == 0:
            opened += 1
        else:
            closed += 1
    for slot in range(state.children.used):
        if child_at(state, slot).child_id == 0:
            continue
        if child_at(state, slot).state == CHILD_DONE:
            done += 1
        else:
            live += 1
    require(opened == state.header.open_count, "open orders are counted", opened)
    require(closed == state.header.closed_count, "closed orders are counted", closed)
    require(live == state.header.live_count, "live children are counted", live)
    require(done == state.header.done_count, "ended children are counted", done)
    require(
        closed <= max(state.header.limits.closed_orders_max, 1), "closed orders are bounded", closed
    )


cdef void check_lists(const CoreState* state) except *:
    cdef uint32_t client, which, slot, listed, jobs = 0
    for client in range(state.clients.used):
        listed = 0
        for which in range(LIST_COUNT):
            slot = open_list(client_at(state, client), which).first
            while slot != <uint32_t> NONE32:
                require(order_at(state, slot).client == client, "a list is of one client", slot)
                listed += 1
                slot = state.links[slot].next
        require(
            listed == client_at(state, client).open_count, "every open order is listed", client
        )
    slot = state.header.job_first
    while slot != <uint32_t> NONE32:
        if job_at(state, slot).cursor != <uint32_t> NONE32:
            require(
                order_at(state, job_at(state, slot).cursor).marks & MARK_LISTED != 0,
                "a job goes on with an open order", slot,
            )
        jobs += 1
        slot = job_at(state, slot).next
    require(jobs == state.header.job_count, "jobs are counted", jobs)


cdef object check_state(const CoreState* state):
    cdef uint32_t slot
    cdef int fault
    require(state.fault == NULL, "the core has no fault", state.header.seq)
    for slot in range(state.instruments.used):
        fault = book_fault(&state.pool, &instrument_at(state, slot).book)
        require(fault == 0, f"book fault {fault}", f"instrument {slot}")
    for slot in range(state.orders.used):
        if order_at(state, slot).order_id != 0:
            check_order(state, slot)
    check_accounts(state)
    check_counts(state)
    check_lists(state)
    return None
