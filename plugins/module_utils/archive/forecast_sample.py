# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many records a range of a stream holds, found out with few requests and without reading them all.

A page that is not full holds all of its range. Of a range that is larger the service's count tells, where it counts
matches (docs: "Open readings"); elsewhere pages of several parts of the range tell how dense records lie in each.
"""

from __future__ import annotations

import statistics
import threading
from typing import NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast_model import DAY_MS, KEPT_DAYS, Estimate, exactly
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.rechecking import can_count, count_starts
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Page, Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import LEAST_PAGE, TOTAL_CAP, Reading, times_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError

MOST_PARTS, LEAST_PARTS = 60, 3
_WIDE = 3.0  # how far one place may be from what the range holds
_NOISE = 0.1  # traffic comes in bursts: what a page says of its place
_BURSTS = 0.3  # between the places there may be bursts that none of them shows
_BURST = 3.0  # times the usual density: a page that stands in a burst
_PAGES_OF_BURST = 6  # at most are read to get behind it
_ABOUT = Estimate(0.95, 1.0, 1.05)
_AT_END = 0.7  # of its density, a range's outermost part may have at its far end
_NARROWINGS = 3
_OLD_DAYS, _ENOUGH_OLD = (4, 2, 1), 200  # how long ago, and how many records then tell something


class Spent(CloudAuditError):
    """The bound on the sample's requests is reached."""


class Budget:
    """How many requests the sample may still send. Thread-safe."""

    def __init__(self, requests: int) -> None:
        self.left = requests
        self._lock = threading.Lock()

    def take(self) -> None:
        with self._lock:
            if self.left < 1:
                raise Spent("The bound on the sample's requests is reached.", "Set forecast_requests higher.")
            self.left -= 1


class BoundedSource(Source):
    """A source that asks within a budget."""

    def __init__(self, source: Source, budget: Budget) -> None:
        super().__init__(source.cfw, source.project_id, source.params, source.page_size)
        self.budget = budget

    def ask(self, start: int, end: int, limit: int | None = None, log_id: str | None = None, next_date: int | None = None, offset: int | None = None) -> Page:
        self.budget.take()
        return super().ask(start, end, limit, log_id, next_date, offset)


class Service:
    """What the sample has learnt of one endpoint, for all of its streams. Thread-safe."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.page = 0  #: records of a full page, once one was seen
        self._whole = LEAST_PAGE  # pages of less records than this hold all of their range
        self._lock = threading.Lock()
        self._lessons = 2

    def full(self, source: Source, start: int, end: int, page: Page) -> bool:
        """Whether records of the range may be missing in its page."""
        if page.size >= min(source.page_size, page.limit or source.page_size) or (page.total is not None and page.total > page.size):
            full = True
        elif self.page or page.size < self._whole:
            full = 0 < page.size == self.page
        else:
            full = self._is_cut(source, start, end, page)
        with self._lock:
            if full:
                self.page = max(self.page, page.size)
            else:
                self._whole = max(self._whole, page.size + 1)
        return full

    @staticmethod
    def _is_cut(source: Source, start: int, end: int, page: Page) -> bool:
        """A service may cut pages shorter than it says. Then a part of the range brings as many records as all of it."""
        times = sorted(times_of(page.records, "start_time"))
        middle = min(max(start + 1, times[len(times) // 2] if times else 0), end - 1)
        return any(source.ask(low, high).size >= page.size for low, high in ((start, middle), (middle, end)))

    def learn(self, source: Source, start: int, end: int, page: Page) -> None:
        with self._lock:
            self._lessons -= 1
            learn = self._lessons >= 0 and len(page.records) > 2
        if learn:
            self.reading.learn(source, start, end, page)


class Sampled(NamedTuple):
    """What the sample found of one range."""

    records: Estimate
    basis: str  #: C{page}: counted in a page; C{count}: the service's count; C{density}: how close records lie in some places; C{place}: in one
    rows: list[Record]


def first_look(source: BoundedSource, service: Service, start: int, end: int) -> Sampled:
    """What a page of the range and the service's count tell; where they tell little, the basis is C{place}."""
    page = source.ask(start, end)
    total = page.total
    try:
        if not service.full(source, start, end, page):
            return Sampled(exactly(page.size), "page", page.records)
        service.learn(source, start, end, page)
        if total is not None and page.size < total != TOTAL_CAP:
            if can_count(service.reading) and service.reading.filter == "overlap":
                total = count_starts(source, service.reading, start, end) or total
            return Sampled(Estimate(0.98 * total, total, 1.02 * total), "count", page.records)
    except Spent:
        pass  # what is known by now has to do
    expected = max(page.size, page.size / _concentrated(page.records, 1.0) * (end - start)) if page.records else 0.0
    return Sampled(Estimate(page.size, expected, _WIDE * expected), "place", page.records)


def old_records(source: BoundedSource, now: int) -> list[Record]:
    """Records that started days ago, a page of them: of newer ones those are still missing whose sessions last long."""
    for days in _OLD_DAYS:
        try:
            page = source.ask(now - KEPT_DAYS * DAY_MS, now - days * DAY_MS)
        except CloudAuditError:
            return []
        if len(page.records) >= _ENOUGH_OLD:
            return page.records
    return []


class Part(NamedTuple):
    """A part of a range, and how close records lie in it or at one end of it."""

    start: int
    end: int
    density: float  #: records a millisecond
    exact: bool
    rest: tuple[int, int] | None = None  #: the range that its page did not reach


def look_around(source: BoundedSource, service: Service, start: int, end: int, parts: int) -> Sampled:
    """Estimate the range from how close records lie in several parts of it, each asked for once as a rule.

    @raise CloudAuditError: the service can't be asked, or its pages don't tell.
    """
    found: list[Part] = []
    rows: list[Record] = []
    bounds = _parts(start, end, parts)
    try:
        for low, high in zip(bounds, bounds[1:]):
            page = source.ask(low, high)
            rows += page.records
            if not service.full(source, low, high, page):
                found.append(Part(low, high, page.size / (high - low), True))
                continue
            service.learn(source, low, high, page)
            part = _densely(source, service, low, high, page)
            if part is not None:
                found.append(part)
        found = _behind_bursts(source, service, found)
    except Spent:
        if not found:
            raise
    if not found:
        raise CloudAuditError("Its pages hold the same long sessions wherever it is asked, and it does not count its matches.")
    return Sampled(_between_places(found, service.reading).times((end - start) / sum(part.end - part.start for part in found)), "density", rows)


def _behind_bursts(source: BoundedSource, service: Service, parts: Sequence[Part]) -> list[Part]:
    """Where a page stands in a burst, go on to the end of the burst: its density would pass for all of the part."""
    usual = statistics.median([part.density for part in parts if part.density] or [0.0])
    return [_behind_burst(source, service, part, _BURST * usual) if part.rest and part.density > _BURST * usual else part for part in parts]


def _behind_burst(source: BoundedSource, service: Service, part: Part, most: float) -> Part:
    """A part as it is behind its burst: what was passed is counted, and only what lies beyond is estimated."""
    counted, current = 0.0, part
    for _page in range(_PAGES_OF_BURST):
        low, high = current.rest or (0, 0)
        if current.density <= most or high <= low:
            break
        counted += current.density * (current.end - current.start - (high - low))
        page = source.ask(low, high)
        if not service.full(source, low, high, page):
            return Part(part.start, part.end, (counted + page.size) / (part.end - part.start), True)
        current = _densely(source, service, low, high, page) or Part(low, high, most, False)
    density = (counted + min(current.density, most) * (current.end - current.start)) / (part.end - part.start)
    return Part(part.start, part.end, density, False)


def _between_places(parts: Sequence[Part], reading: Reading) -> Estimate:
    """Records of parts, of most of which a place at one end was seen: between two places traffic is taken to change evenly."""
    expected = exact = doubt = 0.0
    for number, part in enumerate(parts):
        length = part.end - part.start
        if part.exact:
            exact += part.density * length
            continue
        other = part.density
        if reading.pages_along_axis:
            neighbour = number - 1 if reading.order == "newest_first" else number + 1
            other = parts[neighbour].density if 0 <= neighbour < len(parts) else part.density * _AT_END
        else:
            doubt += (part.density * length / 3) ** 2
        expected += (part.density + other) / 2 * length
        doubt += ((part.density - other) / 2 * length) ** 2
    spread = 2 * doubt ** 0.5 + _NOISE * expected
    low, high = max(0.0, expected - spread), expected + spread + _BURSTS * expected
    # the ranges of two parts share an instant, and the range as a whole is not exactly the one that the run asks for
    return Estimate(_ABOUT.low * exact + low, exact + expected, _ABOUT.high * exact + high)


def _parts(start: int, end: int, parts: int) -> list[int]:
    """The bounds of so many equal parts; one less where each would begin at the same time of day."""
    length = (end - start) / parts
    if parts > LEAST_PARTS and length >= DAY_MS / 2 and abs(length / DAY_MS - round(length / DAY_MS)) < 0.1:
        parts -= 1
    return [start + (end - start) * part // parts for part in range(parts + 1)]


def _densely(source: Source, service: Service, start: int, end: int, page: Page) -> Part | None:
    """How close records lie where a full page of the range stands; None: it can't be told."""
    reading = service.reading
    if reading.pages_along_axis and reading.axis is not None:
        times = [time for time in times_of(page.records, reading.axis) if start <= time <= end]
        if len(times) > 1 and times[0] != times[-1]:
            newest_first = reading.order == "newest_first"
            span = end - times[-1] if newest_first else times[-1] - start
            return Part(start, end, len(times) / max(1, span), False, (start, times[-1]) if newest_first else (times[-1], end))
    # Pages lie across the ranges: ask for a range so small that one page holds all of it.
    middle, span = (start + end) // 2, int(_concentrated(page.records, 0.5) / 4)
    for _narrowing in range(_NARROWINGS):
        span = max(1, min(span, (end - start) // 2))
        small = source.ask(middle, middle + span)
        if small.size < (service.page or source.page_size):
            size = small.size
            if reading.filter == "overlap":  # sessions that began before are not of this place
                size = sum(1 for record in small.records if record.start_time >= middle)
            if size:
                return Part(start, end, size / span, False)
            span *= 8
        else:
            span //= 8
    return None


def _concentrated(rows: Sequence[Record], share: float) -> float:
    """The time that the middle share of a page's records takes, by their starts or by their ends, whichever is less."""
    cut = int(len(rows) * (1.0 - share) / 2)
    times = [sorted(times_of(rows, field)) for field in ("start_time", "end_time")]
    return max(1.0, float(min(column[-1 - cut] - column[cut] for column in times)))
