"""Compile a dictionary (spec.Spec) to the tables that messages are checked against."""

from libc.stdint cimport UINT32_MAX, int32_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from internaliser.fix.codec cimport data_tag_of

from internaliser.fix.spec import flat


cdef void free_tables(Tables* tables) noexcept:
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


cdef Tables* compile_tables(
    spec, supported, foreign, bint user_defined, bint group_order
) except NULL:
    cdef Tables* tables = <Tables*> room(1, sizeof(Tables))
    try:
        tables.user_defined = user_defined
        tables.group_order = group_order
        tables.fields_max = UINT32_MAX
        tables.instances_max = UINT32_MAX
        lay_fields(tables, spec)
        lay_values(tables, spec)
        lay_rules(tables)
        scope_of = lay_scopes(tables, spec)
        lay_entries(tables, spec, scope_of, supported, foreign)
    except BaseException:
        free_tables(tables)
        raise
    return tables


cdef int lay_fields(Tables* tables, spec) except -1:
    cdef FieldInfo* info
    header = {member.tag for member in flat(spec.header)}
    trailer = {member.tag for member in flat(spec.trailer)}
    if len(spec.fields) >= 64 * WORDS_MAX:
        raise ValueError(f"{spec.path}: more than {64 * WORDS_MAX - 1} fields")
    formats = {
        "STRING": FORMAT_STRING, "CHAR": FORMAT_CHAR, "BOOLEAN": FORMAT_BOOLEAN,
        "INT": FORMAT_INT, "COUNT": FORMAT_COUNT, "FLOAT": FORMAT_FLOAT,
        "TIMESTAMP": FORMAT_TIMESTAMP, "DATE": FORMAT_DATE, "CLOCK": FORMAT_CLOCK,
        "MONTHYEAR": FORMAT_MONTHYEAR, "MULTIPLE": FORMAT_MULTIPLE, "DATA": FORMAT_DATA,
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
                raise ValueError(
                    f"{spec.path}: field {field.name}: the value {value!r} is too long to check"
                )
        values.first = at
        values.count = len(wides)
        for low, high in sorted(wides):
            tables.wides[at].low = low
            tables.wides[at].high = high
            at += 1
    return 0


cdef void lay_rules(Tables* tables) noexcept:
    cdef FieldInfo* info
    cdef uint32_t number
    for number in range(1, tables.numbers):
        info = &tables.infos[tables.tags[number]]
        if info.data_tag != 0:
            continue
        if info.values != 0:
            if info.format == FORMAT_CHAR:
                info.rule = RULE_LETTER
        elif info.format == FORMAT_STRING:
            info.rule = RULE_ANY
        elif info.format == FORMAT_COUNT:
            info.rule = RULE_DIGITS
        elif info.format == FORMAT_FLOAT:
            info.rule = RULE_FLOAT
        elif info.format == FORMAT_TIMESTAMP:
            info.rule = RULE_TIME


# The scope of each distinct set of members.
cdef dict lay_scopes(Tables* tables, spec):
    cdef uint32_t at
    # Scope 0 is nobody's, so that 0 can mean "no group".
    shapes = [()]
    scope_of = {}
    for message in spec.messages.values():
        members = spec.header + message.members + spec.trailer
        if len({member.tag for member in members}) != len(members):
            raise ValueError(
                f"{spec.path}: message {message.name} repeats a header or trailer field"
            )
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
    return scope_of


cdef int lay_entries(Tables* tables, spec, dict scope_of, supported, foreign) except -1:
    cdef MessageEntry* entry
    foreign = foreign - set(spec.messages)
    tables.entry_mask = 63
    while tables.entry_mask < 4 * (len(spec.messages) + len(foreign)):
        tables.entry_mask = tables.entry_mask * 2 + 1
    tables.entries = <MessageEntry*> room(tables.entry_mask + 1, sizeof(MessageEntry))
    for msg_type in sorted(foreign):
        new_entry(tables, spec, msg_type)
    for message in spec.messages.values():
        entry = new_entry(tables, spec, message.msg_type)
        entry.scope = scope_of[spec.header + message.members + spec.trailer]
        entry.is_supported = message.msg_type in supported
        entry.is_admin = message.is_admin
    return 0


cdef MessageEntry* new_entry(Tables* tables, spec, msg_type) except NULL:
    cdef uint32_t at
    raw = msg_type.encode("latin-1")
    if not 1 <= len(raw) <= 7:
        raise ValueError(f"{spec.path}: MsgType {msg_type!r} is longer than 7 letters")
    key = int.from_bytes(raw, "little")
    at = slot_of(tables, key)
    while tables.entries[at].key != 0:
        at = (at + 1) & tables.entry_mask
    tables.entries[at].key = key
    return &tables.entries[at]


cdef uint32_t lay_scope(
    Tables* tables, uint32_t scope_at, members, scope_of, uint32_t at
) except? 0:
    cdef Scope* scope = &tables.scopes[scope_at]
    cdef uint32_t number
    scope.required_first = at
    for place, member in enumerate(members, 1):
        number = tables.infos[<int32_t> member.tag].number
        set_bit(tables.members + scope_at * tables.words, number)
        # Messages may have more members than a place can tell, but nobody asks for their order.
        tables.places[scope_at * tables.numbers + number] = min(place, GROUP_MEMBERS_MAX)
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
