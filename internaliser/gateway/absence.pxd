"""What a client's Logon says about the end of its link, and how the core is told of the link."""

from internaliser.model.types cimport *
from internaliser.fix.codec cimport Message
from internaliser.model.command cimport Command

# CancelOnDisconnect of a Logon: CancelOrdersOnDisconnect(8013) = N, S or Y; `configured` where it does not say.
cdef uint8_t cancels_of(const Message* logon, uint8_t configured) noexcept nogil
# The LINK command (LinkAction) for the core.
cdef void link_command(
    Command* command, uint8_t action, uint16_t session, uint16_t client, uint8_t cancels, int64_t grace_ns, uint8_t why
) noexcept nogil
