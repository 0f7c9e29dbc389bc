"""The loop itself. System calls of one order: epoll_wait, recv, (the journal's), send; no more.

>>> reactor = Reactor(door, Ring(1 << 20))
>>> port = reactor.listen("127.0.0.1", 0)
>>> threading.Thread(target=reactor.run).start()
"""

import os

cimport cython
from libc.errno cimport errno
from posix.unistd cimport close, read

from internaliser.gateway.access cimport Origin
from internaliser.gateway.links cimport LINK_SOURCE
from internaliser.model.thread cimport ask_for_slice, be_realtime, pin_to_core
from internaliser.model.types cimport NONE32
from internaliser.reactor.atomic cimport flag_load, flag_store, shared_count, shared_load
from internaliser.reactor.system cimport *
from internaliser.reactor.watch cimport (
    TAG_ADOPTION, TAG_DIAL, TAG_INLET, TAG_LINGERER, TAG_LINK, TAG_LISTENER, TAG_SHIFT, TAG_STOP,
    earlier, tag_of, watch,
)

from internaliser.reactor.vigil import Vigil

cdef enum:
    WAIT_MAX_MS = 1000          # so that a step of the UTC clock is noticed within a second

cdef int64_t NS_PER_MS = 1_000_000
cdef int64_t BEHIND_NS = NS_PER_MS      # how soon a full ring to the edge is tried again

STATES = ("new", "running", "stopping", "ended", "halted")     # by ReactorState


@cython.final
cdef class Reactor:
    """Owns the sockets. Limits are named arguments:

    wait            "block": sleep in epoll; "spin": never sleep (the core is spent on it); what
                    waits for the disk then finds the processor awake, if it has one of its own
    core            pin the thread that calls `run` to this CPU; -1 = do not
    slice_us        the turn of a processor that it asks for (ask_for_slice); 0 = the kernel's
    realtime        its priority in real time (be_realtime); 0 = none
    events_max      most connections looked at per turn, up to EVENTS_MAX
    read_max        most bytes taken from one connection per turn
    accept_max      most connections accepted per listener and turn
    commands_max    most commands taken from the ring per turn
    views_max       most market views taken from theirs per turn, after the commands
    answers_max     most answers of the edge taken from theirs per turn, after the views
    output_max      most bytes a connection may leave unread before it is cut
    linger_ms       how long a closing connection may take to read its last bytes
    connect_ms      how long one outgoing attempt may take
    drain_ms        how long an orderly stop waits for connections to close
    """

    def __cinit__(
        self, Links door not None, Ring commands not None, *, Ring views=None, Outlet outlet=None,
        Asking asking=None, Ring answers=None, str wait="block", int core=-1, uint32_t slice_us=0,
        int realtime=0, uint32_t events_max=EVENTS_MAX, uint32_t read_max=32768,
        uint32_t accept_max=16, uint32_t commands_max=256, uint32_t views_max=64,
        uint32_t answers_max=32, uint64_t output_max=4 << 20, int64_t linger_ms=2000,
        int64_t connect_ms=5000, int64_t drain_ms=5000,
    ):
        self.epoll_fd = self.stop_fd = self.end_fd = -1
        if wait not in ("block", "spin"):
            raise ValueError(f'wait must be "block" or "spin", not "{wait}"')
        if core >= 0 and core not in os.sched_getaffinity(0):
            raise ValueError(
                f"core {core} is not one this process may use ({sorted(os.sched_getaffinity(0))})"
            )
        if not 0 < events_max <= EVENTS_MAX:
            raise ValueError(f"events_max must be 1 to {EVENTS_MAX}, not {events_max}")
        if accept_max == 0:
            raise ValueError("accept_max must be above 0")
        self.door = door
        self.commands = commands
        self.views = views
        self.inlet = Inlet(commands, views, commands_max, views_max, answers, answers_max)
        self.outlet = outlet
        self.asking = asking
        self.is_spinning = wait == "spin"
        self.core = core
        self.slice_us = slice_us
        self.realtime = realtime
        self.events_max = events_max
        self.accept_max = accept_max
        self.drain_ns = drain_ms * NS_PER_MS
        self.epoll_fd = epoll_create1(EPOLL_CLOEXEC)
        self.stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
        self.end_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
        if self.epoll_fd < 0 or self.stop_fd < 0 or self.end_fd < 0:
            raise OSError("out of file handles for the reactor")
        for number, ring in enumerate((commands, views, answers)):
            if ring is not None:
                self.watch_own(ring.wake_fd, TAG_INLET, number)
        self.watch_own(self.stop_fd, TAG_STOP, 0)
        self.adoptions = Adoptions()
        self.watch_own(self.adoptions.read_fd, TAG_ADOPTION, 0)
        self.listeners = Listeners(self.epoll_fd)
        self.dials = Dials(self.epoll_fd, connect_ms * NS_PER_MS)
        self.lingerers = Lingerers(self.epoll_fd, linger_ms * NS_PER_MS)
        self.connections = Connections(
            self.epoll_fd, door, self.dials, self.lingerers,
            read_max=read_max, output_max=output_max, linger_ns=linger_ms * NS_PER_MS,
        )

    def __dealloc__(self):
        for fd in (self.epoll_fd, self.stop_fd, self.end_fd):
            if fd >= 0:
                close(fd)

    # Python: before, around and beside the run

    def listen(self, str host="127.0.0.1", int port=0, *, int unsent_max=0) -> int:
        """Listen for clients; the port taken (0 asks for a free one). Connections wait until `run`.

        `unsent_max`: bytes the kernel keeps of one connection before they are sent; 0 = it decides.
        OSError naming the address when it cannot be had, RuntimeError once running.
        """
        self._require_new("listen")
        return self.listeners.add(host, port, unsent_max)

    def dial(
        self, uint16_t session, str host, int port, *, int64_t backoff_min_ms=200,
        int64_t backoff_max_ms=10_000,
    ) -> None:
        """Keep a connection to host:port up for `session` (LINK_SOURCE), from `run` on.

        The wait between attempts doubles from `backoff_min_ms` to `backoff_max_ms`. The name is
        resolved here, once. OSError when it has no address, RuntimeError once running.
        """
        self._require_new("dial")
        self.dials.add(session, host, port, backoff_min_ms, backoff_max_ms)

    def run(self) -> None:
        """Turn until `stop`, or until the door halts: see `state` then. Once, on its own thread.

        Releases the interpreter for the whole time. `fileno()` is readable when it is over.
        """
        self._require_new("run")
        flag_store(&self.phase, REACTOR_RUNNING)
        if self.core >= 0 and pin_to_core(self.core) != 0:
            flag_store(&self.phase, REACTOR_ENDED)
            raise OSError(errno, f"cannot pin the core thread to core {self.core}")
        if be_realtime(self.realtime) != 0:
            flag_store(&self.phase, REACTOR_ENDED)
            raise OSError(errno, f"the core thread may not have real-time priority {self.realtime}")
        vigil = Vigil() if self.is_spinning and len(os.sched_getaffinity(0)) == 1 else None
        if vigil is not None:
            vigil.start()
        with nogil:
            block_signals()
            ask_for_slice(self.slice_us)
            flag_store(&self.phase, <uint32_t>self.loop())
            eventfd_write(self.end_fd, 1)
        if vigil is not None:
            vigil.stop()

    def stop(self) -> None:
        """Ask for an orderly end, from any thread.

        No new connections, Logout on every session, drain, close.
        """
        flag_store(&self.stop_wanted, 1)
        eventfd_write(self.stop_fd, 1)

    def fileno(self) -> int:
        """An eventfd that becomes readable when `run` is over."""
        return self.end_fd

    def counters(self) -> dict:
        """What the loop did so far; readable at any time, each number by itself exact."""
        cdef Counters* counts = &self.counts
        return {
            "turns": shared_load(&counts.turns),
            "accepted": shared_load(&counts.accepted),
            "refused": shared_load(&counts.refused) + shared_load(&self.listeners.refused_count),
            "dialled": shared_load(&self.dials.linked_count),
            "dial_failures": shared_load(&self.dials.failure_count),
            **self.connections.counters(),
            "commands": shared_load(&self.inlet.command_count),
            "bad_commands": shared_load(&self.inlet.bad_count),
            "views": shared_load(&self.inlet.view_count),
            "answers": shared_load(&self.inlet.answer_count),
        }

    @property
    def ports(self) -> list:
        """Ports listened on, in the order of `listen`."""
        return self.listeners.ports

    @property
    def state(self) -> str:
        """new, running, stopping, ended (orderly) or halted (the door refused to go on)."""
        return STATES[flag_load(&self.phase)]

    def _require_new(self, str verb):
        if flag_load(&self.phase) != REACTOR_NEW:
            raise RuntimeError(
                f"{verb} is for a reactor that has not run yet; this one is {self.state}"
            )

    cdef int watch_own(self, int fd, uint64_t kind, uint64_t number) except -1:
        if watch(self.epoll_fd, EPOLL_CTL_ADD, fd, EPOLLIN, tag_of(kind, 0, number)) < 0:
            raise OSError(errno, "epoll refuses a handle of the reactor's own")
        return 0

    # The loop

    cdef int loop(self) noexcept nogil:
        cdef int state = REACTOR_RUNNING
        self.inlet.wake()
        while state == REACTOR_RUNNING:
            state = self.turn()
        self.close_all(state == REACTOR_ENDED)
        return state

    cdef int turn(self) noexcept nogil:
        """One turn; REACTOR_RUNNING to go on, else why it ended."""
        cdef int count = self.wait()
        cdef int i
        shared_count(&self.counts.turns, 1)
        if self.outlet is not None:
            self.outlet.measure()
        if self.asking is not None:
            self.asking.measure()
        for i in range(count):
            if i + 1 < count:
                self.connections.expect(<uint32_t>self.events[i + 1].data.u64)
            self.handle(self.events[i].data.u64, self.events[i].events)
        if flag_load(&self.stop_wanted) and self.drain_by_ns == 0:
            self.begin_stop()
        self.inlet.take(self.door, self.now_ns)
        if self.deadline_ns != 0 and self.now_ns >= self.deadline_ns:
            self.door.on_time(self.now_ns)
        if self.chores_ns != 0 and self.steady_ns >= self.chores_ns:
            self.do_chores()
        if self.door.end_turn(self.now_ns) != 0:
            return REACTOR_HALTED
        if self.outlet is not None:
            self.outlet.carry()
        if self.asking is not None:
            self.asking.carry()
        # What the door does about a close (`on_disconnect`) is the next turn's work.
        self.is_pressed = self.connections.flush() > 0
        return REACTOR_ENDED if self.drain_by_ns != 0 and self.has_drained() else REACTOR_RUNNING

    cdef int wait(self) noexcept nogil:
        """Sleep until something is there, then read the clocks: the only place that does."""
        cdef int timeout = self.timeout_ms()
        cdef int count
        if timeout != 0 and not self.inlet.sleep():
            timeout = 0
        count = epoll_wait(self.epoll_fd, self.events, <int>self.events_max, timeout)
        self.inlet.wake()
        self.now_ns = self.connections.now_ns = clock_ns(CLOCK_REALTIME)
        self.steady_ns = self.connections.steady_ns = clock_ns(CLOCK_MONOTONIC)
        return count

    cdef int timeout_ms(self) noexcept nogil:
        cdef int64_t left = WAIT_MAX_MS * NS_PER_MS
        self.deadline_ns = self.door.deadline()
        self.chores_ns = self.chores_due()
        if self.is_spinning or self.is_pressed:
            return 0
        if self.deadline_ns != 0 and self.deadline_ns - self.now_ns < left:
            left = self.deadline_ns - self.now_ns
        if self.chores_ns != 0 and self.chores_ns - self.steady_ns < left:
            left = self.chores_ns - self.steady_ns
        if (self.outlet is not None and self.outlet.is_behind
                or self.asking is not None and self.asking.is_behind):
            left = min(left, BEHIND_NS)
        # Up to the next whole millisecond: waking early would only find nothing due.
        return <int>((left + NS_PER_MS - 1) // NS_PER_MS) if left > 0 else 0

    cdef void handle(self, uint64_t tag, uint32_t events) noexcept nogil:
        cdef uint32_t index = <uint32_t>tag
        cdef uint64_t kind = tag >> TAG_SHIFT
        cdef uint64_t count
        if kind == TAG_LINK:
            self.connections.take_event(tag, events)
        elif kind == TAG_LISTENER:
            self.accept_some(index)
        elif kind == TAG_INLET:
            self.inlet.clear(index)
        elif kind == TAG_DIAL:
            self.take_dialled(index)
        elif kind == TAG_ADOPTION:
            self.adopt_some()
        elif kind == TAG_LINGERER:
            self.lingerers.drain(<int>index)
        elif kind == TAG_STOP:
            read(self.stop_fd, &count, sizeof(count))

    # Listening

    cdef void accept_some(self, uint32_t number) noexcept nogil:
        cdef Origin origin
        cdef uint32_t _i
        cdef int fd
        for _i in range(self.accept_max):
            fd = self.listeners.take(number, &origin, self.steady_ns)
            if fd < 0:
                return
            self.take_client(fd, &origin)

    cdef void adopt_some(self) noexcept nogil:
        cdef Origin origin
        cdef uint32_t _i
        cdef int fd
        for _i in range(self.accept_max):
            fd = self.adoptions.take(&origin)
            if fd < 0:
                return
            self.take_client(fd, &origin)

    cdef void take_client(self, int fd, const Origin* origin) noexcept nogil:
        cdef uint32_t index = self.door.on_accept(origin, self.now_ns)
        if self.connections.open(fd, index, NONE32) == NONE32:
            shared_count(&self.counts.refused, 1)
            close(fd)
        else:
            shared_count(&self.counts.accepted, 1)

    cdef void take_dialled(self, uint32_t number) noexcept nogil:
        cdef int fd = self.dials.ready(number, self.steady_ns)
        cdef uint32_t index
        if fd < 0:
            return
        index = self.door.on_connect(
            LINK_SOURCE, self.dials.dials[number].session, self.now_ns
        )
        if self.connections.open(fd, index, number) == NONE32:
            self.dials.failed(number, self.steady_ns)
        else:
            self.dials.linked(number, self.steady_ns)

    # Time

    cdef int64_t chores_due(self) noexcept nogil:
        """Monotonic time at which something of our own is due; 0 = nothing."""
        return earlier(
            earlier(self.dials.due_ns, self.lingerers.due_ns),
            earlier(
                self.connections.closing_due_ns,
                earlier(self.listeners.resume_due_ns, self.drain_by_ns),
            ),
        )

    cdef void do_chores(self) noexcept nogil:
        """Whatever is due; rare, so each simply looks at everything it has."""
        self.dials.attempt(self.steady_ns)
        self.lingerers.expire(self.steady_ns)
        self.connections.cut_closing()
        self.listeners.resume(self.steady_ns)

    # Stopping

    cdef void begin_stop(self) noexcept nogil:
        flag_store(&self.phase, REACTOR_STOPPING)
        self.drain_by_ns = self.steady_ns + self.drain_ns
        self.listeners.end()
        self.dials.end()
        self.door.close_sessions(self.now_ns)

    cdef int has_drained(self) noexcept nogil:
        if self.steady_ns >= self.drain_by_ns:
            return 1
        if self.is_pressed:
            return 0
        return self.connections.open_count == 0 and self.lingerers.count == 0

    cdef void close_all(self, int is_told) noexcept nogil:
        """The end of the run. `is_told`: the door hears of each close and journals once more."""
        self.listeners.end()
        self.connections.close_all(is_told)
        self.dials.end()
        self.lingerers.end()
        if is_told:
            self.door.end_turn(self.now_ns)
