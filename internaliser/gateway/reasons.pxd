"""Reasons of ours as each FixVersion tells them: OrdRejReason, CxlRejReason, ExecRestatementReason, Text."""

from internaliser.model.types cimport *
from internaliser.model.event cimport OrderEvent
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Writer

# The stable code at the head of Text(58): the reason's name.
cdef const char* reason_code(uint16_t reason) noexcept nogil
cdef int32_t ord_rej_reason(uint16_t reason, uint8_t version) noexcept nogil        # 103
cdef int32_t cxl_rej_reason(uint16_t reason, uint8_t version) noexcept nogil        # 102
# 378; -1 = not due (the client or the order's own terms asked for it), or the version has no value for it.
cdef int32_t restatement_reason(uint16_t reason, uint8_t version) noexcept nogil
# Text(58) "CODE: sentence" of the event's reason; nothing when it has none.
cdef void put_reason(Core core, const OrderEvent* event, Writer* body) noexcept nogil
