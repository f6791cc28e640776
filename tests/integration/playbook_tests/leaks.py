# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where secrets could be found: command lines and environments of processes, and files."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def watched_processes(what: str = "cmdline") -> Iterator[set[bytes]]:
    """Collect the command lines (or with environ, the environments) of all processes that are seen while the block runs."""
    seen: set[bytes] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.005):
            for path in Path("/proc").glob(f"[0-9]*/{what}"):
                try:
                    seen.add(path.read_bytes())
                except OSError:  # the process has ended
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every file below folder; compressed ones in clear."""
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            yield str(path), gzip.decompress(content) if path.suffix == ".gz" else content
