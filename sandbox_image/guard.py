"""What keeps an experiment's hands off process 1 where the container's own filter does not: in gVisor's kernel.

`seccomp.json` lets a process set limits, priorities and processors of itself alone, and Linux drops every signal to
the first process of a pid namespace that it does not handle. gVisor applies no profile of a container, and lets any
process of the same user signal process 1. It does apply the filters that processes put on themselves.
"""

from __future__ import annotations

from .filters import ALLOW, REFUSE, Filter, answer, none_of, when, zero

_FIRST_OR_ALL = (1, 0xFFFFFFFF)
"""Process 1, and -1: every process that there is."""


def guard_process_1() -> None:
    """From now on this process and those it makes cannot signal, limit, slow down or read process 1."""
    Filter(
        when((62, 129), none_of(0, _FIRST_OR_ALL)),  # kill
        when((200, 130), none_of(0, _FIRST_OR_ALL)),  # tkill
        when((234, 131), none_of(0, _FIRST_OR_ALL)),  # tgkill
        when((129, 138), none_of(0, _FIRST_OR_ALL)),  # rt_sigqueueinfo
        when((297, 240), none_of(0, _FIRST_OR_ALL)),  # rt_tgsigqueueinfo
        when((302, 261), zero(0)),  # prlimit64
        when((141, 140), zero(0, 1)),  # setpriority
        when((203, 122), zero(0)),  # sched_setaffinity
        when((144, 119), zero(0)),  # sched_setscheduler
        when((142, 118), zero(0)),  # sched_setparam
        when((314, 274), zero(0)),  # sched_setattr
        when((251, 30), answer(REFUSE)),  # ioprio_set
        when((101, 117), answer(REFUSE)),  # ptrace
        when((310, 270), answer(REFUSE)),  # process_vm_readv
        when((311, 271), answer(REFUSE)),  # process_vm_writev
        when((434, 434), answer(REFUSE)),  # pidfd_open
        answer(ALLOW),
    ).enter()
