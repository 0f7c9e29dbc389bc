"""How far a thread steps back when processors are scarce. On Linux each thread has its own."""

import os
import threading

NICE_MAX = 19


def step_back(nice: int) -> None:
    """Lower the calling thread's priority by `nice`; threads and processes it starts inherit it."""
    thread = threading.get_native_id()
    now = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, min(now + nice, NICE_MAX))
