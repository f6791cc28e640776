# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What requests wait for at this moment, for those who show it. Names hosts and statuses only, never a message or a secret."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_WORTH_A_WORD = 5.0  # seconds without an answer


class Waits:
    """Used by all threads of a session."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._entries: dict[int, tuple[str, float, bool]] = {}

    @contextmanager
    def for_answer(self, host: str) -> Iterator[None]:
        """This thread has sent a request and waits for the answer."""
        with self._entry(host, self._now(), True):
            yield

    @contextmanager
    def for_next_try(self, what: str, seconds: float) -> Iterator[None]:
        """This thread repeats a request in C{seconds}; C{what} names host and reason."""
        with self._entry(what, self._now() + seconds, False):
            yield

    def texts(self) -> list[str]:
        """One text for each thing that is waited for, however many threads do."""
        now = self._now()
        with self._lock:
            entries = list(self._entries.values())
        silent: dict[str, float] = {}
        repeated: dict[str, float] = {}
        for what, moment, is_answer in entries:
            if not is_answer:
                repeated[what] = min(moment, repeated.get(what, moment))
            elif now - moment >= _WORTH_A_WORD:
                silent[what] = min(moment, silent.get(what, moment))
        return [f"{what}, next try in {max(0, moment - now):.0f} s" for what, moment in sorted(repeated.items())] + [
            f"{what} has not answered for {now - moment:.0f} s" for what, moment in sorted(silent.items())
        ]

    @contextmanager
    def _entry(self, what: str, moment: float, is_answer: bool) -> Iterator[None]:
        thread = threading.get_ident()
        with self._lock:
            self._entries[thread] = what, moment, is_answer
        try:
            yield
        finally:
            with self._lock:
                del self._entries[thread]
