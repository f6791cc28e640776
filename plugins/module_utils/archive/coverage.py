# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the time line is covered: pure functions over the rows of a commit's C{coverage}.

A row is C{[start, end, verdict, records, settled]} (times in epoch ms, C{settled} in ms): all C{records} of the range
C{[start, end)} that the archive holds, last asked for C{settled} ms after its end. Rows ascend and never overlap; a
hole between them is a gap. A window that is asked about again with other bounds becomes one row with what it
overlaps: so no row's record count ever needs the data to be split.
"""

from __future__ import annotations

from typing import Any, Iterable, NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import COMPLETE, UNPROVEN, VERDICTS, Window
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import is_whole
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, LAST_MS

KEEP_MS = 7 * DAY_MS  #: how long the service keeps logs: a younger window can still gain records

START, END, VERDICT, RECORDS, SETTLED = range(5)
Row = list[Any]  #: [start, end, verdict, records, settled]


class Joined(NamedTuple):
    """Windows of a run and the rows they overlap, as the one window that they form together."""

    start: int
    end: int
    asked: list[Window]
    rows: list[Row]


def check(coverage: Any) -> list[Row]:
    """The rows, if they are a coverage. @raise ArchiveError: they are not; says which row and why."""
    if not isinstance(coverage, list):
        raise ArchiveError("A commit's coverage is not a list.", "The commit was changed after it was written.")
    before = 0
    for number, row in enumerate(coverage):
        if isinstance(row, list) and len(row) == 5:  # most of an audit's time passes here
            # pylint: disable=unidiomatic-typecheck; True and False are integers, too
            start, end, verdict, records, settled = row
            whole = type(start) is int and type(end) is int and type(records) is int and type(settled) is int
            if whole and before <= start < end <= LAST_MS and records >= 0 and verdict in VERDICTS:
                before = end
                continue
        raise ArchiveError(f"Row {number} of a coverage {_fault(row, before)}: {row!r:.200}.", "The commit was changed after it was written.")
    return coverage


def _fault(row: Any, before: int) -> str:
    if not isinstance(row, list) or len(row) != 5:
        return "is not [start, end, verdict, records, settled]"
    if not all(is_whole(row[field]) for field in (START, END, RECORDS, SETTLED)):
        return "has a number that is not whole"
    if not 0 <= row[START] < row[END] <= LAST_MS:
        return "ends before it starts, or is no time"
    if row[START] < before:
        return "overlaps the row before it"
    if row[VERDICT] not in VERDICTS:
        return "has an unknown verdict"
    return "counts less than no records"


def join(coverage: Sequence[Row], asked: Iterable[Window]) -> list[Joined]:
    """Group asked windows with the rows that they overlap; touching is not overlapping.

    @raise ArchiveError: an asked window is empty, has an unknown verdict, or overlaps another asked one.
    """
    windows = sorted(asked)
    for number, window in enumerate(windows):
        if not 0 <= window.start < window.end <= LAST_MS or window.verdict not in VERDICTS:
            raise ArchiveError(f"A window is empty or has an unknown verdict: {window}.", "This is a fault of the collection: please report it.")
        if number and window.start < windows[number - 1].end:
            raise ArchiveError(f"Two windows overlap: {windows[number - 1]} and {window}.", "This is a fault of the collection: please report it.")
    groups: list[Joined] = []
    at = 0
    for window in windows:
        while at < len(coverage) and coverage[at][END] <= window.start:
            at += 1
        start, end, rows = window.start, window.end, []
        if groups and groups[-1].end > window.start:  # the row that the last group took in reaches into this window
            last = groups.pop()
            start, end, rows = last.start, max(last.end, end), last.rows
            members = last.asked + [window]
        else:
            members = [window]
        while at < len(coverage) and coverage[at][START] < end:
            start, end = min(start, coverage[at][START]), max(end, coverage[at][END])
            rows = rows + [coverage[at]]
            at += 1
        groups.append(Joined(start, end, members, rows))
    return groups


def judge(group: Joined, added: int, now: int, keep_ms: int = KEEP_MS) -> Row:
    """The row that a group becomes, given how many records the run adds to it.

    Complete needs every part of it complete: by the last answer, or by an earlier one that the last does not
    contradict. What was complete when it left the service's days stays so: the service can't speak about it any more.
    """
    # parts: (start, end, complete, asked_at), later ones override earlier ones
    complete: list[tuple[int, int]] = []
    asked_at = []
    for row in group.rows:
        final = row[END] <= now - keep_ms
        doubts = [window for window in group.asked if window.verdict == UNPROVEN and window.reasons and not final]
        if row[VERDICT] == COMPLETE:
            complete.extend(_without(row[START], row[END], doubts))
        if _without(row[START], row[END], group.asked):  # some of it was last asked about by an earlier run
            asked_at.append(row[END] + row[SETTLED])
    for window in group.asked:
        asked_at.append(window.asked_at)
        if window.verdict == COMPLETE:
            complete.append((window.start, window.end))
    verdict = COMPLETE if _covers(complete, group.start, group.end) else UNPROVEN
    records = added + sum(row[RECORDS] for row in group.rows)
    return [group.start, group.end, verdict, records, min(asked_at) - group.end]


def _without(start: int, end: int, windows: Iterable[Window]) -> list[tuple[int, int]]:
    """What is left of a range when windows (ascending) are cut out of it."""
    left = []
    for window in windows:
        if window.end > start and window.start < end:
            if window.start > start:
                left.append((start, window.start))
            start = window.end
    if start < end:
        left.append((start, end))
    return left


def _covers(ranges: list[tuple[int, int]], start: int, end: int) -> bool:
    for first, last in sorted(ranges):
        if first > start:
            return False
        start = max(start, last)
    return start >= end


def apply(coverage: Sequence[Row], rows: Iterable[Row], now: int, keep_ms: int = KEEP_MS) -> list[Row]:
    """The coverage after C{rows} replaced what they overlap; what left the service's days is merged.

    Each new row must contain the old rows that it overlaps, as L{join} makes them.
    @raise ArchiveError: it contains only a part of one, or new rows overlap.
    """
    new = sorted(rows, key=lambda row: row[START])
    horizon = now - keep_ms
    result: list[Row] = []
    at = 0
    for row in new:
        first = at
        while at < len(coverage) and coverage[at][END] <= row[START]:
            at += 1
        _append(result, coverage[first:at], horizon)
        while at < len(coverage) and coverage[at][START] < row[END]:
            if coverage[at][START] < row[START] or coverage[at][END] > row[END]:
                raise ArchiveError(f"The window {row} overlaps only a part of {coverage[at]}.", "A commit replaces whole windows.")
            at += 1
        if result and result[-1][END] > row[START]:
            raise ArchiveError(f"The windows {result[-1]} and {row} overlap.", "A commit states a window once.")
        _append(result, [row], horizon)
    _append(result, coverage[at:], horizon)
    return result


def _append(result: list[Row], rows: Sequence[Row], horizon: int) -> None:
    """Add ascending rows, merged with equal neighbours where they end before C{horizon}."""
    for number, row in enumerate(rows):
        if row[END] > horizon:
            result.extend(map(list, rows[number:]))
            return
        last = result[-1] if result else None
        if last and last[END] == row[START] and last[VERDICT] == row[VERDICT]:
            result[-1] = [last[START], row[END], last[VERDICT], last[RECORDS] + row[RECORDS], min(last[SETTLED], row[SETTLED])]
        else:
            result.append(list(row))


def clip(coverage: Iterable[Sequence[Any]], start: int | None, end: int | None) -> list[Row]:
    """The rows within C{[start, end)}. The records of a row that is cut are unknown: None."""
    clipped = []
    for row in coverage:
        first = row[START] if start is None else max(row[START], start)
        last = row[END] if end is None else min(row[END], end)
        if first < last:
            whole = (first, last) == (row[START], row[END])
            clipped.append([first, last, row[VERDICT], row[RECORDS] if whole else None, row[SETTLED] + row[END] - last])
    return clipped


def holes(coverage: Iterable[Sequence[Any]], start: int, end: int) -> list[tuple[int, int]]:
    """The parts of C{[start, end)} that no row covers, exact and ascending."""
    found = []
    for row in coverage:
        if row[END] <= start:
            continue
        if row[START] >= end:
            break
        if row[START] > start:
            found.append((start, row[START]))
        start = row[END]
    if start < end:
        found.append((start, end))
    return found


def verdict_totals(coverage: Iterable[Row]) -> dict[str, dict[str, int]]:
    """For each verdict how much time it covers (ms) and in how many rows."""
    totals = {verdict: {"ms": 0, "rows": 0} for verdict in VERDICTS}
    for row in coverage:
        totals[row[VERDICT]]["ms"] += row[END] - row[START]
        totals[row[VERDICT]]["rows"] += 1
    return totals
