# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector: every record of the asked ranges once, with a proof of what is complete. Here is decided whose turn it is.

A L{Task} asks for one range of one source. It is worked off in L{Leaf}s, stretches of the time line that touch without
overlapping. A worker pages through a leaf; one that has nothing to do takes the far half of what another has still
before it. Requests wait in the session (pace, retries).
"""

from __future__ import annotations

import gc
import heapq
import itertools
import threading
from typing import Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.leaf import Leaf, Pager
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.task import Task
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError

PAGES_WORTH_TAKING = 3  # an idle worker leaves alone what another finishes sooner than a split would pay
GC_THRESHOLD = 50_000


class Collector:
    """Works off tasks with at most C{concurrency} requests in flight. C{stop} ends the work; what is proven stays."""

    def __init__(self, concurrency: int, stop: threading.Event | None = None) -> None:
        self.concurrency = concurrency
        self.stop = stop or threading.Event()
        self._changed = threading.Condition()
        self._pager = Pager(concurrency, self.stop, self._changed)
        self._waiting: list[tuple[int, int, Leaf]] = []
        self._busy: set[Leaf] = set()
        self._working = 0
        self._order = itertools.count()
        self._failure: BaseException | None = None

    def collect(self, tasks: Sequence[Task]) -> None:
        """Return when all tasks have finished. Errors of the service stay with their task; any other error is raised."""
        for task in tasks:
            task.began = task.source.cfw.session.now()
            self._push([Leaf(task, task.start, task.asked_end, whole=True)])
        workers = [threading.Thread(target=self._work, name=f"collector-{number}", daemon=True) for number in range(self.concurrency)]
        thresholds = gc.get_threshold()
        gc.set_threshold(GC_THRESHOLD)  # a page is a thousand tuples without a cycle among them
        try:
            for worker in workers:
                worker.start()
            for worker in workers:
                while worker.is_alive():
                    worker.join(0.2)  # a bare join would keep the main thread from handling signals
        finally:
            gc.set_threshold(*thresholds)
        if self._failure is not None:
            raise self._failure

    def passed(self) -> dict[Task, int]:
        """How much of its range each task under way has behind it, in ms; for those who show progress."""
        with self._changed:
            under_way = [(leaf.task, leaf.end - leaf.start - leaf.remaining) for leaf in self._busy if leaf.position is not None]
        behind: dict[Task, int] = {}
        for task, span in under_way:
            behind[task] = behind.get(task, 0) + span
        return behind

    def _push(self, leaves: Sequence[Leaf]) -> None:
        with self._changed:
            for leaf in leaves:
                leaf.task.leaves += 1
                heapq.heappush(self._waiting, (leaf.task.priority, next(self._order), leaf))
            self._changed.notify_all()

    def _next(self) -> Leaf | None:
        with self._changed:
            while True:
                if self._failure is not None:
                    return None
                leaf = heapq.heappop(self._waiting)[2] if self._waiting else self._take_half()
                if leaf is not None:
                    self._working += 1
                    self._busy.add(leaf)
                    return leaf
                if not self._working:
                    self._changed.notify_all()
                    return None
                self._changed.wait(0.5)

    def _take_half(self) -> Leaf | None:
        """Take a part of the leaf that has the most pages still before it."""
        if self.stop.is_set():
            return None
        best, most = None, float(PAGES_WORTH_TAKING)
        for leaf in self._busy:
            pages = leaf.remaining * leaf.density / leaf.task.source.page_size
            if leaf.remaining > 1 and pages >= most:
                best, most = leaf, pages
        if best is None:
            return None
        best.task.leaves += 1
        return best.take_half()

    def _work(self) -> None:
        while True:
            leaf = self._next()
            if leaf is None:
                return
            follow_up: list[Leaf] = []
            try:
                follow_up = self._pager.page(leaf)
            except CloudAuditError as exc:
                with self._changed:
                    leaf.task.error = leaf.task.error or exc
            except BaseException as exc:  # noqa: BLE001  # pylint: disable=broad-exception-caught
                with self._changed:
                    self._failure = self._failure or exc
            self._push(follow_up)
            self._leave(leaf)

    def _leave(self, leaf: Leaf) -> None:
        task = leaf.task
        with self._changed:
            self._busy.discard(leaf)
            task.leaves -= 1
            last = task.leaves == 0 and self._failure is None
        try:
            if last:
                task.close()
                task.finished(task)
        except BaseException as exc:  # noqa: BLE001  # pylint: disable=broad-exception-caught
            with self._changed:
                self._failure = self._failure or exc
        with self._changed:
            self._working -= 1
            self._changed.notify_all()
