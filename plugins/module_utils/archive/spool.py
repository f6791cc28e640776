# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the records of a run wait, on disk, until the writer takes them in order.

Pages arrive from many threads in any order and may overlap. Each becomes a chunk: its lines in one file of its date,
its keys in a second one. The keys could be read from the lines again, but that takes 2.5 ms of processor time per
1,024 records; dumping them takes 0.1 and loading 0.1, and most chunks are passed on without even loading.
Memory holds an index entry per chunk; merging opens a chunk when the merge reaches its first record.
"""

from __future__ import annotations

import marshal
import os
import re
import threading
from bisect import bisect_left
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Iterable, Iterator, NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.block import Block, block_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.layout import DAY_MS, date_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError

CHUNK_RECORDS = 1024
OPEN_CHUNKS = 48  #: how many overlapping chunks may be open at once (some 0.7 MB each); more are merged in passes

_identity = itemgetter(0, 1, 3)  # records without a log_id are told apart by their bytes
_SPACE_OUTSIDE_STRINGS = re.compile(rb'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')


class Chunk(NamedTuple):
    """The index entry of some records that lie in the files of one date, in order."""

    first: tuple[int, str]
    last: tuple[int, str]
    records: int
    at: int  #: where its lines begin
    length: int
    keys_at: int
    keys_length: int


class _Part:
    """The files and the index of one date. A run is chunks that follow each other without overlap."""

    def __init__(self) -> None:
        self.size = 0
        self.keys_size = 0
        self.runs: list[list[Chunk]] = []


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
        ordered = sorted(records, key=_identity)
        if not ordered:
            return
        if ordered[0][0] // DAY_MS == ordered[-1][0] // DAY_MS:
            self._add_to(date_of(ordered[0][0]), ordered)
            return
        for day, some in groupby(ordered, key=lambda record: record[0] // DAY_MS):
            self._add_to(date_of(day * DAY_MS), list(some))

    def _add_to(self, date: str, ordered: list[Record]) -> None:
        date_of(ordered[-1][0])
        keys = [record[:2] for record in ordered]
        lines = [record[3] for record in ordered]
        dropped = conflicts = 0
        text = b"".join(lines)  # searching is five times quicker than counting the line ends of the joined lines
        if b"\n" in text or b"\r" in text:
            rewritten = sorted((start, log_id, _one_line(raw)) for start, log_id, _end, raw in ordered)
            keys = [record[:2] for record in rewritten]
            lines = [record[2] for record in rewritten]
        if len(set(keys)) != len(keys):
            unique, dropped, conflicts = _unique([(key[0], key[1], line) for key, line in zip(keys, lines)])
            keys = [record[:2] for record in unique]
            lines = [record[2] for record in unique]
        lines.append(b"")
        data = b"\n".join(lines)
        packed = marshal.dumps(keys)  # private to this process and its folder
        with self._lock:
            part = self._parts.setdefault(date, _Part())
            part.runs.append([self._store(date, part, keys, data, packed)])
            self._dropped += dropped
            self._conflicts += conflicts

    def _store(self, date: str, part: _Part, keys: list[tuple[int, str]], data: bytes, packed: bytes) -> Chunk:
        chunk = Chunk(keys[0], keys[-1], len(keys), part.size, len(data), part.keys_size, len(packed))
        self._append(date + ".lines", data)
        self._append(date + ".keys", packed)
        part.size += len(data)
        part.keys_size += len(packed)
        return chunk

    def _append(self, name: str, data: bytes) -> None:
        path = os.path.join(self.folder, name)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(handle, view):]
            finally:
                os.close(handle)
        except OSError as exc:
            raise ArchiveError(
                f"Can't write {path}: {exc.strerror}.",
                "Records wait there uncompressed, about 0.5 KB each: make room and run again; nothing committed was harmed.",
                path=path,
            ) from exc

    def dates(self) -> list[str]:
        """The dates that have records, ascending."""
        with self._lock:
            return sorted(self._parts)

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
        with _Reader(self.folder, date) as read:
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
                run.append(self._store(date, part, block.keys, block.data, marshal.dumps(block.keys)))
            runs.append(run)
        part.runs = runs


class _Reader:
    """Opens the chunks of one date."""

    def __init__(self, folder: str, date: str) -> None:
        self._lines = os.open(os.path.join(folder, date + ".lines"), os.O_RDONLY)
        self._keys = os.open(os.path.join(folder, date + ".keys"), os.O_RDONLY)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._lines)
        os.close(self._keys)

    def block(self, chunk: Chunk) -> Block:
        data = os.pread(self._lines, chunk.length, chunk.at)
        if len(data) != chunk.length:
            raise ArchiveError("Records that waited on disk are gone.", "Something else removes files from the archive's '.tmp': stop it, run again.")
        return Block(chunk.first, chunk.last, chunk.records, data, lambda: self.keys(chunk))

    def keys(self, chunk: Chunk) -> list[tuple[int, str]]:
        return marshal.loads(os.pread(self._keys, chunk.keys_length, chunk.keys_at))

    def records(self, chunk: Chunk) -> list[tuple[int, str, bytes]]:
        block = self.block(chunk)
        return [(key[0], key[1], line) for key, line in zip(block.keys, block.lines())]


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


def _unique(ordered: list[tuple[int, str, bytes]]) -> tuple[list[tuple[int, str, bytes]], int, int]:
    """Drop records that are there already: (records, dropped, of these with other bytes)."""
    if len({record[:2] for record in ordered}) == len(ordered):
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
