"""BusinessMessageReject(j): what is refused that has no answer of its own (fix-rules 8)."""

from internaliser.model.types cimport *
from internaliser.fix.codec cimport Message, Writer

cdef enum BusinessRejectReason:  # 380
    BUSINESS_OTHER = 0
    BUSINESS_UNKNOWN_ID = 1
    BUSINESS_UNKNOWN_SECURITY = 2
    BUSINESS_UNSUPPORTED_MSG_TYPE = 3
    BUSINESS_NOT_AVAILABLE = 4
    BUSINESS_FIELD_MISSING = 5  # one that is required under a condition
    BUSINESS_NOT_AUTHORIZED = 6
    BUSINESS_NOT_DELIVERABLE = 7
    BUSINESS_THROTTLED = 8
    BUSINESS_THROTTLED_OFF = 9  # and the session ends

# What a FixVersion has for it: BUSINESS_OTHER where it has nothing (4.2 ends at 5, 4.4 at 7); Text(58) tells it.
cdef uint8_t business_reason_in(uint8_t reason, uint8_t version) noexcept nogil
# The body that refuses `message`: 45, 372, 379 (the id it goes by, where it has one), 380, 58.
cdef void encode_business_reject(const Message* message, uint8_t reason, const char* text, uint32_t size,
                                 Writer* body) noexcept nogil
