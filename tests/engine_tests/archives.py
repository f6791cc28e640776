# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives to be read by engines that know nothing of this collection, and what every engine has to find in them."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import Window, grid
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.writer import commit_stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream, date_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store

ENCODINGS = ("jsonl.gz", "jsonl.zst", "parquet")
MIXED = "mixed"  # each commit in another encoding
NOW = 1_790_000_000_000 // DAY_MS * DAY_MS
STREAMS = [Stream("9d80d070b6d44942af73c9c3d38e0429", fw_instance_id, log_type) for fw_instance_id in ("fw-a", "fw-b") for log_type in ("internet", "vpc")]
DATES = [date_of(NOW - days * DAY_MS) for days in (3, 2, 1)]
COMMITS = 3
_RECORDS = 1500  # by stream and commit


class Expected:
    """What the records say: exact, since bytes are halves."""

    def __init__(self) -> None:
        self.records: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.apps: Counter[str | None] = Counter()
        self.streams: Counter[tuple[str, str]] = Counter()

    @property
    def total(self) -> int:
        return sum(self.records.values())

    def by_date(self) -> list[tuple[str, int, float]]:
        return [(date, self.records[date], float(self.bytes[date])) for date in sorted(self.records)]


def _record(number: int, dice: random.Random) -> dict[str, Any]:
    """A record as the service sends them: fractions now and then, fields missing now and then, a field that nobody documented."""
    start = dice.randrange(NOW - 3 * DAY_MS, NOW)
    record: dict[str, Any] = {"bytes": dice.randrange(10**6) if number % 3 else dice.randrange(10**6) / 2, "direction": "out2in", "dst_ip": "100.95.148.49"}
    record.update(dst_port=443, end_time=start + 65_000, log_id=f"id-{number}", packets=number % 90, protocol="TCP", src_port=dice.randrange(65536))
    record.update(src_ip=f"10.0.{number % 7}.{number % 251}", start_time=start)
    if number % 5:
        record["app"] = "HTTPS"
    if number % 7 == 0:
        record["rule"] = {"name": "new \U0001f525"}
    return record


def build(location: str, encoding: str, **s3_options: Any) -> Expected:
    """Write an archive: late records in every commit, and each record asked for twice."""
    expected = Expected()
    store = open_store(location, **s3_options)
    for place, stream in enumerate(STREAMS):
        earlier: list[Record] = []
        for commit in range(COMMITS):
            dice = random.Random(100 * place + commit)
            records = []
            for number in range(_RECORDS):
                body = _record(commit * _RECORDS + number, dice)
                raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
                records.append(Record(body["start_time"], body["log_id"], body["end_time"], raw))
                date = date_of(body["start_time"])
                expected.records[date] += 1
                expected.bytes[date] += body["bytes"]
                expected.apps[body.get("app")] += 1
                expected.streams[stream.fw_instance_id, stream.log_type] += 1
            now = NOW + commit * 60_000
            windows = [Window(start, end, "complete", (), now, None) for start, end in grid(NOW - 3 * DAY_MS, NOW)]
            with store.workspace() as folder:
                spool = Spool(folder)
                for some in (records, earlier):
                    spool.add(some)
                chosen = ENCODINGS[commit] if encoding == MIXED else encoding
                commit_stream(store, stream, spool, windows, now=now, encoding=chosen, collection={}, firewall=None, region=None, endpoint=None)
            earlier = records
    return expected


def files(archive: Path, date: str | None = None) -> list[str]:
    """The names of the data files (of a date)."""
    return sorted(str(path) for path in archive.glob(f"data/*/*/*/date={date or '*'}/*"))
