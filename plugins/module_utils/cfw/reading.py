# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the open readings of the documents the service follows: found out, never assumed.

The documents leave open in which order records come, what the cursor compares, whether C{offset} matters, what
C{total} counts, and which time a range filters (docs: "Open readings"). A L{Reading} is learnt once per endpoint and
run, from the first full page and a few small requests; what evidence does not settle stays C{None}, and whoever uses
the reading then stays with what is right under all of them.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Page, Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import MAX_PAGE, Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import BadRequest

TOTAL_CAP = 10000  # a count of exactly this many may mean "at least"
LESSONS = 8  # how many full pages are looked at before what they did not show stays open
PROBE_ROWS = 8
WITNESSES, LONGEST = 100, 4  # of a page: so many records, and the longest sessions, tell what ranges filter
LEAST_PAGE = 10  # no service is expected to cut pages shorter than this in silence


class Way(NamedTuple):
    """How to ask for the rest of a range after a page."""

    kind: str  #: C{cursor} or C{offset}
    field: str = "start_time"  #: which time of the last record goes into C{next_date}
    offset: int = 1  #: the C{offset} that goes with a cursor
    whole_ties: bool = False  #: the cursor passes over records of the same time: go back to before the tie

    def __str__(self) -> str:
        if self.kind == "offset":
            return "offset"
        return f"cursor on {self.field}, offset {self.offset}" + (", passing over ties" if self.whole_ties else "")


class Seam(NamedTuple):
    """Where one page ends and how the next is asked for so that the two overlap."""

    overlap: int  #: how many of the last records must come back at the head of the next page
    params: dict[str, Any]


def times_of(records: Sequence[Record], field: str) -> list[int]:
    """L{time_of} for many."""
    if field == "start_time":
        return [record[0] for record in records]
    return [record[0] if record[2] is None else record[2] for record in records]


def time_of(record: Record, field: str) -> int:
    """The record's C{start_time} or C{end_time}; a record without an end is taken to end when it starts."""
    if field == "end_time" and record.end_time is not None:
        return record.end_time
    return record.start_time


def identities(records: Sequence[Record]) -> list[str | bytes]:
    """L{identity} of many."""
    ids: list[str | bytes] = [record[1] for record in records]
    return ids if "" not in ids else [identity(record) for record in records]


def identity(record: Record) -> str | bytes:
    """What tells a record from others: its C{log_id}, or its whole text where the service gave none."""
    return record.log_id or record.raw


def seam(way: Way, rows: Sequence[Record], seen: int, least_overlap: int = 1) -> Seam | None:
    """Plan the request that continues after C{rows} (in the service's order), C{seen} records into the range.

    The next page must begin with the last C{overlap} rows again: that is the proof that nothing lies between the two
    pages. C{None} where this way can't overlap (a tie wider than a page that the cursor would pass over).
    """
    if way.kind == "offset":
        overlap = min(least_overlap, len(rows))
        return Seam(overlap, {"offset": seen - overlap}) if seen > overlap else None
    cut = len(rows) - 1 - least_overlap
    if way.whole_ties and cut >= 0:
        tied = time_of(rows[cut + 1], way.field) if least_overlap else None
        while cut >= 0 and time_of(rows[cut], way.field) == tied:
            cut -= 1
    while cut >= 0 and not rows[cut].log_id:
        cut -= 1
    if cut < 0:
        return None
    last = rows[cut]
    params: dict[str, Any] = {"log_id": last.log_id, "next_date": time_of(last, way.field)}
    if way.offset:
        params["offset"] = way.offset
    return Seam(len(rows) - 1 - cut, params)


def beyond(before: Sequence[str | bytes], overlap: int, answer: Sequence[Record], repeats: bool = False) -> list[Record] | None:
    """What C{answer} adds to the page of the identities C{before}, or C{None} if it does not continue it exactly.

    It continues it when its last C{overlap} records come back, in order, before anything else that was known. Records
    not seen before may stand among them: they arrived meanwhile. C{repeats} (paging by offset, where arrivals push
    known records back) allows known rows before the overlap.
    """
    came = identities(answer)
    if came[:overlap] == list(before[len(before) - overlap:]) and set(before).isdisjoint(came[overlap:]):
        return list(answer[overlap:])  # as a rule nothing arrived in between
    known = {record: index for index, record in enumerate(before)}
    expected = len(before) - overlap
    added = []
    for record, name in zip(answer, came):
        index = known.get(name)
        if index is None:
            added.append(record)
        elif index == expected:
            expected += 1
        elif not (repeats and index < expected):
            return None
    return added if expected == len(before) else None


class Reading:
    """What is known of one endpoint. Thread-safe; grows while a run sees more."""

    def __init__(self, page_proven: int = LEAST_PAGE) -> None:
        self.page_proven = page_proven  #: the service has been seen to send pages of this many records, if there are as many
        self.order: str | None = None  #: newest_first, oldest_first
        self.sort_field: str | None = None  #: start_time, end_time
        self.way: Way | None = None  #: how pages are continued; see C{no_way}
        self.no_way = False  #: True: every way was tried and none continued a page exactly
        self.filter: str | None = None  #: start_time, end_time, overlap
        self.end_bound: str | None = None  #: inclusive, exclusive
        self.total: str | None = None  #: matches, page
        self.largest_total = 0
        self._hypotheses = list(HYPOTHESES)  # of filter and bound: those that no answer has contradicted
        self._lessons = 0
        self._lock = threading.Lock()

    @property
    def axis(self) -> str | None:
        """The time by which ranges partition records: each record lies in exactly one of several ranges that touch."""
        return "start_time" if self.filter == "overlap" else self.filter

    @property
    def pages_along_axis(self) -> bool:
        """Whether pages come in the order of the axis: then a range can be cut wherever a page stands."""
        return self.axis is not None and self.order is not None and self.sort_field == self.axis

    def matches(self, total: int | None) -> int | None:
        """How many records match, if C{total} can be relied on to say so; else C{None}."""
        if total is None or self.total != "matches" or (total == TOTAL_CAP and self.largest_total <= TOTAL_CAP):
            return None
        return total

    def ends_with(self, size: int, limit: int, counted: bool) -> bool | None:
        """Whether a page of C{size} records is the last of its range; C{None}: that must be seen by asking on.

        A page shorter than C{limit} is the last, unless the service cuts pages shorter than it says. So its length must
        be below one that was seen, or the service's count must say that this was all.
        """
        if size >= limit:
            with self._lock:
                self.page_proven = max(self.page_proven, size)
            return False
        if counted or size < self.page_proven:
            return True
        return None

    def see_last_page(self, size: int) -> None:
        """Nothing followed a page of this many records: pages are cut no shorter."""
        with self._lock:
            self.page_proven = max(self.page_proven, size)

    def exact_end(self, end: int) -> int | None:
        """The C{end_time} to send so that exactly C{[start, end)} is meant; C{None} while the bound is not known."""
        if self.end_bound is None:
            return None
        return end - 1 if self.end_bound == "inclusive" else end

    def see_total(self, page: Page, limit: int, cursor: bool = False) -> None:
        """Take what an answer shows of C{total}. Only a page that leaves records out can tell matches from a page's count."""
        if page.total is None or cursor:
            return
        rows = page.size
        if page.total > rows and rows >= min(limit, page.limit or limit):
            with self._lock:
                self.total = "matches"
                self.largest_total = max(self.largest_total, page.total)

    def see_page_count(self, total: int | None, rows: int) -> None:
        """More records followed a full first page whose C{total} was its own length: C{total} counts the page."""
        with self._lock:
            if self.total is None and total == rows:
                self.total = "page"

    def as_dict(self) -> dict[str, Any]:
        """For the commit: what was found, C{null} for what was not needed or not shown."""
        return {
            "order": self.order,
            "sorted_by": self.sort_field,
            "paging": str(self.way) if self.way else ("none" if self.no_way else None),
            "filter": self.filter,
            "end_bound": self.end_bound,
            "total": self.total,
        }

    def learn(self, source: Source, start: int, end: int, page: Page, skipped: int = 0) -> None:
        """Learn from the first full page of a range (C{skipped}: at which offset it begins), asking what it leaves open."""
        with self._lock:
            if self._lessons >= LESSONS or not self._open_questions():
                return
            self._lessons += 1
            rows = page.records
            self._learn_order(rows)
            if self.way is None and len(rows) > 2 and not (self.no_way and self._lessons > 2):
                self.way = self._find_way(source, start, end, rows, skipped)
                self.no_way = self.way is None
            if self.filter is None or self.end_bound is None:
                self._learn_filter(source, rows)
        self.see_total(page, source.page_size)

    def _open_questions(self) -> bool:
        return None in (self.order, self.sort_field, self.way, self.filter, self.end_bound)

    def _learn_order(self, rows: Sequence[Record]) -> None:
        candidates = []
        for field in ("start_time", "end_time"):
            times = times_of(rows, field)
            for order in ("newest_first", "oldest_first"):
                if times[0] != times[-1] and sorted(times, reverse=order == "newest_first") == times:
                    candidates.append((order, field))
        if len({order for order, _field in candidates}) == 1:
            self.order = candidates[0][0]
            # both times ascend together where sessions last equally long: then the page does not tell which one sorts
            self.sort_field = candidates[0][1] if len(candidates) == 1 else None

    def _find_way(self, source: Source, start: int, end: int, rows: Sequence[Record], skipped: int) -> Way | None:
        """Try the ways on a known page: the first that brings back exactly the rows that must follow is it."""
        fields = ("end_time", "start_time") if self.sort_field == "end_time" else ("start_time", "end_time")
        at = _telling_place(rows, fields[0])
        for offset in (1, 0):
            for field in fields:
                for whole_ties in (False, True):
                    way = Way("cursor", field, offset, whole_ties)
                    known = list(rows[: at + 2])
                    plan = seam(way, known, len(known) + skipped)
                    if plan is None or (whole_ties and plan.overlap == 1):
                        continue  # no tie here: the same question again
                    first = len(known) - plan.overlap
                    limit = min(MAX_PAGE, PROBE_ROWS + plan.overlap)
                    if _follows(source, start, end, plan.params, rows, first, limit):
                        return way
        # by offset a known record moves on when others arrive before it: from the middle of the page there is room to see that
        at = len(rows) // 2
        plan = seam(Way("offset"), rows[: at + 2], at + 2 + skipped)
        if plan is not None and _follows(source, start, end, plan.params, rows, at + 1, PROBE_ROWS, drift=at):
            return Way("offset")
        return None

    def _learn_filter(self, source: Source, rows: Sequence[Record]) -> None:
        """Ask for a small range inside a known page; see which of the records that should be in it are."""
        rows = [*rows[:: max(1, len(rows) // WITNESSES)], *sorted(rows, key=_duration)[-LONGEST:]]
        for _attempt in range(3):
            probe = _telling_range(rows, self._hypotheses)
            if probe is None:
                break
            low, high, expected = probe
            answer = source.ask(low, high, limit=MAX_PAGE)
            if answer.size >= min(MAX_PAGE, answer.limit or MAX_PAGE):
                break
            returned = {identity(record) for record in answer.records}
            known = {identity(record) for record in rows}
            surviving = [hypothesis for hypothesis in self._hypotheses if expected[hypothesis] == returned & known]
            if not surviving:
                break  # an answer that no reading explains teaches nothing
            self._hypotheses = surviving
        filters = {hypothesis[0] for hypothesis in self._hypotheses}
        bounds = {hypothesis[1] for hypothesis in self._hypotheses}
        self.filter = filters.pop() if len(filters) == 1 else None
        self.end_bound = bounds.pop() if len(bounds) == 1 else None


HYPOTHESES = [(field, bound) for field in ("start_time", "end_time", "overlap") for bound in ("inclusive", "exclusive")]


def _duration(record: Record) -> int:
    return time_of(record, "end_time") - record.start_time


def _inside(record: Record, low: int, high: int, hypothesis: tuple[str, str]) -> bool:
    """Whether a service that follows the hypothesis would return the record for the range C{low} to C{high}."""
    field, bound = hypothesis
    first = time_of(record, "start_time" if field == "overlap" else field)
    last = time_of(record, "end_time") if field == "overlap" else first
    return last >= low and (first <= high if bound == "inclusive" else first < high)


def _telling_range(
    rows: Sequence[Record], hypotheses: Sequence[tuple[str, str]]
) -> tuple[int, int, dict[tuple[str, str], set[str | bytes]]] | None:
    """The small range that separates most hypotheses: bounded by times of known records. C{None}: none separates any."""
    best, best_score = None, 1
    step = max(1, len(rows) // 8)
    # the long sessions (they stand last) tell start from end; a few of the others give the bounds
    times = sorted({time_of(record, field) for record in [*rows[::step], *rows[-LONGEST:]] for field in ("start_time", "end_time")})
    for index, low in enumerate(times):
        for high in times[index + 1: index + 4]:
            expected = {}
            for hypothesis in hypotheses:
                expected[hypothesis] = {identity(record) for record in rows if _inside(record, low, high, hypothesis)}
            if max(len(ids) for ids in expected.values()) > MAX_PAGE // 2:
                continue
            score = len({frozenset(ids) for ids in expected.values()})
            if score > best_score:
                best, best_score = (low, high, expected), score
        if best_score == len(hypotheses):
            break
    return best


def _telling_place(rows: Sequence[Record], field: str) -> int:
    """Where in a page a cursor tells most: before a record of the same time (ties), with start and end apart."""
    tied, apart = None, None
    for index in range(1, len(rows) - 1):
        record = rows[index]
        if apart is None and time_of(record, "end_time") != record.start_time:
            apart = index
        if time_of(record, field) == time_of(rows[index + 1], field) and time_of(record, field) != time_of(rows[0], field):
            tied = index
            break
    return tied or apart or min(1, len(rows) - 2)


def _follows(
    source: Source, start: int, end: int, params: dict[str, Any], rows: Sequence[Record], first: int, limit: int, drift: int = 0
) -> bool:
    """Whether the request brings the known rows from C{first} on (or up to C{drift} rows before), in order.

    Newly arrived ones may stand between.
    """
    try:
        answer = source.ask(start, end, limit=limit, **params)
    except BadRequest:
        return False  # this combination is refused: not the way
    position = {identity(record): index for index, record in enumerate(rows)}
    came = [position[identity(record)] for record in answer.records if identity(record) in position]
    if not came or not first - drift <= came[0] <= first:
        return False
    return came == list(range(came[0], came[0] + len(came))) and (len(came) >= 2 or came[-1] == len(rows) - 1)
