"""Somebody who stays awake on a processor while those it is for sleep on the disk.

A halted processor is woken slowly, on a virtual machine by its host: tens of microseconds, several
times a sync.
"""

import os
import threading

from libc.stdint cimport uint32_t

from internaliser.reactor.atomic cimport flag_load, flag_store
from internaliser.reactor.system cimport block_signals

cdef extern from *:
    """
    #if defined(__x86_64__) || defined(__i386__)
    #define internaliser_rest() __builtin_ia32_pause()
    #elif defined(__aarch64__)
    #define internaliser_rest() __asm__ volatile("yield")
    #else
    #define internaliser_rest() __asm__ volatile("")
    #endif
    """
    # What leaves most of the processor to whoever shares it.
    void rest "internaliser_rest"() nogil

cdef enum:
    RESTS = 64                  # between two looks whether it is over


cdef class Vigil:
    """A thread that runs on the caller's processors whenever nothing else wants to (SCHED_IDLE)."""

    cdef uint32_t is_over
    cdef object thread

    def __init__(self):
        self.thread = threading.Thread(target=self._watch, name="vigil", daemon=True)

    def start(self) -> None:
        """Begin, on the processors the calling thread may use. Once."""
        self.thread.start()

    def stop(self) -> None:
        """Returns when the thread is gone."""
        flag_store(&self.is_over, 1)
        self.thread.join()

    def _watch(self):
        cdef uint32_t _i
        try:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        except OSError:
            return      # anywhere but behind all others it would be in their way
        with nogil:
            block_signals()
            while not flag_load(&self.is_over):
                for _i in range(RESTS):
                    rest()
