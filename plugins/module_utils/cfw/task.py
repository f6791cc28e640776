# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One range that the collector is asked for, what became of it, and what the service's own count says to that."""

from __future__ import annotations

from typing import Callable, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError


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

    def close(self) -> None:
        """All of the range was asked for: hold what was found against what the service counted."""
        self.axis = self.reading.axis
        self.proven.sort()
        if self.error is None and not self.doubts:
            try:
                self._hold_against_count()
            except CloudAuditError as exc:
                self.error = exc
        self.ended = self.source.cfw.session.now()

    def _hold_against_count(self) -> None:
        counted = self.reading.matches(self.counted)
        # at the present no record can lie on the range's end; elsewhere the count must be of exactly this range
        same_range = self.asked_end == self.until or self.counted_end == self.reading.exact_end(self.asked_end)
        if counted is None or not same_range or (self.axis is None and self.careful_requests):
            return
        if counted == self.found <= self.source.page_size:
            self.count_agrees = True  # count and records came in one answer
            return
        # Records that arrive while paging make the count grow: what was found lies between before and after.
        recounted = self.reading.matches(self.source.count(self.start, self.counted_end))
        if recounted is None or recounted < counted:
            self.doubts.append((self.start, self.asked_end, f"the service's own count went from {counted} to {recounted} while it was asked"))
        elif not counted <= self.found <= recounted:
            self.doubts.append((self.start, self.asked_end, f"the service counted {counted} records, {self.found} were found"))
        else:
            self.count_agrees = self.found == recounted
