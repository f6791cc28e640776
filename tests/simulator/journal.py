# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator was asked: a bounded list, and counters that are not bounded."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any

KEPT = 20_000


class Journal:
    """Holds no header and no body, hence no secret."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        with self._lock:
            self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
            self._total = self._in_flight = self._most_in_flight = 0
            self._by_status: Counter[str] = Counter()
            self._by_api: Counter[str] = Counter()

    def begin(self) -> None:
        with self._lock:
            self._in_flight += 1
            self._most_in_flight = max(self._most_in_flight, self._in_flight)

    def end(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._in_flight -= 1
            self._total += 1
            self._by_status[str(entry["status"])] += 1
            self._by_api[entry["api"] or "unknown"] += 1
            self._entries.append({"n": self._total, **entry})

    def as_dict(self) -> dict[str, Any]:
        """`requests` are the last KEPT of `total`."""
        with self._lock:
            return {
                "total": self._total,
                "kept": len(self._entries),
                "most_in_flight": self._most_in_flight,
                "by_status": dict(self._by_status),
                "by_api": dict(self._by_api),
                "requests": list(self._entries),
            }
