"""Order events of the core -> reports on a client's session."""

from internaliser.model.types cimport *
from internaliser.model.event cimport OrderEvent
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Writer

# The body of the 8 or 9 that an order event becomes in a FixVersion; msg_type gets "8" or "9". 0 = no report for it.
cdef int encode_report(Core core, const OrderEvent* event, uint8_t version, Writer* body,
                       char* msg_type) noexcept nogil
