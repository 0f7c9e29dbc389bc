"""A dictionary as flat tables: one entry per tag, one scope per message and per distinct group.

Fields are numbered densely, so a bitmap of all FIX 4.4 fields is fifteen words. Made once, then
only read, from any thread.
"""

from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    WORDS_MAX = 64              # 4,096 fields in a dictionary
    GROUP_MEMBERS_MAX = 255
    GROUP_DEPTH_MAX = 8
    VALUE_MAX = 16              # bytes of an enumerated value

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

cdef enum ValueRule:            # the quick ones of the common fields, judged first
    RULE_OTHER = 0
    RULE_ANY = 1                # a text of any letters
    RULE_LETTER = 2             # one letter of the ValueSet
    RULE_DIGITS = 3
    RULE_FLOAT = 4
    RULE_TIME = 5               # UTCTimestamp

cdef struct FieldInfo:
    uint16_t number             # 0 = the tag is not defined
    uint8_t format
    uint8_t section
    uint16_t values             # index of a ValueSet, 0 = any
    uint8_t is_count            # the field counts a repeating group somewhere
    uint8_t rule                # ValueRule
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
    uint32_t fields_max         # of one message
    uint32_t instances_max      # of one group

cdef inline int has_bit(const uint64_t* bits, uint32_t number) noexcept nogil:
    return <int> (bits[number >> 6] >> (number & 63) & 1)

cdef inline void set_bit(uint64_t* bits, uint32_t number) noexcept nogil:
    bits[number >> 6] |= <uint64_t> 1 << (number & 63)

# Where a MsgType's entry is looked for first.
cdef inline uint32_t slot_of(const Tables* tables, uint64_t key) noexcept nogil:
    return <uint32_t> (key * <uint64_t> 0x9E3779B97F4A7C15 >> 40) & tables.entry_mask

cdef inline const MessageEntry* entry_of(const Tables* tables, uint64_t key) noexcept nogil:
    cdef uint32_t at = slot_of(tables, key)
    while tables.entries[at].key != key:
        if tables.entries[at].key == 0:
            return NULL
        at = (at + 1) & tables.entry_mask
    return &tables.entries[at]

cdef inline const FieldInfo* info_of(const Tables* tables, int32_t tag) noexcept nogil:
    # Tag 0 is never defined, so every odd tag may share its entry.
    return &tables.infos[tag if <uint32_t> tag <= <uint32_t> tables.tag_max else 0]

# `spec` is a spec.Spec, `supported` the MsgTypes taken in, `foreign` those that are known though the
# spec has them not. Without limits on sizes. ValueError for what cannot be checked.
cdef Tables* compile_tables(
    spec, supported, foreign, bint user_defined, bint group_order
) except NULL
cdef void free_tables(Tables* tables) noexcept
