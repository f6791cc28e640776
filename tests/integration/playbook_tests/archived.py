# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read an archive without the collection's code: what an auditor would do."""

from __future__ import annotations

import gzip
import hashlib
import heapq
import json
from pathlib import Path
from typing import Any


def lines(archive: Path, project_id: str, fw_instance_id: str, log_type: str) -> list[bytes]:
    """All lines of one stream in their order, given that each file keeps it."""

    def place(line: bytes) -> tuple[int, Any]:
        record = json.loads(line)
        return record["start_time"], record["log_id"]

    folder = archive / "data" / f"project_id={project_id}" / f"fw_instance_id={fw_instance_id}" / f"log_type={log_type}"
    files = [gzip.decompress(path.read_bytes()).splitlines() for path in folder.rglob("*.jsonl.gz")]
    return list(heapq.merge(*files, key=place))


def state(archive: Path) -> dict[str, str]:
    """Each file's SHA-256 by its name: equal states are equal archives."""
    return {str(path.relative_to(archive)): hashlib.sha256(path.read_bytes()).hexdigest() for path in archive.rglob("*") if path.is_file()}
