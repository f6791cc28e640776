# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a request may be tried again: waits with full jitter inside one budget of seconds."""

from __future__ import annotations

import email.utils
import random
import time
from typing import Callable

RETRIED_STATUS = frozenset((429, 500, 502, 503, 504))
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 20.0


def retry_after_seconds(value: str | None, now_ms: int) -> float | None:
    """The header ``Retry-After``: seconds, or an HTTP date compared with the server's clock. None for nonsense."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now_ms / 1000)
    except (TypeError, ValueError, OverflowError):
        return None


class Budget:
    """Counts from the first try. ``seconds`` 0 allows no second one."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic, jitter: Callable[[float, float], float] = random.uniform) -> None:
        self._seconds = seconds
        self._clock = clock
        self._jitter = jitter
        self._started: float | None = None
        self.tries = 0

    def count_try(self) -> None:
        if self._started is None:
            self._started = self._clock()
        self.tries += 1

    @property
    def elapsed(self) -> float:
        return 0.0 if self._started is None else self._clock() - self._started

    @property
    def patience(self) -> float | None:
        """How many seconds a try may wait for its turn: the first as long as it takes, others as the budget allows."""
        return None if self._started is None else self._seconds - self.elapsed

    def next_wait(self, at_least: float | None = None) -> float | None:
        """Seconds to wait before the next try; None when no further try fits."""
        wait = self._jitter(0.0, min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(self.tries - 1, 10)))
        wait = max(wait, at_least or 0.0)
        return wait if self._seconds > 0 and self.elapsed + wait < self._seconds else None
