"""epoll loop, rings and connections: the only sockets of the nogil threads."""
