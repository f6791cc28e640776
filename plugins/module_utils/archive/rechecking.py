# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the windows that were asked about before have changed since: by counting instead of reading.

Where the service counts all matches, its count for a range, held against the records archived for it, proves with one
small request that nothing changed in days; where the two differ, halving the range finds what did.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import END, RECORDS, START, Row
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.paging import Chain, NoWayOn, Untrusted
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import Source

SAMPLE = 256  # records of the page from which the service's readings are learnt


class Outcome(NamedTuple):
    """Rows of the coverage, each list ascending."""

    unchanged: list[Row]  #: the service counts exactly what is archived
    changed: list[Row]  #: it counts something else, or its count is of no use: to be read again
    late: dict[int, int]  #: by start: how many records more than archived the service counts in a changed row, where it does count


def can_count(reading: Reading) -> bool:
    """Whether the service's count can be held against what is archived for a window."""
    return reading.total == "matches" and reading.axis == "start_time" and reading.end_bound is not None


def sample(source: Source, reading: Reading, rows: Sequence[Row]) -> None:
    """Learn the service's readings from a small page of a range that holds records: at most about six requests."""
    small = Source(source.cfw, source.project_id, source.params, SAMPLE)
    try:
        for _rows in Chain(small, reading, rows[0][START], rows[-1][END]).pages():
            break
    except (NoWayOn, Untrusted):
        pass  # nothing is known then, and what is safe under all readings is done
    source.add_requests(small)


def recheck(source: Source, reading: Reading, rows: Sequence[Row]) -> Outcome:
    """Tell unchanged rows from changed ones. C{rows} ascend; C{can_count} holds."""
    unchanged: list[Row] = []
    changed: list[Row] = []
    late: dict[int, int] = {}
    ranges = _touching(rows)
    while ranges:
        part = ranges.pop()
        counted = count_starts(source, reading, part[0][START], part[-1][END])
        archived = sum(row[RECORDS] for row in part)
        if counted == archived:
            unchanged.extend(part)
        elif len(part) == 1:
            changed.append(part[0])
            if counted is not None and counted > archived:
                late[part[0][START]] = counted - archived
        else:
            middle = len(part) // 2
            ranges += [part[:middle], part[middle:]]
    return Outcome(sorted(unchanged), sorted(changed), late)


def count_starts(source: Source, reading: Reading, start: int, end: int) -> int | None:
    """How many records the service counts that start in C{[start, end)}; None: its count is of no use there."""
    exact_end, exact_start = reading.exact_end(end), reading.exact_end(start)
    if exact_end is None or exact_start is None:
        return None
    if reading.filter == "start_time":
        return reading.matches(source.count(start, exact_end))
    # Where a range matches the sessions that overlap it, those that began before it are counted too, and taken off.
    low = start - 2
    overlapping, before = (reading.matches(source.count(low, high)) for high in (exact_end, exact_start))
    return None if overlapping is None or before is None else overlapping - before


def _touching(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows as runs without a gap."""
    runs: list[list[Row]] = []
    for row in rows:
        if runs and runs[-1][-1][END] == row[START]:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs
