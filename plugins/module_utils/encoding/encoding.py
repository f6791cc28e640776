# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How rows become a file and a file becomes rows again, in one of several encodings of the same rows.

C{jsonl.gz} and C{jsonl.zst}: a line is byte for byte the record as sent. C{parquet}: typed columns, and beside them the
same bytes, so that nothing is lost. Readers of an archive find any of them in one stream, file by file.
The bytes of a file depend on its records alone (and on the versions of the libraries that compress).
"""

from __future__ import annotations

from typing import Any, BinaryIO, Callable, Iterator, Protocol

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding import gzipped, parquet, zstd
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, OptionError

JSONL_GZ = "jsonl.gz"
JSONL_ZST = "jsonl.zst"
PARQUET = "parquet"
_ROOMS: dict[str, Any] = {JSONL_GZ: gzipped, JSONL_ZST: zstd, PARQUET: parquet}
ENCODINGS = tuple(_ROOMS)


class FileWriter(Protocol):
    """Writes lines to one local file (0600), hashed while written, in bounded memory."""

    @property
    def stored(self) -> int:
        """The bytes of the file so far."""

    def write(self, lines: bytes) -> None:
        """Append whole lines, each with its line end."""

    def finish(self) -> str:
        """Write what is left, close; returns the SHA-256 of the file."""

    def close(self) -> None:
        """Close without finishing: the file is of no use then."""


def check_encoding(encoding: str) -> str:
    """The file name extension of an encoding.

    @raise OptionError: this version does not know it. @raise DependencyError: the library that it needs is not installed.
    """
    if encoding not in _ROOMS:
        raise OptionError(
            f"The encoding '{encoding}' is unknown.", f"Use {' or '.join(ENCODINGS)}.", option="encoding", value=encoding, allowed=list(ENCODINGS)
        )
    _ROOMS[encoding].require()
    return encoding


def check_readable(extension: str) -> None:
    """Whether files of an encoding can be read here: to be asked before work is done that needs them.

    @raise ArchiveError: this version does not know it. @raise DependencyError: the library that it needs is not installed.
    """
    if extension not in _ROOMS:
        raise ArchiveError(f"The encoding '{extension}' is unknown.", "Use a newer version of this collection.")
    _ROOMS[extension].require()


def new_writer(extension: str, path: str) -> FileWriter:
    """Begin a new local file."""
    writer: FileWriter = _ROOMS[extension].writer(path)
    return writer


def read_blocks(extension: str, stream: BinaryIO, on_bytes: Callable[[bytes], Any] | None = None) -> Iterator[bytes]:
    """The lines of a data file in blocks of whole lines, some 256 KiB each, in bounded memory.

    C{on_bytes} is for verification. It sees the stored bytes as they are read, all of them, also where the file turns out
    to be damaged; and what engines read from the file is held against the lines where that is stored apart from them.
    @raise ArchiveError: damaged, cut short, of an unknown encoding, or a line longer than any the collector accepts.
    @raise DependencyError: the library that the encoding needs is not installed.
    """
    check_readable(extension)
    blocks: Iterator[bytes] = _ROOMS[extension].read(stream, on_bytes)
    return blocks
