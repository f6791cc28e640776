# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the archive in this process, and what they left behind, read without the code under test."""

from __future__ import annotations

import gzip
import json
import threading
from pathlib import Path
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.archiving import archive_flow_logs
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import credentials
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session

from simulator import Simulator

DAYS = 2
RECORDS = 6000
PROJECT, FIREWALL = "f" * 32, "fw-ties"
WORLD: dict[str, Any] = {
    "seed": 3,
    "now": "real",
    "days": DAYS,
    "projects": [{"name": "cn-north-4", "id": PROJECT, "firewalls": [{"name": "edge", "id": FIREWALL, "log_types": {"internet": RECORDS}}]}],
    "shape": {"tie_ms": [2200, 1300], "long_sessions": 0.02},
}


def run(simulator: Simulator, folder: Path, stop: threading.Event | None = None, way: str = "access_key", **changes: Any) -> dict[str, Any]:
    """One run of the archive over the simulator's firewall; the module's result."""
    connection = simulator.options(way)
    stop = stop or threading.Event()
    session = Session(credentials.resolve(connection), {**connection, "retry_timeout": 30}, stop)
    options = {
        "archive": str(folder),
        "firewalls": [{"project_id": PROJECT, "fw_instance_id": FIREWALL}],
        "log_types": ["internet"],
        "start_time": f"-{DAYS + 1}d",
        "end_time": "now",
        "window": 3_600_000,
        "settle": 900_000,
        "recheck": True,
        "recheck_requests": 1000,
        "concurrency": 6,
        "encoding": "jsonl.gz",
        "enterprise_project_id": None,
        "diff": False,
    }
    return archive_flow_logs(session, {**options, **changes}, check_mode=False, stop=stop)


def commits(folder: Path) -> list[dict[str, Any]]:
    """The only stream's commits, oldest first."""
    return [json.loads(path.read_bytes()) for path in sorted(folder.glob("evidence/*/*/*/commits/*/*.json"))]


def archived(folder: Path) -> list[bytes]:
    """All committed lines in order of (start_time, log_id), as any reader of JSON Lines finds them."""
    lines = [line for path in folder.glob("data/**/*.jsonl.gz") for line in gzip.decompress(path.read_bytes()).splitlines()]
    return sorted(lines, key=place)


def place(line: bytes) -> tuple[int, str]:
    record = json.loads(line)
    return record["start_time"], str(record.get("log_id", ""))


def truth(simulator: Simulator, start: int, end: int) -> list[bytes]:
    """What the service holds for sessions that start in [start, end), by the same order."""
    asked = {"project_id": PROJECT, "fw_instance_id": FIREWALL, "log_type": "internet", "start": start, "end": end}
    return sorted(simulator.truth_lines(**asked), key=place)


def covered(folder: Path) -> tuple[int, int]:
    """Start and end of the newest commit's coverage, which must have no hole and nothing unproven."""
    rows = commits(folder)[-1]["coverage"]
    assert all(before[1] == after[0] for before, after in zip(rows, rows[1:])), rows
    assert {row[2] for row in rows} == {"complete"}
    return rows[0][0], rows[-1][1]
