# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds each commit of a chain against itself and those before it, and keeps what the commits name.

All of this is said by commits alone; whether the objects are there and hold it is C{verify.py}'s and C{verify_data.py}'s matter.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import zip_longest
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Head, check_link
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream, date_of, parse_data, parse_day, start_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.findings import ERROR, NOTICE, WARNING, Findings


class StepCheck:
    """Takes a stream's commits, oldest first."""

    def __init__(self, findings: Findings, stream: Stream) -> None:
        self._findings = findings
        self._stream = stream
        #: By date, by key: what commits say of a data file, with the C{sequence} of its commit, and C{removed}, that of the one that removes it.
        self.files: dict[str, dict[str, dict[str, Any]]] = {}
        self.days: dict[str, tuple[str, str, int]] = {}  #: by date: the summary's key and SHA-256, the sequence of the commit that names it
        self.removed = {"files": 0, "records": 0}  #: by retention

    def add(self, before: Head | None, this: Head) -> None:
        """C{before} is the commit that this one must follow; None where it is missing or unreadable."""
        if before is not None:
            self._check_link(before, this)
        if before is not None or this.sequence == 1:
            self._check_coverage(before.commit["coverage"] if before is not None else [], this)
        self._take_files(this)
        self._take_days(this)
        self._take_removed(before, this)
        self._check_counts(this)

    def _check_link(self, before: Head, this: Head) -> None:
        try:
            check_link(before, this)
        except ArchiveError as exc:
            self._state("chain-broken", exc.message, before)
        if this.commit["created"] < before.commit["created"] - HOUR_MS:  # runs at once may commit in another order than they began
            self._state("clock-backwards", "A commit is more than an hour older than the one before it.", this, severity=WARNING)

    def _check_coverage(self, old: list[coverage.Row], this: Head) -> None:
        ends = [row[coverage.END] for row in old]
        rows = []
        for window in this.commit["windows"]:
            held, at = 0, bisect_right(ends, window["start"])
            while at < len(old) and old[at][coverage.START] < window["end"]:
                held += old[at][coverage.RECORDS]
                at += 1
            if held + window["added"] != window["records"]:
                message = f"A window holds {window['records']} records, but held {held} before {window['added']} were added."
                self._state("window-contradicts-chain", message, this, (window["start"], window["end"]))
            rows.append([window["start"], window["end"], window.get("verdict"), window["records"], 0])
        try:
            replayed = [row[:4] for row in coverage.apply(old, rows, this.commit["created"])]
        except ArchiveError as exc:
            self._state("coverage-contradicts-chain", exc.message, this)
            return
        stated = [row[:4] for row in this.commit["coverage"]]
        if replayed != stated:
            wrong = next((b or a for a, b in zip_longest(replayed, stated) if a != b), None)
            span = (wrong[0], wrong[1]) if wrong else None
            self._state("coverage-contradicts-chain", "The coverage is not what the one before and the commit's windows make.", this, span)

    def _take_files(self, this: Head) -> None:
        for entry in this.commit["data"]:
            name = parse_data(entry["key"])
            if name is None or name.stream != self._stream or name.sequence != this.sequence or not entry["sha256"].startswith(name.hash):
                self._state("commit-contradicts-itself", f"The commit names a data file that can't be its own: {entry['key'][:300]}.", this)
                continue
            files = self.files.setdefault(name.date, {})
            if entry["key"] in files:
                self._state("file-named-twice", f"{entry['key']} is named twice.", this)
            kept = {field: entry[field] for field in ("key", "sha256", "bytes", "records", "first", "last") if field in entry}
            files[entry["key"]] = dict(kept, sequence=this.sequence)

    def _take_days(self, this: Head) -> None:
        for day in this.commit["days"]:
            place = parse_day(day["key"])
            if place is None or place[0] != self._stream:
                self._state("commit-contradicts-itself", f"The commit names a summary that can't be its own: {day['key'][:300]}.", this)
            elif place[1] in self.days:
                self._state("day-named-twice", f"The summary of {place[1]} is named by two commits.", this)
            else:
                self.days[place[1]] = (day["key"], day["sha256"], this.sequence)

    def _take_removed(self, before: Head | None, this: Head) -> None:
        """What a removal by retention states must be whole days that were committed, old enough, and summarised."""
        removed = this.commit.get("removed", [])
        until: Any = this.commit.get("removed_before")
        stated: Any = before.commit.get("removed_before") if before is not None else None
        wrong = None
        if before is not None and until != stated and not (removed and until >= (stated or 0)):
            wrong = "it states another removed time without removing anything"
        dates = set()
        for one in removed:
            name = parse_data(one["key"])
            entry = self.files.get(name.date, {}).get(one["key"]) if name else None
            if name is None or entry is None or (entry["sha256"], entry["records"]) != (one["sha256"], one["records"]) or entry["sequence"] >= this.sequence:
                wrong = f"it removes what was not committed so: {one['key'][:300]}"
                continue
            entry["removed"] = this.sequence
            dates.add(name.date)
            if start_of(name.date) + DAY_MS > min(until, this.commit["created"] - coverage.KEEP_MS) or name.date not in self.days:
                wrong = f"it removes a day that is too young, or has no summary: {name.date}"
        kept = [date for date in self.files if start_of(date) < until] if removed else []
        if any("removed" not in entry for date in kept for entry in self.files[date].values()):
            wrong = "it leaves out files of the time that it states as removed"
        if wrong:
            self._state("removal-contradicts-chain", f"A commit that removes data contradicts the chain: {wrong}.", this)
        if removed:
            records = sum(one["records"] for one in removed)
            self.removed["files"] += len(removed)
            self.removed["records"] += records
            reasons = "; ".join(sorted({one["reason"] for one in removed}))
            message = f"{len(removed)} files with {records} records were removed by retention: {reasons:.300}."
            span = (start_of(min(dates)), start_of(max(dates)) + DAY_MS) if dates else None
            self._state("removed-by-retention", message, this, span, NOTICE)

    def _check_counts(self, this: Head) -> None:
        """By date: what the windows say was added, and what the files named hold."""
        added: dict[str, int] = {}
        for window in this.commit["windows"]:
            first, last = date_of(window["start"]), date_of(window["end"] - 1)
            day = first if first == last else "several"
            added[day] = added.get(day, 0) + window["added"]
        held: dict[str, int] = {}
        for entry in this.commit["data"]:
            name = parse_data(entry["key"])
            if name is not None:
                held[name.date] = held.get(name.date, 0) + entry["records"]
        by_date = not added.get("several") and any(added.get(date, 0) != held.get(date, 0) for date in {**added, **held})
        if by_date or sum(added.values()) != sum(held.values()):
            self._state("commit-contradicts-itself", "The commit's windows and its files count different records.", this)

    def _state(self, kind: str, message: str, head: Head, span: tuple[int, int] | None = None, severity: str = ERROR) -> None:
        self._findings.add(kind, severity, self._stream, message, head.key, span)
