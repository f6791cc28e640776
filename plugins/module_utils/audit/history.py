# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stream's commits tell beside its coverage: who collected it, how, when, and in which state the firewall was.

Commits are seen one by one, the oldest first; what is kept of them does not grow with their number.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Head
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import COMPLETE
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import is_whole

ON = (2, 3)  #: statuses in which a firewall logs: running, upgrading
_COLLECTION = ("principal", "host", "collection_version", "ansible_version")
WHO = (*_COLLECTION, "endpoint", "key_id")  #: what tells who collected
SUMS = ("requests", "duplicates_dropped")  #: what commits count
_MOST = 20  # different values of one kind that are kept; how many there were is told


class History:
    """The commits of one stream that were read."""

    def __init__(self) -> None:
        self.commits = 0
        self.first: int | None = None  #: epoch ms of the oldest commit that was read, and its number
        self.first_sequence = 0
        self.last: int | None = None
        self.coverage: list[list[Any]] = []  #: of the newest commit, not cut to any range
        self.firewall: dict[str, Any] | None = None  #: name and status, as last recorded
        self.region: str | None = None
        self.removed_before: int | None = None  #: epoch ms; the data of all days before it were removed by retention
        self.longest_pause = 0  #: ms between two commits
        self.late = 0  #: records that an earlier run could not see yet
        self.clock_offset = 0  #: the largest, in ms
        #: [start, end, status], ascending: empty windows, asked for while the firewall was not running, or (None) nobody could tell
        self.quiet: list[tuple[int, int, Any]] = []
        self.who: dict[str, dict[str, int]] = {name: {} for name in WHO}
        self.who_omitted = 0
        self.sums = dict.fromkeys(SUMS, 0)
        self._reasons: dict[int, tuple[int, list[str]]] = {}

    def see(self, head: Head) -> None:
        commit = head.commit
        created = commit["created"]
        if self.first is None:
            self.first, self.first_sequence = created, head.sequence
        elif self.last is not None:
            self.longest_pause = max(self.longest_pause, created - self.last)
        self.last = created
        self.commits += 1
        self.coverage = commit["coverage"]
        self.region = commit["stream"].get("region") or self.region
        removed_before = commit.get("removed_before")
        self.removed_before = removed_before if is_whole(removed_before) else None
        self._see_collection(commit)
        firewall = commit.get("firewall")
        status = None
        if isinstance(firewall, dict):
            self.firewall = firewall
            status = firewall.get("status")
        for window in commit["windows"]:
            self._see_window(window, status)

    def _see_collection(self, commit: dict[str, Any]) -> None:
        collection = commit.get("collection")
        collection = collection if isinstance(collection, dict) else {}
        for name in SUMS:
            value: Any = collection.get(name)
            self.sums[name] += value if is_whole(value) else 0
        offset: Any = collection.get("clock_offset")
        if is_whole(offset) and abs(offset) > abs(self.clock_offset):
            self.clock_offset = offset
        lateness = collection.get("lateness")
        for entry in lateness if isinstance(lateness, list) else ():
            if isinstance(entry, list) and len(entry) == 2 and is_whole(entry[1]):
                self.late += entry[1]
        signature = commit.get("signature")
        told = {name: collection.get(name) for name in _COLLECTION}
        told["endpoint"] = commit["stream"].get("endpoint")
        told["key_id"] = signature.get("key_id") if isinstance(signature, dict) else None
        for name, value in told.items():
            if isinstance(value, str) and value:
                known = self.who[name]
                if value in known or len(known) < _MOST:
                    known[value] = known.get(value, 0) + 1
                else:
                    self.who_omitted += 1

    def _see_window(self, window: dict[str, Any], status: Any) -> None:
        start, end = window["start"], window["end"]
        if window.get("verdict") == COMPLETE:
            self._reasons.pop(start, None)
        else:
            reasons = window.get("reasons")
            self._reasons[start] = (end, [str(reason) for reason in reasons] if isinstance(reasons, list) else [])
        if window["records"] or status in ON:
            self._cut_quiet(start, end)
        else:
            self._add_quiet(start, end, status)

    def _cut_quiet(self, start: int, end: int) -> int:
        """Take a window out again that is not quiet after all; returns its place in the list."""
        at = bisect_right(self.quiet, (start,)) if self.quiet else 0  # type: ignore[type-var]
        if at and self.quiet[at - 1][1] > start:
            at -= 1
        last = at
        left = []
        while last < len(self.quiet) and self.quiet[last][0] < end:
            low, high, status = self.quiet[last]
            left += [(low, start, status)] if low < start else []
            left += [(end, high, status)] if high > end else []
            last += 1
        if last > at:
            self.quiet[at:last] = left
        return at + sum(1 for part in left if part[0] < start)

    def _add_quiet(self, start: int, end: int, status: Any) -> None:
        at = self._cut_quiet(start, end)
        before = self.quiet[at - 1] if at else None
        if before is not None and before[1] == start and before[2] == status:
            self.quiet[at - 1] = (before[0], end, status)
        else:
            self.quiet.insert(at, (start, end, status))

    def reasons(self, start: int, end: int) -> list[str]:
        """Why windows in C{[start, end)} are unproven, as the commits that were read tell."""
        return sorted({reason for low, (high, reasons) in self._reasons.items() if low < end and high > start for reason in reasons})
