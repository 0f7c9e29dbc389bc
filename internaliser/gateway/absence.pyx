"""Cancel on disconnect as the door sees it."""

from libc.string cimport memset

from internaliser.fix.codec cimport Field, Message, find
from internaliser.model.command cimport (
    CANCEL_ACCOUNT, CANCEL_NOTHING, CANCEL_SESSION, COMMAND_HEAD, Command,
)
from internaliser.model.record cimport KIND_LINK
from internaliser.model.types cimport *

cdef enum:
    CANCEL_ORDERS_ON_DISCONNECT = 8013


cdef uint8_t cancels_of(const Message* logon, uint8_t configured) noexcept nogil:
    cdef const Field* field = find(logon, CANCEL_ORDERS_ON_DISCONNECT)
    cdef char letter
    if field == NULL or field.size != 1:
        return configured
    letter = logon.raw[field.offset]
    if letter == b'Y':
        return CANCEL_ACCOUNT
    if letter == b'S':
        return CANCEL_SESSION
    return CANCEL_NOTHING if letter == b'N' else configured


cdef void link_command(
    Command* command, uint8_t action, uint16_t session, uint16_t client, uint8_t cancels,
    int64_t grace_ns, uint8_t why
) noexcept nogil:
    memset(command, 0, COMMAND_HEAD)
    command.head.size = COMMAND_HEAD
    command.head.kind = KIND_LINK
    command.session = session
    command.client = client
    command.instrument = NONE16
    command.source = NONE16
    command.action = action
    command.flags = cancels
    command.qty = grace_ns
    command.reason = why
