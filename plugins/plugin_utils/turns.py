# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One screen for many workers: with twenty forks there is still only one line every few seconds."""

from __future__ import annotations

import fcntl
import os
import time


class Turns:
    """Shared by all workers of one run of Ansible, through a file in the C{folder} that is that run's own."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, "cfw_flow_log_progress_shown")

    def take(self, seconds: float) -> bool:
        """Whether nobody has had a turn for C{seconds}; then this one begins now."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            now = time.time()
            last = os.pread(handle, 32, 0)
            if last and 0 <= now - float(last) < seconds:
                return False
            os.pwrite(handle, f"{now!r:<31}\n".encode(), 0)  # exactly: what was rounded up would look like a clock that was set back
            return True
        finally:
            os.close(handle)
