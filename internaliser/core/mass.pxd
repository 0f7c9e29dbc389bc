"""Requests about many orders of one client: mass cancel, mass status, what a lost link cancels.

A step does at most limits.expiry_chunk orders. What is left is a Job of the state; TIMER_JOB commands, due at once, do
it chunk by chunk, jobs in turns. A job means the orders that were there when it was asked for: later ones stay.
"""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport *

cdef void mass_cancel(CoreState* state) noexcept nogil
cdef void mass_status(CoreState* state) noexcept nogil
# TIMER_JOB: a chunk of the job whose turn it is.
cdef void job_turn(CoreState* state) noexcept nogil
# The link of `session` is gone for good: cancel its orders, or the account's. Orders canceled in this step.
cdef uint32_t disconnect_cancel(CoreState* state, uint16_t session) noexcept nogil
