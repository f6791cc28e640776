# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The new data files of one date in one commit: one, or several when one would grow too large."""

from __future__ import annotations

import os
from typing import Any, Iterable, Iterator

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.block import Block
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import FileWriter, new_writer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream

PART_BYTES = 512 << 20  #: uncompressed


class NewFile:
    """A file that is written but not yet in the archive."""

    def __init__(self, path: str, entry: dict[str, Any]) -> None:
        self.path = path
        self.entry = entry  #: as a commit states it; "first" and "last" are the start times of its outer records


def write_files(blocks: Iterable[Block], folder: str, stream: Stream, date: str, sequence: int, extension: str) -> list[NewFile]:
    """Write the blocks of a date to local files. No blocks, no file. @raise ArchiveError: no room."""
    files: list[NewFile] = []
    writer: FileWriter | None = None
    records = first = last = 0
    path = ""

    def finish() -> None:
        if writer is not None:
            sha256 = writer.finish()
            key = stream.data_key(date, sequence, len(files), sha256, extension)
            entry = {"key": key, "sha256": sha256, "bytes": writer.stored, "records": records, "first": first, "last": last}
            files.append(NewFile(path, entry))

    try:
        for block, opens in _cut(blocks):
            if opens:
                finish()
                writer = None
            if writer is None:
                path = os.path.join(folder, f"{date}-{len(files):03d}")
                writer = new_writer(extension, path)
                records, first = 0, block.first[0]
            writer.write(block.data)
            records += block.count
            last = block.last[0]
        finish()
    except OSError as exc:
        raise ArchiveError(
            f"Can't write {path}: {exc.strerror}.", "Make room and run again; nothing committed was harmed.", path=path
        ) from exc
    finally:
        if writer is not None:
            writer.close()
    return files


def _cut(blocks: Iterable[Block]) -> Iterator[tuple[Block, bool]]:
    """(block, whether a new file begins with it): cut at the first line end after each PART_BYTES, wherever blocks end.

    So the files depend on the records alone, not on the pages that they came in.
    """
    size = 0
    for block in blocks:
        rest: Block | None = block
        while rest is not None:
            opens = size >= PART_BYTES
            size = 0 if opens else size
            at = rest.data.find(b"\n", PART_BYTES - size - 1) + 1 if size + len(rest.data) > PART_BYTES else 0
            piece, rest = rest.split(at) if 0 < at < len(rest.data) else (rest, None)
            size += len(piece.data)
            yield piece, opens
