# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What flowed, from summaries of days and, for days that have none yet, from the coverage's counts. Reads no data unless asked to.

Memory does not grow with the length of the time: values are counted in bounded counters. Lists of the
heaviest values are made from each day's heaviest: over several days they are lower bounds, and say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.committed import Committed
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import END, RECORDS, START
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.days import FORMAT, GROUPS, TOPS, Summary
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.tally import TRACKED
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import decode
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.interface import Store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream, date_of, dates_between, parse_day, start_of

SHOWN = 20  #: rows of each list
HOURLY_MS = 8 * DAY_MS  #: up to this length, traffic over time is told by the hour


class Counter:
    """Adds up rows of summaries, bounded as they are: over C{TRACKED} values the lighter half is forgotten."""

    def __init__(self) -> None:
        self.counts: dict[str, list[Any]] = {}
        self.approximate = False

    def add(self, value: str, records: int, size: Any) -> None:
        count = self.counts.get(value)
        if count is None:
            if len(self.counts) >= TRACKED:
                self._forget()
            self.counts[value] = [records, size]
        else:
            count[0] += records
            count[1] += size

    def _forget(self) -> None:
        self.approximate = True
        self.counts = dict(sorted(self.counts.items(), key=_weight)[: TRACKED // 2])

    def rows(self, most: int | None = None) -> list[dict[str, Any]]:
        """The values by weight: bytes, then records."""
        heaviest = sorted(self.counts.items(), key=_weight)[:most]
        return [{"value": value, "records": records, "bytes": size} for value, (records, size) in heaviest]


def _weight(item: tuple[str, list[Any]]) -> tuple[Any, int, str]:
    return -item[1][1], -item[1][0], item[0]


class Traffic:
    """Sums over the streams of an audit."""

    def __init__(self, store: Store, start: int, end: int, read_open_days: bool) -> None:
        self._store = store
        self._start = start
        self._end = end
        self._read_open_days = read_open_days
        self._step = HOUR_MS if end - start <= HOURLY_MS else DAY_MS
        self._points: dict[int, list[Any]] = {}  # by start of the hour or day: records, bytes, whether bytes are known
        self._counters = {name: Counter() for name in (*GROUPS, *TOPS)}
        self._streams: dict[Stream, dict[str, Any]] = {}
        self.summarised = 0  # days of streams
        self.read = 0
        self.unsummarised = 0
        self.unreadable: list[str] = []  # keys

    def add(self, stream: Stream, rows: Sequence[Sequence[Any]], head_sequence: int) -> None:
        """Add a stream: its summaries of days in the range; for other days the records that C{rows} (its coverage) count."""
        sums = self._streams[stream] = {"records": 0, "bytes": 0, "bytes_known": True}
        first, last = date_of(self._start), date_of(max(self._start, self._end - 1))
        summarised = set()
        prefix = stream.evidence_prefix() + "days/"
        for key, _size in self._store.list(prefix):
            place = parse_day(key)
            if place is None or not first <= place[1] <= last:
                continue
            summary = self._load(key, place[1])
            if summary is not None:
                summarised.add(place[1])
                self.summarised += 1
                self._add_summary(sums, place[1], summary)
        open_dates = sorted({date for row in rows for date in dates_between(max(row[START], self._start), min(row[END], self._end))} - summarised)
        if self._read_open_days and head_sequence:
            committed = Committed(Chain(self._store, stream))
            unread = [date for date in open_dates if not self._read(stream, committed, date, head_sequence, sums)]
        else:
            unread = open_dates
        self._add_rows(sums, rows, set(unread))

    def _load(self, key: str, date: str) -> dict[str, Any] | None:
        try:
            summary = decode(self._store.read(key))
        except (ArchiveError, ValueError, RecursionError):
            summary = None
        if not isinstance(summary, dict) or summary.get("format") != FORMAT or summary.get("date") != date or not isinstance(summary.get("records"), int):
            self.unreadable.append(key)  # verification states what is wrong with it
            return None
        return summary

    def _read(self, stream: Stream, committed: Committed, date: str, head_sequence: int, sums: dict[str, Any]) -> bool:
        """Summarise a day that is still open from its data."""
        summary = Summary()
        try:
            for entry in committed.files(date, head_sequence):
                for block in committed.blocks(entry):
                    summary.add_lines(block.lines())
        except ArchiveError:
            self.unreadable.append(stream.date_prefix(date))
            return False
        self.read += 1
        self._add_summary(sums, date, summary.result(stream, date))
        return True

    def _add_summary(self, sums: dict[str, Any], date: str, summary: Mapping[str, Any]) -> None:
        sums["records"] += summary["records"]
        sums["bytes"] += summary["bytes"]
        start = start_of(date)
        if self._step == DAY_MS:
            self._point(start, summary["records"], summary["bytes"])
        else:
            for row in summary["by_hour"]:
                if row["records"]:
                    self._point(start + row["hour"] * HOUR_MS, row["records"], row["bytes"])
        for name in GROUPS:
            self._count(name, summary["by_" + name])
        for name in TOPS:
            top = summary["top"][name]
            self._count(name, top["rows"], top["approximate"])

    def _count(self, name: str, rows: Sequence[Mapping[str, Any]], approximate: bool = False) -> None:
        counter = self._counters[name]
        if approximate or (name in TOPS and len(rows) >= SHOWN):
            counter.approximate = True
        counts = counter.counts
        for row in rows:
            count = counts.get(row["value"])
            if count is None:
                counter.add(row["value"], row["records"], row["bytes"])
                counts = counter.counts  # a new one, when it forgot the lighter half
            else:
                count[0] += row["records"]
                count[1] += row["bytes"]

    def _add_rows(self, sums: dict[str, Any], rows: Iterable[Sequence[Any]], dates: set[str]) -> None:
        """Count what the coverage says of days without a summary. Windows cross no midnight; a merged row that does can't be divided."""
        self.unsummarised += len(dates)
        if dates:
            sums["bytes_known"] = False
        for row in rows:
            if row[END] <= self._start or row[START] >= self._end or not row[RECORDS]:
                continue
            touched = dates_between(row[START], row[END])
            if not dates.intersection(touched):
                continue
            if len(touched) == 1:
                sums["records"] += row[RECORDS]
                self._point(row[START] - row[START] % self._step, row[RECORDS], None)

    def _point(self, start: int, records: int, size: Any) -> None:
        point = self._points.setdefault(start, [0, 0, True])
        point[0] += records
        if size is None:
            point[2] = False
        else:
            point[1] += size

    def result(self) -> dict[str, Any]:
        first = self._start - self._start % self._step
        points = [(start, *self._points.get(start, (0, 0, True))) for start in range(first, self._end, self._step)]
        return {
            "unit": "hour" if self._step == HOUR_MS else "day",
            "points": [{"start": start, "records": records, "bytes": _plain(size) if known else None} for start, records, size, known in points],
            **{"by_" + name: self._rows(name) for name in GROUPS},
            "top": {name: self._rows(name) for name in TOPS},
            "streams": [
                {**stream._asdict(), "records": sums["records"], "bytes": _plain(sums["bytes"]) if sums["bytes_known"] else None}
                for stream, sums in self._streams.items()
            ],
            "days": {"summarised": self.summarised, "read": self.read, "counted_only": self.unsummarised},
            "unreadable": self.unreadable,
        }

    def _rows(self, name: str) -> dict[str, Any]:
        counter = self._counters[name]
        rows = [{**row, "bytes": _plain(row["bytes"])} for row in counter.rows(SHOWN)]
        return {"approximate": counter.approximate, "rows": rows, "values": len(counter.counts)}


def _plain(value: Any) -> int | float:
    """A sum as a JSON number; sums of many days' bytes may have fractions."""
    return int(value) if value == int(value) else round(float(value), 3)
