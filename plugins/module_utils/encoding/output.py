# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local file that an encoding writes, and where it may be cut into pieces that are encoded by themselves."""

from __future__ import annotations

import hashlib
import io
import os
from typing import Any, Iterator, List

Pieces = List[memoryview]


class Output(io.RawIOBase):
    """A new private file: what is written is counted and hashed."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.stored = 0
        self._sha256 = hashlib.sha256()
        self._wanted = True
        self._stream = open(path, "xb", buffering=0, opener=_private)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if not self._wanted:
            return len(data)  # a library that tidies up after a file that was given up
        view = memoryview(data)
        self._sha256.update(view)
        while view:
            view = view[self._stream.write(view):]
        self.stored += len(data)
        return len(data)

    def tell(self) -> int:
        return self.stored

    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def close(self) -> None:
        self._wanted = False
        self._stream.close()
        super().close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Cutter:
    """Cuts lines at the first line end after each so many bytes, however the lines come: so files depend on records alone."""

    def __init__(self, unit_bytes: int) -> None:
        self.unit_bytes = unit_bytes
        self._pieces: Pieces = []
        self._size = 0

    def add(self, lines: bytes) -> Iterator[Pieces]:
        """Take whole lines, each with its line end; gives the units that they complete. Nothing is copied."""
        view = memoryview(lines)
        start = 0
        while self._size + len(lines) - start >= self.unit_bytes:
            end = lines.index(b"\n", start + self.unit_bytes - self._size - 1) + 1
            self._pieces.append(view[start:end])
            yield self.rest()
            start = end
        if start < len(lines):
            self._pieces.append(view[start:])
            self._size += len(lines) - start

    def rest(self) -> Pieces:
        """What completes no unit, handed over."""
        pieces, self._pieces, self._size = self._pieces, [], 0
        return pieces
