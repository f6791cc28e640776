# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What verifying costs, beside the least that any way could cost: sha256sum and gunzip over the same files, in the same run.

    PYTHONPATH=<parent of ansible_collections> python tests/benchmark/verify.py data [records] [--days N] [--closed] [--plain]
    PYTHONPATH=<parent of ansible_collections> python tests/benchmark/verify.py chain [--streams N] [--commits N] [--signed]

"data" makes an archive of one stream; --closed lets the days have left the service, so their summaries are counted anew too;
--plain hides the optional libraries, also from the processes that verifying starts. "chain" makes chains of hourly runs, and reads
commits and summaries only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import archive as archiving
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage, line_columns
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import FORMAT, Chain, Head, link_to
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import PublicKeys, Signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS, Window, grid
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.writer import commit_stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify

NOW = archiving.NOW
RUNS = 3


def build(root: str, records: int, days: int, closed: bool) -> None:
    """The records spread over days before NOW, committed at once; then, to close the days, a run two weeks later."""
    store = open_store(root)
    stream = Stream("project", "firewall", "internet")
    options: dict[str, Any] = {"encoding": "jsonl.gz", "collection": {}, "firewall": None, "region": None, "endpoint": None}
    with store.workspace() as folder:
        spool = Spool(folder)
        for page in archiving.pages(records, False):
            moved = []
            for record in page:
                time_ms = NOW - (NOW - record.start_time) * days // 2
                raw = record.raw.replace(b'"start_time":%d' % record.start_time, b'"start_time":%d' % time_ms)
                moved.append(record._replace(start_time=time_ms, raw=raw))
            spool.add(moved)
        windows = [Window(start, end, "complete", (), NOW, None) for start, end in grid(NOW - 7 * DAY_MS, NOW)]
        commit_stream(store, stream, spool, windows, now=NOW, **options)
    if closed:
        later = NOW + 14 * DAY_MS
        with store.workspace() as folder:
            commit_stream(store, stream, Spool(folder), [Window(later - HOUR_MS, later, "complete", (), later, None)], now=later, **options)


def best(work: Callable[[], Any]) -> float:
    """Wall seconds of the fastest of some runs: what others do on the machine disturbs only some."""

    def once() -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return min(once() for _run in range(RUNS))


def measure_data(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = folder + "/archive"
        build(root, options.records, options.days, options.closed)
        files = [str(path) for path in sorted(Path(root, "data").rglob("*.gz"))]
        stored = sum(Path(path).stat().st_size for path in files)
        print(f"{options.records:,} records in {len(files)} files, {stored / 2**20:.1f} MiB, days {'closed' if options.closed else 'open'}")
        store = open_store(root)

        def check() -> None:
            report = verify(store, depth="data", now=NOW)
            assert report["findings"] == [] and report["records"] == options.records, report["findings"]

        hashing = best(lambda: subprocess.run(["sha256sum", *files], stdout=subprocess.DEVNULL, check=True))
        unpacking = best(lambda: subprocess.run(["gunzip", "--stdout", *files], stdout=subprocess.DEVNULL, check=True))
        verifying = best(check)
    for name, seconds in (("sha256sum", hashing), ("gunzip", unpacking), ("verify, depth data", verifying)):
        print(f"{name:22} {seconds:7.2f} s {options.records / seconds:12,.0f} records/s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"speed of verifying relative to sha256sum and gunzip: {(hashing + unpacking) / verifying:.2f} (aim: 0.80), peak {peak:.0f} MiB")


def commits(chain: Chain, count: int, signer: Signer | None) -> Iterator[None]:
    """Hourly runs, each with a new window, a window that grew, and a data file; written without the cost of a real run."""
    head: Head | None = None
    rows: list[coverage.Row] = []
    first = NOW - count * HOUR_MS
    for number in range(count):
        start = first + number * HOUR_MS
        new = [[start, start + HOUR_MS, "complete", 1000, 900_000]]
        now = start + HOUR_MS + 900_000
        rows = coverage.apply(rows, new, now)
        digest = hashlib.sha256(f"{chain.stream}{number}".encode()).hexdigest()
        date = time.strftime("%Y-%m-%d", time.gmtime(start // 1000))
        entry = {"key": chain.stream.data_key(date, number + 1, 0, digest, "jsonl.gz"), "sha256": digest, "bytes": 0, "records": 1000}
        window = {"start": start, "end": start + HOUR_MS, "verdict": "complete", "reasons": [], "added": 1000, "records": 1000, "service_total": 1000}
        body: dict[str, Any] = {"format": FORMAT, "sequence": number + 1, "created": now, "previous": link_to(head)}
        body.update(stream=chain.stream._asdict(), data=[entry], windows=[window], coverage=rows, days=[], open_days=[])
        body.update(collection={"host": "h", "request_ids": [digest[:32]] * 4}, firewall={"name": "edge", "status": 2})
        head = chain.append(signer.signed(body) if signer else body)
        path = Path(chain.store.root, str(entry["key"]))  # type: ignore[attr-defined]  # a folder
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        yield


def measure_chain(options: argparse.Namespace) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    signer = Signer(private) if options.signed else None
    keys = PublicKeys({signer.key_id: private.public_key()}) if signer else None
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder + "/archive")
        for number in range(options.streams):
            for _done in commits(Chain(store, Stream("project", f"firewall-{number}", "internet")), options.commits, signer):
                pass
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started, processor = time.perf_counter(), time.process_time()
        report = verify(store, depth="chain", public_keys=keys, now=NOW)
        wall, processor = time.perf_counter() - started, time.process_time() - processor
        assert report["findings"] == [], report["findings"][:3]
    total = options.streams * options.commits
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{total:,} commits of {options.streams} streams: {wall:.1f} s, {total / wall:,.0f} commits/s, {processor / total * 1000:.2f} ms of processor each, "
        f"peak {peak:.0f} MiB ({before:.0f} before)"
    )


def run_plain() -> None:
    """The same command, where the optional libraries can't be imported."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("msgspec", "isal"):
            Path(folder, f"{name}.py").write_text("raise ImportError\n")
        path = os.pathsep.join([folder, *sys.path])
        subprocess.run([sys.executable, *sys.argv], env={**os.environ, "PYTHONPATH": path}, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = parser.add_subparsers(required=True)
    data = kinds.add_parser("data")
    data.add_argument("records", nargs="?", type=int, default=500_000)
    data.add_argument("--days", type=int, default=4)
    data.add_argument("--closed", action="store_true")
    data.add_argument("--plain", action="store_true")
    data.set_defaults(measure=measure_data)
    chain = kinds.add_parser("chain")
    chain.add_argument("--streams", type=int, default=2)
    chain.add_argument("--commits", type=int, default=1000)
    chain.add_argument("--signed", action="store_true")
    chain.set_defaults(measure=measure_chain)
    options = parser.parse_args()
    if getattr(options, "plain", False) and line_columns.msgspec is not None:
        run_plain()
    else:
        options.measure(options)


if __name__ == "__main__":
    main()
