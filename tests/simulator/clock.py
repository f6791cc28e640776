# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated service's clock: real or the world's own time, frozen or wrong as the switches say."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from email.utils import format_datetime

from .switches import Switches


class Clock:
    """Epoch milliseconds by the server's clock."""

    def __init__(self, switches: Switches, begins_at: int | None) -> None:
        """`begins_at` None: real time. Else the clock begins there (epoch ms) and runs on from now."""
        self._switches = switches
        self._shift = 0.0 if begins_at is None else begins_at - time.time() * 1000

    def now(self) -> int:
        switches = self._switches.current
        base = switches.clock_ms if switches.clock_ms is not None else int(time.time() * 1000 + self._shift)
        return base + switches.clock_offset_ms

    def http_date(self) -> str:
        return format_datetime(datetime.fromtimestamp(self.now() / 1000, timezone.utc), usegmt=True)


def iso(ms: int) -> str:
    """`ms` as IAM writes times: 2026-11-22T08:00:00.000000Z."""
    return datetime.fromtimestamp(ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
