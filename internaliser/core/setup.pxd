"""Configuration as commands: assets, instruments, clients, sessions, sources, money, limits and listings."""

from internaliser.core.state cimport CoreState

# Apply the CONFIG command under way and tell it with a StateEvent; refused as a whole where it contradicts
# itself, what is configured already, or open orders.
cdef void configure(CoreState* state) noexcept nogil
