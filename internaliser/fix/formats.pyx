"""The formats of FIX 4.4 vol. 1 (data types), judged without Python."""

from libc.stdint cimport UINT32_MAX, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from internaliser.fix.codec cimport Field, Message, read_time
from internaliser.fix.tables cimport (
    FORMAT_BOOLEAN,
    FORMAT_CHAR,
    FORMAT_CLOCK,
    FORMAT_COUNT,
    FORMAT_DATA,
    FORMAT_DATE,
    FORMAT_FLOAT,
    FORMAT_INT,
    FORMAT_MONTHYEAR,
    FORMAT_MULTIPLE,
    FORMAT_STRING,
    FORMAT_TIMESTAMP,
    VALUE_MAX,
    FieldInfo,
    Tables,
    ValueSet,
    has_bit,
)


# A date or a time of day is judged by completing it to a timestamp.
cdef int is_date(const char* text, uint32_t size) noexcept nogil:
    cdef char[17] whole
    cdef int64_t value
    if size != 8:
        return 0
    memcpy(whole, text, 8)
    memcpy(&whole[8], b"-00:00:00", 9)
    return read_time(whole, 17, &value)


cdef int is_clock(const char* text, uint32_t size) noexcept nogil:
    cdef char[27] whole
    cdef int64_t value
    if size < 8 or size > 18:
        return 0
    memcpy(whole, b"20000101-", 9)
    memcpy(&whole[9], text, size)
    return read_time(whole, size + 9, &value)


# YYYYMM, YYYYMMDD or YYYYMMwN (week 1 to 5).
cdef int is_month_year(const char* text, uint32_t size) noexcept nogil:
    cdef char[8] whole
    if size == 8 and text[6] != 0x77:
        return is_date(text, 8)
    if size != 6 and not (size == 8 and 49 <= text[7] <= 53):
        return 0
    memcpy(whole, text, 6)
    memcpy(&whole[6], b"01", 2)
    return is_date(whole, 8)


cdef inline int is_formatted(uint8_t format, const char* text, uint32_t size) noexcept nogil:
    cdef int64_t value
    if format == FORMAT_STRING:
        return 1
    if format == FORMAT_CHAR:
        return size == 1
    if format == FORMAT_FLOAT:
        return is_float(text, size)
    if format == FORMAT_COUNT:
        return is_digits(text, size)
    if format == FORMAT_INT:
        return is_digits(text + 1, size - 1) if text[0] == 0x2D else is_digits(text, size)
    if format == FORMAT_TIMESTAMP:
        return read_time(text, size, &value)
    if format == FORMAT_BOOLEAN:
        return size == 1 and (text[0] == 0x59 or text[0] == 0x4E)
    return is_rarely_formatted(format, text, size)


cdef int is_rarely_formatted(uint8_t format, const char* text, uint32_t size) noexcept nogil:
    if format == FORMAT_DATA:
        return 1
    if format == FORMAT_DATE:
        return is_date(text, size)
    if format == FORMAT_CLOCK:
        return is_clock(text, size)
    if format == FORMAT_MONTHYEAR:
        return is_month_year(text, size)
    return text[0] != 0x20 and text[size - 1] != 0x20


cdef inline int has_value(
    const Tables* tables, uint16_t values, const char* text, uint32_t size
) noexcept nogil:
    cdef const ValueSet* wanted = &tables.value_sets[values]
    cdef uint64_t[2] packed
    cdef uint32_t low = wanted.first, high = wanted.first + wanted.count, middle
    if size == 1:
        return has_bit(wanted.singles, <uint8_t> text[0]) if <uint8_t> text[0] < 128 else 0
    if size == 0 or size > VALUE_MAX:
        return 0
    packed[0] = 0
    packed[1] = 0
    memcpy(packed, text, size)
    while low < high:
        middle = (low + high) // 2
        if tables.wides[middle].low == packed[0] and tables.wides[middle].high == packed[1]:
            return 1
        if tables.wides[middle].low < packed[0] or (
            tables.wides[middle].low == packed[0] and tables.wides[middle].high < packed[1]
        ):
            low = middle + 1
        else:
            high = middle
    return 0


cdef int has_values(
    const Tables* tables, uint16_t values, const char* text, uint32_t size
) noexcept nogil:
    cdef uint32_t start = 0, at
    for at in range(size + 1):
        if at == size or text[at] == 0x20:
            if not has_value(tables, values, text + start, at - start):
                return 0
            start = at + 1
    return 1


# The data field must follow at once and be as long as its length field says.
cdef int is_length_true(
    const Message* message, const Field* field, int32_t data_tag
) noexcept nogil:
    cdef const char* text = message.raw + field.offset
    cdef const Field* data = field + 1
    cdef uint32_t at
    cdef uint64_t length = 0
    if data == &message.fields[message.field_count] or data.tag != data_tag:
        return 0
    for at in range(field.size):
        length = length * 10 + <uint64_t> (text[at] - 48)
        if length > UINT32_MAX:
            return 0
    return length == data.size


cdef int32_t any_value_fault(
    const Tables* tables, const Message* message, const Field* field, const FieldInfo* info
) noexcept nogil:
    cdef const char* text = message.raw + field.offset
    if info.format != FORMAT_STRING:
        # parse() has read the SendingTime already.
        if not (field.tag == 52 and message.sending_time_ns >= 0):
            if not is_formatted(info.format, text, field.size):
                return INCORRECT_FORMAT
    if info.values != 0:
        if info.format == FORMAT_MULTIPLE:
            if not has_values(tables, info.values, text, field.size):
                return VALUE_INCORRECT
        elif not has_value(tables, info.values, text, field.size):
            return VALUE_INCORRECT
    if info.data_tag != 0 and not is_length_true(message, field, info.data_tag):
        return VALUE_INCORRECT
    return GOOD
