# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a verification stands, in one line for those who wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import label, left

if TYPE_CHECKING:
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.data import DateCheck

_TOO_SOON = 3.0  # seconds that say too little about the rest


class VerifyingProgress:
    """The verification tells what it begins and has done; the line is asked for from another thread."""

    def __init__(self, streams: int, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._began = self._shown_at = now()
        self._lock = threading.Lock()
        self._streams = streams
        self._done = 0
        self._stream: Stream | None = None
        self._name: str | None = None
        self._commits = 0
        self._dates: Sequence[DateCheck] = ()
        self._dates_done = 0
        self._records = self._shown = 0

    def begins(self, stream: Stream) -> None:
        with self._lock:
            self._done += self._stream is not None
            self._records += sum(check.seen for check in self._dates)
            self._stream, self._name, self._commits, self._dates, self._dates_done = stream, None, 0, (), 0

    def names(self, firewall: Any) -> None:
        """What the newest commit calls the firewall; archives may hold anything."""
        if isinstance(firewall, str):
            self._name = label(firewall)

    def read_commit(self) -> None:
        self._commits += 1

    def reads_dates(self, dates: Sequence[DateCheck]) -> None:
        with self._lock:
            self._dates = dates

    def read_date(self) -> None:
        self._dates_done += 1

    def line(self) -> str:
        with self._lock:
            now = self._now()
            parts = [f"verifying stream {self._done + 1:,} of {self._streams:,}"]
            if self._stream is not None:
                parts.append(f"{self._name or self._stream.fw_instance_id}/{self._stream.log_type}")
            dates = len(self._dates)
            parts.append(f"day {min(dates, self._dates_done + 1):,} of {dates:,}" if dates else f"{self._commits:,} commits")
            seen = sum(check.seen for check in self._dates)
            records = self._records + seen
            if records:
                parts.append(f"{records:,} records, {(records - self._shown) / max(0.001, now - self._shown_at):,.0f}/s")
            self._shown, self._shown_at = records, now
            expected = sum(check.expected for check in self._dates)
            share = (self._done + min(1.0, seen / max(1, expected))) / max(1, self._streams)
            elapsed = now - self._began
            if 0 < share < 1 and elapsed >= _TOO_SOON:
                parts.append(left(elapsed * (1 - share) / share))
            return " | ".join(parts)
