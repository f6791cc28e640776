# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the records of a run wait, on disk, until the writer takes them in order.

Pages arrive from many threads in any order and may overlap. Each becomes a chunk: its lines, and behind them its keys.
The keys could be read from the lines again, but that takes 2.5 ms of processor time per 1,024 records; dumping them
takes 0.1 and loading 0.1, and most chunks are passed on without even loading.
Memory holds an index entry per chunk; merging opens a chunk when the merge reaches its first record.
"""

from __future__ import annotations

import marshal
import os
import re
import threading
from bisect import bisect_left
from operator import attrgetter, itemgetter
from typing import Iterable, Iterator, NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.block import Block, block_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, date_of

CHUNK_RECORDS = 1024
OPEN_CHUNKS = 48  #: how many overlapping chunks may be open at once (some 0.7 MB each); more are merged in passes

_start_time, _log_id, _raw = itemgetter(0), itemgetter(1), itemgetter(3)
_SPACE_OUTSIDE_STRINGS = re.compile(rb'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')


class Chunk(NamedTuple):
    """The index entry of some records that lie in the file of one date, in order."""

    first: tuple[int, str]
    last: tuple[int, str]
    records: int
    at: int  #: where its lines begin; its keys follow them
    length: int
    keys_length: int


class _Part:
    """The file and the index of one date. A run is chunks that follow each other without overlap."""

    def __init__(self) -> None:
        self.size = 0
        self.runs: list[list[Chunk]] = []


class _Rows(NamedTuple):
    """Records as columns, ascending, each once."""

    starts: list[int]
    ids: list[str]
    lines: list[bytes]

    def cut(self, start: int, end: int) -> _Rows:
        return _Rows(self.starts[start:end], self.ids[start:end], self.lines[start:end])


class Spool:
    """Takes records from many threads; gives them back by date, in order, each once. Its folder is the caller's to remove."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._parts: dict[str, _Part] = {}
        self._dropped = 0
        self._dropped_merging: dict[str, int] = {}
        self._conflicts = 0
        self._conflicts_merging: dict[str, int] = {}

    def add(self, records: Sequence[Record]) -> None:
        """Take a page. @raise ArchiveError: no room on disk, or a time that is no date."""
        if not records:
            return
        rows, dropped, conflicts = _in_order(records)
        at = 0
        while at < len(rows.starts):
            date = date_of(rows.starts[at])
            next_day = rows.starts[at] // DAY_MS * DAY_MS + DAY_MS
            end = len(rows.starts) if rows.starts[-1] < next_day else bisect_left(rows.starts, next_day)
            run = [self._store(date, rows if end - at == len(rows.starts) else rows.cut(at, end))]
            with self._lock:
                self._parts[date].runs.append(run)
            at = end
        if dropped:
            with self._lock:
                self._dropped += dropped
                self._conflicts += conflicts

    def _store(self, date: str, rows: _Rows) -> Chunk:
        """Write rows to the file of their date. Only finding their place waits for other threads."""
        data = b"\n".join([*rows.lines, b""])
        keys = marshal.dumps((rows.starts, rows.ids), 2)  # private to this process and its folder; 2: without looking for repetitions
        with self._lock:
            part = self._parts.setdefault(date, _Part())
            at = part.size
            part.size += len(data) + len(keys)
        path = self._path(date)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                _write_at(handle, data, at)
                _write_at(handle, keys, at + len(data))
            finally:
                os.close(handle)
        except OSError as exc:
            raise ArchiveError(
                f"Can't write {path}: {exc.strerror}.",
                "Records wait there uncompressed, about 0.5 KB each: make room and run again; nothing committed was harmed.",
                path=path,
            ) from exc
        return Chunk((rows.starts[0], rows.ids[0]), (rows.starts[-1], rows.ids[-1]), len(rows.starts), at, len(data), len(keys))

    def _path(self, date: str) -> str:
        return os.path.join(self.folder, date)

    def dates(self) -> list[str]:
        """The dates that have records, ascending."""
        with self._lock:
            return sorted(date for date, part in self._parts.items() if part.runs)

    def span(self, date: str) -> tuple[tuple[int, str], tuple[int, str]]:
        """The first and the last key of a date that has records."""
        with self._lock:
            runs = self._parts[date].runs
            return min(run[0].first for run in runs), max(run[-1].last for run in runs)

    @property
    def duplicates(self) -> int:
        """How many records came more than once (whole after each date was merged)."""
        return self._dropped + sum(self._dropped_merging.values())

    @property
    def conflicts(self) -> int:
        """How many of the duplicates came with other bytes than the record that was kept (the least bytes are)."""
        return self._conflicts + sum(self._conflicts_merging.values())

    def merged(self, date: str) -> Iterator[Block]:
        """All records of a date in order, each once. To be called when nothing is added any more; may be called again."""
        part = self._parts.get(date)
        if part is None:
            return
        with _Reader(self._path(date)) as read:
            while _depth(part.runs) > OPEN_CHUNKS:
                self._merge_runs(date, part, read)
            dropped = conflicts = 0
            for block, twice, other in _sweep((chunk for run in part.runs for chunk in run), read):
                dropped += twice
                conflicts += other
                yield block
        self._dropped_merging[date] = dropped
        self._conflicts_merging[date] = conflicts

    def _merge_runs(self, date: str, part: _Part, read: _Reader) -> None:
        """One pass of an external merge sort: each OPEN_CHUNKS runs become one. Only for pages that overlap widely."""
        runs: list[list[Chunk]] = []
        for at in range(0, len(part.runs), OPEN_CHUNKS):
            run: list[Chunk] = []
            some = part.runs[at:at + OPEN_CHUNKS]
            for block, twice, other in _gathered(_sweep((chunk for old in some for chunk in old), read)):
                self._dropped += twice
                self._conflicts += other
                run.append(self._store(date, _Rows([key[0] for key in block.keys], [key[1] for key in block.keys], block.lines())))
            runs.append(run)
        part.runs = runs


class _Reader:
    """Opens the chunks of one date."""

    def __init__(self, path: str) -> None:
        self._handle = os.open(path, os.O_RDONLY)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._handle)

    def block(self, chunk: Chunk) -> Block:
        return Block(chunk.first, chunk.last, chunk.records, self._read(chunk.at, chunk.length), lambda: self.keys(chunk))

    def keys(self, chunk: Chunk) -> list[tuple[int, str]]:
        return list(zip(*self._columns(chunk)))

    def _read(self, at: int, length: int) -> bytes:
        data = os.pread(self._handle, length, at)
        if len(data) != length:
            raise ArchiveError("Records that waited on disk are gone.", "Something else removes files from the archive's '.tmp': stop it, run again.")
        return data

    def records(self, chunk: Chunk) -> list[tuple[int, str, bytes]]:
        starts, ids = self._columns(chunk)
        return list(zip(starts, ids, self.block(chunk).lines()))

    def _columns(self, chunk: Chunk) -> tuple[list[int], list[str]]:
        columns: tuple[list[int], list[str]] = marshal.loads(self._read(chunk.at + chunk.length, chunk.keys_length))
        return columns


def _depth(runs: list[list[Chunk]]) -> int:
    """The most chunks that lie over one another anywhere."""
    # an end sorts after a start at the same key: sharing a key is overlapping
    edges = sorted([(chunk.first, 0) for run in runs for chunk in run] + [(chunk.last, 1) for run in runs for chunk in run])
    depth = deepest = 0
    for _key, is_end in edges:
        depth += -1 if is_end else 1
        deepest = max(deepest, depth)
    return deepest


def _sweep(chunks: Iterable[Chunk], read: _Reader) -> Iterator[tuple[Block, int, int]]:
    """Merge: yields (block, duplicates dropped, of these with other bytes). A chunk that overlaps none is passed on whole."""
    alone: Chunk | None = None  # reached, not opened
    pending: list[tuple[int, str, bytes]] = []  # of opened chunks, ascending
    for chunk in sorted(chunks, key=attrgetter("first")):
        if alone is not None and alone.last < chunk.first:
            yield read.block(alone), 0, 0
            alone = None
        elif alone is not None:
            pending = read.records(alone)
            alone = None
        if pending:
            cut = bisect_left(pending, chunk.first)  # type: ignore[type-var]  # what lies before can't come any more
            if cut:
                unique, dropped, conflicts = _unique(pending[:cut])
                yield block_of(unique), dropped, conflicts
                del pending[:cut]
        if pending:
            pending += read.records(chunk)
            pending.sort()
        else:
            alone = chunk
    if alone is not None:
        yield read.block(alone), 0, 0
    if pending:
        unique, dropped, conflicts = _unique(pending)
        yield block_of(unique), dropped, conflicts


def _gathered(parts: Iterable[tuple[Block, int, int]]) -> Iterator[tuple[Block, int, int]]:
    """The same in blocks of about a page: a merge of many runs yields crumbs."""
    pending: list[tuple[int, str, bytes]] = []
    dropped = conflicts = 0
    for block, twice, other in parts:
        dropped += twice
        conflicts += other
        pending += [(key[0], key[1], line) for key, line in zip(block.keys, block.lines())]
        while len(pending) >= CHUNK_RECORDS:
            yield block_of(pending[:CHUNK_RECORDS]), dropped, conflicts
            del pending[:CHUNK_RECORDS]
            dropped = conflicts = 0
    if pending:
        yield block_of(pending), dropped, conflicts


def _in_order(records: Sequence[Record]) -> tuple[_Rows, int, int]:
    """(rows, duplicates dropped, of these with other bytes)."""
    if len(set(map(_log_id, records))) == len(records):  # as a rule; then end times, which may be missing, are never compared
        ordered = sorted(records)
        lines = list(map(_raw, ordered))
        text = b"".join(lines)  # searching it is quicker than searching each
        if b"\n" not in text and b"\r" not in text:
            return _Rows(list(map(_start_time, ordered)), list(map(_log_id, ordered)), lines), 0, 0
    unique, dropped, conflicts = _unique(sorted((record.start_time, record.log_id, _one_line(record.raw)) for record in records))
    return _Rows(*map(list, zip(*unique))), dropped, conflicts


def _write_at(handle: int, data: bytes, at: int) -> None:
    written = os.pwrite(handle, data, at)
    while written < len(data):
        written += os.pwrite(handle, memoryview(data)[written:], at + written)


def _unique(ordered: list[tuple[int, str, bytes]]) -> tuple[list[tuple[int, str, bytes]], int, int]:
    """Drop records that are there already: (records, dropped, of these with other bytes)."""
    if len(set(map(_log_id, ordered))) == len(ordered) or len({record[:2] for record in ordered}) == len(ordered):
        return ordered, 0, 0
    kept: list[tuple[int, str, bytes]] = []
    conflicts = 0
    for record in ordered:
        if kept and kept[-1][:2] == record[:2]:
            if kept[-1][2] == record[2]:
                continue
            if record[1]:
                conflicts += 1
                continue
        kept.append(record)
    return kept, len(ordered) - len(kept), conflicts


def _one_line(raw: bytes) -> bytes:
    """Take the space between tokens out of a record that has a line break; all tokens stay byte for byte."""
    if b"\n" not in raw and b"\r" not in raw:
        return raw
    return _SPACE_OUTSIDE_STRINGS.sub(lambda match: match[1] or b"", raw)
