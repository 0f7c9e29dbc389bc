"""Requests about many orders or about an execution: q, AF and Q into Commands; what they become on the wire."""

from internaliser.model.types cimport *
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Message, Writer
from internaliser.model.command cimport Command
from internaliser.model.event cimport MassEvent, OrderEvent

# DecodeResult (gateway/orders.pxd) of an OrderMassCancelRequest(q), OrderMassStatusRequest(AF) or DontKnowTrade(Q); 0 =
# it is none of them. The head of `command` is zero but for what the caller filled in.
cdef int decode_mass(Core core, const Message* message, Command* command, Writer* reject) noexcept nogil
# The body of an OrderMassCancelReport(r).
cdef void encode_mass_cancel(Core core, const MassEvent* event, uint8_t version, Writer* body) noexcept nogil
# What an ExecutionReport that answers AF has on top: MassStatusReqID, TotNumReports, LastRptRequested.
cdef void put_mass_status(const OrderEvent* event, Writer* body) noexcept nogil
