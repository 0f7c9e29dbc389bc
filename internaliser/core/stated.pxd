"""What sources state of our money there, and marks: figures that are kept and shown, on which nothing rests.

Our own books (accounts.pxd) say what we hold at a source; this says what the source says. The two are set
side by side for people. A mark is the outside mid of an instrument at a journalled moment, for valuing.
"""

from internaliser.core.state cimport CoreState
from internaliser.model.command cimport Command

# VENUE_BALANCE: of one asset, or that the source did not answer.
cdef void venue_balance(CoreState* state) noexcept nogil
# A MARK without a price gets the mid of the outside views the core holds: the journal has the complete command.
cdef void complete_mark(CoreState* state, Command* command) noexcept nogil
cdef void mark(CoreState* state) noexcept nogil
# Does what was loaded name things that exist? 0, or -1.
cdef int stated_fault(const CoreState* state) noexcept nogil
