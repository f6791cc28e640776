# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How rows become a file and a file becomes rows again: the seam for further encodings of the same rows.

C{jsonl.gz}: lines of JSON, cut at the first line end after each MiB into gzip members (level 6, no name, mtime 0), so
a file's bytes depend on its records alone and members can be compressed side by side. With the optional library
C{isal} compression takes about a sixth of the processor time for 6 % more space; the bytes are then other bytes
(still gzip, still the same for the same records), so files are compared by their lines, never across engines.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, Callable, Iterator

try:
    from isal import isal_zlib
except ImportError:
    isal_zlib = None  # type: ignore[assignment]

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, OptionError

JSONL_GZ = "jsonl.gz"
MEMBER_BYTES = 1 << 20
_GZIP = 31  # zlib's window bits that stand for the gzip container
_READ_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 18
_LINE_LIMIT = 1 << 26  # as much as the collector accepts as one answer


def check_encoding(encoding: str) -> str:
    """The file name extension of an encoding. @raise OptionError: this version does not know it."""
    if encoding != JSONL_GZ:
        raise OptionError(f"The encoding '{encoding}' is unknown.", f"Use {JSONL_GZ}.", option="encoding", value=encoding, allowed=[JSONL_GZ])
    return encoding


def compress(data: bytes) -> bytes:
    """One gzip member; the same for the same bytes and engine."""
    engine = isal_zlib.compressobj(2, zlib.DEFLATED, _GZIP) if isal_zlib else zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    return engine.compress(data) + engine.flush()


def _compress_pieces(pieces: list[memoryview]) -> bytes:
    return compress(b"".join(pieces))


class FileWriter:
    """Writes lines to one local file: compressed by a few threads, in order, hashed while written."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.raw_bytes = 0
        self.bytes = 0
        self._sha256 = hashlib.sha256()
        self._pieces: list[memoryview] = []  # of the member to come
        self._size = 0  # their bytes
        workers = min(4, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(workers)
        self._members: deque[Future[bytes]] = deque()
        self._ahead = workers + 1  # what waits is in memory
        self._stream = open(path, "xb", buffering=0, opener=_private)

    def write(self, lines: bytes) -> None:
        """Append whole lines, each with its line end."""
        self.raw_bytes += len(lines)
        view = memoryview(lines)  # what is cut is not copied
        start = 0
        while self._size + len(lines) - start >= MEMBER_BYTES:
            end = lines.index(b"\n", start + MEMBER_BYTES - self._size - 1) + 1
            self._pieces.append(view[start:end])
            self._flush_member()
            start = end
        if start < len(lines):
            self._pieces.append(view[start:])
            self._size += len(lines) - start

    def _flush_member(self) -> None:
        self._members.append(self._pool.submit(_compress_pieces, self._pieces))
        self._pieces, self._size = [], 0
        while len(self._members) > self._ahead:
            self._store(self._members.popleft().result())

    def _store(self, member: bytes) -> None:
        self._sha256.update(member)
        view = memoryview(member)
        while view:
            view = view[self._stream.write(view):]
        self.bytes += len(member)

    def finish(self) -> str:
        """Write what is left, close; returns the SHA-256 of the file."""
        if self._pieces:
            self._flush_member()
        while self._members:
            self._store(self._members.popleft().result())
        self.close()
        return self._sha256.hexdigest()

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        self._stream.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def read_blocks(stream: BinaryIO, on_bytes: Callable[[bytes], Any] | None = None) -> Iterator[bytes]:
    """The lines of a C{jsonl.gz} file in blocks of whole lines, about 256 KiB each, in bounded memory.

    C{on_bytes} sees the stored bytes as they are read (to hash them in the same pass); they are read to the end
    even where they are no gzip, before the error is raised.
    @raise ArchiveError: not gzip, cut short, or a line longer than any the collector accepts.
    """
    carry = bytearray()  # the beginning of a line whose end is yet to come
    try:
        for piece in _inflate(stream, on_bytes):
            end = piece.rfind(b"\n") + 1
            if end:
                yield bytes(carry) + piece[:end]
                carry = bytearray(piece[end:])
            else:
                carry += piece
                if len(carry) > _LINE_LIMIT:
                    raise ArchiveError("A line is longer than 64 MiB.", "This is not a file of flow logs.")
    except (zlib.error, EOFError) as exc:
        raise ArchiveError(f"The file is not whole gzip data: {exc}.", "Restore it from a copy of the archive.") from None
    finally:
        if on_bytes is not None:
            for piece in iter(lambda: stream.read(_READ_BYTES), b""):
                on_bytes(piece)
    if carry:
        yield bytes(carry)  # a last line without its end: the caller sees it by the missing line end


def _inflate(stream: BinaryIO, on_bytes: Callable[[bytes], Any] | None) -> Iterator[bytes]:
    engine: Any = isal_zlib if isal_zlib else zlib
    errors: Any = (zlib.error, isal_zlib.error) if isal_zlib else (zlib.error,)
    member = None
    for stored in iter(lambda: stream.read(_READ_BYTES), b""):
        if on_bytes is not None:
            on_bytes(stored)
        while stored:
            if member is None:
                member = engine.decompressobj(_GZIP)
            try:
                piece = member.decompress(stored, _BLOCK_BYTES)
            except errors as exc:
                raise zlib.error(str(exc)) from None
            if piece:
                yield piece
            if member.eof:
                stored, member = member.unused_data, None
            else:
                stored = member.unconsumed_tail
                while not stored and len(piece) == _BLOCK_BYTES:  # all input taken, more output to come
                    piece = member.decompress(b"", _BLOCK_BYTES)
                    if piece:
                        yield piece
                if member.eof:
                    stored, member = member.unused_data, None
    if member is not None:
        raise EOFError("it ends too early")
