"""The merged ladder: which levels to take, and whether an internal price is worse than the outside.

Pure arithmetic over the rungs given. Exact while price * qty stays below 2**98 ticks x lots: rates
are below RATE_ONE, so a net price needs 28 bits more than a price. 10**9 ticks x 10**9 lots needs
60.
"""

from libc.stdlib cimport free, malloc

from internaliser.model.enums cimport SIDE_BUY, SIDE_SELL
from internaliser.model.money cimport high_half, low_half
from internaliser.model.types cimport NONE16, int64_t, uint8_t, uint32_t, int128_t


cdef int128_t net_price(uint8_t side, int64_t price, int64_t rate) noexcept nogil:
    # A seller receives price * (1 - fee); the sign makes "lower" the better for both sides.
    if side == SIDE_BUY:
        return <int128_t> price * (<int64_t> RATE_ONE + rate)
    return -(<int128_t> price * (<int64_t> RATE_ONE - rate))


cdef inline bint comes_before(uint8_t side, const Rung* rungs, uint32_t a,
                              uint32_t b) noexcept nogil:
    # Net price, tier, source; of one source the rung given first. No two rungs are equal.
    cdef int128_t net_a = net_price(side, rungs[a].price, rungs[a].rate)
    cdef int128_t net_b = net_price(side, rungs[b].price, rungs[b].rate)
    if net_a != net_b:
        return net_a < net_b
    if rungs[a].tier != rungs[b].tier:
        return rungs[a].tier < rungs[b].tier
    if rungs[a].source != rungs[b].source:
        return rungs[a].source < rungs[b].source
    return a < b


cdef inline bint is_within(uint8_t side, int64_t limit, const Rung* rung) noexcept nogil:
    return rung.price <= limit if side == SIDE_BUY else rung.price >= limit


cdef uint32_t plan(uint8_t side, int64_t limit, int64_t qty, const Rung* rungs, uint32_t rung_count,
                   Slice* slices, uint32_t slices_max) noexcept nogil:
    # One pass. `slices` always holds the best of the rungs seen, in order, and no more of them than
    # `qty` needs, so most rungs meet one comparison and there is nothing to sort.
    cdef uint32_t count = 0
    cdef uint32_t i
    cdef int128_t offered = 0           # by the rungs in `slices`; each counts at most `qty`
    cdef const Rung* rung
    if qty <= 0 or slices_max == 0:
        return 0
    for i in range(rung_count):
        rung = &rungs[i]
        if not rung.is_usable or rung.qty <= 0 or not is_within(side, limit, rung):
            continue
        if count > 0 and (offered >= qty or count == slices_max):
            if not comes_before(side, rungs, i, slices[count - 1].rung):
                continue
            if count == slices_max:
                count -= 1
                offered -= slices[count].qty
        count = insert_slice(side, rungs, i, min(rung.qty, qty), slices, count)
        offered += min(rung.qty, qty)
        while offered - slices[count - 1].qty >= qty:
            count -= 1
            offered -= slices[count].qty
    if offered > qty:
        slices[count - 1].qty -= <int64_t> (offered - qty)
    return count


cdef inline uint32_t insert_slice(uint8_t side, const Rung* rungs, uint32_t rung, int64_t qty,
                                  Slice* slices, uint32_t count) noexcept nogil:
    # The new count. From the tail: a source's rungs come best first, so they mostly belong there.
    cdef uint32_t at = count
    while at > 0 and comes_before(side, rungs, rung, slices[at - 1].rung):
        slices[at] = slices[at - 1]
        at -= 1
    slices[at].price = rungs[rung].price
    slices[at].qty = qty
    slices[at].source = rungs[rung].source
    slices[at].reserved = 0
    slices[at].rung = rung
    return count + 1


cdef inline bint is_outside(const Rung* rung) noexcept nogil:
    return rung.is_usable and rung.qty > 0 and rung.source != NONE16


cdef int is_worse_than_outside(uint8_t side, int64_t price, int64_t rate, int64_t qty,
                               const Rung* rungs, uint32_t rung_count) noexcept nogil:
    # gain: what taking the outside would save against the internal price. Rungs better than it add
    # to the gain whatever their order. If they do not cover `qty` the others reduce it: all of them
    # where they do not cover the rest either, else the cheapest first until the gain is used up.
    cdef int128_t internal = net_price(side, price, rate)
    cdef int128_t gain = 0, loss = 0
    cdef int128_t left = qty, dearer = 0
    cdef int128_t saved, taken
    cdef uint32_t i, nearest
    if qty <= 0:
        return 0
    for i in range(rung_count):
        if not is_outside(&rungs[i]):
            continue
        if rungs[i].qty_least > 1 or rungs[i].qty_step > 1:
            return is_worse_in_steps(side, internal, qty, rungs, rung_count)
        saved = internal - net_price(side, rungs[i].price, rungs[i].rate)
        if saved <= 0:
            dearer += rungs[i].qty
            if dearer <= left:      # more of them are never summed: their total may be any number
                loss -= saved * rungs[i].qty
        elif rungs[i].qty >= left:
            return 1
        else:
            left -= rungs[i].qty
            gain += saved * rungs[i].qty
    if dearer <= left:
        return 1 if gain > loss else 0
    nearest = rung_count
    while gain > 0 and left > 0:
        nearest = next_costlier(side, internal, rungs, rung_count, nearest)
        if nearest == rung_count:
            break
        taken = min(<int128_t> rungs[nearest].qty, left)
        left -= taken
        gain += (internal - net_price(side, rungs[nearest].price, rungs[nearest].rate)) * taken
    return 1 if gain > 0 else 0


cdef int is_worse_in_steps(uint8_t side, int128_t internal, int64_t qty, const Rung* rungs,
                           uint32_t rung_count) noexcept nogil:
    # Cheapest first, as the planner would take them: a rung that cannot give what is left, or not
    # all of it, leaves it to those behind. The gain only falls once the rungs are dearer.
    cdef int128_t gain = 0, saved
    cdef int64_t left = qty, taken
    cdef uint32_t at = next_rung(side, rungs, rung_count, rung_count)
    while left > 0 and at != rung_count:
        saved = internal - net_price(side, rungs[at].price, rungs[at].rate)
        if saved <= 0 and gain <= 0:
            return 0
        taken = in_steps(min(rungs[at].qty, left), rungs[at].qty_step, rungs[at].qty_least)
        gain += saved * taken
        left -= taken
        at = next_rung(side, rungs, rung_count, at)
    return 1 if gain > 0 else 0


cdef uint32_t next_rung(uint8_t side, const Rung* rungs, uint32_t rung_count,
                        uint32_t after) noexcept nogil:
    # The cheapest outside rung behind `after` (rung_count = of all), rung_count = no more.
    cdef uint32_t found = rung_count
    cdef uint32_t i
    for i in range(rung_count):
        if not is_outside(&rungs[i]):
            continue
        if after != rung_count and not comes_before(side, rungs, after, i):
            continue
        if found == rung_count or comes_before(side, rungs, i, found):
            found = i
    return found


cdef uint32_t next_costlier(uint8_t side, int128_t internal, const Rung* rungs,
                            uint32_t rung_count, uint32_t after) noexcept nogil:
    # The cheapest outside rung not better than `internal` that comes behind rung `after`
    # (rung_count = none yet), rung_count when there is none.
    cdef uint32_t found = rung_count
    cdef uint32_t i
    for i in range(rung_count):
        if not is_outside(&rungs[i]) or net_price(side, rungs[i].price, rungs[i].rate) < internal:
            continue
        if after != rung_count and not comes_before(side, rungs, after, i):
            continue
        if found == rung_count or comes_before(side, rungs, i, found):
            found = i
    return found


cdef Rung* packed_rungs(list rungs) except NULL:
    cdef Rung* packed = <Rung*> malloc((len(rungs) + 1) * sizeof(Rung))
    cdef Rung* rung
    if packed == NULL:
        raise MemoryError(f"no memory for {len(rungs)} rungs")
    try:
        for i, (price, qty, rate, source, tier, is_usable, *steps) in enumerate(rungs):
            rung = &packed[i]
            rung.qty_step, rung.qty_least = steps or (1, 1)
            rung.price = price
            rung.qty = qty
            rung.rate = rate
            rung.source = source
            rung.tier = tier
            rung.is_usable = 1 if is_usable else 0
            rung.reserved = 0
            if not -<int64_t> RATE_ONE < rung.rate < <int64_t> RATE_ONE:
                raise ValueError(f"rung {i}: a rate lies within +-{RATE_ONE}, {rate} does not")
    except BaseException:
        free(packed)
        raise
    return packed


cdef int require_side(uint8_t side) except -1:
    if side != SIDE_BUY and side != SIDE_SELL:
        raise ValueError(f"a side is {SIDE_BUY} or {SIDE_SELL}, not {side}")
    return 0


def plan_ladder(uint8_t side, int64_t limit, int64_t qty, list rungs not None, slices_max=None):
    """What an incoming order takes of rungs (price, qty, rate, source, tier, is_usable), in order.

    Returns slices (price, qty, source, index of the rung). Prices in ticks, quantities in lots,
    rates in parts of 10**8; source 65535 is the local book. At most `slices_max` slices when given.
    """
    cdef Rung* packed
    cdef Slice* slices
    cdef uint32_t count
    cdef uint32_t slot_count = len(rungs) if slices_max is None else slices_max
    require_side(side)
    packed = packed_rungs(rungs)
    slices = <Slice*> malloc((<size_t> slot_count + 1) * sizeof(Slice))
    if slices == NULL:
        free(packed)
        raise MemoryError(f"no memory for {slot_count} slices")
    count = plan(side, limit, qty, packed, <uint32_t> len(rungs), slices, slot_count)
    planned = [
        (slices[i].price, slices[i].qty, slices[i].source, slices[i].rung) for i in range(count)
    ]
    free(slices)
    free(packed)
    return planned


def is_worse(uint8_t side, int64_t price, int64_t rate, int64_t qty, list rungs not None):
    """Whether the never-worse rule forbids an internal execution to a party on `side`.

    Rungs as in `plan_ladder`; one that gives only whole steps, no fewer than some least quantity,
    has both behind `is_usable`.
    """
    cdef Rung* packed
    cdef int answer
    require_side(side)
    packed = packed_rungs(rungs)
    answer = is_worse_than_outside(side, price, rate, qty, packed, <uint32_t> len(rungs))
    free(packed)
    return answer == 1


def net(uint8_t side, int64_t price, int64_t rate):
    """The signed net price of one lot, ticks x 10**8: lower is better for either side."""
    cdef int128_t value
    require_side(side)
    value = net_price(side, price, rate)
    high: object = high_half(value)
    low: object = low_half(value)
    return high * 2**64 + low % 2**64
