# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's clock, as far as whole seconds in the header Date can tell."""

from __future__ import annotations

import threading
import time


class ServerClock:
    """Each answer says: server minus local lies in an interval about a second wide. Intersecting them narrows it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._low: float | None = None
        self._high = 0.0

    def observe(self, server_ms: int, sent_ms: float, received_ms: float) -> None:
        """``server_ms`` is Date (cut to the second); the others are local epoch ms around the request."""
        low, high = server_ms - received_ms, server_ms + 1000 - sent_ms
        with self._lock:
            if self._low is None or low > self._high or high < self._low:
                self._low, self._high = low, high  # the first answer, or one of the clocks was set
            else:
                self._low, self._high = max(low, self._low), min(high, self._high)

    @property
    def offset(self) -> int | None:
        """Server minus local in ms; None before the first answer."""
        with self._lock:
            return None if self._low is None else round((self._low + self._high) / 2)

    def now(self) -> int:
        """Epoch ms by the server's clock; by the local one before the first answer."""
        return int(time.time() * 1000) + (self.offset or 0)
