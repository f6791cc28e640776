# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of records in the archive's order: what moves between spool, committed files and new files."""

from __future__ import annotations

from bisect import bisect_left
from typing import Callable, Iterable, Iterator

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.record_key import key_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError


class Block:
    """Some records in ascending order of their keys. Bytes pass through whole; keys are looked at only when needed."""

    __slots__ = ("first", "last", "count", "data", "_keys")

    def __init__(
        self,
        first: tuple[int, str],
        last: tuple[int, str],
        count: int,
        data: bytes,
        keys: list[tuple[int, str]] | Callable[[], list[tuple[int, str]]],
    ) -> None:
        self.first = first
        self.last = last
        self.count = count
        self.data = data  #: the lines, each with its line end
        self._keys = keys

    @property
    def keys(self) -> list[tuple[int, str]]:
        """(start_time, log_id) of each record, in order."""
        if callable(self._keys):
            self._keys = self._keys()
        return self._keys

    def lines(self) -> list[bytes]:
        """The records' bytes, without line ends."""
        lines = self.data.split(b"\n")
        lines.pop()
        return lines

    def split(self, at: int) -> tuple[Block, Block]:
        """Two blocks, cut after a line that ends before byte C{at}."""
        count = self.data.count(b"\n", 0, at)
        left, right = self.keys[:count], self.keys[count:]
        return Block(left[0], left[-1], count, self.data[:at], left), Block(right[0], right[-1], len(right), self.data[at:], right)

    def records_before(self, time_ms: int) -> int:
        """How many of the records start before an instant."""
        if time_ms <= self.first[0]:
            return 0
        if time_ms > self.last[0]:
            return self.count
        return bisect_left(self.keys, (time_ms,))  # type: ignore[type-var]


def block_of(records: list[tuple[int, str, bytes]]) -> Block:
    """A block from (start_time, log_id, line), ascending, at least one."""
    keys = [(start, log_id) for start, log_id, line in records]
    data = b"\n".join([line for start, log_id, line in records]) + b"\n"
    return Block(keys[0], keys[-1], len(keys), data, keys)


def committed_blocks(pieces: Iterable[bytes]) -> Iterator[Block]:
    """Blocks from the lines of one data file; keys are parsed on demand, except at the ends.

    Records that share a key are never spread over two blocks.
    @raise ArchiveError: the file does not hold ascending records.
    """
    held = b""
    last: tuple[int, str] | None = None
    for piece in pieces:
        if not piece.endswith(b"\n"):
            raise ArchiveError("The file's last line has no end.", "Restore it from a copy of the archive.")
        if held and key_of(piece[: piece.index(b"\n")]) != last:
            yield _parsed(held)
            held = b""
        held += piece
        last = key_of(piece[piece.rfind(b"\n", 0, -1) + 1:-1])
    if held:
        yield _parsed(held)


def _parsed(data: bytes) -> Block:
    first = key_of(data[: data.index(b"\n")])
    last = key_of(data[data.rfind(b"\n", 0, -1) + 1:-1])
    if last < first:
        raise ArchiveError("The file's records are not in order.", "Restore it from a copy of the archive.")
    return Block(first, last, data.count(b"\n"), data, lambda: [key_of(line) for line in data[:-1].split(b"\n")])


def without(blocks: Iterable[Block], committed: Iterator[Block], first_ms: int) -> Iterator[Block]:
    """The blocks less the records that one committed file holds already; both ascend, one block of each is in memory.

    The file is opened only when a block reaches C{first_ms}, the time of its first record.

    A record that comes again comes with the same bytes as a rule: looking its line up in the set of committed lines
    costs a tenth of parsing that line. Only lines that are not found so are told apart by their keys.
    """
    known: Block | None = None
    opened = False
    lines_known: set[bytes] = set()
    keys_known: set[tuple[int, str]] = set()
    loaded: Block | None = None
    for block in blocks:
        if not opened and block.last[0] >= first_ms:
            known, opened = next(committed, None), True
        while known is not None and known.last < block.first:
            known = next(committed, None)
        if known is None or block.last < known.first:
            yield block
            continue
        keys, lines = block.keys, block.lines()
        kept: list[tuple[int, str, bytes]] = []
        at = 0
        while at < len(keys):
            while known is not None and known.last < keys[at]:
                known = next(committed, None)
            if known is None:
                kept.extend((key[0], key[1], line) for key, line in zip(keys[at:], lines[at:]))
                break
            if known is not loaded:
                lines_known, keys_known, loaded = set(known.lines()), set(), known
            upto = at
            for key, line in zip(keys[at:], lines[at:]):
                if key > known.last:
                    break
                upto += 1
                if line in lines_known:
                    continue
                if key[1] and key >= known.first:
                    if not keys_known:
                        keys_known = set(known.keys)
                    if key in keys_known:
                        continue
                kept.append((key[0], key[1], line))
            at = upto
        if len(kept) == block.count:
            yield block
        elif kept:
            yield block_of(kept)
