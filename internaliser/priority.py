"""Which threads go first when processors are scarce. On Linux each thread has its own priority."""

import os
import resource
import threading

from internaliser.errors import InternaliserError

NICE_MAX = 19


def step_back(nice: int) -> None:
    """Lower the calling thread's priority by `nice`; threads and processes it starts inherit it."""
    thread = threading.get_native_id()
    now = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, min(now + nice, NICE_MAX))


def refuse_without_right(realtime: int) -> None:
    """InternaliserError where threads of ours may not be in real time (0 = none) with the next
    higher priority, which the journal's has."""
    if realtime and not _may_be_realtime(realtime + 1):
        soft, _ = resource.getrlimit(resource.RLIMIT_RTPRIO)
        raise InternaliserError(
            f"core.realtime: expected the right to real-time priority {realtime + 1} (`ulimit -r`, "
            f"LimitRTPRIO of systemd, or CAP_SYS_NICE), found {soft}: grant it, or set it to 0"
        )


def _may_be_realtime(priority: int) -> bool:
    """Tried on a thread of its own, which ends with it: limits alone do not tell."""
    may = []

    def try_it() -> None:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
            may.append(True)
        except OSError:
            may.append(False)

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    return may[0]
