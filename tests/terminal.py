# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real terminal for a command: what it shows and when, and keys that are pressed."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

CTRL_C = b"\x03"
COLUMNS, ROWS = 160, 50


class Shown(NamedTuple):
    """Some output, and when it came, in seconds since the start."""

    at: float
    text: str


class Terminal:
    """Runs the command as a shell would: in a session of its own, whose foreground process group it is."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        self.shown: list[Shown] = []
        self.code: int | None = None
        self._started = time.monotonic()
        self.pid, self._screen = pty.fork()
        if not self.pid:
            os.chdir(folder)
            os.execvpe(command[0], list(command), dict(env))
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    @property
    def text(self) -> str:
        return "".join(shown.text for shown in self.shown)

    def press(self, keys: bytes) -> None:
        os.write(self._screen, keys)

    def wait_for(self, happened: Callable[[str], bool], timeout: float) -> None:
        """Read until something is on the screen. Raises AssertionError when it does not appear in time, or the command ends before."""
        deadline = time.monotonic() + timeout
        while not happened(self.text):
            assert time.monotonic() < deadline, f"not shown within {timeout} s:\n{self.text}"
            assert self._read() or happened(self.text), f"ended without showing it:\n{self.text}"

    def finish(self, timeout: float) -> int:
        """Read until the command has ended, and return its exit status, a signal's number as a negative one."""
        deadline = time.monotonic() + timeout
        while self._read():
            if time.monotonic() > deadline:
                os.killpg(self.pid, signal.SIGKILL)
                raise AssertionError(f"still running after {timeout} s:\n{self.text}")
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self._screen)
        return self.code

    def _read(self) -> bool:
        """Read what is there, waiting a moment for it; False when nothing can come any more."""
        if not select.select([self._screen], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # Linux says so when the last process has left the terminal
            return False
        self.shown.append(Shown(time.monotonic() - self._started, data.decode("utf-8", "replace")))
        return bool(data)
