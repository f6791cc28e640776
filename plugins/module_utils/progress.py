# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a long task shows that it moves: a line every few seconds, written into a named pipe.

The pipe lies in the task's temporary folder, where the action plugin that reads it has put it; without one nobody is told
anything. The pipe is a leash as well: when nobody reads it any more, because the playbook was stopped or killed, the
kernel says so, and this process ends itself as if it had been sent SIGTERM. It takes the temporary folder with it, since
what the task was given lies there, and a killed playbook removes nothing.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PIPE = "cfw_flow_log_progress"
STOPPING_SECONDS = 60  #: what a stopped task may take to commit what is complete; then it is killed, which the archive survives
_STEP_SECONDS = 0.5
_LONGEST_LABEL = 40


class Progress:
    """What is told of the work. The rooms say how to describe it; a watcher asks when it wants to know."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._began = now()
        self._describe: Callable[[], str] = lambda: "beginning"

    def shows(self, describe: Callable[[], str]) -> None:
        """C{describe} returns one line; it is called from another thread while the work goes on."""
        self._describe = describe

    def line(self) -> str:
        return f"{clock(self._now() - self._began)} | {self._describe()}"


@contextmanager
def watched(folder: str | None, seconds: int) -> Iterator[Progress]:
    """Tell of the work inside the block every C{seconds} (0: nothing), if somebody watches at C{folder}."""
    progress = Progress()
    path = os.path.join(folder or "", PIPE)
    over = threading.Event()
    if folder is not None and _is_pipe(path):
        threading.Thread(target=_tell, args=(folder, seconds, progress, over), name="progress", daemon=True).start()
    try:
        yield progress
    finally:
        over.set()


def clock(seconds: float) -> str:
    """A duration as people read clocks: 0:05, 12:34, 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def left(seconds: float) -> str:
    """An estimate of the time left, no finer than it is."""
    if seconds < 60:
        return f"about {max(5, round(seconds / 5) * 5)} s left"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def label(name: str) -> str:
    """A name that somebody else gave: one line, nothing that a terminal obeys, and no longer than a line can bear."""
    return "".join(char if char.isprintable() else " " for char in name[:_LONGEST_LABEL])


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


def _tell(folder: str, seconds: int, progress: Progress, over: threading.Event) -> None:
    try:
        pipe = os.open(os.path.join(folder, PIPE), os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # nobody reads: the playbook ended before this process began
        unread = True
    else:
        unread = _write_until_unread(pipe, seconds, progress, over)
        os.close(pipe)
    if unread and not over.is_set():  # once the work is over, the reader may go
        shutil.rmtree(folder, ignore_errors=True)
        os.kill(os.getpid(), signal.SIGTERM)
        if not over.wait(STOPPING_SECONDS):
            os.kill(os.getpid(), signal.SIGKILL)


def _write_until_unread(pipe: int, seconds: int, progress: Progress, over: threading.Event) -> bool:
    """Return True when the pipe has no reader any more, False when the work is over."""
    poll = select.poll()
    poll.register(pipe, 0)  # that the reader is gone is reported in any case
    due = time.monotonic() + seconds
    while not over.is_set():
        if poll.poll(_STEP_SECONDS * 1000):
            return True
        if seconds and time.monotonic() >= due:
            due += seconds
            try:
                os.write(pipe, json.dumps({"seconds": seconds, "line": progress.line()}).encode() + b"\n")
            except BlockingIOError:
                pass  # the reader is behind: the next line tells more anyway
            except BrokenPipeError:
                return True
    return False
