# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of records in the archive's order: what moves between spool, committed files and new files."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import Callable, Iterable, Iterator

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.record_key import key_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError

_line = itemgetter(2)


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
    data = b"\n".join([*map(_line, records), b""])
    return Block(records[0][:2], records[-1][:2], len(records), data, lambda: [record[:2] for record in records])


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


class Known:
    """The records of one committed file, to be taken out of blocks that ascend; one block of the file is in memory.

    A record that comes again comes with the same bytes as a rule: looking its line up in the set of committed lines
    costs a tenth of parsing that line. Only lines that are not found so are told apart by their keys.
    """

    def __init__(self, blocks: Iterator[Block], first_ms: int) -> None:
        self.first_ms = first_ms  #: when the file's first record starts; the file is not opened before a block reaches it
        self.exhausted = False
        self._blocks = blocks
        self._block: Block | None = None
        self._lines: set[bytes] = set()
        self._keys: set[tuple[int, str]] = set()

    def less(self, block: Block) -> Block | None:
        """The block less what the file holds; None if nothing is left."""
        known = self._reach(block.first)
        if known is None or block.last < known.first:
            return block
        keys, lines = block.keys, block.lines()
        kept: list[tuple[int, str, bytes]] = []
        at = 0
        while at < len(keys):
            known = self._reach(keys[at])
            upto = len(keys) if known is None else bisect_right(keys, known.last)
            for key, line in zip(keys[at:upto], lines[at:upto]):
                if known is None or not self._holds(known, key, line):
                    kept.append((key[0], key[1], line))
            at = upto
        if len(kept) == block.count:
            return block
        return block_of(kept) if kept else None

    def _reach(self, key: tuple[int, str]) -> Block | None:
        """Go on to the first block of the file that ends at or after a key."""
        while not self.exhausted and (self._block is None or self._block.last < key):
            self._block = next(self._blocks, None)
            self.exhausted = self._block is None
            self._lines = set()
            self._keys = set()
        return self._block

    def _holds(self, known: Block, key: tuple[int, str], line: bytes) -> bool:
        if key < known.first:
            return False
        if not self._lines:
            self._lines = set(known.lines())
        if line in self._lines:
            return True
        if not key[1]:  # without a log_id, other bytes are another record
            return False
        if not self._keys:
            self._keys = set(known.keys)
        return key in self._keys


def without(blocks: Iterable[Block], files: Iterable[Known]) -> Iterator[Block]:
    """The blocks less the records that any of the committed files holds already."""
    waiting = sorted(files, key=lambda known: -known.first_ms)
    reached: list[Known] = []
    for block in blocks:
        while waiting and waiting[-1].first_ms <= block.last[0]:
            reached.append(waiting.pop())
        left: Block | None = block
        for known in reached:
            if left is not None:
                left = known.less(left)
        reached = [known for known in reached if not known.exhausted]
        if left is not None:
            yield left
