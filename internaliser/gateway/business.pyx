"""Refusals of whole messages. BusinessRejectRefID(379) is the id its sender knows it by."""

from internaliser.fix.codec cimport Field, Message, Writer, find, put_int, put_text
from internaliser.fix.version cimport FIX42, FIX50
from internaliser.model.types cimport *

cdef enum:
    REFERENCE_MAX = 64          # bytes of an id that its refusal repeats
    LAST_IN_42 = 5
    LAST_IN_44 = 7


cdef uint8_t business_reason_in(uint8_t reason, uint8_t version) noexcept nogil:
    cdef uint8_t last = LAST_IN_42 if version == FIX42 else LAST_IN_44
    if version == FIX50 or reason <= last:
        return reason
    return BUSINESS_OTHER


cdef int32_t reference_tag(const char* msg_type) noexcept nogil:
    """The field a message is known by, as the standard lists it under BusinessRejectRefID(379)."""
    cdef char first = msg_type[0]
    cdef char second = msg_type[1]
    if first == b'A' and second != 0:
        if second == b'F':
            return 584          # MassStatusReqID
        if second == b'D':
            return 568          # TradeRequestID
        if second == b'E':
            return 571          # TradeReportID
        return 710 if second == b'N' else 11    # PosReqID
    if first == b'B' and second != 0:
        if second == b'E':
            return 923          # UserRequestID
        return 1346 if second == b'W' else 11   # ApplReqID
    if first == b'Q':
        return 17               # ExecID
    if first == b'V':
        return 262              # MDReqID
    if first == b'x' or first == b'c':
        return 320              # SecurityReqID
    if first == b'e':
        return 324              # SecurityStatusReqID
    if first == b'g':
        return 335              # TradSesReqID
    if first == b'R':
        return 131              # QuoteReqID
    if first == b'S' or first == b'i' or first == b'Z':
        return 117              # QuoteID
    return 23 if first == b'6' else 11          # IOIID; ClOrdID


cdef void encode_business_reject(
    const Message* message, uint8_t reason, const char* text, uint32_t size, Writer* body
) noexcept nogil:
    cdef const Field* reference = find(message, reference_tag(&message.msg_type[0]))
    cdef uint32_t type_size = 0
    while type_size < 8 and message.msg_type[type_size] != 0:
        type_size += 1
    put_int(body, 45, <int64_t> message.msg_seq_num)
    put_text(body, 372, &message.msg_type[0], type_size)
    if reference != NULL and reference.size > 0:
        put_text(
            body, 379, message.raw + reference.offset,
            min(reference.size, <uint32_t> REFERENCE_MAX),
        )
    put_int(body, 380, reason)
    put_text(body, 58, text, size)


def reason_in(reason: int, version: int) -> int:
    """BusinessRejectReason(380) as a FixVersion can say it."""
    return business_reason_in(reason, version)
