# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the archive share: records, runs, and a look at the data as any engine has it."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any, Iterable

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS, Window, grid
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.writer import Result, commit_stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify

STREAM = Stream("9d80d070b6d44942af73c9c3d38e0429", "2af58b7c-893c-4453-a984-bdd9b1bd6318", "internet")
NOW = 1_790_000_000_000 // DAY_MS * DAY_MS + 10 * HOUR_MS


def record(time_ms: int, log_id: str | None, **fields: Any) -> Record:
    body: dict[str, Any] = {"app": "SSH", "bytes": 34.5, "direction": "out2in", "dst_ip": "100.95.148.49", "dst_port": 22, "end_time": time_ms + 65_000}
    body.update(packets=25, protocol="TCP", src_ip="100.93.27.17", src_port=49634, start_time=time_ms)
    body.update(fields)
    if log_id is not None:
        body["log_id"] = log_id
    return Record(time_ms, log_id or "", time_ms + 65_000, json.dumps(body, separators=(", ", " : ")).encode())


def records(count: int, start: int = NOW - 2 * DAY_MS, end: int = NOW, seed: int = 1) -> list[Record]:
    dice = random.Random(seed)
    return [record(dice.randrange(start, end), f"{seed}-{number}", src_ip=f"10.0.0.{dice.randrange(40)}") for number in range(count)]


def asked(start: int = NOW - 7 * DAY_MS, end: int = NOW, verdict: str = "complete", now: int = NOW, length: int = HOUR_MS) -> list[Window]:
    reasons = () if verdict == "complete" else ("the pages did not add up",)
    return [Window(first, last, verdict, reasons, now, None) for first, last in grid(start, end, length)]


def run(
    store: Store, some: Iterable[Record], windows: list[Window] | None = None, now: int = NOW, page: int = 100, stream: Stream = STREAM, **more: Any
) -> Result:
    some = list(some)
    with store.workspace() as folder:
        spool = Spool(folder)
        for at in range(0, len(some), page):
            spool.add(some[at:at + page])
        options: dict[str, Any] = {"encoding": "jsonl.gz", "collection": {"host": "test"}, "firewall": None, "region": "r", "endpoint": "https://e"}
        options.update(more)
        return commit_stream(store, stream, spool, asked(now=now) if windows is None else windows, now=now, **options)


def data_lines(root: str | Path) -> list[bytes]:
    """All lines below data/, the way an engine reads them: it knows no commits."""
    lines: list[bytes] = []
    for path in sorted(Path(root, "data").rglob("*.jsonl.gz")):
        lines += gzip.decompress(path.read_bytes()).splitlines()
    return lines


def check(store: Store, depth: str = "data", **more: Any) -> list[tuple[str, str, str | None]]:
    """The findings as (id, severity, key)."""
    return [(one["id"], one["severity"], one["key"]) for one in verify(store, depth=depth, now=NOW, **more)["findings"]]
