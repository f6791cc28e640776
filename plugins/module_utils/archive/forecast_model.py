# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What collecting costs: requests, time and storage as pure functions of how much is logged and how it is collected.

Its constants are measured (docs: "What it will cost"); tests/benchmark/forecast.py holds the model against measured runs.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import Iterable, NamedTuple, Sequence

DAY_MS = 86_400_000
VERDICTS = ("yes", "barely", "unsure", "no")  # whether collecting keeps up
KEPT_DAYS = 7  # how long the service keeps a record
PAGE = 1024
ENOUGH_ROOM = 0.8  # of the time: who needs more never catches up after an outage
PACED_SHARE = 0.97  # of a limit that the service has: the pace stays that much below it
ASSUMED_RATE = 20.0  # requests a second, where neither the user nor the service names a limit
SURELY_WHOLE = 10  # records: no service is expected to cut pages shorter than this
FEW_RECORDS = PAGE * 3 // 4  # a stream's known windows that hold less are read again rather than counted
LESSONS = (1.0, 6.0, 14.0)  # requests that finding out the service's readings takes, once for each endpoint
PROCESSOR_SECONDS = {True: 9.1, False: 23.9}  # for a million records; True: with msgspec and isal
COMMIT_BYTES, COVERAGE_BYTES, WINDOW_BYTES = 2000, 58, 156  # of evidence: a commit, a window it covers, a window it states


class Estimate(NamedTuple):
    """A figure with the bounds between which it is expected."""

    low: float
    expected: float
    high: float

    def times(self, factor: float) -> Estimate:
        return Estimate(self.low * factor, self.expected * factor, self.high * factor)

    def rounded(self, digits: int = 0) -> dict[str, float]:
        """As a result shows it; whole numbers where C{digits} is 0."""
        return {name: round(value, digits) if digits else round(value) for name, value in self._asdict().items()}


NOTHING = Estimate(0.0, 0.0, 0.0)


def exactly(value: float) -> Estimate:
    return Estimate(value, value, value)


def added(estimates: Iterable[Estimate]) -> Estimate:
    """The sum; bounds are added up too, as if all erred to the same side."""
    low = expected = high = 0.0
    for estimate in estimates:
        low, expected, high = low + estimate.low, expected + estimate.expected, high + estimate.high
    return Estimate(low, expected, high)


class Paging(NamedTuple):
    """How a service pages, as far as it decides what collecting costs."""

    page: int = PAGE
    overhead: Estimate = Estimate(1.0, 1.02, 1.1)  #: requests for each full page
    counts: bool = True  #: its count can be held against what is archived
    short: Estimate = Estimate(1.0, 1.0, 1.0)  #: requests that a range takes which does not fill a page


# by how a full page is continued; each page begins with the last record of the one before
CURSOR = Estimate(1.0, 1.0, 1.05)
CURSOR_ACROSS = Estimate(1.0, 1.06, 1.3)  # pages are in another order than ranges are cut in: ranges of at most 24 pages
OFFSET = Estimate(1.05, 1.2, 1.5)  # ranges of at most 8 pages
SPLITTING = Estimate(1.1, 1.37, 1.8)  # only a page that is not full proves anything
NOT_LEARNT = Estimate(1.0, 1.02, 1.8)
DOUBTED = Estimate(1.0, 3.5, 4.5)  # until a full page was seen, a shorter one is not taken for the last


def pages_of(records: float, page: int = PAGE) -> int:
    """Requests that bring so many records of one stream; an empty range takes one, too."""
    return max(1, math.ceil(records / (page - 1)))


def reading_requests(records: Estimate, ranges: int, paging: Paging, urgent: bool = False) -> Estimate:
    """Requests that read so many records of one stream, which lie in so many separate ranges of time.

    C{urgent}: the oldest are about to leave the service, so the range is cut and they are asked for first.
    """
    if not ranges:
        return NOTHING
    values = []
    for count, overhead, short in zip(records, paging.overhead, paging.short):
        pages = float(pages_of(count, paging.page))
        if pages > 1:
            pages = math.ceil(pages * overhead) + (1 if paging.counts else 0)  # one counts again what was read in pages
            pages += 2 if urgent else 0  # the page that showed that there is more, and one that is not full
        elif count >= SURELY_WHOLE:
            pages = short
        values.append(max(pages, float(ranges)))
    return Estimate(*values)


def run_requests(busiest_pages: float, concurrency: int, services: int, projects: int) -> Estimate:
    """Requests that a run needs beside those for each stream: firewalls listed, lessons, and ranges cut for workers with nothing to do."""
    if busiest_pages < 2:
        return exactly(float(projects))
    cuts = min(busiest_pages / 4, 1.0 * (concurrency - 1))
    low, expected, high = (lesson * services + projects for lesson in LESSONS)
    return Estimate(low, expected + cuts, high + 3 * cuts)


class Lateness:
    """How long sessions last: a record appears when its session ends, so late records have windows read again.

    C{durations}: ms, of records that were seen.
    """

    def __init__(self, durations: Iterable[int]) -> None:
        self._durations = sorted(durations)

    def share(self, after: float, until: float) -> float:
        """The share of a window's records that appear so many ms after their start, at the latest and at the earliest."""
        if not self._durations:
            return 0.0
        found = bisect_right(self._durations, until) - bisect_right(self._durations, after)
        return max(0, found) / len(self._durations)

    def changes(self, records: float, after: float, until: float) -> float:
        """How likely it is that a window of so many records gains one in that time."""
        return 1.0 - math.exp(-records * self.share(after, until))


class Schedule(NamedTuple):
    """How often the archive is brought up to date, and which windows are then asked about again."""

    name: str
    runs: int  #: a day
    recheck: str  #: C{all}: every window that the service still keeps; C{last}: each once, on its last day


SCHEDULES = (Schedule("hourly", 24, "all"), Schedule("daily", 1, "all"), Schedule("last_day", 24, "last"))


def chances(window_records: float, window: int, settle: int, schedule: Schedule, lateness: Lateness) -> list[float]:
    """For each window that one run asks about again, newest first, how likely it is that it has changed since."""
    if schedule.recheck == "last":
        ages = range((KEPT_DAYS - 1) * DAY_MS, KEPT_DAYS * DAY_MS, window)
        return [lateness.changes(window_records, settle, age) for age in ages]
    gap = DAY_MS // schedule.runs
    return [lateness.changes(window_records, age - gap, age) for age in range(settle + gap, KEPT_DAYS * DAY_MS, window)]


def halving_requests(changed: Sequence[float]) -> float:
    """Requests that find by counting which of these windows have changed: a range that has is asked about in halves."""
    if len(changed) < 2:
        return 1.0
    middle = len(changed) // 2
    halves = halving_requests(changed[:middle]) + halving_requests(changed[middle:])
    # a part that has changed lies in a whole that has: only the two requests for the halves themselves depend on this range
    return 1.0 + 2.0 * _any(changed) + (halves - 2.0)


def _any(changed: Sequence[float]) -> float:
    """How likely it is that one at least has changed."""
    return 1.0 - math.prod(1.0 - chance for chance in changed)


def stretches(changed: Sequence[float]) -> float:
    """How many stretches the changed ones of these windows form; each is read by itself."""
    return sum(chance * (1.0 - before) for chance, before in zip(changed, [0.0, *changed]))


class Stream(NamedTuple):
    """What one log type of one firewall brings a day."""

    records: Estimate
    alike: int = 1  #: so many streams are like this one


class Collecting(NamedTuple):
    """How it is collected."""

    window: int = 3_600_000
    settle: int = 900_000
    recheck_requests: int = 1000
    paging: Paging = Paging()


class Day(NamedTuple):
    """What a day of logs costs under one schedule."""

    requests: Estimate
    reads: float  #: how often a record is read on average
    evidence: float  #: bytes of commits


SURE = Estimate(0.5, 1.0, 2.0)  # of what is read again: how long sessions last differs from hour to hour
ASKED = Estimate(0.8, 1.0, 1.5)


def day(streams: Sequence[Stream], schedule: Schedule, lateness: Lateness, how: Collecting) -> Day:
    """What collecting a day's logs costs, and rechecking what is still kept."""
    windows_a_day = DAY_MS / how.window
    rechecks, days = (schedule.runs, KEPT_DAYS) if schedule.recheck == "all" else (1, 1)
    reading, again, asked, evidence = NOTHING, 0.0, 0.0, 0.0
    for stream in streams:
        pages = Estimate(*(count * overhead / (how.paging.page - 1) for count, overhead in zip(stream.records, how.paging.overhead)))
        reading = added([reading, pages.times(stream.alike)])
        # What is little comes along with what is new: one request for both.
        small = stream.records.expected * days <= FEW_RECORDS
        asking = schedule.runs * (1.5 if pages.expected > schedule.runs else how.paging.short.expected if small else 1.0)
        rereading = changes = 0.0
        if not small and how.paging.counts:
            changed = chances(stream.records.expected / windows_a_day, how.window, how.settle, schedule, lateness)
            changes = rechecks * sum(changed)
            rereading = changes * pages.expected / windows_a_day
            asking += rechecks * (halving_requests(changed) + stretches(changed))
        elif not small:
            rereading = rechecks * days * pages.expected
        again += stream.alike * rereading
        asked += stream.alike * asking
        evidence += stream.alike * (schedule.runs * (COMMIT_BYTES + COVERAGE_BYTES * windows_a_day * KEPT_DAYS) + (windows_a_day + changes) * WINDOW_BYTES)
    if how.recheck_requests and not how.paging.counts:
        again = min(again, float(rechecks * how.recheck_requests))
    requests = added([reading, *(Estimate(*(value * factor for factor in sure)) for value, sure in ((again, SURE), (asked, ASKED)))])
    return Day(requests, 1.0 + (again / reading.expected if reading.expected else 0.0), evidence)


class Speed(NamedTuple):
    """What bounds the speed of collecting."""

    rate: float  #: requests a second that may leave
    latency: float = 0.0  #: seconds until an answer is there
    concurrency: int = 8
    fast: bool = True  #: msgspec and isal are installed
    share: float = 1.0  #: of all requests, those to the endpoint that gets most: each has its own limit


def paced(limit: float, rate_limit: float | None = None) -> float:
    """Requests a second that leave under a limit of the service's and one of the user's."""
    return min(PACED_SHARE * limit, rate_limit or math.inf)


def limited_seconds(requests: Estimate, speed: Speed) -> Estimate:
    """How long it takes where only the limit counts."""
    return requests.times(speed.share / speed.rate)


def seconds(requests: Estimate, records: Estimate, speed: Speed) -> Estimate:
    """How long it takes: the slowest of the limit, the answers and the processor decides."""
    by_limit = limited_seconds(requests, speed)
    by_latency = requests.times(speed.latency / speed.concurrency)
    by_processor = records.times(PROCESSOR_SECONDS[speed.fast] / 1e6)
    return Estimate(*map(max, by_limit, by_latency, by_processor))


def slices(records: float, requests: float, speed: Speed) -> int:
    """How many AWX slices a day needs so that neither processor nor latency takes more than there is room for.

    Slices that log in as one user share one limit, so they are of no help against it.
    """
    busy = max(records * PROCESSOR_SECONDS[speed.fast] / 1e6, requests * speed.latency / speed.concurrency)
    return max(1, math.ceil(busy / (ENOUGH_ROOM * DAY_MS / 1000)))


def keeps_up(busy: Estimate) -> str:
    """Whether collecting keeps up, given the seconds it takes for what a day logs."""
    share = busy.times(1000 / DAY_MS)
    if share.high <= ENOUGH_ROOM:
        return "yes"
    if share.low > 1.0:
        return "no"
    return "barely" if share.high <= 1.0 else "unsure"


def backlog_seconds(day: float) -> float | None:
    """How long the first seven days take while new logs arrive, where a day's logs take so many seconds; None: it never ends."""
    share = day * 1000 / DAY_MS
    return None if share >= 1.0 else KEPT_DAYS * day / (1.0 - share)
