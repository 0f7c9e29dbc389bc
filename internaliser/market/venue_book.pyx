"""The book of one instrument at one venue.

>>> book = VenueBook(Decimal("0.01"), Decimal("0.001"), levels_max=1000)
>>> book.load([["99.98", "1.5"]], [["100.02", "0.25"]]) == CHANGED
True
>>> book.best(SIDE_BUY)
(9998, 1500)
>>> book.apply([["99.98", "0"]], []) == CHANGED
True
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.object cimport PyObject
from libc.string cimport memcpy, memset

from internaliser.market.decimal_text cimport (
    DECIMALS_MAX, NUMBER_FINE, NUMBER_MALFORMED, NUMBER_OFF_STEP, TEN_TO, DecimalStep, count_steps,
)
from internaliser.market.half cimport (
    half_change, half_clear, half_free, half_load, half_reserve, half_show, is_shown, is_strict,
    text_free, text_reserve,
)
from internaliser.model.command cimport (
    COMMAND_HEAD, VIEW_ARRIVED, VIEW_DEPTH_MAX, Command, MarketView, ViewLevel,
)
from internaliser.model.enums cimport SIDE_BUY, SIDE_SELL
from internaliser.model.record cimport KIND_MARKET_VIEW
from internaliser.model.types cimport *

from decimal import Context, Decimal

EXACT = Context(prec=64)

cdef extern from "Python.h":
    bint PyList_Check(object o)
    bint PyTuple_Check(object o)
    Py_ssize_t PyList_GET_SIZE(object o)
    Py_ssize_t PyTuple_GET_SIZE(object o)
    PyObject* PyList_GET_ITEM(object o, Py_ssize_t i)
    PyObject* PyTuple_GET_ITEM(object o, Py_ssize_t i)
    bint PyUnicode_CheckExact(object o)
    bint PyUnicode_IS_ASCII(object o)
    Py_ssize_t PyUnicode_GET_LENGTH(object o)
    const uint8_t* PyUnicode_1BYTE_DATA(object o)

cdef enum:
    PRICE_DECIMALS = 8          # of the default price step: what most venues write

cdef enum BookResult:
    BOOK_REFUSED = -1
    BOOK_UNCHANGED = 0
    BOOK_CHANGED = 1

REFUSED = BOOK_REFUSED
UNCHANGED = BOOK_UNCHANGED
CHANGED = BOOK_CHANGED

# The version of the newest view: rises over all books, so it rises for each, whoever makes it anew.
cdef uint64_t views_made = 0


cdef class VenueBook:
    """Levels of both sides, at most `levels_max` each: beyond that the worst are forgotten.

    `tick` and `lot` are ours, the steps are what the venue's text is counted in. A price between
    two ticks is kept but not shown: venues keep orders from before a change of their tick. A price
    between two steps refuses its message; the default step is eight decimals, more where the tick
    has more. A quantity is floored to `qty_step` (default: the lot), and to whole lots where it is
    shown; a venue whose checksum covers its own finer quantities needs its step here.

    ValueError when a step is not above 0 or the tick or lot is not a multiple of its step.
    """

    def __cinit__(
        self, object tick not None, object lot not None, uint32_t levels_max,
        object price_step=None, object qty_step=None,
    ):
        self.bids.sign = 1
        self.asks.sign = -1
        if not 0 < levels_max <= <uint32_t> BOOK_LEVELS_MAX:
            raise ValueError(f"levels_max: expected 1 to {BOOK_LEVELS_MAX}, found {levels_max}")
        self.levels_max = levels_max
        self.tick = tick
        self.lot = lot
        self.price_step = default_step(tick) if price_step is None else price_step
        self.qty_step = lot if qty_step is None else qty_step
        self.price_measure = step_of(self.price_step)
        self.qty_measure = step_of(self.qty_step)
        self.steps_per_tick = ratio("tick", tick, self.price_step)
        self.steps_per_lot = ratio("lot", lot, self.qty_step)
        self.refusal = ""
        self.is_loaded = False

    def __dealloc__(self):
        half_free(&self.bids)
        half_free(&self.asks)
        text_free(&self.bid_text)
        text_free(&self.ask_text)

    # Receiving

    def load(self, object bids, object asks) -> int:
        """A snapshot takes the place of everything known. CHANGED, or REFUSED: the book is as it
        was and `refusal` says why.

        Levels are sequences of price text, quantity text and whatever the venue adds; in any order,
        but no price twice. A quantity of 0 is no level.
        """
        if self.read_message(bids, asks) < 0:
            return BOOK_REFUSED
        if not (is_strict(&self.bid_text) and is_strict(&self.ask_text)):
            self.refuse("a snapshot names a price twice")
            return BOOK_REFUSED
        half_load(&self.bids, &self.bid_text, self.levels_max)
        half_load(&self.asks, &self.ask_text, self.levels_max)
        half_show(&self.bids, self.steps_per_tick, self.steps_per_lot)
        half_show(&self.asks, self.steps_per_tick, self.steps_per_lot)
        self.is_loaded = True
        return BOOK_CHANGED

    def apply(self, object bids, object asks) -> int:
        """Changed levels, each with its new quantity; 0 removes the level, if it is known at all.

        CHANGED when a view would show another book than before, UNCHANGED when not, REFUSED when
        the message makes no sense or no snapshot was loaded: none of it counts then.
        """
        cdef bint is_changed = False
        cdef bint has_changed
        if not self.is_loaded:
            self.refuse("no snapshot was loaded")
            return BOOK_REFUSED
        if self.read_message(bids, asks) < 0:
            return BOOK_REFUSED
        half_change(&self.bids, &self.bid_text, self.levels_max)
        half_change(&self.asks, &self.ask_text, self.levels_max)
        if self.bids.touched < self.bids.reach:
            is_changed = half_show(&self.bids, self.steps_per_tick, self.steps_per_lot)
        if self.asks.touched < self.asks.reach:
            has_changed = half_show(&self.asks, self.steps_per_tick, self.steps_per_lot)
            is_changed = is_changed or has_changed
        return BOOK_CHANGED if is_changed else BOOK_UNCHANGED

    def clear(self) -> None:
        """Nothing is known any more: views are empty and not fresh until the next `load`."""
        half_clear(&self.bids)
        half_clear(&self.asks)
        self.is_loaded = False

    # Showing

    def best(self, int side) -> tuple:
        """(ticks, lots) of the best level of a side, SIDE_BUY for bids; None when there is none."""
        cdef Half* half = self.half_of(side)
        if half.shown_count == 0:
            return None
        return (half.shown[0].price, half.shown[0].qty)

    @cython.binding(True)    # inspect.signature cannot read a default that has a name otherwise
    def levels(self, int side, uint32_t limit=VIEW_DEPTH_MAX) -> list:
        """Up to `limit` levels as (ticks, lots), best first; what a view leaves out is left out."""
        cdef Half* half = self.half_of(side)
        cdef list found = []
        cdef uint32_t at = half.first + half.count
        cdef ViewLevel level
        while at > half.first and <uint32_t> len(found) < limit:
            at -= 1
            if is_shown(half, at, self.steps_per_tick, self.steps_per_lot, &level):
                found.append((level.price, level.qty))
        return found

    def stored(self, int side, uint32_t limit) -> list:
        """Up to `limit` levels as (price steps, quantity steps), best first, every one of them."""
        cdef Half* half = self.half_of(side)
        cdef uint32_t last = half.first + half.count - 1
        cdef uint32_t i
        return [
            (half.keys[last - i] * half.sign, half.qtys[last - i])
            for i in range(min(limit, half.count))
        ]

    def count(self, int side) -> int:
        """Levels known of a side, those that no view shows counted."""
        return self.half_of(side).count

    @property
    def is_crossed(self) -> bool:
        """The best bid is not below the best ask: a change is missing, or the venue errs."""
        if self.bids.shown_count == 0 or self.asks.shown_count == 0:
            return False
        return self.bids.shown[0].price >= self.asks.shown[0].price

    def view(self, uint16_t source, uint16_t instrument, bint is_fresh) -> bytes:
        """A MARKET_VIEW command of the best VIEW_DEPTH_MAX levels a side; its time is the core's.

        It says fresh only when the caller does, a snapshot is loaded and the book is not crossed.
        Each view has a higher version than those before it.
        """
        return view_record(
            source, instrument, &self.bids, &self.asks,
            is_fresh and self.is_loaded and not self.is_crossed,
        )

    # Reading a message

    cdef Half* half_of(self, int side) except NULL:
        if side == SIDE_BUY:
            return &self.bids
        if side == SIDE_SELL:
            return &self.asks
        raise ValueError(f"expected SIDE_BUY or SIDE_SELL, found {side}")

    cdef int refuse(self, str why) except -2:
        self.refusal = why
        return -1

    cdef int read_message(self, object bids, object asks) except -2:
        # Both sides are read, and room is made, before anything changes.
        self.refusal = ""
        if self.read_side(bids, &self.bid_text, 1) < 0:
            return -1
        if self.read_side(asks, &self.ask_text, -1) < 0:
            return -1
        half_reserve(&self.bids, self.bid_text.count)
        half_reserve(&self.asks, self.ask_text.count)
        return 0

    cdef int read_side(self, object levels, LevelText* text, int64_t sign) except -2:
        cdef Py_ssize_t i, count
        text.count = 0
        if PyList_Check(levels):
            count = PyList_GET_SIZE(levels)
        elif PyTuple_Check(levels):
            count = PyTuple_GET_SIZE(levels)
        else:
            return self.refuse("a side of the book is not a list")
        if count > MESSAGE_LEVELS_MAX:
            return self.refuse(f"a message of {count} levels; {MESSAGE_LEVELS_MAX} are the limit")
        text_reserve(text, <uint32_t> count)
        if PyList_Check(levels):
            for i in range(count):
                if self.read_level(<object> PyList_GET_ITEM(levels, i), text, sign) < 0:
                    return -1
        else:
            for i in range(count):
                if self.read_level(<object> PyTuple_GET_ITEM(levels, i), text, sign) < 0:
                    return -1
        return 0

    cdef int read_level(self, object level, LevelText* text, int64_t sign) except -2:
        cdef int64_t price, qty
        cdef int fault
        cdef PyObject* price_text
        cdef PyObject* qty_text
        if PyList_Check(level) and PyList_GET_SIZE(level) >= 2:
            price_text = PyList_GET_ITEM(level, 0)
            qty_text = PyList_GET_ITEM(level, 1)
        elif PyTuple_Check(level) and PyTuple_GET_SIZE(level) >= 2:
            price_text = PyTuple_GET_ITEM(level, 0)
            qty_text = PyTuple_GET_ITEM(level, 1)
        else:
            return self.refuse("a level is not a price and a quantity")
        fault = steps_in(<object> price_text, &self.price_measure, False, &price)
        if fault == NUMBER_FINE and price == 0:
            fault = NUMBER_OFF_STEP
        if fault != NUMBER_FINE:
            return self.refuse(fault_text("price", <object> price_text, self.price_step, fault))
        fault = steps_in(<object> qty_text, &self.qty_measure, True, &qty)
        if fault != NUMBER_FINE:
            return self.refuse(fault_text("quantity", <object> qty_text, self.qty_step, fault))
        text.keys[text.count] = price * sign
        text.qtys[text.count] = qty
        text.count += 1
        return 0


def steps_of(text, object step not None, bint is_floored=False) -> int:
    """How many steps a decimal text is, by the rules of decimal_text.pxd; None when refused.

    >>> steps_of("0.30", Decimal("0.05"))
    6
    """
    cdef DecimalStep measure = step_of(step)
    cdef int64_t steps
    return steps if steps_in(text, &measure, is_floored, &steps) == NUMBER_FINE else None


def lost_view(uint16_t source, uint16_t instrument) -> bytes:
    """The view of a book that is not to be trusted: no levels, not fresh."""
    cdef Half nothing
    nothing.shown_count = 0
    return view_record(source, instrument, &nothing, &nothing, False)


cdef bytes view_record(
    uint16_t source, uint16_t instrument, const Half* bids, const Half* asks, bint is_fresh
):
    global views_made
    cdef Command head
    cdef MarketView view
    cdef uint32_t bid_bytes = bids.shown_count * sizeof(ViewLevel)
    cdef uint32_t ask_bytes = asks.shown_count * sizeof(ViewLevel)
    cdef uint32_t size = COMMAND_HEAD + sizeof(MarketView) + bid_bytes + ask_bytes
    cdef bytes record = PyBytes_FromStringAndSize(NULL, size)
    cdef char* out = PyBytes_AS_STRING(record)
    views_made += 1
    memset(&head, 0, COMMAND_HEAD)
    head.head.size = size
    head.head.kind = KIND_MARKET_VIEW
    head.session = head.client = NONE16
    head.source = source
    head.instrument = instrument
    head.action = VIEW_ARRIVED
    memset(&view, 0, sizeof(view))
    view.version = views_made
    view.bid_count = <uint16_t> bids.shown_count
    view.ask_count = <uint16_t> asks.shown_count
    view.is_fresh = is_fresh
    memcpy(out, &head, COMMAND_HEAD)
    out += COMMAND_HEAD
    memcpy(out, &view, sizeof(view))
    out += sizeof(view)
    memcpy(out, bids.shown, bid_bytes)
    memcpy(out + bid_bytes, asks.shown, ask_bytes)
    return record


cdef inline int steps_in(
    object text, const DecimalStep* step, bint is_floored, int64_t* steps
) noexcept:
    # The text's own bytes: ASCII strings are one byte a character.
    if not PyUnicode_CheckExact(text) or not PyUnicode_IS_ASCII(text):
        return NUMBER_MALFORMED
    return count_steps(
        PyUnicode_1BYTE_DATA(text), PyUnicode_GET_LENGTH(text), step, is_floored, steps
    )


cdef str fault_text(str name, object text, object step, int fault):
    found = repr(text)[:80]
    if fault == NUMBER_MALFORMED:
        return f"{name} {found} is not a decimal text"
    if fault == NUMBER_OFF_STEP:
        return f"{name} {found} is not a positive multiple of {step}"
    return f"{name} {found} is too large"


cdef DecimalStep step_of(object value) except *:
    cdef DecimalStep step
    if not isinstance(value, Decimal) or not value.is_finite() or value <= 0:
        raise ValueError(f"a step is a Decimal above 0, not {value!r}")
    _, digits, exponent = value.normalize().as_tuple()
    mantissa = int("".join(map(str, digits))) * 10 ** max(exponent, 0)
    if -exponent > DECIMALS_MAX or mantissa > TEN_TO[18]:
        raise ValueError(f"a step has at most {DECIMALS_MAX} digits, unlike {value}")
    step.mantissa = mantissa
    step.decimals = max(-exponent, 0)
    return step


cdef object default_step(object tick):
    cdef DecimalStep measure = step_of(tick)
    return Decimal(1).scaleb(-max(<int> measure.decimals, PRICE_DECIMALS))


cdef int64_t ratio(str name, object whole, object step) except -1:
    step_of(whole)
    steps = int(EXACT.divide_int(whole, step)) if whole / step <= 1 << 62 else 0
    if steps == 0 or EXACT.multiply(steps, step) != whole:
        raise ValueError(f"the {name} {whole} is not a multiple of the step {step}")
    return steps
