"""Id texts: written, and read back where a client or a source names one of ours."""

from internaliser.fix.values cimport write_count
from internaliser.gateway.text cimport Text, add

cdef enum:
    EPOCH_MAX = 0xFFFFF         # 20 bits


cdef inline char* write_part(char* to, uint64_t number) noexcept nogil:
    """A number, most often of one digit."""
    if number >= 10:
        return write_count(to, number)
    to[0] = <char> (48 + number)
    return to + 1


cdef char* write_id(char* to, uint16_t node, uint64_t id) noexcept nogil:
    to = write_part(to, node)
    to[0] = b'-'
    to = write_part(to + 1, id >> ID_SEQ_BITS)
    to[0] = b'-'
    return write_part(to + 1, id & ((<uint64_t> 1 << ID_SEQ_BITS) - 1))


cdef char* write_exec_id(
    char* to, uint16_t node, uint32_t epoch, uint64_t seq, uint16_t index
) noexcept nogil:
    to = write_part(to, node)
    to[0] = b'-'
    to = write_part(to + 1, epoch)
    to[0] = b'-'
    to = write_part(to + 1, seq)
    to[0] = b'-'
    return write_part(to + 1, index)


cdef void add_id(Text* text, uint16_t node, uint64_t id) noexcept nogil:
    cdef char data[ID_TEXT_MAX]
    add(text, data, <uint32_t> (write_id(data, node, id) - data))


cdef void add_exec_id(
    Text* text, uint16_t node, uint32_t epoch, uint64_t seq, uint16_t index
) noexcept nogil:
    cdef char data[ID_TEXT_MAX]
    add(text, data, <uint32_t> (write_exec_id(data, node, epoch, seq, index) - data))


cdef int read_part(
    const char* text, uint32_t size, uint32_t* at, uint64_t limit, uint64_t* value
) noexcept nogil:
    """Digits from `at`, without sign or leading zeros, up to `limit`; `at` moves behind them."""
    cdef uint32_t first = at[0]
    cdef uint64_t result = 0
    while at[0] < size and b'0' <= text[at[0]] <= b'9':
        result = result * 10 + <uint64_t> (text[at[0]] - 48)
        if result > limit:
            return 0
        at[0] += 1
    if at[0] == first or (text[first] == b'0' and at[0] - first > 1):
        return 0
    value[0] = result
    return 1


cdef int read_id(const char* text, uint32_t size, uint16_t* node, uint64_t* id) noexcept nogil:
    cdef uint32_t at = 0
    cdef uint64_t node_part = 0, epoch_part = 0, seq_part = 0
    if not read_part(text, size, &at, 0xFFFF, &node_part) or at == size or text[at] != b'-':
        return 0
    at += 1
    if not read_part(text, size, &at, EPOCH_MAX, &epoch_part) or at == size or text[at] != b'-':
        return 0
    at += 1
    if not read_part(text, size, &at, (<uint64_t> 1 << ID_SEQ_BITS) - 1, &seq_part) or at != size:
        return 0
    node[0] = <uint16_t> node_part
    id[0] = epoch_part << ID_SEQ_BITS | seq_part
    return 1


cdef int read_exec_id(
    const char* text, uint32_t size, uint16_t* node, uint64_t* step, uint16_t* index
) noexcept nogil:
    cdef uint32_t at = size
    cdef uint64_t index_part = 0
    while at > 0 and text[at - 1] != b'-':
        at -= 1
    if at < 2 or not read_id(text, at - 1, node, step):
        return 0
    if not read_part(text, size, &at, 0xFFFF, &index_part) or at != size:
        return 0
    index[0] = <uint16_t> index_part
    return 1


def id_text(node: int, id: int) -> str:
    """OrderID(37) or child ClOrdID(11) of a 64-bit id: id_text(1, 3 << 44 | 512) == "1-3-512"."""
    cdef char data[ID_TEXT_MAX]
    return data[:write_id(data, node, id) - data].decode()


def exec_id_text(node: int, epoch: int, seq: int, index: int) -> str:
    """ExecID(17) of the event with that place in the journal."""
    cdef char data[ID_TEXT_MAX]
    return data[:write_exec_id(data, node, epoch, seq, index) - data].decode()


def id_of(text: str) -> tuple[int, int] | None:
    """(node, id) of an id text; None when it is not one."""
    cdef bytes data = text.encode()
    cdef uint16_t node = 0
    cdef uint64_t id = 0
    if not read_id(data, <uint32_t> len(data), &node, &id):
        return None
    return node, id
