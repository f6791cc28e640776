# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What records take in the archive: a sample of them is written in each encoding, to a temporary folder."""

from __future__ import annotations

import os
import tempfile
from typing import Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import (
    ENCODINGS,
    JSONL_GZ,
    JSONL_ZST,
    PARQUET,
    check_encoding,
    new_writer,
)
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import DependencyError

SIZES = {JSONL_GZ: 1.0, JSONL_ZST: 0.75, PARQUET: 1.2}  # of a record, against jsonl.gz: for encodings whose library is not installed
_LEAST_FILE = 16
_MOST_RECORDS, _MOST_FILES = 20_000, 5


def stored_bytes(rows: Sequence[Record], per_file: float) -> tuple[dict[str, float], list[str]]:
    """Bytes that a record takes by encoding, and the encodings of which that was not measured.

    C{per_file}: how many records a file of the archive will hold; short files compress less.
    """
    lines = [row.raw + b"\n" for row in sorted(set(rows))]
    per_file = max(_LEAST_FILE, min(len(lines), _MOST_RECORDS, int(per_file)))
    files = max(1, min(len(lines) // per_file, _MOST_RECORDS // per_file, _MOST_FILES))
    parts = [lines[len(lines) // files * number:][:per_file] for number in range(files)]
    sizes: dict[str, float] = {}
    missing = []
    with tempfile.TemporaryDirectory(prefix="forecast-") as folder:
        for encoding in ENCODINGS:
            try:
                check_encoding(encoding)
            except DependencyError:
                missing.append(encoding)
                continue
            sizes[encoding] = _measured(parts, encoding, folder)
    for encoding in missing:
        sizes[encoding] = sizes[JSONL_GZ] * SIZES[encoding]
    return sizes, missing


def _measured(files: Sequence[list[bytes]], encoding: str, folder: str) -> float:
    stored = written = 0
    for number, lines in enumerate(files):
        writer = new_writer(encoding, os.path.join(folder, f"{encoding}-{number}"))
        writer.write(b"".join(lines))
        writer.finish()
        stored += writer.stored
        written += len(lines)
    return stored / written if written else 0.0
