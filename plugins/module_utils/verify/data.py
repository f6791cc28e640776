# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads all data files of one date once, side by side, and holds them against their commits.

One pass hashes, unpacks and decodes. Files of a date overlap (late records have files of their own), so they are read
in step: a block of each file at a time is enough to see that no record is there twice.
"""

from __future__ import annotations

import decimal
import hashlib
import heapq
import json
from bisect import bisect_left
from contextlib import closing
from decimal import Decimal
from itertools import islice
from operator import lt
from typing import Any, Iterator, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.columns import columns_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.committed import span_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.days import Summary
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.line_columns import column_reader
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import no_constant
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import read_blocks
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.record_key import key_of_record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, extension_of, parse_data, start_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import ObjectMissing
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.findings import ERROR, Findings

_decode = json.JSONDecoder(parse_constant=no_constant).decode
# for sums; takes a half longer
_decode_exactly = json.JSONDecoder(parse_float=Decimal, parse_constant=no_constant).decode
_NO_TRAPS = decimal.Context(traps=[])


class Closing(NamedTuple):
    """A day's summary, and the commit that names it: it speaks of the records of all commits before."""

    key: str
    sequence: int
    summary: dict[str, Any]


class _Run:
    """The identities of some records of one file: (start_time, log_id), with the line where there is no log_id."""

    def __init__(self, number: int, identities: list[tuple[Any, ...]], ordered: bool) -> None:
        self.number = number  #: of the file
        self.first = identities[0] if ordered else min(identities)
        self.last = identities[-1] if ordered else max(identities)
        self._list = identities
        self._set: set[tuple[Any, ...]] | None = None

    @property
    def identities(self) -> set[tuple[Any, ...]]:
        """As a set, which is needed only where files overlap."""
        if self._set is None:
            self._set = set(self._list)
        return self._set


class DateCheck:
    """Checks one date of one stream. Not for several threads; several dates may be checked at once."""

    def __init__(self, chain: Chain, date: str, entries: list[dict[str, Any]], closed: Closing | None, findings: Findings, whole: bool = True) -> None:
        self.chain = chain
        self.stream = chain.stream
        self.date = date
        self.start = start_of(date)
        self.entries = sorted(entries, key=lambda entry: span_of(entry, date))
        self.closed = closed
        self.whole = whole  #: False where files were removed by retention: then what is left adds up to nothing
        self.findings = findings
        self.records = 0
        self.bytes = 0
        self.seen = 0  #: records that were read so far, for those who show progress
        self.summary = Summary()
        self._windows: dict[int, list[list[int]]] = {}  # by commit: [start, end, added, found]
        self._readers = column_reader(False), column_reader(True)  # for files without and with sums

    @property
    def expected(self) -> int:
        """How many records are to be read."""
        return sum(entry["records"] for entry in self.entries)

    def run(self) -> None:
        self.seen = 0
        self._read_in_step()
        for sequence, windows in self._windows.items() if self.whole else ():
            for start, end, added, found in windows:
                if added != found:
                    self._state(
                        "window-contradicts-data",
                        f"Commit {sequence} says that it adds {added} records to a window; its files hold {found}.",
                        self.chain.stream.commit_key(sequence),
                        (start, end),
                    )
        if self.closed is not None:
            self._compare_summary(self.closed)

    def _state(self, kind: str, message: str, key: str, span: tuple[int, int] | None = None, count: int = 1) -> None:
        self.findings.add(kind, ERROR, self.stream, message, key, span or (self.start, self.start + DAY_MS), count)

    def _read_in_step(self) -> None:
        waiting = list(enumerate(self.entries))[::-1]
        heap: list[tuple[tuple[Any, ...], int, _Run, Iterator[_Run]]] = []
        active: list[_Run] = []
        while heap or waiting:
            while waiting and (not heap or span_of(waiting[-1][1], self.date)[0] <= heap[0][0][0]):
                number, entry = waiting.pop()
                self._push(heap, number, self._read(number, entry))
            if not heap:
                continue
            _first, number, run, runs = heapq.heappop(heap)
            active = [other for other in active if other.last >= run.first]
            for other in active:
                if other.number != number and not other.identities.isdisjoint(run.identities):
                    self._state_twice(run, other)
            active.append(run)
            self._push(heap, number, runs)

    @staticmethod
    def _push(heap: list[tuple[tuple[Any, ...], int, _Run, Iterator[_Run]]], number: int, runs: Iterator[_Run]) -> None:
        run = next(runs, None)
        if run is not None:
            heapq.heappush(heap, (run.first, number, run, runs))

    def _state_twice(self, run: _Run, other: _Run) -> None:
        common = run.identities & other.identities
        one = min(common)
        self._state(
            "record-twice",
            f"The record of {one[0]} with log_id '{one[1]}' is also in {self.entries[other.number]['key']}.",
            self.entries[run.number]["key"],
            (one[0], one[0] + 1),
            len(common),
        )

    def _read(self, number: int, entry: dict[str, Any]) -> Iterator[_Run]:
        """The records of one file in runs; states all that is wrong with the file by itself."""
        key = entry["key"]
        name = parse_data(key)
        sequence = name.sequence if name else 0
        sha256 = hashlib.sha256()
        size = records = 0
        before: tuple[Any, ...] | None = None
        outer: list[int] = []

        def count(stored: bytes) -> None:
            nonlocal size
            size += len(stored)
            sha256.update(stored)

        try:
            with closing(self.chain.store.open(key)) as stream:
                for piece in read_blocks(extension_of(key), stream, count):
                    if not piece.endswith(b"\n"):
                        self._state("line-without-end", "The last line is cut off.", key)
                    identities, ordered = self._identities(key, piece, sequence, before)
                    if not identities:
                        continue
                    records += len(identities)
                    self.seen += len(identities)
                    if not ordered:
                        self._state_disorder(key, before, identities)
                    run = _Run(number, identities, ordered)
                    self._check_date(key, run)
                    before = identities[-1]
                    outer = [outer[0] if outer else identities[0][0], before[0]]
                    self._count_windows(key, sequence, identities, ordered)
                    yield run
        except ObjectMissing:
            self._state("object-missing", "A committed data file is missing.", key)
            return
        except ArchiveError as exc:
            self._state("data-unreadable", f"A data file can't be read: {exc.message}", key)
            if not size:
                return
        if sha256.hexdigest() != entry["sha256"]:
            self._state("object-changed", "A data file has other bytes than those that were committed.", key)
        if size != entry["bytes"] or records != entry["records"]:
            self._state(
                "count-contradicts-data",
                f"The commit states {entry['records']} records in {entry['bytes']} bytes; the file holds {records} in {size}.",
                key,
            )
        if outer and (entry.get("first", outer[0]), entry.get("last", outer[1])) != tuple(outer):
            self._state("span-contradicts-data", "The commit states other times for the file's first and last record.", key)
        self.records += records
        self.bytes += size

    def _identities(self, key: str, piece: bytes, sequence: int, before: tuple[Any, ...] | None) -> tuple[list[tuple[Any, ...]], bool]:
        """The identities of the records of whole lines, and whether they ascend and come after C{before}."""
        summed = self.closed is not None and sequence < self.closed.sequence
        columns = self._readers[summed](piece)
        if columns is None:
            return self._decoded(key, piece, summed, before)
        if columns.sums is not None:
            self.summary.add(columns.sums, comparing=True)
        identities: list[tuple[Any, ...]] = list(zip(columns.times, columns.log_ids))
        return identities, _ascend(before, identities)

    def _decoded(self, key: str, piece: bytes, summed: bool, before: tuple[Any, ...] | None) -> tuple[list[tuple[Any, ...]], bool]:
        """The same by decoding line by line; what is no record is stated."""
        lines = piece.split(b"\n")
        if not lines[-1]:
            lines.pop()
        decode = _decode_exactly if summed else _decode
        kept, records = [], []
        with decimal.localcontext(_NO_TRAPS):  # a number beyond all bounds is no error, only nothing that can be added up
            for line in lines:
                try:
                    record = decode(line.decode("utf-8"))
                    key_of_record(record)
                except (ValueError, RecursionError):
                    self._state("bad-json", f"A line is not JSON: {line[:80]!r}.", key)
                except ArchiveError as exc:
                    self._state("bad-record", f"{exc.message} The line is {line[:80]!r}.", key)
                else:
                    kept.append(line)
                    records.append(record)
        columns = columns_of(records, summed)
        if columns.sums is not None:
            self.summary.add(columns.sums, comparing=True)
        identities = [(start, log_id) if log_id else (start, log_id, line) for start, log_id, line in zip(columns.times, columns.log_ids, kept)]
        return identities, _ascend(before, identities)

    def _check_date(self, key: str, run: _Run) -> None:
        if run.first[0] < self.start or run.last[0] >= self.start + DAY_MS:
            wrong = run.first[0] if run.first[0] < self.start else run.last[0]
            self._state("record-on-wrong-date", f"A record of {wrong} lies in the partition of {self.date}.", key, (wrong, wrong + 1))

    def _state_disorder(self, key: str, before: tuple[Any, ...] | None, identities: list[tuple[Any, ...]]) -> None:
        first, last = min(identities), max(identities)
        ordered = identities if before is None else [before, *identities]
        if len(set(ordered)) != len(ordered):
            self._state("record-twice", "A record is in the file twice.", key, (first[0], last[0] + 1), len(ordered) - len(set(ordered)))
        if ordered != sorted(ordered):
            self._state("records-out-of-order", "Records do not ascend by start_time and log_id.", key, (first[0], last[0] + 1))

    def _count_windows(self, key: str, sequence: int, identities: list[tuple[Any, ...]], ordered: bool) -> None:
        windows = self._windows.get(sequence)
        if windows is None:
            windows = self._windows[sequence] = self._load_windows(sequence)
        times = [identity[0] for identity in identities]
        if not ordered:
            times.sort()
        inside = 0
        for window in windows:
            if window[0] <= times[-1] and window[1] > times[0]:
                found = bisect_left(times, window[1]) - bisect_left(times, window[0])
                window[3] += found
                inside += found
        if inside != len(times):
            self._state(
                "record-outside-window", f"Records lie in no window that commit {sequence} states.", key, (times[0], times[-1] + 1), len(times) - inside
            )

    def _load_windows(self, sequence: int) -> list[list[int]]:
        end = self.start + DAY_MS
        try:
            commit = self.chain.read(sequence).commit
        except ArchiveError:
            return []  # stated where the chain is checked
        windows = [[max(one["start"], self.start), min(one["end"], end), one["added"], 0] for one in commit["windows"] if one["added"]]
        return [window for window in windows if window[0] < window[1]]

    def _compare_summary(self, closed: Closing) -> None:
        mine = self.summary.result(self.stream, self.date)
        theirs = closed.summary
        wrong: list[str] = [name for name in ("records", "bytes", "packets", "without_numbers", "by_hour") if name in theirs and mine[name] != theirs[name]]
        for name, counter in self.summary.groups.items():
            if not counter.approximate and mine["by_" + name] != theirs.get("by_" + name):
                wrong.append("by_" + name)
        tops = theirs.get("top")
        for name, counter in self.summary.tops.items():
            top = tops.get(name) if isinstance(tops, dict) else None
            agreed = counter.approximate and isinstance(top, dict) and top.get("approximate") is True
            if not agreed and mine["top"][name] != top:
                wrong.append("top." + name)
        if wrong:
            self._state("summary-contradicts-data", f"The summary of {self.date} contradicts the data in: {', '.join(wrong)}.", closed.key)


def _ascend(before: tuple[Any, ...] | None, identities: list[tuple[Any, ...]]) -> bool:
    """Whether identities ascend strictly, the first of them after C{before}."""
    if before is not None and identities and identities[0] <= before:
        return False
    return all(map(lt, identities, islice(identities, 1, None)))
