"""Operator and clock."""

from libc.string cimport memset

from internaliser.core.accounts cimport (
    OWNER_CLIENT, OWNER_HOUSE, OWNER_OUTSIDE, OWNER_SOURCE, account_at, account_available,
    account_of,
)
from internaliser.core.closing cimport cancel_unasked, expire
from internaliser.core.credit cimport client_account, source_account
from internaliser.core.emit cimport state_event
from internaliser.core.mass cimport job_turn
from internaliser.core.orders cimport order_of_id
from internaliser.core.presence cimport grace_over, links_lost, session_overdue
from internaliser.core.reports cimport child_overdue, lose_children, resolve_child
from internaliser.core.state cimport (
    RULES_VERSION, OpenList, Order, Source, child_at, client_at, id_of_step, must, order_at,
    session_at, source_at,
)
from internaliser.core.trade cimport post
from internaliser.core.views cimport views_clear
from internaliser.model.command cimport (
    ADMIN_CANCEL_ALL, ADMIN_CANCEL_CLIENT, ADMIN_CANCEL_ORDER, ADMIN_DAY_END, ADMIN_HALT,
    ADMIN_REDUCE, ADMIN_RESOLVE_CHILD, ADMIN_RESUME, ADMIN_TRANSFER, COMMAND_HEAD, SOURCE_DOWN,
    SOURCE_UP, TIMER_CHILD_OVERDUE, TIMER_DAY_END, TIMER_GRACE_OVER, TIMER_JOB, TIMER_SOURCE_STALE,
    AdminTransfer,
)
from internaliser.model.enums cimport (
    REASON_CREDIT, REASON_DAY_END, REASON_NONE, REASON_OPERATOR, REASON_TOO_LATE,
    REASON_UNKNOWN_ACCOUNT, REASON_UNKNOWN_ORDER, REASON_UNSUPPORTED, STATE_ACTIVE,
    STATE_HALTED, STATE_REDUCING,
)
from internaliser.model.event cimport POSTING_TRANSFER
from internaliser.model.money cimport join
from internaliser.model.record cimport KIND_TIMER
from internaliser.model.types cimport *


cdef void set_switch(CoreState* state, uint8_t wanted) noexcept nogil:
    """HALT, REDUCE, RESUME of a client, a source or the node."""
    cdef uint16_t client = state.command.client, source = state.command.source
    cdef uint16_t reason = REASON_NONE
    if client != NONE16:
        if client < state.clients.used:
            client_at(state, client).state = wanted
        else:
            reason = REASON_UNKNOWN_ACCOUNT
    elif source != NONE16:
        if source < state.sources.used:
            source_at(state, source).state = wanted
        else:
            reason = REASON_UNKNOWN_ACCOUNT
    else:
        state.header.state = wanted
    state_event(state, reason, 0, 0)


cdef uint64_t boundary_of(const CoreState* state) noexcept nogil:
    """The newest order id a command means: that of its first step, which a repeated one names."""
    cdef uint64_t step = id_of_step(state)
    return min(state.command.target_id, step) if state.command.target_id != 0 else step


cdef uint32_t next_meant(
    const CoreState* state, uint32_t slot, uint64_t boundary, uint16_t reason
) noexcept nogil:
    """The first order from `slot` on that a sweep means, NONE32 when there is none.

    Lists are in order of arrival, but for orders that another list had before: behind newer ones
    may stand one that is meant. To the end of a day belong the orders that were day orders by then.
    """
    cdef const Order* order
    while slot != <uint32_t> NONE32:
        order = order_at(state, slot)
        if reason == REASON_DAY_END:
            return slot if order.day != state.header.day else <uint32_t> NONE32
        if order.order_id <= boundary:
            return slot
        if state.header.relisted_id <= boundary:
            return <uint32_t> NONE32
        slot = state.links[slot].next
    return slot


cdef uint32_t sweep_list(
    CoreState* state, const OpenList* opened, uint64_t boundary, uint16_t reason, uint32_t chunk
) noexcept nogil:
    """End the orders of a list that are meant, oldest first, up to `chunk`; how many."""
    cdef uint32_t count = 0, before
    cdef uint32_t slot = next_meant(state, opened.first, boundary, reason)
    while slot != <uint32_t> NONE32 and count < chunk:
        before = state.links[slot].previous
        if reason == REASON_DAY_END:
            expire(state, slot, reason)
        else:
            cancel_unasked(state, slot, reason)
        if before == <uint32_t> NONE32:
            must(state, opened.first != slot, "a sweep takes orders off the list")
            slot = opened.first
        else:
            must(state, state.links[before].next != slot, "a sweep takes orders off the list")
            slot = state.links[before].next
        if state.fault != NULL:
            break
        count += 1
        slot = next_meant(state, slot, boundary, reason)
    return count


cdef inline bint has_more(
    const CoreState* state, const OpenList* opened, uint64_t boundary, uint16_t reason
) noexcept nogil:
    return next_meant(state, opened.first, boundary, reason) != <uint32_t> NONE32


cdef void sweep(CoreState* state, uint16_t client, uint16_t reason) noexcept nogil:
    cdef uint64_t boundary = boundary_of(state)
    cdef uint32_t chunk = state.header.limits.expiry_chunk
    cdef uint32_t count = 0, more = 0
    cdef uint32_t at = 0 if client == NONE16 else client
    cdef uint32_t end = state.clients.used if client == NONE16 else <uint32_t> client + 1
    if reason == REASON_DAY_END and state.command.target_id == 0:
        state.header.day += 1
    while at < end and not more:
        count += sweep_list(state, &client_at(state, at).day, boundary, reason, chunk - count)
        more = has_more(state, &client_at(state, at).day, boundary, reason)
        if reason != REASON_DAY_END and not more:
            count += sweep_list(state, &client_at(state, at).other, boundary, reason, chunk - count)
            more = has_more(state, &client_at(state, at).other, boundary, reason)
        at += 1
    state_event(state, REASON_NONE, <uint16_t> count, more)


cdef void sweep_client(CoreState* state) noexcept nogil:
    if state.command.client >= state.clients.used:
        state_event(state, REASON_UNKNOWN_ACCOUNT, 0, 0)
        return
    sweep(state, state.command.client, REASON_OPERATOR)


cdef void cancel_order(CoreState* state) noexcept nogil:
    cdef uint32_t slot = order_of_id(state, state.command.target_id)
    if slot == <uint32_t> NONE32:
        state_event(state, REASON_UNKNOWN_ORDER, 0, 0)
    elif order_at(state, slot).closed_as != 0:
        state_event(state, REASON_TOO_LATE, 0, 0)
    else:
        cancel_unasked(state, slot, REASON_OPERATOR)
        state_event(state, REASON_NONE, 1, 0)


cdef uint32_t transfer_account(
    CoreState* state, uint8_t kind, uint16_t owner, uint16_t asset
) noexcept nogil:
    if asset >= state.assets.used:
        return <uint32_t> NONE32
    if kind == OWNER_CLIENT and owner < state.clients.used:
        return client_account(state, owner, asset)
    if kind == OWNER_SOURCE and owner < state.sources.used:
        return source_account(state, owner, asset)
    if (kind == OWNER_HOUSE or kind == OWNER_OUTSIDE) and owner == 0:
        return account_of(&state.accounts, kind, 0, asset)
    return <uint32_t> NONE32


cdef void transfer(CoreState* state) noexcept nogil:
    """Debits one account and credits another, unless a client without unlimited credit would run
    dry."""
    cdef const AdminTransfer* asked = <const AdminTransfer*> state.command.payload
    cdef int128_t amount = join(asked.amount_lo, asked.amount_hi)
    cdef uint32_t debit = transfer_account(
        state, asked.debit_kind, asked.debit_owner, asked.asset
    )
    cdef uint32_t credit = transfer_account(
        state, asked.credit_kind, asked.credit_owner, asked.asset
    )
    if debit == <uint32_t> NONE32 or credit == <uint32_t> NONE32:
        state_event(state, REASON_UNKNOWN_ACCOUNT, 0, 0)
    elif amount <= 0 or debit == credit:
        state_event(state, REASON_UNSUPPORTED, 0, 0)
    elif (
        asked.debit_kind == OWNER_CLIENT
        and not account_at(&state.accounts, debit).has_unlimited_credit
        and account_available(account_at(&state.accounts, debit)) < amount
    ):
        state_event(state, REASON_CREDIT, 0, 0)
    else:
        post(state, 0, debit, credit, asked.asset, POSTING_TRANSFER, amount)
        state_event(state, REASON_NONE, 0, 0)


cdef void admin(CoreState* state) noexcept nogil:
    cdef uint8_t action = state.command.action
    if action == ADMIN_HALT:
        set_switch(state, STATE_HALTED)
    elif action == ADMIN_REDUCE:
        set_switch(state, STATE_REDUCING)
    elif action == ADMIN_RESUME:
        set_switch(state, STATE_ACTIVE)
    elif action == ADMIN_CANCEL_ORDER:
        cancel_order(state)
    elif action == ADMIN_CANCEL_CLIENT:
        sweep_client(state)
    elif action == ADMIN_CANCEL_ALL:
        sweep(state, NONE16, REASON_OPERATOR)
    elif action == ADMIN_RESOLVE_CHILD:
        resolve_child(state)
    elif action == ADMIN_TRANSFER:
        transfer(state)
    elif action == ADMIN_DAY_END:
        sweep(state, NONE16, REASON_DAY_END)
    else:
        state_event(state, REASON_UNSUPPORTED, 0, 0)


cdef void source_stale(CoreState* state) noexcept nogil:
    """Told once per silence; the ladder leaves old views out by itself."""
    if state.command.source >= state.sources.used:
        state_event(state, REASON_UNKNOWN_ACCOUNT, 0, 0)
        return
    source_at(state, state.command.source).stale_told_ns = state.header.now_ns
    state_event(state, REASON_NONE, 0, 0)


cdef void timer(CoreState* state) noexcept nogil:
    cdef uint8_t action = state.command.action
    if action == TIMER_CHILD_OVERDUE:
        child_overdue(state)
    elif action == TIMER_DAY_END:
        sweep(state, NONE16, REASON_DAY_END)
    elif action == TIMER_SOURCE_STALE:
        source_stale(state)
    elif action == TIMER_GRACE_OVER:
        grace_over(state)
    elif action == TIMER_JOB:
        job_turn(state)
    else:
        state_event(state, REASON_UNSUPPORTED, 0, 0)


cdef void begin_epoch(CoreState* state) noexcept nogil:
    cdef uint32_t source
    must(state, state.command.target_id > state.header.epoch, "epochs rise")
    must(state, state.command.target_id >> 20 == 0, "an epoch has 20 bits")
    must(state, state.command.qty == RULES_VERSION, "the journal was written under other rules")
    if state.fault != NULL:
        return
    state.header.epoch = <uint32_t> state.command.target_id
    state_event(state, REASON_NONE, 0, 0)
    for source in range(state.sources.used):
        source_at(state, source).link = SOURCE_DOWN
        source_at(state, source).stale_told_ns = 0
        views_clear(state, <uint16_t> source)
    links_lost(state)
    lose_children(state, NONE16)


cdef inline int64_t stale_at(const Source* source) noexcept nogil:
    """When the source's silence is to be told; 0 = not at all."""
    if source.link != SOURCE_UP or source.terms.stale_after_ns <= 0 or source.last_view_ns == 0:
        return 0
    if source.stale_told_ns > source.last_view_ns:
        return 0
    return source.last_view_ns + source.terms.stale_after_ns + 1


cdef int64_t next_deadline(CoreState* state) noexcept nogil:
    cdef int64_t earliest = state.next_deadline_ns
    cdef int64_t due
    cdef uint32_t source
    for source in range(state.sources.used):
        due = stale_at(source_at(state, source))
        if due != 0 and (earliest == 0 or due < earliest):
            earliest = due
    due = state.next_grace_ns
    if due != 0 and (earliest == 0 or due < earliest):
        earliest = due
    if state.header.job_count != 0:
        return max(state.header.now_ns, 1)
    return earliest


cdef uint64_t overdue_child(CoreState* state, int64_t now_ns) noexcept nogil:
    """The id of the first child past its deadline, 0 = none; then the next deadline is exact
    again."""
    cdef uint32_t slot = state.header.live_first
    cdef int64_t due, earliest = 0
    if state.next_deadline_ns == 0 or state.next_deadline_ns > now_ns:
        return 0
    while slot != <uint32_t> NONE32:
        due = child_at(state, slot).deadline_ns
        if due != 0 and due <= now_ns:
            return child_at(state, slot).child_id
        if due != 0 and (earliest == 0 or due < earliest):
            earliest = due
        slot = child_at(state, slot).next
    state.next_deadline_ns = earliest
    return 0


cdef int next_timer(CoreState* state, int64_t now_ns, Command* command) noexcept nogil:
    cdef uint32_t source
    cdef int64_t due
    cdef uint64_t child = overdue_child(state, now_ns)
    memset(command, 0, COMMAND_HEAD)
    command.head.size = COMMAND_HEAD
    command.head.kind = KIND_TIMER
    command.time_ns = now_ns
    command.session = NONE16
    command.client = NONE16
    command.instrument = NONE16
    command.source = NONE16
    if child != 0:
        command.action = TIMER_CHILD_OVERDUE
        command.target_id = child
        return 1
    for source in range(state.sources.used):
        due = stale_at(source_at(state, source))
        if due != 0 and due <= now_ns:
            command.action = TIMER_SOURCE_STALE
            command.source = <uint16_t> source
            return 1
    command.session = session_overdue(state, now_ns)
    if command.session != NONE16:
        command.action = TIMER_GRACE_OVER
        command.client = session_at(state, command.session).terms.client
        return 1
    if state.header.job_count != 0:
        command.action = TIMER_JOB
        return 1
    return 0
