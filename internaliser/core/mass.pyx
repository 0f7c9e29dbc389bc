"""Mass cancel, mass status and cancel on disconnect."""

from libc.string cimport memcpy, memset

from internaliser.core.closing cimport cancel_unasked
from internaliser.core.emit cimport answer_event, event_room, noted_event, state_event
from internaliser.core.orders cimport name_text, open_list, order_of_id
from internaliser.core.state cimport (
    CLIENT_JOBS_MAX, JOB_CANCEL, JOB_DISCONNECT, JOB_STATUS, LIST_COUNT, LIST_DAY, LIST_ENDING, Job,
    Order, SessionEntry, client_at, id_of_step, job_at, must, order_at, session_at,
)
from internaliser.model.command cimport (
    CANCEL_SESSION, CL_ORD_ID_MAX, SYMBOL_MAX, TEXT_CL_ORD_ID, TEXT_NOTE, TEXT_SYMBOL, Command,
    command_text,
)
from internaliser.model.enums cimport (
    EXEC_ORDER_STATUS, REASON_CAPACITY, REASON_CLIENT_REQUEST, REASON_NONE, REASON_UNKNOWN_ACCOUNT,
    REASON_UNKNOWN_ORDER,
)
from internaliser.model.event cimport (
    EVENT_MASS_STATUS, MASS_EVENT_HEAD, MASS_LIST_MAX, MassEvent, OrderEvent,
)
from internaliser.model.record cimport KIND_MASS_EVENT
from internaliser.model.slab cimport slab_give, slab_take
from internaliser.model.types cimport *

cdef enum:
    LOOKS_PER_ORDER = 16        # so many orders a step looks at for each of its chunk
    JOB_TEXT_MAX = 128

cdef struct Affected:           # the orders a step canceled, while they can all be named
    uint32_t count
    uint32_t used
    char[MASS_LIST_MAX * 73] text


# ---- walking -----------------------------------------------------------------------------------


cdef void job_rewind(CoreState* state, Job* job) noexcept nogil:
    job.list = LIST_ENDING if job.kind == JOB_STATUS else LIST_DAY
    job.cursor = open_list(client_at(state, job.client), job.list).first


cdef uint32_t job_next(CoreState* state, Job* job) noexcept nogil:
    """The order to look at, and the cursor behind it; NONE32 when all were."""
    cdef uint32_t slot
    while job.cursor == <uint32_t> NONE32:
        if job.list == LIST_COUNT - 1:
            return <uint32_t> NONE32
        job.list += 1
        job.cursor = open_list(client_at(state, job.client), job.list).first
    slot = job.cursor
    job.cursor = state.links[slot].next
    return slot


cdef inline bint is_meant(const Job* job, const Order* order) noexcept nogil:
    return (
        order.order_id <= job.boundary
        and (job.instrument == NONE16 or order.instrument == job.instrument)
        and (job.side == 0 or order.side == job.side)
        and (job.only_session == NONE16 or order.session == job.only_session)
    )


# ---- canceling ---------------------------------------------------------------------------------


cdef void note_affected(CoreState* state, Affected* affected, const Order* order) noexcept nogil:
    cdef uint32_t size
    cdef const char* name = name_text(state, order.name, &size)
    if affected.count < MASS_LIST_MAX:
        memcpy(&affected.text[affected.used], &order.order_id, 8)
        affected.text[affected.used + 8] = <char> size
        memcpy(&affected.text[affected.used + 9], name, size)
        affected.used += 9 + size
    affected.count += 1


cdef bint cancel_chunk(CoreState* state, Job* job, Affected* affected) noexcept nogil:
    """Up to a chunk of orders; True when none is left."""
    cdef uint32_t chunk = state.header.limits.expiry_chunk
    cdef uint64_t looks = <uint64_t> chunk * LOOKS_PER_ORDER
    cdef uint32_t slot
    affected.count = 0
    affected.used = 0
    while looks > 0 and state.fault == NULL:
        slot = job_next(state, job)
        if slot == <uint32_t> NONE32:
            return True
        looks -= 1
        if is_meant(job, order_at(state, slot)):
            if affected.count == chunk:
                job.cursor = slot
                return False
            note_affected(state, affected, order_at(state, slot))
            cancel_unasked(state, slot, job.reason)
            job.done += 1
    return False


cdef void mass_event(
    CoreState* state, const Job* job, uint16_t reason, const Affected* affected
) noexcept nogil:
    """The answer to the job. Its orders are named when this step canceled them all."""
    cdef const Command* command = state.command
    cdef uint32_t symbol_size = 0, names_size = 0
    cdef const char* symbol = command_text(command, 0, TEXT_SYMBOL, &symbol_size)
    cdef MassEvent* event
    cdef uint32_t used = job.text_size
    symbol_size = min(symbol_size, <uint32_t> SYMBOL_MAX)
    if affected != NULL and affected.count == job.done and job.done <= MASS_LIST_MAX:
        names_size = affected.used
    used += symbol_size + names_size
    event = <MassEvent*> event_room(
        state, KIND_MASS_EVENT, (MASS_EVENT_HEAD + used + 7) & ~<uint32_t> 7
    )
    event.time_ns = state.header.now_ns
    event.epoch = state.header.epoch
    event.affected = job.done
    event.session = job.session
    event.client = job.client
    event.instrument = job.instrument
    event.reason = reason
    event.side = job.side
    event.request_type = job.request_type
    event.cl_ord_id_size = job.text_size
    event.symbol_size = <uint8_t> symbol_size
    event.listed = <uint16_t> job.done if names_size > 0 else 0
    event.text_used = <uint16_t> used
    memcpy(event.text, job.text, job.text_size)
    memcpy(event.text + job.text_size, symbol, symbol_size)
    if names_size > 0:
        memcpy(event.text + job.text_size + symbol_size, affected.text, names_size)


# ---- telling -----------------------------------------------------------------------------------


cdef void tell_status(
    CoreState* state, const Job* job, uint32_t slot, uint16_t reason, uint32_t number,
    uint8_t is_last,
) noexcept nogil:
    """One report. `slot` NONE32: there is no such order."""
    cdef OrderEvent* event = noted_event(
        state, slot, EVENT_MASS_STATUS, EXEC_ORDER_STATUS, reason, job.session, job.text,
        job.text_size,
    )
    event.number = number
    event.detail = is_last
    if slot == <uint32_t> NONE32:
        event.client = job.client
        event.instrument = job.instrument
        event.side = job.side


cdef uint32_t status_ahead(
    CoreState* state, Job* ahead, uint32_t chunk, bint* is_rest
) noexcept nogil:
    """Orders to tell of in this step; `is_rest`: no further one is left."""
    cdef uint64_t looks = <uint64_t> chunk * LOOKS_PER_ORDER
    cdef uint32_t count = 0
    cdef uint32_t slot
    is_rest[0] = False
    while looks > 0:
        slot = job_next(state, ahead)
        if slot == <uint32_t> NONE32:
            is_rest[0] = True
            return count
        looks -= 1
        if is_meant(ahead, order_at(state, slot)):
            if count == chunk:
                return count
            count += 1
    return count


cdef void tell_end(CoreState* state, const Job* job) noexcept nogil:
    """Nothing is left, and no report has said yet that it is the last."""
    cdef uint32_t slot = <uint32_t> NONE32
    if job.done > 0:
        slot = order_of_id(state, job.last_id)
    if slot == <uint32_t> NONE32:
        tell_status(state, job, slot, REASON_UNKNOWN_ORDER, job.done, 1)
    else:
        tell_status(state, job, slot, order_at(state, slot).reason, job.done, 1)


cdef bint status_chunk(CoreState* state, Job* job) noexcept nogil:
    """Up to a chunk of reports; True when the last has been told."""
    cdef Job ahead = job[0]
    cdef bint is_rest = False
    cdef uint32_t left = status_ahead(
        state, &ahead, state.header.limits.expiry_chunk, &is_rest
    )
    cdef uint32_t number = job.done + left if is_rest else 0
    cdef uint32_t slot
    if is_rest and left == 0:
        tell_end(state, job)
        return True
    while left > 0:
        slot = job_next(state, job)
        if not is_meant(job, order_at(state, slot)):
            continue
        left -= 1
        job.done += 1
        job.last_id = order_at(state, slot).order_id
        tell_status(
            state, job, slot, order_at(state, slot).reason, number, is_rest and left == 0
        )
    return is_rest


# ---- jobs --------------------------------------------------------------------------------------


cdef void enqueue(CoreState* state, uint32_t slot) noexcept nogil:
    job_at(state, slot).next = <uint32_t> NONE32
    if state.header.job_last == <uint32_t> NONE32:
        state.header.job_first = slot
    else:
        job_at(state, state.header.job_last).next = slot
    state.header.job_last = slot


cdef uint32_t job_add(CoreState* state, const Job* draft) noexcept nogil:
    """Its slot; NONE32 when there are too many."""
    cdef uint32_t slot = slab_take(&state.jobs)
    if slot == <uint32_t> NONE32:
        return slot
    job_at(state, slot)[0] = draft[0]
    state.header.job_count += 1
    enqueue(state, slot)
    return slot


cdef bint work_chunk(CoreState* state, Job* job) noexcept nogil:
    """True when the job is done and answered."""
    cdef Affected affected
    cdef bint is_done
    if job.kind == JOB_STATUS:
        return status_chunk(state, job)
    is_done = cancel_chunk(state, job, &affected)
    if is_done and job.kind == JOB_CANCEL:
        mass_event(state, job, REASON_NONE, &affected)
    return is_done


cdef void job_turn(CoreState* state) noexcept nogil:
    cdef uint32_t slot = state.header.job_first
    cdef uint32_t done
    cdef Job* job
    if slot == <uint32_t> NONE32:
        state_event(state, REASON_UNKNOWN_ORDER, 0, 0)
        return
    job = job_at(state, slot)
    done = job.done
    # It stays in the list while it is worked: the orders it ends are taken from under its cursor.
    if not work_chunk(state, job):
        state.header.job_first = job.next
        if job.next == <uint32_t> NONE32:
            state.header.job_last = <uint32_t> NONE32
        enqueue(state, slot)
        state_event(state, REASON_NONE, <uint16_t> (job.done - done), 0)
        return
    done = job.done - done
    state.header.job_first = job.next
    if job.next == <uint32_t> NONE32:
        state.header.job_last = <uint32_t> NONE32
    state.header.job_count -= 1
    if job.kind == JOB_DISCONNECT:
        session_at(state, job.session).job = <uint32_t> NONE32
    else:
        client_at(state, job.client).job_count -= 1
    slab_give(&state.jobs, slot)
    state_event(state, REASON_NONE, <uint16_t> done, 0)


cdef Job draft_job(CoreState* state, uint8_t kind, uint32_t text) noexcept nogil:
    """What the command under way asks for, its walk at the start."""
    cdef const Command* command = state.command
    cdef uint32_t size
    cdef const char* words = command_text(command, 0, text, &size)
    cdef Job job
    memset(&job, 0, sizeof(Job))
    job.kind = kind
    job.boundary = id_of_step(state)
    job.client = command.client
    job.session = command.session
    job.only_session = NONE16
    job.instrument = command.instrument
    job.side = command.side
    job.reason = REASON_CLIENT_REQUEST
    job.request_type = command.action
    job.text_size = <uint8_t> min(
        size, <uint32_t> (CL_ORD_ID_MAX if text == TEXT_CL_ORD_ID else JOB_TEXT_MAX)
    )
    memcpy(job.text, words, job.text_size)
    return job


cdef uint16_t request_fault(const CoreState* state) noexcept nogil:
    cdef const Command* command = state.command
    if command.client >= state.clients.used:
        return REASON_UNKNOWN_ACCOUNT
    if command.reason != REASON_NONE:
        return command.reason
    if client_at(state, command.client).job_count >= CLIENT_JOBS_MAX:
        return REASON_CAPACITY
    return REASON_NONE


cdef void begin_job(CoreState* state, Job* job) noexcept nogil:
    """Its first chunk; what is left becomes a job of the state."""
    job_rewind(state, job)
    if work_chunk(state, job):
        return
    must(
        state, job_add(state, job) != <uint32_t> NONE32,
        "there is room for the jobs of every client and session",
    )
    if state.fault == NULL:
        client_at(state, job.client).job_count += 1


cdef void mass_cancel(CoreState* state) noexcept nogil:
    cdef Job job = draft_job(state, JOB_CANCEL, TEXT_CL_ORD_ID)
    cdef uint16_t reason = request_fault(state)
    if reason != REASON_NONE:
        mass_event(state, &job, reason, NULL)
        return
    begin_job(state, &job)


cdef void mass_status(CoreState* state) noexcept nogil:
    cdef Job job = draft_job(state, JOB_STATUS, TEXT_NOTE)
    cdef uint16_t reason = request_fault(state)
    cdef OrderEvent* event
    if reason != REASON_NONE:
        event = answer_event(
            state, <uint32_t> NONE32, EVENT_MASS_STATUS, EXEC_ORDER_STATUS, reason
        )
        event.detail = 1
        return
    begin_job(state, &job)


cdef uint32_t disconnect_cancel(CoreState* state, uint16_t session) noexcept nogil:
    cdef SessionEntry* entry = session_at(state, session)
    cdef Affected affected
    cdef Job draft
    cdef Job* job = &draft
    cdef uint32_t done
    if entry.job != <uint32_t> NONE32:
        # The last one is still under way: it means the newer orders too from now on.
        job = job_at(state, entry.job)
    else:
        memset(job, 0, sizeof(Job))
        job.kind = JOB_DISCONNECT
        job.client = entry.terms.client
        job.session = session
        job.instrument = NONE16
    job.boundary = id_of_step(state)
    job.only_session = session if entry.cancels == CANCEL_SESSION else <uint16_t> NONE16
    job.reason = entry.reason
    job_rewind(state, job)
    done = job.done
    if not cancel_chunk(state, job, &affected) and entry.job == <uint32_t> NONE32:
        entry.job = job_add(state, job)
        must(state, entry.job != <uint32_t> NONE32, "every session may have one job")
    return job.done - done
