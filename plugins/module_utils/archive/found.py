# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run found for a stream, on its way to the writer; late records are singled out without reading what is archived.

A window that was asked about before gains only records of sessions that ended since: a record that ended later than the
window was last asked about was not archived then. Where these are exactly as many as the service's count says that the
window has gained, they are what is new, and neither the archived records nor their IDs need to be looked at.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from typing import Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import END, SETTLED, START, Row
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record


class Found:
    """Takes records from many threads. C{known}: rows of the coverage that are read again; C{late}: by their start, what they must gain."""

    def __init__(self, folder: str, known: Sequence[Row], late: dict[int, int]) -> None:
        self._known = sorted(known)
        self._starts = [row[START] for row in self._known]
        self._expected = late
        self._gained = dict.fromkeys(self._starts, 0)
        self._lock = threading.Lock()
        self._all = Spool(_folder(folder, "all"))
        # only where each window that is read again says what it must gain, the new records can be told by themselves
        self._new = Spool(_folder(folder, "new")) if known and set(late) == set(self._starts) else None

    def add(self, records: Sequence[Record]) -> None:
        self._all.add(records)
        if self._new is None:
            return
        new = []
        for record in records:
            row = self._row(record.start_time)
            if row is None:
                new.append(record)
            elif record.end_time is not None and record.end_time > row[END] + row[SETTLED]:
                new.append(record)
                with self._lock:
                    self._gained[row[START]] += 1
        self._new.add(new)

    def to_commit(self) -> tuple[Spool, bool]:
        """The spool to commit, and whether it holds nothing that was archived before."""
        if self._new is not None and self._gained == self._expected:
            return self._new, True
        return self._all, not self._known

    def _row(self, start_time: int) -> Row | None:
        number = bisect_right(self._starts, start_time) - 1
        return self._known[number] if number >= 0 and start_time < self._known[number][END] else None


def _folder(folder: str, name: str) -> str:
    path = os.path.join(folder, name)
    os.mkdir(path, 0o700)
    return path
