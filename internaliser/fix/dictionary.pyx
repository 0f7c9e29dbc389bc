"""Check parsed messages against a FIX dictionary, table-driven and without Python.

Judges structure and values as FIX 4.4 vol. 2 lists them under SessionRejectReason(373). It does not
know sequence numbers, identities or what an order means. The tables are those of `tables`.

    >>> Dictionary("fix_specs/FIX44.xml").verdict(heartbeat)
    Judgement(reason=-1, ref_tag=None)
"""

from collections import namedtuple

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from internaliser.fix.codec cimport FIELDS_MAX, Field, Message, Parsed, parse, read_time
from internaliser.fix.formats cimport (
    GOOD,
    GROUP_OUT_OF_ORDER,
    INCORRECT_COUNT,
    INVALID_MSG_TYPE,
    INVALID_TAG,
    OTHER,
    REQUIRED_TAG_MISSING,
    TAG_NOT_IN_MESSAGE,
    TAG_OUT_OF_ORDER,
    TAG_REPEATED,
    TAG_WITHOUT_VALUE,
    UNSUPPORTED,
    VALUE_INCORRECT,
    VALUE_WITH_SOH,
    value_fault,
)
from internaliser.fix.habit cimport (
    HABIT_FIELDS_MAX, HABITS, Habit, UsualValue, habit_keep, habit_of, parse_usual,
)
from internaliser.fix.tables cimport (
    RULE_ANY,
    RULE_FLOAT,
    RULE_LETTER,
    RULE_OTHER,
    RULE_TIME,
    SECTION_HEADER,
    WORDS_MAX,
    FieldInfo,
    MessageEntry,
    Scope,
    Tables,
    ValueSet,
    compile_tables,
    entry_of,
    free_tables,
    has_bit,
    info_of,
    set_bit,
)
from internaliser.fix.values cimport __builtin_ctzll, digits_before, odd_bytes, word_at

from internaliser.fix import spec as specs
from internaliser.fix.dialect import overlaid

cdef enum:
    USER_TAG_FIRST = 5000       # FIX 4.4 vol. 1: user defined tags start here
    LETTER_FIRST = 48           # "0", of UsualField.letters
    APPL_VER_ID = 1128
    APPL_VERSION = 18           # SessionRejectReason: invalid or unsupported application version

cdef inline uint64_t key_of(const char* msg_type) noexcept nogil:
    cdef uint64_t key = 0
    if msg_type[1] == 0:
        return <uint8_t> msg_type[0]
    cdef uint32_t i
    for i in range(8):
        if msg_type[i] == 0:
            break
        key |= <uint64_t> <uint8_t> msg_type[i] << (8 * i)
    return key


cdef inline void refuse(Verdict* verdict, int32_t reason, int32_t tag) noexcept nogil:
    verdict.reason = reason
    verdict.ref_tag = tag
    verdict.has_ref_tag = 1


# Too many of something; `tag` 0 = no tag is to blame.
cdef void refuse_excess(
    Verdict* verdict, int32_t reason, int32_t tag, uint32_t limit
) noexcept nogil:
    refuse(verdict, reason, tag)
    verdict.has_ref_tag = tag != 0
    verdict.limit = limit


# ---- structure ---------------------------------------------------------------------------------


# The tag of the first required field that `seen` lacks (by number, or by place for a group), 0 =
# none.
cdef inline int32_t missing_of(
    const Tables* tables, uint32_t scope_at, const uint64_t* seen, int by_place
) noexcept nogil:
    cdef const Scope* scope = &tables.scopes[scope_at]
    cdef uint32_t i, bit
    cdef uint16_t number
    for i in range(scope.required_first, scope.required_first + scope.required_count):
        number = tables.required[i]
        bit = tables.places[scope_at * tables.numbers + number] if by_place else number
        if not has_bit(seen, bit):
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
    # What is larger is not told apart.
    cdef uint64_t most = max(message.field_count, tables.instances_max)
    cdef uint32_t instances = 0, nested, i
    cdef uint32_t place, last_place = 0
    # Every instance starts with the first member; where order is free, with whichever came first.
    cdef uint32_t first_place = 1 if tables.group_order else 0
    cdef int32_t missing, fault
    for i in range(count.size):
        if wanted <= most:
            wanted = wanted * 10 + <uint64_t> (message.raw[count.offset + i] - 48)
    if wanted > tables.instances_max:
        refuse_excess(verdict, INCORRECT_COUNT, count.tag, tables.instances_max)
        return at
    at += 1
    memset(seen, 0, sizeof(seen))
    while at < message.field_count:
        field = &message.fields[at]
        info = info_of(tables, field.tag)
        if info.number == 0 or not has_bit(members, info.number):
            break
        place = tables.places[scope_at * tables.numbers + info.number]
        if first_place == 0:
            first_place = place
        if place == first_place:
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
        fault = value_fault(tables, message, field, info)
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
    cdef const uint64_t* required = tables.required_bits + scope_at * tables.words
    cdef const FieldInfo* infos = tables.infos
    cdef const FieldInfo* info
    cdef const Field* field = &message.fields[3]
    cdef const Field* fields_end = &message.fields[message.field_count]
    cdef uint64_t[WORDS_MAX] free       # members that may still come
    cdef uint64_t lacking = 0
    cdef uint32_t tag_max = <uint32_t> tables.tag_max, section = SECTION_HEADER
    cdef uint32_t i, tag, number, nested
    cdef int32_t fault
    for i in range(tables.words):
        free[i] = members[i]
    # 8, 9, 35 and the final 10 are what made this a message: framing has judged them.
    for i in range(3):
        number = info_of(tables, message.fields[i].tag).number
        free[number >> 6] &= ~(<uint64_t> 1 << (number & 63))
    while field < fields_end:
        tag = <uint32_t> field.tag
        # As info_of, with what stays the same kept at hand.
        info = &infos[tag if tag <= tag_max else 0]
        number = info.number
        if number == 0:
            i = <uint32_t> (field - message.fields)
            if not passes_undefined(tables, message, i, verdict):
                return
            field += 1
            continue
        if info.section != section:
            if info.section < section:
                refuse(verdict, TAG_OUT_OF_ORDER, field.tag)
                return
            section = info.section
        fault = value_fault(tables, message, field, info)
        if fault != GOOD:
            refuse(verdict, fault, field.tag)
            return
        if not has_bit(free, number):
            fault = TAG_REPEATED if has_bit(members, number) else TAG_NOT_IN_MESSAGE
            refuse(verdict, fault, field.tag)
            return
        free[number >> 6] &= ~(<uint64_t> 1 << (number & 63))
        if info.is_count:
            nested = tables.groups[scope_at * tables.numbers + number]
            if nested != 0:
                i = <uint32_t> (field - message.fields)
                i = check_group(tables, message, i, nested, scope_at, verdict)
                if verdict.reason != GOOD:
                    return
                field = &message.fields[i]
                continue
        field += 1
    for i in range(tables.words):
        lacking |= required[i] & free[i]
    if lacking != 0:
        for i in range(tables.words):
            free[i] = ~free[i]
        refuse(verdict, REQUIRED_TAG_MISSING, missing_of(tables, scope_at, free, 0))


# ---- habits ------------------------------------------------------------------------------------


# A UTCTimestamp. parse() has read SendingTime(52); others are mostly of the same second.
cdef inline int is_time(const Message* message, const Field* field) noexcept nogil:
    cdef const Field* sent = &message.fields[message.sending_time_at]
    cdef const char* text = message.raw + field.offset
    cdef const char* known = message.raw + sent.offset
    cdef int64_t value
    if message.sending_time_ns >= 0 and field.size == sent.size and 18 < field.size < 26:
        if field == sent:
            return 1
        if (word_at(text) == word_at(known) and word_at(text + 8) == word_at(known + 8)
                and text[16] == known[16] and text[17] == 0x2E):
            return odd_bytes(digits_before(text + field.size, field.size - 18)) == 0
    return read_time(text, field.size, &value)


# A number of 1 to 8 bytes, possibly with one point in it. 8, 9 and 35 stand before it: there are
# eight bytes to read.
cdef inline int is_short_number(const char* text, uint32_t size, uint32_t rule) noexcept nogil:
    cdef const char* end = text + size
    cdef uint64_t odd = odd_bytes(digits_before(end, size))
    if odd == 0:
        return 1
    if rule != RULE_FLOAT or odd & (odd - 1) != 0 or size == 1:
        return 0
    return end[(__builtin_ctzll(odd) >> 3) - 8] == 0x2E


# Whether the value is surely good. What is not is judged by value_fault.
cdef inline int is_usual_value(
    const Message* message, const Field* field, const UsualValue* usual
) noexcept nogil:
    cdef const char* text = message.raw + field.offset
    cdef uint32_t place
    if usual.rule == RULE_LETTER:
        place = <uint32_t> <uint8_t> text[0] - LETTER_FIRST
        return field.size == 1 and place < 64 and usual.letters >> place & 1
    if usual.rule == RULE_TIME:
        return is_time(message, field)
    return usual.rule != RULE_OTHER and field.size <= 8 and (
        is_short_number(text, field.size, usual.rule)
    )


# Whether a message that was read by the habit has good values: then it is good, as the last one.
cdef int is_usual(
    const Tables* tables, const Habit* habit, const Message* message
) noexcept nogil:
    cdef const UsualValue* usual = &habit.values[0]
    cdef const UsualValue* values_end = usual + habit.value_count
    cdef const Field* field
    if message.msg_seq_num == 0 or message.sending_time_ns < 0:
        return 0
    while usual < values_end:
        field = &message.fields[usual.at]
        if not is_usual_value(message, field, usual):
            if value_fault(tables, message, field, info_of(tables, field.tag)) != GOOD:
                return 0
        usual += 1
    return 1


cdef uint64_t usual_letters(const ValueSet* values) noexcept nogil:
    cdef uint64_t letters = 0
    cdef uint32_t i
    for i in range(64):
        letters |= <uint64_t> has_bit(values.singles, LETTER_FIRST + i) << i
    return letters


# Remember a good message, unless it has groups: how many fields an instance has no tag tells.
cdef void remember(
    const Tables* tables, Habit* habit, const Message* message, uint64_t key
) noexcept nogil:
    cdef const FieldInfo* info
    cdef UsualValue* value
    cdef uint32_t i
    if not habit_keep(habit, message):
        return
    habit.value_count = 0
    # 8, 9 and 35 are what made this a message; parsing has read 34 and 52.
    for i in range(3, message.field_count):
        info = info_of(tables, message.fields[i].tag)
        if info.is_count:
            habit.field_count = 0
            return
        if info.rule == RULE_ANY or i == habit.number_at or i == habit.sending_time_at:
            continue
        value = &habit.values[habit.value_count]
        value.at = i
        value.rule = info.rule
        value.letters = usual_letters(&tables.value_sets[info.values])
        habit.value_count += 1
    habit.judge = tables
    habit.msg_type = key


# ---- the class ---------------------------------------------------------------------------------


Judgement = namedtuple("Judgement", ("reason", "ref_tag"))


cdef class Dictionary:
    """A compiled dictionary for one role; of FIXT, with the `application` file it carries.

    `supported` names the MsgTypes taken in (default: what the file says is accepted by `role`); the
    others the file knows are answered 35=j 380=3, and so are the `foreign` ones. `user_defined`
    lets tags from 5000 on pass that the file does not define. `group_order` wants the members of a
    group in the order of the file, as FIX does; some venues do not keep it. A message has at most
    `fields_max` fields, a group `instances_max` instances. ValueError for a file that is no usable
    dictionary.
    """

    def __init__(
        self,
        path,
        *,
        application=None,
        dialect=None,
        str role="acceptor",
        supported=None,
        foreign=frozenset(),
        bint user_defined=False,
        bint group_order=True,
        uint32_t fields_max=FIELDS_MAX,
        uint32_t instances_max=FIELDS_MAX,
    ):
        if role not in specs.ROLES:
            raise ValueError(f"role must be one of {sorted(specs.ROLES)}, not {role!r}")
        if self.tables != NULL:
            raise ValueError("a dictionary is loaded once")
        self.spec = specs.load(path, application)
        if dialect is not None:
            self.spec = overlaid(self.spec, dialect)
        self.path = self.spec.path
        self.begin_string = self.spec.begin_string
        if supported is None:
            supported = [
                kind for kind, one in self.spec.messages.items() if role in one.accepted_by
            ]
        unknown = sorted(set(supported) - set(self.spec.messages))
        if unknown:
            raise ValueError(f"{self.path}: supported MsgTypes that are not defined: {unknown}")
        if not HABIT_FIELDS_MAX <= fields_max <= FIELDS_MAX:
            raise ValueError(
                f"fields_max must be {HABIT_FIELDS_MAX} to {FIELDS_MAX}, not {fields_max}"
            )
        self.tables = compile_tables(
            self.spec, frozenset(supported), frozenset(foreign), user_defined, group_order
        )
        (<Tables*> self.tables).fields_max = fields_max
        (<Tables*> self.tables).instances_max = instances_max

    def __dealloc__(self):
        free_tables(<Tables*> self.tables)

    cdef void check(self, const Message* message, Habit* habits, Verdict* verdict) noexcept nogil:
        cdef const Tables* tables = <const Tables*> self.tables
        cdef uint64_t key = key_of(message.msg_type)
        cdef Habit* habit = NULL
        cdef const MessageEntry* entry
        verdict.reason = GOOD
        verdict.ref_tag = 0
        verdict.has_ref_tag = 0
        verdict.limit = 0
        if message.fields[2].size == 0:
            refuse(verdict, TAG_WITHOUT_VALUE, 35)
            return
        if habits != NULL:
            habit = habit_of(habits, message.msg_type[0])
            if (message.habit == habit and habit.msg_type == key and habit.judge == tables
                    and message.fields[2].size <= 7 and is_usual(tables, habit, message)):
                return
        entry = entry_of(tables, key)
        if message.is_cut or message.field_count > tables.fields_max:
            refuse_excess(verdict, OTHER, 0, tables.fields_max)
        elif entry == NULL or message.fields[2].size > 7:
            refuse(verdict, INVALID_MSG_TYPE, 35)
        elif not entry.is_supported:
            verdict.reason = UNSUPPORTED
        else:
            check_fields(tables, message, entry.scope, verdict)
            if verdict.reason == GOOD and habit != NULL:
                remember(tables, habit, message, key)
            elif verdict.reason == VALUE_INCORRECT and verdict.ref_tag == APPL_VER_ID:
                verdict.reason = APPL_VERSION

    cdef int is_admin(self, const char* msg_type) noexcept nogil:
        cdef const MessageEntry* entry = entry_of(<const Tables*> self.tables, key_of(msg_type))
        return entry != NULL and entry.is_admin

    def verdict(self, data):
        """Judge one framed message: SessionRejectReason(373), or -1 good, -2 known but not offered.

        `ref_tag` is None where a Reject has no RefTagID. ValueError if `data` cannot be split into
        fields.
        """
        cdef Parsed parsed = Parsed(data)
        cdef Verdict verdict
        parsed.require()
        self.check(&parsed.message, NULL, &verdict)
        return Judgement(verdict.reason, verdict.ref_tag if verdict.has_ref_tag else None)


cdef class Checker:
    """A dictionary with the habits of one peer: the same verdicts and fields, sooner."""

    cdef Dictionary dictionary
    cdef Habit[HABITS] habits

    def __init__(self, Dictionary dictionary not None):
        self.dictionary = dictionary
        memset(self.habits, 0, sizeof(self.habits))

    def verdict(self, data):
        """As Dictionary.verdict; what was found good before is known."""
        cdef Parsed parsed = self.parsed(data)
        cdef Verdict verdict
        self.dictionary.check(&parsed.message, self.habits, &verdict)
        return Judgement(verdict.reason, verdict.ref_tag if verdict.has_ref_tag else None)

    def fields(self, data):
        """As codec.split_fields."""
        return self.parsed(data).fields()

    def header(self, data):
        """As codec.read_header."""
        return self.parsed(data).header()

    cdef Parsed parsed(self, data):
        cdef Parsed parsed = Parsed(data)
        cdef const char* raw = <const char*> parsed.view.buf
        parsed.require()
        if parse_usual(&parsed.message, raw, <uint32_t> parsed.view.len, self.habits) < 0:
            parse(&parsed.message, raw, <uint32_t> parsed.view.len)
        return parsed
