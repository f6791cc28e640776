# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON Lines, whatever compresses them.

Lines are cut at the first line end after each MiB into members (gzip) or frames (zstd), each compressed by itself:
so they can be compressed side by side.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, Callable, Iterable, Iterator

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.output import Cutter, Output, Pieces
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError

MEMBER_BYTES = 1 << 20
READ_BYTES = 1 << 16
BLOCK_BYTES = 1 << 18
LINE_LIMIT = 1 << 26  #: as much as the collector accepts as one answer


class JsonLinesWriter:
    """Writes one file: compressed by a few threads, in order."""

    def __init__(self, path: str, compress: Callable[[bytes], bytes]) -> None:
        self._compress = compress
        self._cutter = Cutter(MEMBER_BYTES)
        workers = min(4, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(workers)
        self._members: deque[Future[bytes]] = deque()
        self._ahead = workers + 1  # what waits is in memory
        self._output = Output(path)

    @property
    def stored(self) -> int:
        return self._output.stored

    def write(self, lines: bytes) -> None:
        for pieces in self._cutter.add(lines):
            self._members.append(self._pool.submit(self._member, pieces))
            while len(self._members) > self._ahead:
                self._output.write(self._members.popleft().result())

    def _member(self, pieces: Pieces) -> bytes:
        return self._compress(b"".join(pieces))

    def finish(self) -> str:
        pieces = self._cutter.rest()
        if pieces:
            self._members.append(self._pool.submit(self._member, pieces))
        while self._members:
            self._output.write(self._members.popleft().result())
        self.close()
        return self._output.sha256()

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        self._output.close()


def stored_pieces(stream: BinaryIO, on_bytes: Callable[[bytes], Any] | None, size: int = READ_BYTES) -> Iterator[bytes]:
    """The stored bytes of a file in pieces, each shown to C{on_bytes}."""
    for stored in iter(lambda: stream.read(size), b""):
        if on_bytes is not None:
            on_bytes(stored)
        yield stored


def whole_lines(pieces: Iterable[bytes], stored: Iterator[bytes], errors: tuple[type[Exception], ...], name: str) -> Iterator[bytes]:
    """Blocks of whole lines from unpacked C{pieces}; C{stored}, which they come from, is read to its end in any case.

    @raise ArchiveError: one of C{errors} came up, or a line is too long.
    """
    carry = bytearray()  # the beginning of a line whose end is yet to come
    try:
        for piece in pieces:
            end = piece.rfind(b"\n") + 1
            if end:
                yield bytes(carry) + piece[:end]
                carry = bytearray(piece[end:])
            else:
                carry += piece
                if len(carry) > LINE_LIMIT:
                    raise ArchiveError("A line is longer than 64 MiB.", "This is not a file of flow logs.")
    except errors as exc:
        raise ArchiveError(f"The file is not whole {name} data: {exc}.", "Restore it from a copy of the archive.") from None
    finally:
        for _rest in stored:
            pass
    if carry:
        yield bytes(carry)  # a last line without its end: the caller sees it by the missing line end
