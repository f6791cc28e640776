# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one stretch of a task's range is read: paged from end to end, cut into smaller ones, or begun anew where pages contradict each other.

Where pages do not come in the order of the time that ranges filter, a stretch is cut before it is paged.
What ends a leaf is a page that was not full, or one that has passed the leaf's bound, never an estimate.
"""

from __future__ import annotations

import threading
from typing import Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.paging import Chain, NoWayOn, Untrusted, check
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import time_of, times_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.task import Task
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import Interrupted

PAGES_A_CUT = 24  # pages between two cuts where ranges must be cut before they are paged
PAGES_BY_OFFSET = 8  # less than the 10,000 records beyond which a service that pages by offset refuses
FILL_OF_WHOLE_PAGES = 0.6  # where only a page that is not full proves anything: how full to aim at
MOST_CUTS = 64
MOST_CUTS_BY_ESTIMATE = 8  # one page tells little of the rest: parts that turn out dense are cut again


class Leaf:
    """A stretch [start, end) on the task's axis that one worker pages through."""

    def __init__(self, task: Task, start: int, end: int, careful: bool = False, whole: bool = False, trials: int = 0) -> None:
        self.task = task
        self.start = start
        self.end = end
        self.careful = careful  #: only pages that are not full are believed
        self.whole = whole  #: the task's first: nothing is cut yet
        self.trials = trials  #: how often the stretch has begun anew because pages contradicted each other
        self.position: int | None = None  #: how far the pages have come, for those who want to take a part
        self.at_edge = 0  #: how many records were at that instant
        self.density = 0.0  #: records a millisecond, seen so far
        self.found = 0

    @property
    def remaining(self) -> int:
        """How much of the stretch the pages have still before them, in ms; 0 where there is nothing to take."""
        if self.position is None:
            return 0
        return self.position - self.start if self.task.reading.order == "newest_first" else self.end - self.position

    @property
    def wire_end(self) -> int:
        """The end to send: exact where the bound is known; else the instant after, whose records are dropped again."""
        exact = self.task.reading.exact_end(self.end)
        return exact if exact is not None and exact > self.start else self.end

    def take_half(self) -> Leaf:
        """Cut off the half of what remains that the pages would come to last."""
        half = self.remaining // 2
        if self.task.reading.order == "newest_first":
            start, self.start = self.start, self.start + half
            return Leaf(self.task, start, self.start)
        self.end, end = self.end - half, self.end
        return Leaf(self.task, self.end, end)

    def cut(self, starts: Sequence[int]) -> list[Leaf]:
        """The same stretch as several that touch."""
        bounds = [self.start, *starts, self.end]
        return [Leaf(self.task, low, high, self.careful, trials=self.trials) for low, high in zip(bounds, bounds[1:])]


class Pager:
    """Reads leaves, several at once. C{changed} is the collector's lock: it guards leaves and tasks, and tells of what can be taken."""

    def __init__(self, concurrency: int, stop: threading.Event, changed: threading.Condition) -> None:
        self._concurrency = concurrency
        self._stop = stop
        self._changed = changed
        self._delivering = threading.Lock()  # processor work: threads that do it at once only hinder each other

    def page(self, leaf: Leaf) -> list[Leaf]:
        """Page through a leaf; return the leaves that it became instead, if it could not be finished as it was."""
        task = leaf.task
        if self._stop.is_set():
            raise Interrupted("Stopping was asked for.")
        if task.error is not None:
            return []
        if leaf.careful:
            return self._page_carefully(leaf)
        chain = Chain(task.source, task.reading, leaf.start, leaf.wire_end)
        try:
            return self._follow(leaf, chain)
        except Untrusted:
            self._take_back(leaf)
            return [Leaf(task, leaf.start, leaf.end, careful=leaf.trials > 0, trials=leaf.trials + 1)]

    def _follow(self, leaf: Leaf, chain: Chain) -> list[Leaf]:
        task = leaf.task
        pages = chain.pages()
        last: Record | None = None
        try:
            rows = next(pages)
            if leaf.whole:
                if chain.more and task.shortens():
                    return [Leaf(task, task.start, task.asked_end, whole=True)]
                task.counted, task.counted_end = chain.first_total, chain.end
            if chain.more:
                cuts = self._cuts(leaf, chain, rows)
                if cuts:
                    return leaf.cut(cuts)
            while not self._deliver(leaf, rows, chain.more) and chain.more:
                if self._stop.is_set():
                    raise Interrupted("Stopping was asked for.")
                last = rows[-1] if rows else last
                rows = []  # many pages are on their way at once: what was handed on is let go of
                rows = next(pages, [])
        except NoWayOn as exc:
            return self._go_on_from(leaf, last, str(exc))
        if chain.misfits:
            self._doubt(leaf.start, leaf.end, task, f"{len(chain.misfits)} records have no readable start_time")
        else:
            self._prove(leaf, leaf.start, leaf.end)
        return []

    def _cuts(self, leaf: Leaf, chain: Chain, rows: Sequence[Record]) -> list[int]:
        """Where to cut a leaf before paging it: needed where pages do not come along the axis, or can't be continued."""
        reading, page_size = leaf.task.reading, leaf.task.source.page_size
        span = leaf.end - leaf.start
        if reading.axis is None or span < 2:
            return []
        if reading.pages_along_axis:
            # only where the newest come first is what is about to be lost reached last
            urgent = leaf.whole and reading.order == "newest_first" and leaf.start < leaf.task.urgent < leaf.end
            return [leaf.task.urgent] if urgent else []
        expected = reading.matches(chain.first_total)
        most = MOST_CUTS if expected is not None else MOST_CUTS_BY_ESTIMATE
        if expected is None:
            field = reading.sort_field or reading.axis
            times = times_of(rows, field)
            expected = int(len(rows) * span / max(1, max(times) - min(times)))
        if reading.way is None:
            capacity = page_size * FILL_OF_WHOLE_PAGES
        elif reading.way.kind == "offset":
            capacity = page_size * PAGES_BY_OFFSET
        elif self._concurrency > 1:
            capacity = page_size * PAGES_A_CUT
        else:
            return []
        parts = min(int(expected / capacity) + 1, most, span)
        if parts < 2 and reading.way is None:
            parts = 2
        return [leaf.start + span * part // parts for part in range(1, parts)]

    def _deliver(self, leaf: Leaf, rows: Sequence[Record], more: bool = False) -> bool:
        """Hand on the rows that are the leaf's own. Returns whether the pages have passed the leaf's far bound."""
        task, reading = leaf.task, leaf.task.reading
        axis = reading.axis
        times = times_of(rows, axis) if axis else []
        with self._changed:
            start, end = leaf.start, leaf.end
            if rows and axis is not None and reading.pages_along_axis:
                position = times[-1]
                newest_first = reading.order == "newest_first"
                first = leaf.end if newest_first else leaf.start
                passed = position < start if newest_first else position >= end
                # sessions that only reach into the range may lie before its start
                position = min(max(position, start), end)
                leaf.at_edge = times.count(position) + (leaf.at_edge if position == leaf.position else 0)
                leaf.position = position if more else None
                leaf.density = (leaf.found + len(rows)) / max(1, abs(first - position))
                self._changed.notify()  # there is something to take now
            else:
                passed = False
        if task.reading.filter == "overlap" and start == task.start:
            # sessions that began before the range are in every stretch that they reach into; this one hands them on
            start = 0
        own = rows
        if axis is not None and rows and not (start <= min(times) and max(times) < end):
            own = [record for record, instant in zip(rows, times) if start <= instant < end]
        leaf.found += len(own)
        with self._changed:
            task.found += len(own)
        if own:
            with self._delivering:
                task.deliver(own)
        return passed

    def _go_on_from(self, leaf: Leaf, last: Record | None, why: str) -> list[Leaf]:
        """The service pages no further: go on by a new range that begins where the pages ended, or by smaller ranges."""
        task, reading = leaf.task, leaf.task.reading
        if reading.axis is None or leaf.end - leaf.start < 2:
            self._doubt(leaf.start, leaf.end, task, f"more records than can be paged: {why}")
            return []
        with self._changed:
            leaf.position = None  # nobody takes a part from here on
            start, end = leaf.start, leaf.end
        edge = time_of(last, reading.axis) if last else end
        if not reading.pages_along_axis or not start <= edge < end:
            self._take_back(leaf)
            return leaf.cut([start + (end - start) // 2])
        if reading.order == "newest_first":
            done, rest = (edge + 1, end), (start, edge + 1)
        else:
            done, rest = (start, edge), (edge, end)
        if done[1] > done[0]:
            self._prove(leaf, *done)
        elif rest == (start, end):
            # a whole page of one instant at the leaf's own edge: that instant alone is in doubt
            self._doubt(edge, edge + 1, task, f"more records in one millisecond than can be paged: {why}")
            rest = (start, edge) if reading.order == "newest_first" else (edge + 1, end)
            return [Leaf(task, *rest, trials=leaf.trials)] if rest[1] > rest[0] else []
        with self._changed:
            task.found -= leaf.at_edge  # they come again at the head of the new range
        return [Leaf(task, *rest, trials=leaf.trials)]

    def _page_carefully(self, leaf: Leaf) -> list[Leaf]:
        """Believe nothing but a page that is not full, holds only what was asked for and agrees with the count."""
        task, reading, source = leaf.task, leaf.task.reading, leaf.task.source
        with self._changed:
            task.careful_requests += 1
            most = 200 + 4 * (task.found + (reading.matches(task.counted) or 0)) // source.page_size
            spent = task.careful_requests > most
        if spent:
            self._doubt(leaf.start, leaf.end, task, f"the service kept contradicting itself for {most} requests")
            return []
        end = leaf.wire_end
        page = source.ask(leaf.start, end)
        try:
            check(page, leaf.start, end)
        except Untrusted as exc:
            self._deliver(leaf, page.records)  # perhaps not all, and perhaps twice; but what came is not thrown away
            self._doubt(leaf.start, leaf.end, task, str(exc))
            return []
        size = page.size
        counted = reading.matches(page.total)
        if not reading.ends_with(size, min(source.page_size, page.limit or source.page_size), counted == size):
            if leaf.end - leaf.start < 2:
                self._doubt(leaf.start, leaf.end, task, "more records in one millisecond than a page holds")
                return []
            return leaf.cut([leaf.start + (leaf.end - leaf.start) // 2])
        self._deliver(leaf, page.records)
        if counted is not None and counted != size:
            self._doubt(leaf.start, leaf.end, task, f"the service counted {counted} records and sent {size}")
        elif page.misfits:
            self._doubt(leaf.start, leaf.end, task, f"{len(page.misfits)} records have no readable start_time")
        else:
            self._prove(leaf, leaf.start, leaf.end)
        return []

    def _take_back(self, leaf: Leaf) -> None:
        """The leaf begins anew: what it delivered will come again."""
        with self._changed:
            leaf.position = None
            leaf.task.found -= leaf.found
            leaf.found = 0

    def _prove(self, leaf: Leaf, start: int, end: int) -> None:
        with self._changed:
            leaf.task.proven.append((start, end))

    def _doubt(self, start: int, end: int, task: Task, why: str) -> None:
        with self._changed:
            task.doubts.append((start, end, why))
