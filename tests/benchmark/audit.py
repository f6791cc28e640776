# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit costs: time and memory, for a year of hourly windows of many firewalls, collected once a day.

    PYTHONPATH=<parent of ansible_collections> python tests/benchmark/audit.py [--firewalls 200] [--days 365] [--folder <folder>]

The archive is made without collecting (about 19 KB a day of a stream: 4 GB in 660,000 files for the default), and kept where
--folder names a place for it. All streams have the same history; their chains are whole, as verification shows.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.days import summarise
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream, date_of

MIDNIGHT = 1_790_000_000_000 // DAY_MS * DAY_MS
NOW = MIDNIGHT + 2 * HOUR_MS
LOG_TYPES = ("internet", "vpc", "nat")
RECORDS = 10  # a window

MEASURE = """
import json, resource, sys, time
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.audit import audit
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.report_files import contents
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit_options import AUDITING, checked_question
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
folder, depth, now = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = {name: argument.get("default") for name, argument in AUDITING.items()}
options.update(verify=depth, retention=[{"name": "pci-dss-4"}, {"name": "mlps-2.0"}])
started = time.perf_counter()
answer = audit(open_store(folder), checked_question(options, now, traffic=True), now)
files = contents(answer, None, "plan.json")
told = {"seconds": time.perf_counter() - started, "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
told.update(streams=len(answer["streams"]), findings=len(answer["findings"]), verdict=answer["verdict"], bytes=len(files["audit.json"]))
told["states"] = {state: milliseconds for state, milliseconds in answer["states"].items() if milliseconds}
if len(sys.argv) > 4:
    open(sys.argv[4], "wb").write(files["audit.json"])
print(json.dumps(told))
"""


class Day(NamedTuple):
    """What one day's run commits for every stream, with marks where streams differ."""

    date: str
    data: bytes
    commit: str
    summary: str | None  #: of the day that this run closes
    closes: str


def history(days: int) -> list[Day]:
    """One stream's commits; @P, @F and @T stand for its IDs, @S for its partition, @H for the SHA-256 of the commit before, @D for the summary's."""
    rows: list[Any] = []
    made = []
    mark = Stream("@P", "@F", "@T")
    for number in range(days):
        start = MIDNIGHT - (days - number) * DAY_MS
        now = start + DAY_MS + 2 * HOUR_MS
        date = date_of(start)
        data, lines = _data(start)
        sha256 = hashlib.sha256(data).hexdigest()
        key = f"data/@Sdate={date}/{number + 1:09d}-000-{sha256[:12]}.jsonl.gz"
        cells = [(start + hour * HOUR_MS, start + (hour + 1) * HOUR_MS) for hour in range(24)]
        late = now - (start + DAY_MS)
        kept = [[row[0], row[1], row[2], row[3], now - row[1]] if row[0] >= now - coverage.KEEP_MS else row for row in rows]
        rows = coverage.apply(kept, [[low, high, "complete", RECORDS, late + start + DAY_MS - high] for low, high in cells], now)
        closes = date_of(start - 7 * DAY_MS)
        commit = {
            "format": "cloudaudit.huaweicloud/commit/1",
            "sequence": number + 1,
            "created": now,
            "previous": {"key": f"evidence/@Scommits/{number // 1000:06d}/{number:09d}.json", "sha256": "@H"} if number else None,
            "stream": {**mark._asdict(), "region": "cn-north-4", "endpoint": "https://cfw.cn-north-4.myhuaweicloud.com"},
            "data": [{"key": key, "sha256": sha256, "bytes": len(data), "records": len(lines), "first": start, "last": start + DAY_MS - HOUR_MS + RECORDS - 1}],
            "windows": [
                {"start": low, "end": high, "verdict": "complete", "reasons": [], "added": RECORDS, "records": RECORDS, "settled": 0, "service_total": RECORDS}
                for low, high in cells
            ],
            "coverage": rows,
            "days": [{"key": f"evidence/@Sdays/{closes}.json", "sha256": "@D"}] if number >= 7 else [],
            "collection": {"host": "collector", "principal": "access key ****A8A9", "requests": 31, "clock_offset": 12, "collection_version": "0.1.0"},
            "firewall": {"name": "edge", "status": 2},
        }
        summary = None
        if number >= 7:
            _data_then, lines_then = _data(start - 7 * DAY_MS)
            summary = document(summarise(lines_then, mark, closes)).decode()
        made.append(Day(date, data, document(commit).decode(), summary, closes))
    return made


def _data(start: int) -> tuple[bytes, list[bytes]]:
    lines = []
    for hour in range(24):
        for number in range(RECORDS):
            time_ms = start + hour * HOUR_MS + number
            body = {"app": f"APP{number}", "bytes": 34.5 + hour, "direction": ("in2out", "out2in")[number % 2], "dst_host": f"host{number}-{hour}.example"}
            body.update(dst_ip=f"192.0.2.{number * 7 + hour}", dst_port=number + hour, end_time=time_ms, log_id=str(time_ms), packets=3, protocol="TCP")
            body.update(src_ip=f"198.51.{hour}.{number}", src_port=1, start_time=time_ms)
            lines.append(json.dumps(body).encode())
    return gzip.compress(b"".join(line + b"\n" for line in lines), 6, mtime=0), lines


def write(folder: Path, firewalls: int, days: int) -> int:
    """Write the archive; returns how many files it has."""
    made = history(days)
    count = 0
    for number in range(firewalls):
        for log_type in LOG_TYPES:
            stream = Stream(f"project-{number % 20:02d}", f"firewall-{number:04d}", log_type)
            count += _write_stream(folder, stream, made)
    return count


def _write_stream(folder: Path, stream: Stream, made: list[Day]) -> int:
    marks = {"@P": stream.project_id, "@F": stream.fw_instance_id, "@T": stream.log_type, "@S": stream.partition()}
    evidence = folder / stream.evidence_prefix()
    (evidence / "commits" / "000000").mkdir(parents=True)
    (evidence / "days").mkdir()
    before = ""
    count = 0
    for number, day in enumerate(made, 1):
        sha256 = hashlib.sha256(day.data).hexdigest()
        place = folder / stream.date_prefix(day.date)
        place.mkdir(parents=True)
        (place / f"{number:09d}-000-{sha256[:12]}.jsonl.gz").write_bytes(day.data)
        text = day.commit
        if day.summary is not None:
            summary = _marked(day.summary, marks).encode()
            (evidence / "days" / f"{day.closes}.json").write_bytes(summary)
            text = text.replace("@D", hashlib.sha256(summary).hexdigest())
            count += 1
        data = _marked(text.replace("@H", before), marks).encode()
        (evidence / "commits" / f"{number // 1000:06d}").mkdir(exist_ok=True)
        (evidence / "commits" / f"{number // 1000:06d}" / f"{number:09d}.json").write_bytes(data)
        before = hashlib.sha256(data).hexdigest()
        count += 2
    return count


def _marked(text: str, marks: dict[str, str]) -> str:
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text


def measure(folder: Path, depth: str, answer: Path | None = None) -> dict[str, Any]:
    command = [sys.executable, "-c", MEASURE, str(folder), depth, str(NOW), *([str(answer)] if answer else [])]
    told: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--firewalls", type=int, default=200)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--answer", type=Path, help="where to write audit.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary) / "archive"
        if not folder.exists():
            started = time.perf_counter()
            files = write(folder, options.firewalls, options.days)
            print(f"made {files} files in {time.perf_counter() - started:.0f} s", flush=True)
        for depth in ("none", "chain"):
            told = measure(folder, depth, options.answer)
            print(f"verify={depth}: {told['seconds']:.1f} s, {told['mebibytes']:.0f} MiB; {json.dumps(told)}", flush=True)
    os.sync()


if __name__ == "__main__":
    main()
