"""
Become a command that dies with its supervisor, even at `kill -9`: `python leash.py SUPERVISOR_PID COMMAND...`

Linux kills a process at the death of its parent if asked by prctl(2), PR_SET_PDEATHSIG, and remembers that
over exec. Other systems have no such thing; there the command merely runs. A program of its own, not a hook
between fork and exec: such a hook may hang where the supervisor has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main() -> None:
    """Tie this process to its supervisor and turn into the command."""
    supervisor, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != supervisor:
        sys.exit("the supervisor ended before this program could start")
    try:
        os.execvp(command[0], command)  # noqa: S606 -- the command comes from a form, and no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
