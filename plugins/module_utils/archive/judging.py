# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the collector proved to the verdict of each window."""

from __future__ import annotations

from typing import Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import KEEP_MS, holes
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import COMPLETE, UNPROVEN, Window
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.task import Task

EXPIRED = "it began to leave the seven days that the service keeps before it was asked for"


def judge(windows: Sequence[tuple[int, int]], tasks: Sequence[Task], since: int | None = None) -> list[Window]:
    """The windows that were asked about wholly, with their verdicts; those that were not are left out.

    @param since: an earlier run proved all that ended before this instant (epoch ms): only what ended later was asked for.

    Where ranges filter the start of a session, a window needs its own time to be proven. Where they filter the end, or
    where that is not known, its records may lie anywhere from its start on: it needs all of that.
    """
    verdicts = []
    for start, end in windows:
        task = next((task for task in tasks if task.start <= max(start, since or start) and end <= task.end), None)
        if task is None:
            continue
        needed = (start, end) if task.axis == "start_time" else (max(start, since or start), task.asked_end)
        answered = sorted([*task.proven, *((low, high) for low, high, _why in task.doubts)])
        if holes(_as_rows(answered), *needed):
            continue
        reasons = {why for low, high, why in task.doubts if low < needed[1] and high > needed[0]}
        if start < task.ended - KEEP_MS:
            reasons.add(EXPIRED)
        counted = task.count_agrees and since is None
        verdicts.append(Window(start, end, UNPROVEN if reasons else COMPLETE, tuple(sorted(reasons)), task.began, None, counted))
    return verdicts


def _as_rows(stretches: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Stretches (ascending, perhaps overlapping) as rows that do not overlap."""
    rows: list[list[int]] = []
    for low, high in stretches:
        if rows and low <= rows[-1][1]:
            rows[-1][1] = max(rows[-1][1], high)
        else:
            rows.append([low, high])
    return rows
