# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of each moment of a stream's time: pure functions of its coverage and the clock.

Six states. C{complete} is proven and final. C{rechecking} is proven as of its last question, and still inside the
service's seven days: late records can be added. C{settling} is too young to be asked for. C{unproven} was asked for, and
the answer proved nothing. C{collectable} was never asked for and still can be. C{lost} was never asked for, and the
service has it no longer. The first three are as they should be.
"""

from __future__ import annotations

from typing import Any, Iterable, NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import END, KEEP_MS, RECORDS, SETTLED, START, VERDICT
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import COMPLETE

COMPLETE_STATE = "complete"
RECHECKING = "rechecking"
SETTLING = "settling"
UNPROVEN = "unproven"
COLLECTABLE = "collectable"
LOST = "lost"
STATES = (COMPLETE_STATE, RECHECKING, SETTLING, UNPROVEN, COLLECTABLE, LOST)  #: the better first
MISSING = (COLLECTABLE, LOST)


class Range(NamedTuple):
    """Time of one state; neighbours differ."""

    start: int  #: epoch ms, included
    end: int  #: epoch ms, excluded
    state: str
    records: int | None  #: what the archive holds of it; None where that is not known, or nothing was asked for
    settled: int | None  #: how many ms after its end it was last asked for (the least of what it is made of)


def timeline(rows: Sequence[Sequence[Any]], start: int, end: int, now: int, settle: int) -> list[Range]:
    """All time of C{[start, end)} up to C{now}, ascending, without holes.

    C{rows} is a stream's coverage; C{settle} (ms) is how old a moment may be without being archived.
    """
    end = min(end, now)
    horizon = now - KEEP_MS
    ranges = [_covered(row, horizon) for row in coverage.clip(rows, start, end)]
    for hole_start, hole_end in coverage.holes(rows, start, end):
        edges = sorted({hole_start, hole_end, *(edge for edge in (horizon, now - settle) if hole_start < edge < hole_end)})
        ranges += [Range(low, high, _uncovered(high, horizon, now - settle), None, None) for low, high in zip(edges, edges[1:])]
    return merged(sorted(ranges, key=lambda one: one.start))


def _covered(row: Sequence[Any], horizon: int) -> Range:
    state = UNPROVEN if row[VERDICT] != COMPLETE else COMPLETE_STATE if row[END] <= horizon else RECHECKING
    return Range(row[START], row[END], state, row[RECORDS], row[SETTLED])


def _uncovered(end: int, horizon: int, settled: int) -> str:
    return LOST if end <= horizon else COLLECTABLE if end <= settled else SETTLING


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Ranges that touch and are of one state become one; its records are unknown where a part's are."""
    result: list[Range] = []
    for one in ranges:
        last = result[-1] if result else None
        if last is None or last.end != one.start or last.state != one.state:
            result.append(one)
            continue
        records = None if last.records is None or one.records is None else last.records + one.records
        settled = None if last.settled is None or one.settled is None else min(last.settled, one.settled)
        result[-1] = Range(last.start, one.end, one.state, records, settled)
    return result


def totals(ranges: Iterable[Range]) -> dict[str, int]:
    """How much time (ms) is in each state."""
    sums = dict.fromkeys(STATES, 0)
    for one in ranges:
        sums[one.state] += one.end - one.start
    return sums


def time_left(one: Range, now: int) -> int | None:
    """How long (ms) the service still keeps the oldest moment of what can still be collected, or proven; None: not at stake."""
    if one.state not in (COLLECTABLE, SETTLING, UNPROVEN) or one.end <= now - KEEP_MS:
        return None
    return max(0, one.start + KEEP_MS - now)
