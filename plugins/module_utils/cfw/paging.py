# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paging through one range so that every seam between two pages is proven.

Each page is asked for so that it begins with the end of the page before. Only if those records come back, in order,
is it known that nothing lies between the two: a cursor that jumps, a page that is repeated or a service that compares
something else shows at once, at the price of a record in a thousand.
"""

from __future__ import annotations

from typing import Any, Iterator, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Page, Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading, Seam, Way, beyond, identities, seam, time_of, times_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import BadRequest

SAMPLE = 64  # records of a page from which the readings can be learnt


class Untrusted(Exception):
    """The pages contradict each other or the request: what they hold may be real, that it is all is not proven."""


class NoWayOn(Exception):
    """More records follow, but no way of asking for them continues the page at hand."""


def check(page: Page, start: int, end: int, reading: Reading | None = None) -> None:
    """Hold a page against what was asked for and, given the C{reading}, against the order seen so far.

    @raise Untrusted: it can't be the answer to this request.
    """
    rows = page.records
    if not rows:
        return
    if len(set(identities(rows))) != len(rows):
        raise Untrusted("a page holds the same record twice")
    # under every reading a record of the range overlaps it
    if max(times_of(rows, "start_time")) > end or min(times_of(rows, "end_time")) < start:
        raise Untrusted("the service sent records that lie outside the range that was asked for")
    if reading is not None and reading.sort_field is not None:
        times = times_of(rows, reading.sort_field)
        if sorted(times, reverse=reading.order == "newest_first") != times:
            raise Untrusted("a page is not in the order that the pages before were in")


class Chain:
    """The pages of one range, in the service's order.

    @param start: epoch ms, as sent; @param end: epoch ms, as sent.
    @param resume: wire parameters that continue an earlier chain (C{log_id} and C{next_date}, or C{offset}).
    """

    def __init__(self, source: Source, reading: Reading, start: int, end: int, resume: dict[str, Any] | None = None) -> None:
        self.source = source
        self.reading = reading
        self.start = start
        self.end = end
        self.resume = resume or {}
        self.skipped = int(self.resume.get("offset") or 0)  #: where the first page stands, for a service that pages by offset
        self.seen = 0  #: rows so far, each once
        self.first_total: int | None = None  #: C{total} of the first page: what was there when the chain began
        self.misfits: list[bytes] = []  #: rows without a readable start_time
        self.more = True  #: the last page was not seen to be the end of the range
        self._way: Way | None = None

    def pages(self) -> Iterator[list[Record]]:
        """Yield the records of each page that no page before had.

        @raise Untrusted: a page that contradicts the request or the page before.
        @raise NoWayOn: the range goes on, but can't be continued from here.
        """
        page = self.source.ask(self.start, self.end, **self.resume)
        if not self.resume:
            self.first_total = page.total
            self.reading.see_total(page, self.source.page_size)
        check(page, self.start, self.end, self.reading)
        fresh = page.records
        unsure = 0  # the length of a page that may have been the last
        while True:
            if unsure and not fresh:
                self.reading.see_last_page(unsure)
                self.more = False
                return
            self.seen += len(fresh)
            self.misfits.extend(page.misfits)
            last = self._is_last(page)
            self.more = not last
            unsure = page.size if last is None else 0
            if self.more:
                self._learn(page)
            yield fresh
            if not self.more:
                return
            known, before = identities(page.records), self.seen
            plans = self._plans(page.records)
            page, fresh = Page([], [], None, None), []  # the text of a page's records is not kept while the next is on its way
            page, fresh = self._continue(known, plans)
            if before == len(known) and fresh:
                self.reading.see_page_count(self.first_total, before)

    def next_cursor(self, record: Record, position: int) -> dict[str, Any] | None:
        """Wire parameters that continue after C{record}, the C{position}th of the chain; C{None}: no way is known."""
        way = self._way or self.reading.way
        if way is None or (way.kind == "cursor" and not record.log_id):
            return None
        if way.kind == "offset":
            return {"offset": self.skipped + position}
        return {"log_id": record.log_id, "next_date": time_of(record, way.field), "offset": max(1, way.offset)}

    def _learn(self, page: Page) -> None:
        """Let the reading learn from a page; one that is too short to tell anything is asked for again, longer."""
        if self.source.page_size < SAMPLE and self.reading.way is None and not self.reading.no_way:
            page = self.source.ask(self.start, self.end, limit=SAMPLE, **self.resume)
        self.reading.learn(self.source, self.start, self.end, page, self.skipped)

    def _is_last(self, page: Page) -> bool | None:
        limit = min(self.source.page_size, page.limit or self.source.page_size)
        found = self.seen + len(self.misfits)
        counted = self.reading.matches(self.first_total)
        last = self.reading.ends_with(page.size, limit, counted is not None and counted == found)
        if last and counted is not None and found < counted:
            raise Untrusted(f"the service counted {counted} records, but its pages ended after {found}")
        return last

    def _plans(self, rows: Sequence[Record]) -> list[tuple[Way, Seam]]:
        """How to go on: the way that worked, then the exact one for cursors that pass over ties, then the one without a cursor."""
        ways = [] if self.reading.way is None else [self.reading.way]
        if ways and ways[0].kind == "cursor":
            ways += [ways[0]._replace(whole_ties=True), Way("offset")]
        position = self.skipped + self.seen + len(self.misfits)
        plans = [(way, seam(way, rows, position, least_overlap=1 if self.source.page_size > 1 else 0)) for way in ways]
        return [(way, plan) for way, plan in plans if plan is not None]

    def _continue(self, known: Sequence[str | bytes], plans: Sequence[tuple[Way, Seam]]) -> tuple[Page, list[Record]]:
        refused = None
        for way, plan in plans:
            for _try in range(2):  # a page in flight may meet a change; asked again it does not
                try:
                    page = self.source.ask(self.start, self.end, **plan.params)
                except BadRequest as exc:
                    refused = exc  # such as an offset beyond what the service pages
                    break
                check(page, self.start, self.end, self.reading)
                fresh = beyond(known, plan.overlap, page.records, repeats=way.kind == "offset")
                if fresh is not None:
                    self._way = way
                    if way.whole_ties:
                        self.reading.way = way  # seen to be needed; it is right elsewhere too
                    return page, fresh
        raise NoWayOn(
            f"the service pages no further: {refused.message}" if refused else "no continuation of a full page begins where that page ended"
        )
