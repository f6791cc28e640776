# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The grid on which completeness is accounted, and what a run found out about each of its cells."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
COMPLETE = "complete"
UNPROVEN = "unproven"
VERDICTS = (COMPLETE, UNPROVEN)


class Window(NamedTuple):
    """A range of C{start_time} that a run asked about, and what the answer proves."""

    start: int  #: epoch ms, included
    end: int  #: epoch ms, excluded
    verdict: str  #: complete or unproven
    reasons: tuple[str, ...]  #: why it is unproven
    asked_at: int  #: epoch ms by the service's clock
    service_total: int | None = None  #: what the service counted, where the window was counted and not read
    counted: bool = False  #: it was read, and the service's count for the range that was read agrees with what was read


def check_length(window_ms: int) -> int:
    """A window must fit a day a whole number of times: then no window crosses midnight.

    @raise OptionError: it does not, or it is shorter than a minute (the coverage would outgrow the data).
    """
    if isinstance(window_ms, bool) or not isinstance(window_ms, int) or window_ms < MINUTE_MS or DAY_MS % window_ms:
        raise OptionError(
            f"A window of {window_ms} ms does not divide a day, or is shorter than a minute.",
            "Take for example 15m, 1h, 6h or 24h.",
            option="window",
            value=window_ms,
        )
    return window_ms


def grid(start: int, end: int, window_ms: int = HOUR_MS) -> list[tuple[int, int]]:
    """Cut C{[start, end)} at the grid: cells aligned to UTC, the first and the last clipped."""
    check_length(window_ms)
    first = start - start % window_ms
    return [(max(cell, start), min(cell + window_ms, end)) for cell in range(first, end, window_ms)] if end > start else []
