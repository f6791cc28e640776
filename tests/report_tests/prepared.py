# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives with a known history: written by the archive's own writer, one commit a day, as a daily collection leaves them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import Signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS, Window, grid
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.writer import commit_stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.audit import audit
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit_options import AUDITING, checked_question
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store

HOUR = HOUR_MS
DAY = DAY_MS
MIDNIGHT = 1_790_000_000_000 // DAY * DAY
NOW = MIDNIGHT + 10 * HOUR
PROJECT = "9d80d070b6d44942af73c9c3d38e0429"
FIREWALL = "2af58b7c-893c-4453-a984-bdd9b1bd6318"
INTERNET = Stream(PROJECT, FIREWALL, "internet")
VPC = INTERNET._replace(log_type="vpc")
OTHER = INTERNET._replace(fw_instance_id="7d0c1b52-0000-4000-8000-000000000001")
RUNNING = {"name": "edge", "status": 2}


def record(time: int, log_id: str) -> Record:
    body = {"app": "SSH", "bytes": 34.5, "direction": "out2in", "dst_ip": "192.0.2.9", "dst_port": 22, "log_id": log_id, "packets": 25}
    body.update(protocol="TCP", src_ip="198.51.100.7", src_port=49634, start_time=time, end_time=time + 65_000)
    return Record(time, log_id, time + 65_000, json.dumps(body).encode())


class Prepared:
    """One archive, and the questions that are asked about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = open_store(str(folder))

    def commit(  # pylint: disable=dangerous-default-value
        self,
        stream: Stream,
        windows: list[tuple[int, int]],
        now: int,
        records: list[Record] | None = None,
        *,
        verdict: str = "complete",
        reason: str = "the pages did not add up",
        firewall: Any = RUNNING,
        signer: Signer | None = None,
    ) -> None:
        """One run's commit. Without records each window has one, in its middle."""
        if records is None:
            records = [record((start + end) // 2, f"r{start}") for start, end in windows]
        reasons = () if verdict == "complete" else (reason,)
        asked = [Window(start, end, verdict, reasons, now) for start, end in sorted(windows)]
        with self.store.workspace() as work:
            spool = Spool(work)
            if records:
                spool.add(records)
            collection = {"host": "collector", "principal": "access key ****A8A9", "requests": len(windows), "clock_offset": 12}
            place: dict[str, Any] = {"region": "r", "endpoint": "https://e"}
            commit_stream(self.store, stream, spool, asked, now=now, encoding="jsonl.gz", collection=collection, firewall=firewall, signer=signer, **place)

    def daily(
        self, stream: Stream = INTERNET, days: int = 12, until: int | None = None, leave: tuple[tuple[int, int], ...] = (), length: int = DAY, **more: Any
    ) -> None:
        """A run a day, at ten o'clock, each asking for all of the seven days that has ended; C{leave} is never asked for."""
        first = MIDNIGHT - days * DAY
        for now in range(NOW - (days - 1) * DAY, (NOW if until is None else until) + 1, DAY):
            begin = max(first, now // DAY * DAY - 6 * DAY)
            windows = [cell for cell in grid(begin, now // DAY * DAY, length) if not any(cell[0] < high and cell[1] > low for low, high in leave)]
            self.commit(stream, windows, now, **more)

    def ask(self, **options: Any) -> dict[str, Any]:
        given = {**{name: argument.get("default") for name, argument in AUDITING.items()}, "verify": "data", **options}
        return audit(self.store, checked_question(given, NOW, traffic=True), NOW)

    def path(self, pattern: str) -> Path:
        """The only file that matches, or the first."""
        return sorted(self.folder.glob(pattern))[0]


def firewalls(*streams: Stream) -> list[dict[str, Any]]:
    return [{"project_id": stream.project_id, "fw_instance_id": stream.fw_instance_id, "name": "edge"} for stream in streams]


def unreadable(stream: Stream, *fields: str, error: str = "403 Forbidden") -> list[dict[str, Any]]:
    """An entry of the option, of the project or (with fields) of a part of it."""
    entry: dict[str, Any] = dict.fromkeys(("project_name", "fw_instance_id", "log_type", "code", "status", "request_id"))
    entry.update({"project_id": stream.project_id, "error": error}, **{name: getattr(stream, name) for name in fields})
    return [entry]
