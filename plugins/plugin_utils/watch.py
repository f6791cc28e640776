# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's end of a module's progress: reads its pipe, and has it stop when the playbook is stopped.

The module runs as any module does, in the foreground of Ansible's worker process; a thread beside it reads. So results,
failures, secrets and temporary files are treated as always, and nothing outlives the task. What the module writes is
described in module_utils/progress.py.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType

_STEP_SECONDS = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Watch:
    """While the block runs, C{show(seconds, line)} gets the newest line until it returns True.

    A signal that would end the worker waits until the module has ended cleanly, which closing the pipe asks it to do; the
    module bounds the time that this takes. The same happens when the playbook's main process is gone.
    """

    def __init__(self, path: str, show: Callable[[int, str], bool]) -> None:
        self._path = path
        self._show = show
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="progress", daemon=True)
        self._signal: signal.Signals | None = None
        self._handlers: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}
        self._pipe = self._bell = self._bell_push = self._bell_before = -1

    def __enter__(self) -> Watch:
        os.mkfifo(self._path, 0o600)
        self._pipe = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        if threading.current_thread() is threading.main_thread():  # only there signals can be handled
            # The main thread waits for the module; when the system hands a signal to another thread it does not wake up, and
            # its handlers do not run. So signals ring a bell that the thread beside it listens to.
            self._bell, self._bell_push = os.pipe()
            for end in (self._bell, self._bell_push):
                os.set_blocking(end, False)
            self._bell_before = signal.set_wakeup_fd(self._bell_push, warn_on_full_buffer=False)
            for number in _SIGNALS:
                self._handlers[number] = signal.signal(number, self._note)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        if self._handlers:
            self._listen()
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(self._bell_before)
            os.close(self._bell)
            os.close(self._bell_push)
        if os.path.exists(self._path):  # where temporary files are kept
            os.unlink(self._path)
        if self._signal is not None:
            signal.raise_signal(self._signal)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signal = self._signal or signal.Signals(number)

    def _listen(self) -> None:
        """Note what has rung the bell."""
        for number in _read(self._bell):
            if number in _SIGNALS:
                self._note(number, None)

    def _follow(self) -> None:
        text = b""
        newest: tuple[int, str] | None = None
        try:
            while not self._over.wait(_STEP_SECONDS):
                if self._handlers:
                    self._listen()
                if _is_orphan():
                    self._signal = self._signal or signal.SIGTERM
                if self._signal is not None:
                    return
                *lines, text = (text + _read(self._pipe)).split(b"\n")
                if lines:
                    told = json.loads(lines[-1])
                    newest = told["seconds"], told["line"]
                if newest is not None and self._show(*newest):
                    newest = None
        finally:
            os.close(self._pipe)  # nobody reads: the module stops


def _read(pipe: int) -> bytes:
    """What is there; nothing, too, when nobody has it open for writing."""
    try:
        return os.read(pipe, 65536)
    except BlockingIOError:
        return b""


def _is_orphan() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and parent.pid != os.getppid()
