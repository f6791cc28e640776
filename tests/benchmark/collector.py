# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast, how lean and how sparing of requests the collector is: one Markdown table, each figure beside its reference.

    python tests/benchmark/collector.py [--quick] [row ...]

The simulated cloud, the run under test and each reference are processes of their own, started in turn, so that what else
the machine does hits all alike. Needs numpy, requests, jmespath, ansible-core, msgspec, isal and huaweicloudsdkcfw, 8 GB of
disk and 3 GB of memory; without --quick about a quarter of an hour. Targets are for the full sizes.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _measure import FAST, STDLIB, Bench, Cloud, Failed, data_of

PAGE = 1024
LATENCY_MS = 100
IN_FLIGHT = 32
STACKS = (FAST, STDLIB)
FAULTS = ["500", "502", "503", "504", "reset", "cut", "html", "slow", "429"]


class Sizes(NamedTuple):
    small: int = 100_000
    million: int = 1_000_000
    huge: int = 10_000_000
    firewalls: int = 200
    records_a_stream: int = 1500
    reference_pages: int = 40
    repetitions: int = 3


QUICK = Sizes(20_000, 50_000, 150_000, 10, 1500, 6, 1)


class Row(NamedTuple):
    what: str
    figure: str
    reference: str
    ratio: str
    target: str
    met: bool | None  # None: no target


class Collector:
    """The rows. Each method is one; its name is what the command line calls it."""

    def __init__(self, bench: Bench, sizes: Sizes) -> None:
        self.bench = bench
        self.sizes = sizes
        self._million: dict[str, list[dict[str, Any]]] = {}

    def requests(self) -> Iterator[Row]:
        for records, most, more in ((self.sizes.small, 1.10, 3), (self.sizes.million, 1.02, 0)):
            asked = self._asked(records)
            yield _requests_row(f"requests, {records:,} records, bursty, cursor trusted", asked, pages_of(records), most, more)

    def splitting(self) -> Iterator[Row]:
        for total in ("matches", "capped", "page"):
            asked = self._asked(self.sizes.small, repeat_page=True, total=total)
            what = f"requests, {self.sizes.small:,} records, only splitting can be trusted, `total` = {total}"
            yield _requests_row(what, asked, pages_of(self.sizes.small), 1.7, 0)

    def _asked(self, records: int, **switches: Any) -> int:
        cloud = self.bench.cloud(records)
        cloud.prepare(latency_ms=20, **switches)
        archive = self.bench.new_archive()
        self.bench.archive(cloud, archive)
        shutil.rmtree(archive)
        requests: int = cloud.asked()["requests"]
        return requests

    def speed(self) -> Iterator[Row]:
        runs, records = self._in_turn(), self.sizes.million
        pages = pages_of(records)
        sdk = _median(runs["sdk"], "seconds") * pages / self.sizes.reference_pages
        download = _median(runs["download"], "seconds") * pages / self.sizes.reference_pages
        scaled = f"{self.sizes.reference_pages} pages scaled to {pages:,}"
        about = f"{records:,} records at {LATENCY_MS} ms, {IN_FLIGHT} in flight"
        for stack, least in ((STDLIB, 12), (FAST, 25)):
            seconds = _median(runs[stack], "seconds")
            faster = sdk / seconds
            reference = f"vendor's SDK in sequence: {sdk:.1f} s ({scaled})"
            yield Row(f"{about}, {stack}, archived and proven", f"{seconds:.1f} s", reference, f"{faster:.1f} x faster", f">= {least} x", faster >= least)
        for stack in STACKS:
            seconds = _median(runs[stack], "seconds")
            reference = f"bare download in sequence: {download:.1f} s ({scaled})"
            yield Row(f"the same, {stack}", f"{seconds:.1f} s", reference, f"{download / seconds:.1f} x faster", "", None)

    def limit(self) -> Iterator[Row]:
        limit, records = 20, self.sizes.million
        cloud = self.bench.cloud(records)
        cloud.prepare(latency_ms=LATENCY_MS, rate_limit=limit)
        archive = self.bench.new_archive()
        seconds = self.bench.archive(cloud, archive, concurrency=IN_FLIGHT, rate_limit=None)["seconds"]
        shutil.rmtree(archive)
        asked, least = cloud.asked(), pages_of(records) / limit
        about = f"{records:,} records at {LATENCY_MS} ms and {limit} requests/s, {FAST}"
        reference = f"{pages_of(records):,} pages at the limit: {least:.1f} s"
        yield Row(about, f"{seconds:.1f} s", reference, f"{seconds / least:.2f} x", "<= 1.10 x", seconds <= 1.10 * least)
        yield Row("the same: answers 429", f"{asked['refused']:.1%}", f"of {asked['requests']:,} requests", "", "<= 3 %", asked["refused"] <= 0.03)

    def processor(self) -> Iterator[Row]:
        runs, records = self._in_turn(), self.sizes.million
        spent = {}
        for stack in STACKS:
            spent[stack] = _median(runs[stack], "processor") * 1e6 / records
            floor = _median(runs["floor " + stack], "processor") * 1e6 / records
            ratio = statistics.median(run["processor"] / least["processor"] for run, least in zip(runs[stack], runs["floor " + stack]))
            reference = f"receive, decode, compress, hash: {floor:.2f} s"
            yield Row(f"processor time per million records, {stack}", f"{spent[stack]:.2f} s", reference, f"{ratio:.2f} x", "<= 1.4 x", ratio <= 1.4)
        ratio = spent[FAST] / spent[STDLIB]
        yield Row("processor time, fast stack", f"{spent[FAST]:.2f} s", f"standard library: {spent[STDLIB]:.2f} s", f"{ratio:.2f} x", "<= 0.5 x", ratio <= 0.5)

    def memory(self) -> Iterator[Row]:
        runs, sizes = self._in_turn(), self.sizes
        small = {stack: max(run["peak"] for run in runs[stack]) for stack in STACKS}
        for stack in STACKS:
            yield Row(f"peak memory, {sizes.million:,} records, {stack}", f"{small[stack]:.0f} MiB", "", "", "", None)
        cloud = self.bench.cloud(sizes.huge)
        cloud.prepare(latency_ms=LATENCY_MS)
        archive = self.bench.new_archive()
        try:
            peak = self.bench.archive(cloud, archive, concurrency=IN_FLIGHT)["peak"]
        finally:
            shutil.rmtree(archive, ignore_errors=True)
            self.bench.forget(cloud)
        ratio = peak / small[FAST]
        reference = f"at {sizes.million:,} records: {small[FAST]:.0f} MiB"
        met = peak <= 150 and 0.9 <= ratio <= 1.1
        yield Row(f"peak memory, {sizes.huge:,} records, {FAST}", f"{peak:.0f} MiB", reference, f"{ratio:.2f} x", "<= 150 MiB, within 10 %", met)

    def rerun(self) -> Iterator[Row]:
        sizes, latency = self.sizes, 50
        cloud = self.bench.cloud(sizes.records_a_stream, sizes.firewalls, ("internet", "vpc", "nat"))
        streams = sizes.firewalls * 3
        archive = self.bench.new_archive()
        cloud.prepare()
        self.bench.archive(cloud, archive, concurrency=IN_FLIGHT)
        cloud.prepare(latency_ms=latency)
        cost = self.bench.archive(cloud, archive, concurrency=IN_FLIGHT)
        shutil.rmtree(archive)
        if cost["changed"]:
            raise Failed("a rerun without anything new changed the archive")
        asked = cloud.asked()["requests"]
        own = asked * latency / 1000 / IN_FLIGHT
        beyond = cost["seconds"] - own
        about = f"rerun, nothing new, {sizes.firewalls} firewalls x 3 log types"
        yield Row(about, f"{asked:,} requests", f"{streams:,} streams", f"{asked / streams:.2f} a stream", "<= 1.1 a stream", asked <= 1.1 * streams)
        reference = f"the service's own time, {latency} ms a request, {IN_FLIGHT} in flight: {own:.1f} s"
        yield Row("the same: time", f"{cost['seconds']:.1f} s", reference, f"{beyond:.1f} s beyond", "< 15 s beyond", beyond < 15)

    def faults(self) -> Iterator[Row]:
        cloud = self.bench.cloud(self.sizes.million)
        archives, seconds, asked = [], [], []
        for switches in ({}, {"error_rate": 0.05, "error_kinds": FAULTS, "slow_ms": 500, "fault_scope": "cfw"}):
            cloud.prepare(latency_ms=5, **switches)
            archive = self.bench.new_archive()
            seconds.append(self.bench.archive(cloud, archive, concurrency=IN_FLIGHT)["seconds"])
            asked.append(cloud.asked()["requests"])
            archives.append(data_of(archive))
            shutil.rmtree(archive)
        same = len(archives[0].items() & archives[1].items())
        what = f"{self.sizes.million:,} records, 5 % of requests fail in {len(FAULTS)} ways: data files"
        figure = f"{same} of {len(archives[1])} the same byte for byte ({asked[1]} requests, {seconds[1]:.1f} s)"
        reference = f"without faults: {len(archives[0])} files ({asked[0]} requests, {seconds[0]:.1f} s)"
        yield Row(what, figure, reference, "", "all the same", archives[0] == archives[1])

    def service(self) -> Iterator[Row]:
        """Not a target: whether the simulator could be the bottleneck."""
        cloud = self.bench.cloud(self.sizes.million)
        cloud.prepare()
        pages = pages_of(self.sizes.million) // 2
        used = cloud.processor()
        seconds = self.bench.reference("download", cloud, pages, threads=2)["seconds"]
        used = cloud.processor() - used
        figure = f"{2 * pages / seconds:,.0f} pages/s, two loops side by side"
        yield Row("the simulator itself", figure, f"{2 * pages / max(used, 0.01):,.0f} pages/s if a core were its own", "", "", None)

    def _in_turn(self) -> dict[str, list[dict[str, Any]]]:
        """The runs over a million records and their references, one after the other, some times over."""
        if self._million:
            return self._million
        cloud, sizes = self.bench.cloud(self.sizes.million), self.sizes
        runs: dict[str, list[dict[str, Any]]] = {}
        for _repetition in range(sizes.repetitions):
            for work in ("sdk", "download"):
                cloud.prepare(latency_ms=LATENCY_MS)
                runs.setdefault(work, []).append(self.bench.reference(work, cloud, sizes.reference_pages))
            for stack in STACKS:
                cloud.prepare()
                runs.setdefault("floor " + stack, []).append(self.bench.reference("floor", cloud, pages_of(sizes.million), stack))
                runs.setdefault(stack, []).append(self._archived(cloud, stack))
        self._million = runs
        return runs

    def _archived(self, cloud: Cloud, stack: str) -> dict[str, Any]:
        cloud.prepare(latency_ms=LATENCY_MS)
        archive = self.bench.new_archive()
        cost = self.bench.archive(cloud, archive, stack, IN_FLIGHT)
        shutil.rmtree(archive)
        _tell(f"  {stack}: {cost['seconds']:.1f} s, processor {cost['processor']:.1f} s, {cost['peak']:.0f} MiB, {cloud.asked()['requests']} requests")
        return cost


ROWS: dict[str, Callable[[Collector], Iterator[Row]]] = {
    "requests": Collector.requests,
    "splitting": Collector.splitting,
    "speed": Collector.speed,
    "limit": Collector.limit,
    "processor": Collector.processor,
    "memory": Collector.memory,
    "rerun": Collector.rerun,
    "faults": Collector.faults,
    "service": Collector.service,
}


def pages_of(records: int) -> int:
    return math.ceil(records / PAGE)


def _requests_row(what: str, asked: int, least: int, most: float, more: int) -> Row:
    target = f"<= {most:.2f} x" + (f" + {more}" if more else "")
    return Row(what, f"{asked:,} requests", f"{least:,} full pages", f"{asked / least:.3f} x", target, asked <= most * least + more)


def _median(runs: list[dict[str, Any]], figure: str) -> float:
    return float(statistics.median(run[figure] for run in runs))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _measured(name: str, collector: Collector) -> Iterator[Row]:
    try:
        yield from ROWS[name](collector)
    except Failed as exc:
        yield Row(name, f"failed: {exc}", "", "", "", False)


def _line(row: Row) -> str:
    met = "" if row.met is None else "yes" if row.met else "**no**"
    return "| " + " | ".join([*row[:5], met]).replace("\n", " ") + " |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    parser.add_argument("row", nargs="*", metavar="row", help=f"all, or some of: {', '.join(ROWS)}")
    arguments = parser.parse_args()
    for row in set(arguments.row) - set(ROWS):
        parser.error(f"there is no row {row!r}; rows are {', '.join(ROWS)}")
    began, load = time.monotonic(), os.getloadavg()[0]
    lines, missed = [], 0
    with tempfile.TemporaryDirectory(prefix="collector-benchmark-") as folder:
        bench = Bench(Path(folder))
        try:
            collector = Collector(bench, QUICK if arguments.quick else Sizes())
            for name in arguments.row or ROWS:
                _tell(f"{name} ...")
                for row in _measured(name, collector):
                    lines.append(_line(row))
                    _tell(f"  {lines[-1]}")
                    missed += row.met is False
        finally:
            bench.close()
    print("| what | figure | reference, measured in the same run | ratio | target | met |")
    print("|---|---|---|---|---|---|")
    print("\n".join(lines))
    print(f"\nPython {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after, ", end="")
    print(f"{time.monotonic() - began:.0f} s, {'small sizes (targets are for the full ones), ' if arguments.quick else ''}{missed} targets missed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
