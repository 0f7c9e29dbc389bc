"""Opening, closing and ending the clients' sessions by the clock, as the edge tells it.

An end is one turn: every Logout, every counter that goes back to 1 and, last, the mark of the end are in it. A
crash before the mark is durable leaves an end that was not carried out and is carried out again at the start;
nothing of it had left.
"""

from internaliser.model.types cimport *
from internaliser.gateway.enquiries cimport Answer
from internaliser.gateway.entrance cimport Entrance

cdef enum:
    HOURS_TEXT_MAX = 127        # bytes of what a client hears

cdef class Hours:
    cdef char text[HOURS_TEXT_MAX + 1]  # why nobody may log on; the sessions borrow it

    # An Answer with ANSWER_HOURS: its body is the Text(58) of every Logout, its msg_seq_num the end that is to be
    # carried out (0 = none). 0, or -1: the journal refused it (stop). A door without a journal keeps no numbers and is
    # told no ends.
    cdef int keep(self, Entrance door, const Answer* answer, int64_t now_ns) noexcept nogil
