"""Ids as text on the wire, the same for ever and in every node: numbers of ours joined by dashes.

OrderID(37) and the ClOrdID(11) of a child are "node-epoch-seq" of their 64-bit id ("1-3-512"), ExecID(17) is
"node-epoch-seq-index" of the event it reports ("1-3-512-2").
"""

from internaliser.model.types cimport *
from internaliser.gateway.text cimport Text

cdef enum:
    ID_TEXT_MAX = 48            # bytes of the longest id text, with room

# The text from `to` on, where there is room for ID_TEXT_MAX; the first byte after it.
cdef char* write_id(char* to, uint16_t node, uint64_t id) noexcept nogil
cdef char* write_exec_id(char* to, uint16_t node, uint32_t epoch, uint64_t seq, uint16_t index) noexcept nogil
cdef void add_id(Text* text, uint16_t node, uint64_t id) noexcept nogil
cdef void add_exec_id(Text* text, uint16_t node, uint32_t epoch, uint64_t seq, uint16_t index) noexcept nogil
# "node-epoch-seq" back into its parts: 1, or 0 when the text is no id of that shape (then nothing is changed).
cdef int read_exec_id(
    const char* text, uint32_t size, uint16_t* node, uint64_t* step, uint16_t* index
) noexcept nogil            # `step` as an id of that step would be
cdef int read_id(const char* text, uint32_t size, uint16_t* node, uint64_t* id) noexcept nogil
