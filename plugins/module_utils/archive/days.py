# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a day: what reports show without reading data. One pass, bounded memory, mergeable.

Sums of bytes keep their fractions (the service sends for example 34.5): they are added as decimals and rounded to the
nearest double once, at the end.
"""

from __future__ import annotations

import decimal
import json
from bisect import bisect_left
from decimal import Decimal
from typing import Any, Iterable, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.checks import is_whole
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.layout import Stream, start_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.line_template import NUMBERS, Columns
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.record_key import key_of_record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError

FORMAT = "cloudaudit.huaweicloud/day/1"
HOUR_MS = 3_600_000
TOP = 20
TEXT = 256  #: characters of a value that are shown
TRACKED = 20_000  #: values a list counts at once; a day with more is approximate
GROUPS = ("direction", "app", "protocol")
TOPS = ("src_ip", "dst_ip", "dst_port", "dst_host")

_EXACT = decimal.Context(prec=60, traps=[])
_decode = json.JSONDecoder(parse_float=Decimal).decode


class Counter:
    """Records and bytes by value. Over C{TRACKED} values the lighter half is forgotten: the rest becomes a lower bound."""

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

    def add_each(self, values: Iterable[Any], sizes: Iterable[Any], count_empty: bool) -> None:
        """Count one record for each value (as found in a record; an empty one only if asked to)."""
        for value, size in zip(values, sizes):
            if not isinstance(value, str) or len(value) > TEXT:
                value = _text(value)
            if not value and not count_empty:
                continue
            count = self.counts.get(value)
            if count is None:
                self.add(value, 1, size)
            else:
                count[0] += 1
                count[1] += size

    def add_texts(self, values: Iterable[Any], sizes: Iterable[Any]) -> None:
        """The same for short texts (empty ones are not counted), or for tuples of them."""
        counts = self.counts
        for value, size in zip(values, sizes):
            count = counts.get(value)
            if count is not None:
                count[0] += 1
                count[1] += size
            elif value:
                self.add(value, 1, size)
                counts = self.counts

    def _forget(self) -> None:
        self.approximate = True
        self.counts = dict(sorted(self.counts.items(), key=_weight)[: TRACKED // 2])

    def merge(self, other: Counter) -> None:
        self.approximate = self.approximate or other.approximate
        for value, (records, size) in other.counts.items():
            self.add(value, records, size)

    def rows(self, most: int | None = None) -> list[dict[str, Any]]:
        """The values by weight: bytes, then records."""
        heaviest = sorted(self.counts.items(), key=_weight)[:most]
        return [{"value": value, "records": records, "bytes": _number(size)} for value, (records, size) in heaviest]


def _weight(item: tuple[str, list[Any]]) -> tuple[Any, int, str]:
    return -item[1][1], -item[1][0], item[0]


class Summary:
    """Counts records; add lines in any order, merge summaries, then take the result."""

    def __init__(self) -> None:
        self.records = 0
        self.bytes: Any = 0
        self.packets: Any = 0
        self.without_numbers = 0
        self.hours: dict[int, list[Any]] = {}
        self.groups = {name: Counter() for name in GROUPS}
        self.tops = {name: Counter() for name in TOPS}

    def add_lines(self, lines: Iterable[bytes]) -> None:
        """Count lines of JSON. @raise ArchiveError: one is not a record."""
        try:
            self.add_records([_decode(line.decode("utf-8")) for line in lines])
        except (ValueError, RecursionError):
            raise ArchiveError("A line is not JSON.", "Restore the file from a copy of the archive.") from None

    def add_records(self, records: Sequence[Any]) -> None:
        """Count decoded records (fractions as Decimal)."""
        with decimal.localcontext(_EXACT):
            sizes = []
            for record in records:
                start, _log_id = key_of_record(record)
                size, packets = record.get("bytes"), record.get("packets")
                if not (_is_number(size) and _is_number(packets)):
                    self.without_numbers += 1
                    size, packets = size if _is_number(size) else 0, packets if _is_number(packets) else 0
                sizes.append(size)
                hour = start - start % HOUR_MS
                sums = self.hours.get(hour)
                if sums is None:
                    self.hours[hour] = [1, size, packets]
                else:
                    sums[0] += 1
                    sums[1] += size
                    sums[2] += packets
                self.packets += packets
            self.records += len(sizes)
            self.bytes += sum(sizes)
            for name, counter in self.groups.items():
                counter.add_each([record.get(name) for record in records], sizes, True)
            for name, counter in self.tops.items():
                counter.add_each([record.get(name) for record in records], sizes, False)

    def add_columns(self, columns: Columns) -> None:
        """Count records that ascend by time, given as columns. For comparing: a list that has become approximate is not gone on with."""
        with decimal.localcontext(_EXACT):
            sizes, packets = (_exact(columns.numbers[name]) for name in NUMBERS)
            at = 0
            while at < len(sizes):
                hour = columns.times[at] - columns.times[at] % HOUR_MS
                end = bisect_left(columns.times, hour + HOUR_MS, at)
                sums = self.hours.setdefault(hour, [0, 0, 0])
                sums[0] += end - at
                sums[1] += sum(sizes[at:end])
                sums[2] += sum(packets[at:end])
                at = end
            self.records += len(sizes)
            self.bytes += sum(sizes)
            self.packets += sum(packets)
            missing = ("",) * len(sizes)
            together = Counter()  # few combinations of many records
            together.add_texts(zip(*(columns.texts.get(name, missing) for name in GROUPS)), sizes)
            for combination, (records, size) in together.counts.items():
                for counter, value in zip(self.groups.values(), combination):
                    counter.add(value, records, size)
            for name, counter in self.tops.items():
                if name in columns.texts and not counter.approximate:
                    counter.add_texts(columns.texts[name], sizes)

    def merge(self, other: Summary) -> None:
        with decimal.localcontext(_EXACT):
            self.records += other.records
            self.bytes += other.bytes
            self.packets += other.packets
            self.without_numbers += other.without_numbers
            for hour, sums in other.hours.items():
                mine = self.hours.setdefault(hour, [0, 0, 0])
                for field, value in enumerate(sums):
                    mine[field] += value
            for name in GROUPS:
                self.groups[name].merge(other.groups[name])
            for name in TOPS:
                self.tops[name].merge(other.tops[name])

    def result(self, stream: Stream, date: str) -> dict[str, Any]:
        """The summary as it is stored; C{without_numbers} counts records whose bytes or packets are no number: they add 0."""
        start = start_of(date)
        hours = [self.hours.get(start + hour * HOUR_MS, [0, 0, 0]) for hour in range(24)]
        return {
            "format": FORMAT,
            "stream": stream._asdict(),
            "date": date,
            "records": self.records,
            "bytes": _number(self.bytes),
            "packets": _number(self.packets),
            "without_numbers": self.without_numbers,
            "by_hour": [
                {"hour": hour, "records": records, "bytes": _number(size), "packets": _number(packets)}
                for hour, (records, size, packets) in enumerate(hours)
            ],
            **{"by_" + name: self.groups[name].rows(TOP if self.groups[name].approximate else None) for name in GROUPS},
            "top": {name: {"approximate": counter.approximate, "rows": counter.rows(TOP)} for name, counter in self.tops.items()},
        }


def summarise(lines: Iterable[bytes], stream: Stream, date: str) -> dict[str, Any]:
    """The summary of a day from all its lines, in one pass."""
    summary = Summary()
    summary.add_lines(lines)
    return summary.result(stream, date)


def _exact(texts: Sequence[str]) -> list[Any]:
    """Numbers as they stand in JSON, without loss."""
    try:
        return list(map(int, texts))
    except ValueError:
        return list(map(Decimal, texts))


def _is_number(value: Any) -> bool:
    if is_whole(value):
        return abs(value) < 1 << 80  # beyond is nonsense, and would cost memory
    return isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 30


def _text(value: Any) -> str:
    """A value as a report shows it; long ones are cut, and end with an ellipsis then."""
    text = "" if value is None else value if isinstance(value, str) else str(value)
    return text if len(text) <= TEXT else text[: TEXT - 1] + "\u2026"


def _number(value: Any) -> int | float:
    """An exact sum as a JSON number."""
    return int(value) if value == int(value) else float(value)
