"""What one peer's messages of a MsgType look like: the tags of the last good one, in their order.

The next one mostly has the same. Then its fields are found without reading tags, and the dictionary
looks at their values only. Habits change what a message costs and nothing else. They belong to one
peer, zeroed at first: HABITS of them, by the last bits of the MsgType's first letter.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from internaliser.fix.codec cimport Message

cdef enum:
    HABITS = 4
    HABIT_FIELDS_MAX = 40       # of the largest message remembered

cdef struct UsualField:
    uint64_t word               # "44=" as eight bytes in memory, the others 0
    uint64_t mask               # the bits of "44="
    int32_t tag
    uint32_t tag_size           # bytes of "44="

cdef struct UsualValue:         # of a field that may not hold just any text
    uint32_t at                 # its index
    uint32_t rule               # the dictionary's ValueRule
    uint64_t letters            # RULE_LETTER: bit n = the letter 48 + n is a value

cdef struct Habit:
    const void* judge           # the dictionary's tables that found the message good
    uint64_t msg_type           # NUL padded
    uint32_t field_count        # 0 = no habit yet
    uint32_t body_first         # these as in Message
    uint32_t number_at          # index of MsgSeqNum(34)
    uint32_t sending_time_at
    uint32_t sender_at
    uint32_t target_at
    uint32_t value_count        # the dictionary's
    uint32_t reserved
    int64_t second_ns           # SendingTime read last, without its fraction, 0 = none yet ..
    char second_text[24]        # .. and as text
    UsualField[HABIT_FIELDS_MAX] fields
    UsualValue[HABIT_FIELDS_MAX] values

cdef inline Habit* habit_of(Habit* habits, char letter) noexcept nogil:
    return &habits[<uint8_t> letter & (HABITS - 1)]

# What parse would do, sooner: 0, and `message.habit` says by which one; or -1 when the message has
# not the usual fields or one of them is empty (it must be parsed then). `habits` may be NULL.
cdef int parse_usual(
    Message* message, const char* raw, uint32_t size, Habit* habits
) noexcept nogil
# Remember the fields of a good message: 1; or 0 when its tags alone do not say how it is read (data
# fields, repeats, flags of the header), or there are too many. The caller sets the values.
cdef int habit_keep(Habit* habit, const Message* message) noexcept nogil
