# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run does for one stream: plan, recheck, collect, commit."""

from __future__ import annotations

import platform
import threading
from typing import Any, Callable, Mapping, Sequence

from ansible.module_utils.ansible_release import __version__ as ansible_version
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain, Head
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import END, KEEP_MS, RECORDS, SETTLED, START, VERDICT, Row
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.found import Found
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.judging import judge
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.planning import Plan, plan, ranges
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.rechecking import can_count, recheck
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import Signer, require_signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import COMPLETE, HOUR_MS, Window
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.writer import Result, commit_stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import MAX_PAGE, Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.task import Task
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import check_readable
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream, extension_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.version import VERSION

FEW_RECORDS = MAX_PAGE * 3 // 4  # what one page holds with room for more is read again rather than counted
URGENT_MS = 12 * HOUR_MS  # what leaves the seven days within so long is collected first
CLOCK_SLACK_MS = 5000  # the service's clock is known to about a second; a range "until now" ends a little later


class StreamRun:
    """One stream in one run. C{prepare}, C{recheck}, C{tasks} and C{commit} are called in this order."""

    def __init__(self, stream: Stream, firewall: Mapping[str, Any], cfw: Cfw, reading: Reading, source: Source) -> None:
        self.stream = stream
        self.firewall = firewall
        self.state: dict[str, Any] | None = None  #: the firewall's name and status, where they could be read
        self.cfw = cfw
        self.reading = reading
        self.source = source
        self.head: Head | None = None
        self.signer: Signer | None = None
        self.plan = Plan([], [], 0)
        self.unchanged: list[Row] = []  #: known windows that the service's count proved to be unchanged
        self.to_read: list[Row] = []  #: known windows to be read again
        self.not_rechecked: list[Row] = []  #: known windows that the budget did not reach
        self.since: int | None = None  #: known windows need only what ended after this instant
        self.late: dict[int, int] = {}  #: by start: how many records a known window that is read must gain, by the service's count
        self.asked: list[Window] = []
        self.outside = 0  #: records that the service sent though they start outside the windows asked about
        self.committing = False
        self.result: Result | None = None
        self.errors: list[CloudAuditError] = []
        self._tasks: list[Task] = []
        self._open_tasks = 0
        self._found: Found | None = None
        self._wanted: list[tuple[int, int]] = []
        self._lock = threading.Lock()

    @property
    def coverage(self) -> list[Row]:
        return self.head.commit["coverage"] if self.head else []

    @property
    def under_way(self) -> Sequence[Task]:
        """The ranges that were handed to the collector."""
        return self._tasks

    @property
    def known_records(self) -> int:
        return sum(row[RECORDS] for row in self.plan.known)

    def prepare(self, store: Store, signer: Signer | None = None, **when: Any) -> None:
        """Read the stream's state and plan its windows; C{when} as in L{plan}."""
        self.head = Chain(store, self.stream).head()
        for entry in self.head.commit["data"] if self.head else ():
            check_readable(extension_of(entry["key"]))  # what is collected will be held against such files
        self.signer = signer
        require_signer(self.head.commit if self.head else None, signer)
        self.plan = plan(self.coverage, **when)

    def recheck(self) -> None:
        """Sort the known windows by what has to be done for them."""
        known = self.plan.known
        if self.known_records <= FEW_RECORDS or not known:
            self.to_read = list(known)
        elif can_count(self.reading):
            outcome = recheck(self.source, self.reading, known)
            self.unchanged, self.to_read, self.late = outcome
        else:
            # what was not proven is read in any case; of the rest as much as the budget allows
            self.to_read = [row for row in known if row[VERDICT] != COMPLETE]
            self.not_rechecked = [row for row in known if row[VERDICT] == COMPLETE]

    def read_what_ended_since(self) -> None:
        """Where ranges filter the end: ask for all that ended since the last run, an hour more for what is shown late."""
        self.since = min(row[END] + row[SETTLED] for row in self.plan.known) - HOUR_MS
        self.to_read = list(self.plan.known)

    def tasks(self, now: int, folder: str, finished: Callable[[StreamRun], None]) -> list[Task]:
        """The ranges to collect; records wait in C{folder}. C{finished} is called when all are done."""
        windows = self._windows()
        self._found = Found(folder, self.to_read, self.late)
        if not windows:
            return []
        self._wanted = ranges(windows)
        asked = self._wanted
        if self.since is not None:
            asked = [(min([self.since] + [start for start, _end in self.plan.new]), windows[-1][1])]
        elif self.reading.axis != "start_time":
            asked = [(asked[0][0], asked[-1][1])]  # each range would be asked for until now: then one does for all
        until, urgent = now + CLOCK_SLACK_MS, now - KEEP_MS + URGENT_MS

        def done(_task: Task) -> None:
            self._finished(finished)

        self._tasks = [Task(self.source, self.reading, low, high, until, self._take, done, priority=low, urgent=urgent) for low, high in asked]
        self._open_tasks = len(self._tasks)
        return self._tasks

    def commit(self, store: Store, now: int, encoding: str, started: int) -> None:
        """Judge what was collected and commit it."""
        if self._found is None:
            raise ValueError("tasks() comes first")
        self.committing = True
        try:
            self._commit(self._found, store, now, encoding, started)
        finally:
            self.committing = False

    def _commit(self, found: Found, store: Store, now: int, encoding: str, started: int) -> None:
        self.errors.extend(task.error for task in self._tasks if task.error is not None)
        self.asked = sorted(
            judge(self._windows(), self._tasks, self.since)
            + [Window(row[START], row[END], COMPLETE, (), started, row[RECORDS]) for row in self.unchanged]
        )
        session = self.cfw.session
        spool, only_new = found.to_commit()
        self.result = commit_stream(
            store,
            self.stream,
            spool,
            self.asked,
            now=now,
            encoding=encoding,
            collection={
                "started": started,
                "finished": now,
                "requests": self.source.requests,
                "request_ids": self.source.request_ids,
                "request_ids_omitted": self.source.request_ids_omitted,
                "reading": self.reading.as_dict(),
                "outside": self.outside,
                "clock_offset": session.clock_offset,
                "principal": session.principal,
                "host": platform.node(),
                "collection_version": VERSION,
                "ansible_version": ansible_version,
            },
            firewall=self.state,
            region=self.firewall.get("region") or session.region,
            endpoint=self.cfw.base_url,
            previous_head=self.head,
            only_new=only_new,
            signer=self.signer,
        )
        self.head = self.result.head or self.head
        self.errors.extend(CloudAuditError(problem) for problem in self.result.problems)

    def left(self) -> list[tuple[int, int]]:
        """New windows that were planned, and not collected."""
        asked = {(window.start, window.end) for window in self.asked}
        return [window for window in self.plan.new if window not in asked]

    def _windows(self) -> list[tuple[int, int]]:
        return sorted(self.plan.new + [(row[START], row[END]) for row in self.to_read])

    def _take(self, records: Sequence[Record]) -> None:
        """Keep the records that start in a window that is asked about."""
        starts = [record.start_time for record in records]
        kept = records
        if not any(low <= min(starts) and max(starts) < high for low, high in self._wanted):
            kept = [record for record, start in zip(records, starts) if any(low <= start < high for low, high in self._wanted)]
        if len(kept) != len(records):
            with self._lock:
                self.outside += len(records) - len(kept)
        if kept and self._found is not None:
            self._found.add(kept)

    def _finished(self, finished: Callable[[StreamRun], None]) -> None:
        with self._lock:
            self._open_tasks -= 1
            if self._open_tasks:
                return
        finished(self)


def share_budget(runs: Sequence[StreamRun], requests: int) -> None:
    """Have windows read again whose change can't be counted: the oldest first, as many as C{requests} pages hold (0: all)."""
    spent = 0.0
    for run in runs:
        if run.not_rechecked and run.reading.axis == "end_time":
            # the records of a window may have ended at any time since: only reading everything reads one of them again
            spent += run.known_records / MAX_PAGE
            if not requests or spent <= requests:
                run.to_read, run.not_rechecked = list(run.plan.known), []
            elif not run.to_read:
                run.read_what_ended_since()
    waiting = [(row, run) for run in runs for row in run.not_rechecked if run.reading.axis != "end_time"]
    for row, run in sorted(waiting, key=lambda entry: entry[0][START]):
        spent += 0.1 + row[RECORDS] / MAX_PAGE
        if requests and spent > requests:
            return
        run.not_rechecked.remove(row)
        run.to_read.append(row)
