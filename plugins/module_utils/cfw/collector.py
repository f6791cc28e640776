# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector: every record of the asked ranges once, with a proof of what is complete.

A L{Task} asks for one range of one source. It is worked off in L{Leaf}s, stretches of the time line that touch without
overlapping. A worker pages through a leaf; one that has nothing to do takes the far half of what another has still
before it. Where pages do not come in the order of the time that ranges filter, a range is cut before it is paged.
What ends a leaf is a page that was not full, or one that has passed the leaf's bound, never an estimate.

Requests wait in the session (pace, retries); here is only decided what to ask next.
"""

from __future__ import annotations

import gc
import heapq
import itertools
import threading
from typing import Callable, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.paging import Chain, NoWayOn, Untrusted, check
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading, time_of, times_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError, Interrupted

PAGES_WORTH_TAKING = 3  # an idle worker leaves alone what another finishes sooner than a split would pay
PAGES_A_CUT = 24  # pages between two cuts where ranges must be cut before they are paged
PAGES_BY_OFFSET = 8  # less than the 10,000 records beyond which a service that pages by offset refuses
FILL_OF_WHOLE_PAGES = 0.6  # where only a page that is not full proves anything: how full to aim at
MOST_CUTS = 64
GC_THRESHOLD = 50_000
MOST_CUTS_BY_ESTIMATE = 8  # one page tells little of the rest: parts that turn out dense are cut again


class Task:
    """One range to collect.

    @param start: epoch ms, the first instant asked for. @param end: epoch ms, the first instant no longer asked for.
    @param until: epoch ms, later than the end of any session that the service can know: as long as it is not known
        which time a range filters, asking up to here holds every record that starts between C{start} and C{end}.
    @param deliver: takes the records, a page at a time, from several threads, each record once (after a contradiction some twice).
    @param finished: called once, when nothing of the task is under way any more.
    @param priority: tasks with a lower number first. @param urgent: what lies before this instant (epoch ms) is about to
        leave the service and is asked for first.
    """

    def __init__(
        self,
        source: Source,
        reading: Reading,
        start: int,
        end: int,
        until: int,
        deliver: Callable[[Sequence[Record]], None],
        finished: Callable[[Task], None] = lambda task: None,
        priority: int = 0,
        urgent: int = 0,
    ) -> None:
        self.source = source
        self.reading = reading
        self.start = start
        self.end = end
        self.until = max(end, until)
        self.asked_end = end if reading.axis == "start_time" else self.until  #: the end of the range that is asked for
        self.deliver = deliver
        self.finished = finished
        self.priority = priority
        self.urgent = urgent
        self.axis: str | None = None  #: the time that the stretches below lie on; None: all of the range was one stretch
        self.proven: list[tuple[int, int]] = []  #: stretches of which every record was delivered
        self.doubts: list[tuple[int, int, str]] = []  #: stretches that were asked for wholly without proof, and why
        self.error: CloudAuditError | None = None  #: what ended the task early; what is in neither list was not asked for
        self.found = 0  #: records that the service's count includes
        self.counted: int | None = None  #: what the service counted for the whole range when the task began
        self.counted_end = 0  #: the range's end as it was sent then
        self.count_agrees = False  #: the service's count is the number of records found
        self.began = self.ended = 0  #: epoch ms, the server's clock
        self.leaves = 0  # under way or waiting; the collector's lock guards it and all of the above
        self.careful_requests = 0

    @property
    def settled(self) -> int:
        """How many ms of the range were asked for wholly."""
        return sum(end - start for start, end in self.proven.copy()) + sum(end - start for start, end, _why in self.doubts.copy())

    def shortens(self) -> bool:
        """Whether, now that ranges are known to filter the start, so much less needs asking that to begin anew pays."""
        if self.reading.axis != "start_time" or (self.asked_end - self.end) * 10 < self.asked_end - self.start:
            return False
        self.asked_end = self.end
        return True


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

    def cut(self, starts: Sequence[int]) -> list[Leaf]:
        """The same stretch as several that touch."""
        bounds = [self.start, *starts, self.end]
        return [Leaf(self.task, low, high, self.careful, trials=self.trials) for low, high in zip(bounds, bounds[1:])]


class Collector:
    """Works off tasks with at most C{concurrency} requests in flight. C{stop} ends the work; what is proven stays."""

    def __init__(self, concurrency: int, stop: threading.Event | None = None) -> None:
        self.concurrency = concurrency
        self.stop = stop or threading.Event()
        self._changed = threading.Condition()
        self._delivering = threading.Lock()  # processor work: threads that do it at once only hinder each other
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
            under_way = [(leaf.task, leaf.end - leaf.start - self._remaining(leaf)) for leaf in self._busy if leaf.position is not None]
        behind: dict[Task, int] = {}
        for task, span in under_way:
            behind[task] = behind.get(task, 0) + span
        return behind

    # -- whose turn it is

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
        """Cut off the far half of the busiest leaf's remainder."""
        best, most = None, float(PAGES_WORTH_TAKING)
        for leaf in self._busy:
            if leaf.position is None or self.stop.is_set():
                continue
            span = self._remaining(leaf)
            pages = span * leaf.density / leaf.task.source.page_size
            if span > 1 and pages >= most:
                best, most = leaf, pages
        if best is None or best.position is None:
            return None
        if best.task.reading.order == "newest_first":
            middle = best.start + (best.position - best.start) // 2
            taken = Leaf(best.task, best.start, middle)
            best.start = middle
        else:
            middle = best.end - (best.end - best.position) // 2
            taken = Leaf(best.task, middle, best.end)
            best.end = middle
        if taken.end <= taken.start:
            raise AssertionError("an empty stretch was cut off")
        best.task.leaves += 1
        return taken

    @staticmethod
    def _remaining(leaf: Leaf) -> int:
        if leaf.position is None:
            return 0
        return leaf.position - leaf.start if leaf.task.reading.order == "newest_first" else leaf.end - leaf.position

    def _work(self) -> None:
        while True:
            leaf = self._next()
            if leaf is None:
                return
            follow_up: list[Leaf] = []
            try:
                follow_up = self._page(leaf)
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
                self._close(task)
                task.finished(task)
        except BaseException as exc:  # noqa: BLE001  # pylint: disable=broad-exception-caught
            with self._changed:
                self._failure = self._failure or exc
        with self._changed:
            self._working -= 1
            self._changed.notify_all()

    # -- one leaf

    def _page(self, leaf: Leaf) -> list[Leaf]:
        """Page through a leaf; return the leaves that it became instead, if it could not be finished as it was."""
        task = leaf.task
        if self.stop.is_set():
            raise Interrupted("Stopping was asked for.")
        if task.error is not None:
            return []
        if leaf.careful:
            return self._page_carefully(leaf)
        chain = Chain(task.source, task.reading, leaf.start, self._wire_end(leaf))
        try:
            return self._follow(leaf, chain)
        except Untrusted:
            self._take_back(leaf)
            again = Leaf(task, leaf.start, leaf.end, careful=leaf.trials > 0, trials=leaf.trials + 1)
            return [again]

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
                if self.stop.is_set():
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

    @staticmethod
    def _wire_end(leaf: Leaf) -> int:
        """The end to send: exact where the bound is known; else the instant after, whose records are dropped again."""
        exact = leaf.task.reading.exact_end(leaf.end)
        return exact if exact is not None and exact > leaf.start else leaf.end

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
        elif self.concurrency > 1:
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
        end = self._wire_end(leaf)
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

    # -- what is known

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

    def _close(self, task: Task) -> None:
        """All leaves are done: hold what was found against what the service counted."""
        task.axis = task.reading.axis
        task.proven.sort()
        if task.error is None and not task.doubts:
            try:
                self._hold_against_count(task)
            except CloudAuditError as exc:
                task.error = exc
        task.ended = task.source.cfw.session.now()

    @staticmethod
    def _hold_against_count(task: Task) -> None:
        counted = task.reading.matches(task.counted)
        # at the present no record can lie on the range's end; elsewhere the count must be of exactly this range
        same_range = task.asked_end == task.until or task.counted_end == task.reading.exact_end(task.asked_end)
        if counted is None or not same_range or (task.axis is None and task.careful_requests):
            return
        if counted == task.found <= task.source.page_size:
            task.count_agrees = True  # count and records came in one answer
            return
        # Records that arrive while paging make the count grow: what was found lies between before and after.
        recounted = task.reading.matches(task.source.count(task.start, task.counted_end))
        if recounted is None or recounted < counted:
            task.doubts.append((task.start, task.asked_end, f"the service's own count went from {counted} to {recounted} while it was asked"))
        elif not counted <= task.found <= recounted:
            task.doubts.append((task.start, task.asked_end, f"the service counted {counted} records, {task.found} were found"))
        else:
            task.count_agrees = task.found == recounted
