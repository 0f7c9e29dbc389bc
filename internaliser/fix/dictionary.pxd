"""A FIX dictionary compiled for checking messages without Python.

Loaded from fix_specs/*.xml (QuickFIX format).
"""

from libc.stdint cimport int32_t, uint16_t, uint32_t

from internaliser.fix.codec cimport Message
from internaliser.fix.habit cimport HABITS, Habit

cdef struct Verdict:            # why a message is refused; reason < 0 = it is good
    # SessionRejectReason(373); -1 = good, -2 = a MsgType that is known but not offered (35=j 380=3)
    int32_t reason
    int32_t ref_tag             # RefTagID(371)
    uint32_t has_ref_tag        # 0 = no RefTagID to send (a refused tag can itself be 0)
    uint32_t limit              # what the message has too many of: the most there may be; else 0

cdef class Dictionary:
    cdef void* tables           # private
    cdef readonly str begin_string
    cdef readonly str path
    cdef readonly object spec   # spec.Spec: what the tables were made from

    # Checks a parsed message: MsgType known, tags known and allowed, values present, enumerations,
    # formats, repeated tags, group counts and order of group members, header/body/trailer order,
    # required tags, how many fields and instances. `habits` are those of the peer (habit.pxd), NULL =
    # none.
    cdef void check(self, const Message* message, Habit* habits, Verdict* verdict) noexcept nogil
    cdef int is_admin(self, const char* msg_type) noexcept nogil
