"""Values of fields: whether a text is what its field's format and enumeration allow.

Reasons are those of SessionRejectReason(373).
"""

from libc.stdint cimport int32_t, uint8_t, uint32_t

from internaliser.fix.codec cimport Field, Message
from internaliser.fix.tables cimport (
    RULE_ANY, RULE_DIGITS, RULE_FLOAT, RULE_LETTER, FieldInfo, Tables, has_bit,
)

cdef enum SessionRejectReason:  # 373, the ones a dictionary gives
    GOOD = -1
    UNSUPPORTED = -2
    INVALID_TAG = 0
    REQUIRED_TAG_MISSING = 1
    TAG_NOT_IN_MESSAGE = 2
    TAG_WITHOUT_VALUE = 4
    VALUE_INCORRECT = 5
    INCORRECT_FORMAT = 6
    INVALID_MSG_TYPE = 11
    TAG_REPEATED = 13
    TAG_OUT_OF_ORDER = 14
    GROUP_OUT_OF_ORDER = 15
    INCORRECT_COUNT = 16
    VALUE_WITH_SOH = 17
    OTHER = 99

# As value_fault, of a field that is not empty.
cdef int32_t any_value_fault(
    const Tables* tables, const Message* message, const Field* field, const FieldInfo* info
) noexcept nogil


# Where the digits that start at `at` end.
cdef inline uint32_t end_of_digits(const char* text, uint32_t at, uint32_t size) noexcept nogil:
    while at < size and <uint32_t> <uint8_t> text[at] - 48 <= 9:
        at += 1
    return at


cdef inline int is_digits(const char* text, uint32_t size) noexcept nogil:
    return size > 0 and end_of_digits(text, 0, size) == size


cdef inline int is_float(const char* text, uint32_t size) noexcept nogil:
    cdef uint32_t first = text[0] == 0x2D
    cdef uint32_t at = end_of_digits(text, first, size)
    if at == size:
        return at > first
    # A point counts in the length; with it at least one digit stands on either side.
    return text[at] == 0x2E and end_of_digits(text, at + 1, size) == size and size - first > 1


# What is wrong with the value of a field; GOOD if nothing.
cdef inline int32_t value_fault(
    const Tables* tables, const Message* message, const Field* field, const FieldInfo* info
) noexcept nogil:
    cdef const char* text = message.raw + field.offset
    if field.size == 0:
        return TAG_WITHOUT_VALUE
    if info.rule == RULE_ANY:
        return GOOD
    if info.rule == RULE_LETTER and field.size == 1 and <uint8_t> text[0] < 128:
        if has_bit(tables.value_sets[info.values].singles, <uint8_t> text[0]):
            return GOOD
    elif info.rule == RULE_DIGITS:
        return GOOD if is_digits(text, field.size) else INCORRECT_FORMAT
    elif info.rule == RULE_FLOAT:
        return GOOD if is_float(text, field.size) else INCORRECT_FORMAT
    return any_value_fault(tables, message, field, info)
