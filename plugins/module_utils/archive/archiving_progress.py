# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a run that archives stands, in one line for those who wait. Looks on from another thread and changes nothing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import label, left

if TYPE_CHECKING:
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.stream_run import StreamRun
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.collector import Collector
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.task import Task
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session

SHOWN_STREAMS = 2
_TOO_SOON = 3.0  # seconds of collecting that say too little about the rest


class _Stand(NamedTuple):
    """Where one stream stands."""

    records: int
    windows: int
    planned: int
    asked: int  # ms of the ranges asked for
    expected: float | None  # records, once something is known of them


class ArchivingProgress:
    def __init__(self, runs: Sequence[StreamRun], session: Session, now: Callable[[], float] = time.monotonic) -> None:
        self._runs = runs
        self._session = session
        self._now = now
        self._lock = threading.Lock()
        self._step, self._done, self._of = "", 0, 0
        self._collector: Collector | None = None
        self._collecting_since = 0.0
        self._shown_at = 0.0
        self._shown: list[int] = [0] * len(runs)

    def step(self, name: str, of: int) -> None:
        """A step begins that is taken for so many streams, or projects."""
        with self._lock:
            self._step, self._done, self._of = name, 0, of

    def taken(self) -> None:
        """It was taken for one more."""
        with self._lock:
            self._done += 1

    def collects(self, collector: Collector) -> None:
        self._collector = collector
        self._collecting_since = self._shown_at = self._now()

    def line(self) -> str:
        counters = self._session.counters
        parts = [f"{self._step}: {self._done:,} of {self._of:,}"] if self._collector is None else self._collecting(self._collector)
        parts.append(", ".join(self._requests(counters.requests, counters.retries, counters.throttled)))
        parts += self._session.waits()
        return " | ".join(parts)

    @staticmethod
    def _requests(requests: int, retries: int, throttled: int) -> list[str]:
        return [f"{requests:,} requests"] + ([f"{retries:,} repeated"] if retries else []) + ([f"{throttled:,} throttled"] if throttled else [])

    def _collecting(self, collector: Collector) -> list[str]:
        now = self._now()
        passed = collector.passed()
        stands = [_stand(run, passed) for run in self._runs]
        records = sum(stand.records for stand in stands)
        gained = [stand.records - shown for stand, shown in zip(stands, self._shown)]
        rate = sum(gained) / max(0.001, now - self._shown_at)
        self._shown, self._shown_at = [stand.records for stand in stands], now
        parts = [
            f"{records:,} records, {max(0.0, rate):,.0f}/s",
            f"windows {sum(stand.windows for stand in stands):,}/{sum(stand.planned for stand in stands):,}",
        ]
        remaining = self._seconds_left(stands, records, now - self._collecting_since)
        if remaining is not None:
            parts.append(left(remaining))
        busiest = sorted(range(len(stands)), key=lambda number: gained[number], reverse=True)[:SHOWN_STREAMS]
        names = self._names()
        parts += [
            f"{names[number]} {stands[number].records:,} ({stands[number].windows:,}/{stands[number].planned:,})" for number in busiest if gained[number] > 0
        ]
        committing = [names[number] for number, run in enumerate(self._runs) if run.committing]
        if committing:
            parts.append(f"committing {committing[0]}" + (f" and {len(committing) - 1:,} more" if committing[1:] else ""))
        return parts

    @staticmethod
    def _seconds_left(stands: Sequence[_Stand], records: int, elapsed: float) -> float | None:
        """By records: counted by the service, or as dense as in the part that is known of the stream, or of all streams."""
        known = [stand for stand in stands if stand.expected is not None]
        span = sum(stand.asked for stand in known)
        if not records or not span or elapsed < _TOO_SOON:
            return None
        density = sum(stand.expected or 0 for stand in known) / span
        remaining = sum(max(0.0, (density * stand.asked if stand.expected is None else stand.expected) - stand.records) for stand in stands)
        return remaining * elapsed / records if remaining >= 1 else None

    def _names(self) -> list[str]:
        """A firewall by its name, and where two have the same by a part of its ID, too."""
        named = {}
        for run in self._runs:
            known = run.firewall.get("name") or (run.state or {}).get("name")
            named[run.stream.project_id, run.stream.fw_instance_id] = label(str(known)) if known else ""
        often = Counter(named.values())
        shown = []
        for run in self._runs:
            name, ident = named[run.stream.project_id, run.stream.fw_instance_id], run.stream.fw_instance_id
            firewall = ident if not name else name if often[name] == 1 else f"{name} ({ident[:8]})"
            shown.append(f"{firewall}/{run.stream.log_type}")
        return shown


def _stand(run: StreamRun, passed: dict[Task, int]) -> _Stand:
    records = asked = behind = 0
    expected: float | None = 0.0
    for task in run.under_way:
        span = task.asked_end - task.start
        part = min(span, task.settled + passed.get(task, 0))
        counted = task.reading.matches(task.counted)
        records += task.found
        asked += span
        behind += part
        if counted is None and not part:
            expected = None
        elif expected is not None:
            expected += max(counted, task.found) if counted is not None else task.found * span / part
    planned = len(run.plan.new) + len(run.plan.known) - len(run.not_rechecked)
    windows = len(run.unchanged) + (len(run.plan.new) + len(run.to_read)) * behind // max(1, asked)
    if run.result is not None and not run.left():
        windows = planned
    return _Stand(records, min(windows, planned), planned, asked, expected)
