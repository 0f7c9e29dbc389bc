"""One step: the state's next command, its events left in the state's buffers. What a step is: core.pxd."""

from internaliser.core.state cimport CoreState
from internaliser.model.command cimport Command

cdef enum ApplyResult:
    APPLY_DONE = 0
    APPLY_SILENT = 1
    APPLY_FAULT = -1            # an invariant of ours broke: stop the node, keep the journal, print the seq

# An ApplyResult. A state with a fault takes nothing any more.
cdef int step(CoreState* state, Command* command) noexcept nogil
