"""The versions of FIX a session can speak, by the BeginString(8) that names them."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcmp

cdef enum FixVersion:
    FIX_UNKNOWN = 0
    FIX42 = 1
    FIX44 = 2
    FIX50 = 3                   # 5.0SP2 over FIXT.1.1
    VERSION_COUNT = 4

cdef enum SessionStatus:        # SessionStatus(1409) of a Logout over FIXT
    STATUS_NONE = 0             # none is told
    STATUS_LOGOUT_COMPLETE = 4
    STATUS_WRONG_PASSWORD = 5   # invalid username or password
    STATUS_NOT_NOW = 7          # logons are not allowed at this time
    STATUS_NUMBER_TOO_LOW = 9
    STATUS_NEXT_EXPECTED_TOO_HIGH = 10

cdef inline uint8_t version_of(const char* begin_string, uint32_t size) noexcept nogil:
    """FixVersion of a BeginString(8)."""
    if size == 8 and memcmp(begin_string, b"FIXT.1.1", 8) == 0:
        return FIX50
    if size == 7 and memcmp(begin_string, b"FIX.4.4", 7) == 0:
        return FIX44
    if size == 7 and memcmp(begin_string, b"FIX.4.2", 7) == 0:
        return FIX42
    return FIX_UNKNOWN
