# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private work folders that go when their run goes: a killed run's are removed by the next one, a living run's never.

Each has a lock beside it that dies with its process, however that dies.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from contextlib import suppress


class WorkFolder:
    """A folder (0700) that this process holds."""

    def __init__(self, path: str, lock: int) -> None:
        self.path = path
        self._lock = lock

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        _unlink_quietly(self.path + ".lock")
        os.close(self._lock)


def claim(base: str) -> WorkFolder:
    """Remove what the dead left in C{base}, and make a new work folder there. @raise OSError: it can't be made."""
    _remove_leftovers(base)
    lock, name = _lock_name(base)
    folder = WorkFolder(os.path.join(base, name), lock)
    try:
        os.mkdir(folder.path, 0o700)
        os.chmod(folder.path, 0o700)
    except OSError:
        folder.remove()
        raise
    return folder


def _remove_leftovers(base: str) -> None:
    for name in os.listdir(base):
        if not name.endswith(".lock"):
            continue
        path = os.path.join(base, name)
        try:
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | getattr(os, "O_CLOEXEC", 0))
        except OSError:
            continue  # gone already, or another user's: not ours to judge
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path[: -len(".lock")], ignore_errors=True)
            _unlink_quietly(path)
        except OSError:
            pass  # a living run's
        finally:
            os.close(handle)


def _lock_name(base: str) -> tuple[int, str]:
    while True:
        name = secrets.token_hex(8)
        path = os.path.join(base, name + ".lock")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        os.fchmod(handle, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # between making and locking, a cleaning run may have taken it for a left-over
        if os.fstat(handle).st_nlink:
            return handle, name
        os.close(handle)


def _unlink_quietly(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)
