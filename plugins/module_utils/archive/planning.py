# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which windows a run asks about: pure functions of the coverage, the clock and the options."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import END, KEEP_MS, START, Row, holes
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS, MINUTE_MS, grid

ABOUT_MS = HOUR_MS  #: a start so little before the seven days still means all that the service keeps
EDGE_MS = 10 * MINUTE_MS
"""How far from the end of the service's seven days a run stays by itself: what is nearer may be gone while it asks."""


class Plan(NamedTuple):
    """The windows to ask about, each list ascending."""

    new: list[tuple[int, int]]  #: not asked about before
    known: list[Row]  #: asked about before, and still inside the seven days
    start: int  #: epoch ms, from when on the run covers


def plan(
    coverage: Sequence[Row], *, start: int, end: int, now: int, settle: int, window: int, recheck: bool, start_is_relative: bool
) -> Plan:
    """Plan a stream's run over C{[start, end)} (epoch ms); C{settle} and C{window} in ms.

    A window waits until C{settle} after its end. A start about seven days ago is the whole time that the service keeps:
    it is drawn in by L{EDGE_MS}. One that lies further back is asked for as given; what can't be proven then says so.
    """
    if start_is_relative and coverage and 0 < coverage[0][START] - start < MINUTE_MS:
        start = coverage[0][START]  # the service's clock is known to a second: the same time ago is not a new window
    edge = -(-(now - KEEP_MS + EDGE_MS) // MINUTE_MS) * MINUTE_MS
    if edge - EDGE_MS - ABOUT_MS <= start < edge:
        start = edge
    cells = [cell for hole in holes(coverage, start, min(end, now - settle)) for cell in grid(*hole, window)]
    # a cell that is cut off by the present is still growing; it waits as a whole
    new = [cell for cell in cells if cell[1] % window == 0 or cell[1] == end or any(row[START] == cell[1] for row in coverage)]
    known = [row for row in coverage if recheck and edge <= row[START] and start < row[END] <= end]
    return Plan(new, known, start)


def ranges(windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time as few ranges: windows (ascending) that touch are one."""
    joined: list[tuple[int, int]] = []
    for start, end in windows:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def oldest_open(coverage: Sequence[Row], start: int, now: int) -> int | None:
    """The oldest instant since C{start}, inside the seven days, that is not proven to be collected (epoch ms)."""
    start = max(start, now - KEEP_MS)
    open_ranges = holes([row for row in coverage if row[2] == "complete"], start, now)
    return open_ranges[0][0] if open_ranges else None
