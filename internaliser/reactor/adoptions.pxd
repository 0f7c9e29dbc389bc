"""Connected sockets handed to the core thread from another thread: the bounded way in for TLS links.

A pipe of whole records: who hands over writes, the core thread reads when epoll says so. Full means refused.
"""

from internaliser.gateway.access cimport Origin

cdef struct Adoption:
    int fd                      # the core thread's from now on
    int reserved
    Origin origin

cdef class Adoptions:
    cdef readonly int read_fd
    cdef int write_fd

    # The next socket, with where it comes from; -1 = none now.
    cdef int take(self, Origin* origin) noexcept nogil
