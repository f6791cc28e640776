# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C{jsonl.zst}: zstd frames of level 3, each stating its size and its checksum. Needs the library C{zstandard}."""

from __future__ import annotations

from typing import Any, BinaryIO, Callable, Iterable, Iterator

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.jsonl import (
    BLOCK_BYTES,
    LINE_LIMIT,
    MEMBER_BYTES,
    JsonLinesWriter,
    stored_pieces,
    whole_lines,
)
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import DependencyError

LEVEL = 3
_FEED_BYTES = 1 << 12  # the library returns all that comes of its input, at most 30,000 times as much: so it gets little at once
_FRAME_LIMIT = LINE_LIMIT + MEMBER_BYTES
_WINDOW_LIMIT = 1 << 23  # what all decoders have to support


def require() -> Any:
    """The library. @raise DependencyError: it is not installed."""
    try:
        import zstandard
    except ImportError:
        raise DependencyError("zstandard", "for files in the encoding jsonl.zst") from None
    return zstandard


def compress(data: bytes) -> bytes:
    """One frame; the same for the same bytes and library version."""
    frame: bytes = require().ZstdCompressor(level=LEVEL, write_checksum=True).compress(data)
    return frame


def writer(path: str) -> JsonLinesWriter:
    require()
    return JsonLinesWriter(path, compress)


def read(stream: BinaryIO, on_bytes: Callable[[bytes], Any] | None) -> Iterator[bytes]:
    library = require()
    stored = stored_pieces(stream, on_bytes, _FEED_BYTES)
    return whole_lines(_blocks(_inflate(stored, library)), stored, (library.ZstdError, EOFError), "zstd")


def _inflate(pieces: Iterable[bytes], library: Any) -> Iterator[bytes]:
    decompressor = library.ZstdDecompressor(max_window_size=_WINDOW_LIMIT)
    frame: Any = None
    size = 0
    for stored in pieces:
        while stored:
            if frame is None:
                frame, size = decompressor.decompressobj(), 0
            piece = frame.decompress(stored)
            size += len(piece)
            if size > _FRAME_LIMIT:
                raise library.ZstdError("a frame is larger than any that this collection writes")
            yield piece
            stored = b""
            if frame.eof:
                stored, frame = frame.unused_data, None
    if frame is not None:
        raise EOFError("it ends too early")


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that are worth looking at."""
    gathered: list[bytes] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= BLOCK_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)
