"""Check parsed messages against a FIX dictionary, table-driven and without Python.

A dictionary becomes flat tables: one entry per tag (its format, section and set of values) and one *scope*
per message and per distinct repeating group (a bitmap of allowed fields, required fields, nested groups).
Fields are numbered densely, so a bitmap of all 4.4 fields is fifteen words.
"""

from collections import namedtuple

from libc.stdint cimport (
    UINT32_MAX, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t,
)
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from internaliser.fix.codec cimport Field, Message, data_tag_of, parse, read_time

from internaliser.fix import spec as specs

cdef enum:
    WORDS_MAX = 64              # 4,096 fields in a dictionary
    GROUP_MEMBERS_MAX = 255
    GROUP_DEPTH_MAX = 8
    VALUE_MAX = 16              # bytes of an enumerated value
    USER_TAG_FIRST = 5000       # FIX 4.4 vol. 1: user defined tags start here

cdef enum Format:
    FORMAT_STRING = 0
    FORMAT_CHAR = 1
    FORMAT_BOOLEAN = 2
    FORMAT_INT = 3
    FORMAT_COUNT = 4            # int without a sign
    FORMAT_FLOAT = 5
    FORMAT_TIMESTAMP = 6
    FORMAT_DATE = 7
    FORMAT_CLOCK = 8
    FORMAT_MONTHYEAR = 9
    FORMAT_MULTIPLE = 10        # values separated by single spaces
    FORMAT_DATA = 11

cdef enum Section:
    SECTION_HEADER = 0
    SECTION_BODY = 1
    SECTION_TRAILER = 2

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

cdef struct FieldInfo:
    uint16_t number             # 0 = the tag is not defined
    uint8_t format
    uint8_t section
    uint16_t values             # index of a ValueSet, 0 = any
    uint16_t is_count           # the field counts a repeating group somewhere
    int32_t data_tag            # the data field whose length this is, 0 = none

cdef struct Wide:               # a value of 2 to 16 bytes, NUL padded
    uint64_t low
    uint64_t high

cdef struct ValueSet:
    uint64_t singles[2]         # bitmap of one-letter values
    uint32_t first              # of its wide values
    uint32_t count

cdef struct Scope:
    uint32_t required_first
    uint32_t required_count

cdef struct MessageEntry:
    uint64_t key                # MsgType, NUL padded; 0 = empty slot
    uint16_t scope
    uint8_t is_supported
    uint8_t is_admin

cdef struct Tables:
    FieldInfo* infos            # by tag
    int32_t tag_max
    uint32_t numbers            # fields + 1
    uint32_t words              # of one bitmap
    int32_t* tags               # by number
    ValueSet* value_sets
    Wide* wides
    Scope* scopes
    uint64_t* members           # words per scope
    uint64_t* required_bits     # words per scope
    uint16_t* groups            # numbers per scope: scope of the nested group, 0 = none
    uint8_t* places             # numbers per scope: order within a group, from 1
    uint16_t* required          # numbers of required fields, scope after scope
    MessageEntry* entries
    uint32_t entry_mask
    uint8_t user_defined        # tags from 5000 on that are not defined pass
    uint8_t group_order         # members of a group must keep their order


# ---- looking things up -----------------------------------------------------------------------------


cdef inline uint64_t key_of(const char* msg_type) noexcept nogil:
    cdef uint64_t key = 0
    cdef uint32_t i
    for i in range(8):
        if msg_type[i] == 0:
            break
        key |= <uint64_t> <uint8_t> msg_type[i] << (8 * i)
    return key


cdef inline const MessageEntry* entry_of(const Tables* tables, uint64_t key) noexcept nogil:
    cdef uint32_t at = <uint32_t> (key * <uint64_t> 0x9E3779B97F4A7C15 >> 40) & tables.entry_mask
    while tables.entries[at].key != key:
        if tables.entries[at].key == 0:
            return NULL
        at = (at + 1) & tables.entry_mask
    return &tables.entries[at]


cdef inline const FieldInfo* info_of(const Tables* tables, int32_t tag) noexcept nogil:
    # Tag 0 is never defined, so every odd tag may share its entry.
    return &tables.infos[tag if 0 <= tag <= tables.tag_max else 0]


cdef inline int has_bit(const uint64_t* bits, uint32_t number) noexcept nogil:
    return <int> (bits[number >> 6] >> (number & 63) & 1)


cdef inline void set_bit(uint64_t* bits, uint32_t number) noexcept nogil:
    bits[number >> 6] |= <uint64_t> 1 << (number & 63)


cdef inline void refuse(Verdict* verdict, int32_t reason, int32_t tag) noexcept nogil:
    verdict.reason = reason
    verdict.ref_tag = tag
    verdict.has_ref_tag = 1


# ---- values ----------------------------------------------------------------------------------------


cdef inline int is_digits(const char* text, uint32_t size) noexcept nogil:
    cdef uint32_t i
    cdef int good = size > 0
    for i in range(size):
        good &= <uint8_t> (text[i] - 48) <= 9
    return good


cdef int is_float(const char* text, uint32_t size) noexcept nogil:
    cdef uint32_t at = 1 if text[0] == 0x2D else 0
    cdef uint32_t digits = 0, points = 0
    while at < size:
        if <uint8_t> (text[at] - 48) <= 9:
            digits += 1
        elif text[at] == 0x2E:
            points += 1
        else:
            return 0
        at += 1
    return digits > 0 and points <= 1


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


cdef int is_formatted(uint8_t format, const char* text, uint32_t size) noexcept nogil:
    cdef int64_t value
    if format == FORMAT_STRING or format == FORMAT_DATA:
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
    if format == FORMAT_DATE:
        return is_date(text, size)
    if format == FORMAT_CLOCK:
        return is_clock(text, size)
    if format == FORMAT_MONTHYEAR:
        return is_month_year(text, size)
    return text[0] != 0x20 and text[size - 1] != 0x20


cdef int has_value(const Tables* tables, uint16_t values, const char* text, uint32_t size) noexcept nogil:
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


cdef int has_values(const Tables* tables, uint16_t values, const char* text, uint32_t size) noexcept nogil:
    cdef uint32_t start = 0, at
    for at in range(size + 1):
        if at == size or text[at] == 0x20:
            if not has_value(tables, values, text + start, at - start):
                return 0
            start = at + 1
    return 1


# The data field must follow at once and be as long as its length field says.
cdef int is_length_true(const Message* message, uint32_t i, int32_t data_tag) noexcept nogil:
    cdef const char* text = message.raw + message.fields[i].offset
    cdef uint32_t at
    cdef uint64_t length = 0
    if i + 1 >= message.field_count or message.fields[i + 1].tag != data_tag:
        return 0
    for at in range(message.fields[i].size):
        length = length * 10 + <uint64_t> (text[at] - 48)
        if length > UINT32_MAX:
            return 0
    return length == message.fields[i + 1].size


# What is wrong with the value of field i; GOOD if nothing.
cdef inline int32_t value_fault(
    const Tables* tables, const Message* message, uint32_t i, const FieldInfo* info
) noexcept nogil:
    cdef const Field* field = &message.fields[i]
    cdef const char* text = message.raw + field.offset
    if field.size == 0:
        return TAG_WITHOUT_VALUE
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
    if info.data_tag != 0 and not is_length_true(message, i, info.data_tag):
        return VALUE_INCORRECT
    return GOOD


# ---- structure -------------------------------------------------------------------------------------


# The tag of the first required field that `seen` lacks (by number, or by place for a group), 0 = none.
cdef inline int32_t missing_of(
    const Tables* tables, uint32_t scope_at, const uint64_t* seen, int by_place
) noexcept nogil:
    cdef const Scope* scope = &tables.scopes[scope_at]
    cdef uint32_t i
    cdef uint16_t number
    for i in range(scope.required_first, scope.required_first + scope.required_count):
        number = tables.required[i]
        if not has_bit(seen, tables.places[scope_at * tables.numbers + number] if by_place else number):
            return tables.tags[number]
    return 0


# Check the group whose count is field `at`; returns the index of the first field after it.
cdef uint32_t check_group(
    const Tables* tables, const Message* message, uint32_t at, uint32_t scope_at,
    uint32_t outer_at, Verdict* verdict
) noexcept nogil:
    cdef const uint64_t* members = tables.members + scope_at * tables.words
    cdef const uint64_t* outer = tables.members + outer_at * tables.words
    cdef const Field* count = &message.fields[at]
    cdef const Field* field
    cdef const FieldInfo* info
    cdef uint64_t[4] seen
    cdef uint64_t wanted = 0
    cdef uint32_t instances = 0, nested, i
    cdef uint32_t place, last_place = 0
    cdef int32_t missing, fault
    for i in range(count.size):
        if wanted <= message.field_count:
            wanted = wanted * 10 + <uint64_t> (message.raw[count.offset + i] - 48)
    at += 1
    memset(seen, 0, sizeof(seen))
    while at < message.field_count:
        field = &message.fields[at]
        info = info_of(tables, field.tag)
        if info.number == 0 or not has_bit(members, info.number):
            break
        place = tables.places[scope_at * tables.numbers + info.number]
        if place == 1:
            missing = missing_of(tables, scope_at, seen, 1) if instances > 0 else 0
            if missing != 0:
                refuse(verdict, REQUIRED_TAG_MISSING, missing)
                return at
            instances += 1
            memset(seen, 0, sizeof(seen))
        elif instances == 0:
            refuse(verdict, GROUP_OUT_OF_ORDER, field.tag)
            return at
        elif has_bit(seen, place) or (place < last_place and tables.group_order):
            # The same tag may also belong to what surrounds the group: then the group has ended.
            if has_bit(outer, info.number):
                break
            refuse(verdict, TAG_REPEATED if has_bit(seen, place) else GROUP_OUT_OF_ORDER, field.tag)
            return at
        last_place = place
        set_bit(seen, place)
        fault = value_fault(tables, message, at, info)
        if fault != GOOD:
            refuse(verdict, fault, field.tag)
            return at
        nested = tables.groups[scope_at * tables.numbers + info.number] if info.is_count else 0
        if nested != 0:
            at = check_group(tables, message, at, nested, scope_at, verdict)
            if verdict.reason != GOOD:
                return at
        else:
            at += 1
    missing = missing_of(tables, scope_at, seen, 1) if instances > 0 else 0
    if instances != wanted:
        refuse(verdict, INCORRECT_COUNT, count.tag)
    elif missing != 0:
        refuse(verdict, REQUIRED_TAG_MISSING, missing)
    return at


# A tag that no message knows. 1 = let it pass.
cdef int passes_undefined(
    const Tables* tables, const Message* message, uint32_t i, Verdict* verdict
) noexcept nogil:
    cdef const Field* field = &message.fields[i]
    if field.tag >= USER_TAG_FIRST and tables.user_defined:
        if field.size > 0:
            return 1
        refuse(verdict, TAG_WITHOUT_VALUE, field.tag)
    elif field.tag == -1 and i > 0 and message.raw[field.offset - 1] != 0x3D:
        # No "=" at all: a SOH stood within the value before.
        refuse(verdict, VALUE_WITH_SOH, message.fields[i - 1].tag)
    else:
        refuse(verdict, INVALID_TAG, field.tag)
    return 0


cdef void check_fields(
    const Tables* tables, const Message* message, uint32_t scope_at, Verdict* verdict
) noexcept nogil:
    cdef const uint64_t* members = tables.members + scope_at * tables.words
    cdef const FieldInfo* info
    cdef uint64_t[WORDS_MAX] seen
    cdef uint32_t i = 0, nested, section = SECTION_HEADER
    cdef uint64_t lacking = 0
    cdef int32_t tag, fault
    memset(seen, 0, tables.words * 8)
    # 8, 9, 35 and the final 10 are what made this a message: framing has judged them.
    for i in range(3):
        set_bit(seen, info_of(tables, message.fields[i].tag).number)
    i = 3
    while i < message.field_count:
        tag = message.fields[i].tag
        info = info_of(tables, tag)
        if info.number == 0:
            if not passes_undefined(tables, message, i, verdict):
                return
            i += 1
            continue
        if info.section != section:
            if info.section < section:
                refuse(verdict, TAG_OUT_OF_ORDER, tag)
                return
            section = info.section
        fault = value_fault(tables, message, i, info)
        if fault != GOOD:
            refuse(verdict, fault, tag)
            return
        if not has_bit(members, info.number):
            refuse(verdict, TAG_NOT_IN_MESSAGE, tag)
            return
        if has_bit(seen, info.number):
            refuse(verdict, TAG_REPEATED, tag)
            return
        set_bit(seen, info.number)
        nested = tables.groups[scope_at * tables.numbers + info.number] if info.is_count else 0
        if nested != 0:
            i = check_group(tables, message, i, nested, scope_at, verdict)
            if verdict.reason != GOOD:
                return
        else:
            i += 1
    members = tables.required_bits + scope_at * tables.words
    for i in range(tables.words):
        lacking |= members[i] & ~seen[i]
    if lacking != 0:
        refuse(verdict, REQUIRED_TAG_MISSING, missing_of(tables, scope_at, seen, 0))


# ---- the class -------------------------------------------------------------------------------------


Judgement = namedtuple("Judgement", ("reason", "ref_tag"))


cdef class Dictionary:
    """A compiled dictionary for one role.

    `supported` names the MsgTypes taken in (default: what the file says is accepted by `role`); the others
    the file knows are answered 35=j 380=3. `user_defined` lets tags from 5000 on pass that the file does not
    define. `group_order` wants the members of a group in the order of the file, as FIX does; some venues
    do not keep it. ValueError for a file that is no usable dictionary.
    """

    def __init__(
        self, path, *, str role="acceptor", supported=None, bint user_defined=False, bint group_order=True
    ):
        if role not in specs.ROLES:
            raise ValueError(f"role must be one of {sorted(specs.ROLES)}, not {role!r}")
        if self.tables != NULL:
            raise ValueError("a dictionary is loaded once")
        self.spec = specs.load(path)
        self.path = self.spec.path
        self.begin_string = self.spec.begin_string
        if supported is None:
            supported = [kind for kind, one in self.spec.messages.items() if role in one.accepted_by]
        unknown = sorted(set(supported) - set(self.spec.messages))
        if unknown:
            raise ValueError(f"{self.path}: supported MsgTypes that are not defined: {unknown}")
        self.tables = compiled(self.spec, frozenset(supported), user_defined, group_order)

    def __dealloc__(self):
        release(<Tables*> self.tables)

    cdef void check(self, const Message* message, Verdict* verdict) noexcept nogil:
        cdef const Tables* tables = <const Tables*> self.tables
        cdef const MessageEntry* entry = entry_of(tables, key_of(message.msg_type))
        verdict.reason = GOOD
        verdict.ref_tag = 0
        verdict.has_ref_tag = 0
        if message.fields[2].size == 0:
            refuse(verdict, TAG_WITHOUT_VALUE, 35)
        elif entry == NULL or message.fields[2].size > 7:
            refuse(verdict, INVALID_MSG_TYPE, 35)
        elif not entry.is_supported:
            verdict.reason = UNSUPPORTED
        else:
            check_fields(tables, message, entry.scope, verdict)

    cdef int is_admin(self, const char* msg_type) noexcept nogil:
        cdef const MessageEntry* entry = entry_of(<const Tables*> self.tables, key_of(msg_type))
        return entry != NULL and entry.is_admin

    def verdict(self, bytes data not None):
        """Judge one framed message: SessionRejectReason(373), or -1 good, -2 known but not offered.

        `ref_tag` is None where a Reject has no RefTagID. ValueError if `data` cannot be split into fields.
        """
        cdef Verdict verdict
        cdef Message* message = <Message*> malloc(sizeof(Message))
        if message == NULL:
            raise MemoryError
        try:
            if parse(message, data, <uint32_t> len(data)) < 0:
                raise ValueError("not a FIX message: 8, 9, 35 do not come first, or too many fields")
            self.check(message, &verdict)
        finally:
            free(message)
        return Judgement(verdict.reason, verdict.ref_tag if verdict.has_ref_tag else None)


# ---- compiling -------------------------------------------------------------------------------------


cdef void release(Tables* tables) noexcept:
    if tables == NULL:
        return
    free(tables.infos)
    free(tables.tags)
    free(tables.value_sets)
    free(tables.wides)
    free(tables.scopes)
    free(tables.members)
    free(tables.required_bits)
    free(tables.groups)
    free(tables.places)
    free(tables.required)
    free(tables.entries)
    free(tables)


cdef void* room(size_t count, size_t size) except NULL:
    cdef void* memory = calloc(count if count > 0 else 1, size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef Tables* compiled(spec, supported, bint user_defined, bint group_order) except NULL:
    cdef Tables* tables = <Tables*> room(1, sizeof(Tables))
    try:
        tables.user_defined = user_defined
        tables.group_order = group_order
        lay_fields(tables, spec)
        lay_values(tables, spec)
        lay_scopes(tables, spec, supported)
    except BaseException:
        release(tables)
        raise
    return tables


cdef int lay_fields(Tables* tables, spec) except -1:
    cdef FieldInfo* info
    header = {member.tag for member in specs.flat(spec.header)}
    trailer = {member.tag for member in specs.flat(spec.trailer)}
    if len(spec.fields) >= 64 * WORDS_MAX:
        raise ValueError(f"{spec.path}: more than {64 * WORDS_MAX - 1} fields")
    formats = {
        "STRING": FORMAT_STRING, "CHAR": FORMAT_CHAR, "BOOLEAN": FORMAT_BOOLEAN, "INT": FORMAT_INT,
        "COUNT": FORMAT_COUNT, "FLOAT": FORMAT_FLOAT, "TIMESTAMP": FORMAT_TIMESTAMP, "DATE": FORMAT_DATE,
        "CLOCK": FORMAT_CLOCK, "MONTHYEAR": FORMAT_MONTHYEAR, "MULTIPLE": FORMAT_MULTIPLE,
        "DATA": FORMAT_DATA,
    }
    tables.numbers = len(spec.fields) + 1
    tables.words = (tables.numbers + 63) // 64
    tables.tag_max = max(spec.fields)
    tables.infos = <FieldInfo*> room(tables.tag_max + 1, sizeof(FieldInfo))
    tables.tags = <int32_t*> room(tables.numbers, sizeof(int32_t))
    for number, tag in enumerate(sorted(spec.fields), 1):
        info = &tables.infos[<int32_t> tag]
        info.number = number
        info.format = formats[spec.fields[tag].format]
        info.section = (
            SECTION_HEADER if tag in header else SECTION_TRAILER if tag in trailer else SECTION_BODY
        )
        info.data_tag = data_tag_of(tag)
        if info.data_tag not in spec.fields:
            info.data_tag = 0
        tables.tags[<int32_t> number] = tag
    return 0


cdef int lay_values(Tables* tables, spec) except -1:
    cdef ValueSet* values
    cdef uint64_t[2] packed
    cdef bytes padded
    cdef uint32_t at = 0
    listed = [field for field in spec.fields.values() if field.values]
    tables.value_sets = <ValueSet*> room(len(listed) + 1, sizeof(ValueSet))
    tables.wides = <Wide*> room(sum(len(field.values) for field in listed), sizeof(Wide))
    for index, field in enumerate(listed, 1):
        values = &tables.value_sets[<uint32_t> index]
        tables.infos[<int32_t> field.tag].values = index
        wides = []
        for value in field.values:
            raw = value.encode("latin-1")
            if len(raw) == 1 and raw[0] < 128:
                set_bit(values.singles, raw[0])
            elif 1 < len(raw) <= VALUE_MAX:
                padded = raw.ljust(VALUE_MAX, b"\0")
                memcpy(packed, <const char*> padded, VALUE_MAX)
                wides.append((packed[0], packed[1]))
            else:
                raise ValueError(f"{spec.path}: field {field.name}: cannot check the value {value!r}")
        values.first = at
        values.count = len(wides)
        for low, high in sorted(wides):
            tables.wides[at].low = low
            tables.wides[at].high = high
            at += 1
    return 0


cdef int lay_scopes(Tables* tables, spec, supported) except -1:
    cdef MessageEntry* entry
    cdef uint32_t at
    # Scope 0 is nobody's, so that 0 can mean "no group".
    shapes = [()]
    scope_of = {}
    for message in spec.messages.values():
        members = spec.header + message.members + spec.trailer
        if len({member.tag for member in members}) != len(members):
            raise ValueError(f"{spec.path}: message {message.name} repeats a header or trailer field")
        gather(spec, members, shapes, scope_of, 0)
    if len(shapes) > 0xFFFF:
        raise ValueError(f"{spec.path}: too many groups")
    tables.scopes = <Scope*> room(len(shapes), sizeof(Scope))
    tables.members = <uint64_t*> room(len(shapes) * tables.words, sizeof(uint64_t))
    tables.required_bits = <uint64_t*> room(len(shapes) * tables.words, sizeof(uint64_t))
    tables.groups = <uint16_t*> room(len(shapes) * tables.numbers, sizeof(uint16_t))
    tables.places = <uint8_t*> room(len(shapes) * tables.numbers, sizeof(uint8_t))
    tables.required = <uint16_t*> room(sum(map(len, shapes)), sizeof(uint16_t))
    at = 0
    for scope_at, members in enumerate(shapes):
        at = lay_scope(tables, scope_at, members, scope_of, at)
    tables.entry_mask = 63
    while tables.entry_mask < 4 * len(spec.messages):
        tables.entry_mask = tables.entry_mask * 2 + 1
    tables.entries = <MessageEntry*> room(tables.entry_mask + 1, sizeof(MessageEntry))
    for message in spec.messages.values():
        raw = message.msg_type.encode("latin-1")
        if not 1 <= len(raw) <= 7:
            raise ValueError(f"{spec.path}: MsgType {message.msg_type!r} is longer than 7 letters")
        key = int.from_bytes(raw, "little")
        at = <uint32_t> (<uint64_t> key * <uint64_t> 0x9E3779B97F4A7C15 >> 40) & tables.entry_mask
        while tables.entries[at].key != 0:
            at = (at + 1) & tables.entry_mask
        entry = &tables.entries[at]
        entry.key = key
        entry.scope = scope_of[spec.header + message.members + spec.trailer]
        entry.is_supported = message.msg_type in supported
        entry.is_admin = message.is_admin
    return 0


cdef uint32_t lay_scope(Tables* tables, uint32_t scope_at, members, scope_of, uint32_t at) except? 0:
    cdef Scope* scope = &tables.scopes[scope_at]
    cdef uint32_t number
    scope.required_first = at
    for place, member in enumerate(members, 1):
        number = tables.infos[<int32_t> member.tag].number
        set_bit(tables.members + scope_at * tables.words, number)
        # Messages may have more members than a place can tell, but nobody asks for their order.
        tables.places[scope_at * tables.numbers + number] = place if place <= GROUP_MEMBERS_MAX else 0
        if member.is_required:
            tables.required[at] = number
            set_bit(tables.required_bits + scope_at * tables.words, number)
            at += 1
        if member.group is not None:
            tables.infos[<int32_t> member.tag].is_count = 1
            tables.groups[scope_at * tables.numbers + number] = scope_of[member.group]
    scope.required_count = at - scope.required_first
    return at


# Every distinct set of members once, groups before what holds them.
cdef gather(spec, members, list shapes, dict scope_of, int depth):
    if members in scope_of:
        return
    if depth > 0 and len(members) > GROUP_MEMBERS_MAX:
        raise ValueError(f"{spec.path}: a group has more than {GROUP_MEMBERS_MAX} members")
    if depth > GROUP_DEPTH_MAX:
        raise ValueError(f"{spec.path}: groups are nested deeper than {GROUP_DEPTH_MAX}")
    for member in members:
        if member.group is not None:
            gather(spec, member.group, shapes, scope_of, depth + 1)
    scope_of[members] = len(shapes)
    shapes.append(members)
