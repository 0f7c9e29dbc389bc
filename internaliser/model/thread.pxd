"""What a thread asks of the scheduler for itself. Linux only: there each thread has its own priority."""

from internaliser.model.types cimport uint32_t

cdef extern from *:
    """
    #ifndef _GNU_SOURCE
    #define _GNU_SOURCE
    #endif
    #include <sched.h>
    #include <stdint.h>
    #include <sys/resource.h>
    #include <sys/syscall.h>
    #include <unistd.h>

    static inline int internaliser_pin(int core) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET(core, &cores);
        return sched_setaffinity(0, sizeof(cores), &cores);
    }
    /* sched_setattr(2), which C libraries before 2.41 lack; as of its first version. */
    struct internaliser_terms {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t slice_ns, deadline_ns, period_ns;
    };
    static inline void internaliser_slice(uint32_t us) {
        struct internaliser_terms terms = {.size = sizeof(terms)};
        if (us == 0 || syscall(SYS_sched_getattr, 0, &terms, sizeof(terms), 0) != 0 || terms.policy != SCHED_OTHER)
            return;
        terms.slice_ns = us * 1000ull;
        syscall(SYS_sched_setattr, 0, &terms, 0);
    }
    static inline int internaliser_realtime(int priority) {
        struct sched_param terms = {.sched_priority = priority};
        return priority == 0 ? 0 : sched_setscheduler(0, SCHED_FIFO, &terms);
    }
    static inline void internaliser_step_back(int nice) {
        setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + nice);
    }
    """
    # Run on this CPU only; 0, or -1 and errno.
    int pin_to_core "internaliser_pin"(int core) nogil
    # How long it runs before others have their turn; 0 = as it is. From Linux 6.12 on, one that wakes is let in before
    # those with longer turns, where it is not owing time. Where that is not known, and in real time, nothing changes.
    void ask_for_slice "internaliser_slice"(uint32_t us) nogil
    # In real time (SCHED_FIFO): at once whenever it can run, before every thread without a priority or with a lower
    # one, and for as long as it wants. 0 = as it is. 0, or -1 and errno.
    int be_realtime "internaliser_realtime"(int priority) nogil
    # Lower the calling thread's priority; no lower than the lowest there is.
    void step_back "internaliser_step_back"(int nice) nogil
