# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What archiving costs: processor time, wall time, memory and bytes, beside the least that any way could cost.

    PYTHONPATH=<parent of ansible_collections> python tests/benchmark/archive.py [records] [--encoding jsonl.zst] [--engine zlib] [--shuffle]

The floor is compressing and hashing the same lines with the same engine, nothing else (for Parquet: those of jsonl.zst).
Needs about 0.7 KB of disk a record.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import tempfile
import time
from functools import partial
from typing import Any, Callable, Iterator

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import Window, grid
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.writer import commit_stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding import encoding
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding import gzipped as encoding_gzip
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding import jsonl as encoding_jsonl
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding import zstd as encoding_zstd
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify

PAGE = 1024
NOW = 1_790_000_000_000 // DAY_MS * DAY_MS
_LINE = (
    b'{"app":"%s","bytes":%d%s,"direction":"%s","dst_host":"%s","dst_ip":"100.95.0.%d","dst_port":%d,"end_time":%d,'
    b'"log_id":"%032x","packets":%d,"protocol":"%s","src_ip":"10.%d.%d.%d","src_port":%d,"start_time":%d,"src_region_id":"cn-north-4",'
    b'"src_region_name":"Region A","dst_region_id":"cn-south-1","dst_region_name":"Region B","dst_province_id":"0","dst_city_id":"0"}'
)
_SERVICES = ((b"HTTPS", b"TCP", 443), (b"HTTP", b"TCP", 80), (b"DNS", b"UDP", 53), (b"SSH", b"TCP", 22), (b"NTP", b"UDP", 123), (b"RDP", b"TCP", 3389))
_UNKNOWN = b"ANY", b"TCP"


def _line(dice: random.Random, time_ms: int, log_id: int) -> bytes:
    """A record as a firewall at the edge has them: few services and hosts, many sources, some of which come often; some sizes have a fraction."""
    bits = dice.getrandbits
    kind = bits(4)
    app, protocol, port = _SERVICES[min(kind, 5)] if kind < 12 else (*_UNKNOWN, bits(16))
    inside = min(bits(6), bits(6))
    source = min(bits(14), bits(14), bits(14))
    host = b"www%d.example.com" % inside if port in (80, 443) else b""
    fraction, direction = (b".5", b"")[bits(2) > 0], (b"in2out", b"out2in")[bits(2) > 0]
    numbers = bits(20), fraction, direction, host, inside, port, time_ms + 65_000, log_id, bits(9), protocol, bits(2) == 0, source >> 8, source & 255
    return _LINE % (app, *numbers, bits(16), time_ms)


def pages(records: int, shuffle: bool) -> Iterator[list[Record]]:
    """Pages over two days, newest record first, as the service may send them; shuffled: each page has one old session."""
    dice = random.Random(1)
    span = 2 * DAY_MS
    for first in range(0, records, PAGE):
        page = []
        for number in range(first, min(first + PAGE, records)):
            time_ms = NOW - span + number * span // records
            if shuffle and number == first:
                time_ms -= dice.randrange(max(1, min(time_ms - (NOW - span), DAY_MS)))
            log_id = dice.getrandbits(128)
            page.append(Record(time_ms, f"{log_id:032x}", time_ms + 65_000, _line(dice, time_ms, log_id)))
        page.reverse()
        yield page


def measured(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """(processor seconds, wall seconds, result)."""
    processor, wall = time.process_time(), time.perf_counter()
    result = work()
    return time.process_time() - processor, time.perf_counter() - wall, result


def show(name: str, processor: float, wall: float, records: int, floor: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:38} {processor / records * PAGE * 1000:7.2f} ms/page {wall:8.2f} s {records / wall:12,.0f} records/s "
        f"{processor / floor:6.2f} x floor {peak:7.0f} MiB peak"
    )


def floor_of(records: int, shuffle: bool, compress: Callable[[bytes], bytes]) -> tuple[float, float]:
    """Processor and wall seconds for compressing and hashing alone, scaled from a sample."""
    sample = min(records, 30 * PAGE)
    lines = b"".join(record.raw + b"\n" for page in pages(sample, shuffle) for record in page)

    def work() -> None:
        digest = hashlib.sha256()
        for at in range(0, len(lines), encoding_jsonl.MEMBER_BYTES):
            digest.update(compress(lines[at:at + encoding_jsonl.MEMBER_BYTES]))

    processor, wall, _none = measured(work)
    return processor * records / sample, wall * records / sample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", nargs="?", type=int, default=500_000)
    parser.add_argument("--encoding", choices=encoding.ENCODINGS, default=encoding.JSONL_GZ)
    parser.add_argument("--engine", choices=["best", "zlib"], default="best")
    parser.add_argument("--shuffle", action="store_true", help="pages overlap widely")
    options = parser.parse_args()
    if options.engine == "zlib":
        encoding_gzip.isal_zlib = None  # type: ignore[assignment]
    records = options.records
    compress = encoding_gzip.compress if options.encoding == encoding.JSONL_GZ else encoding_zstd.compress
    floor, floor_wall = floor_of(records, options.shuffle, compress)
    show("floor: compress and hash", floor, floor_wall, records, floor)
    stream = Stream("project", "firewall", "internet")
    windows = [Window(start, end, "complete", (), NOW, None) for start, end in grid(NOW - 7 * DAY_MS, NOW)]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder + "/archive")
        with store.workspace() as work:
            spool = Spool(work)
            adding, adding_wall = 0.0, 0.0
            for page in pages(records, options.shuffle):
                processor, wall, _none = measured(partial(spool.add, page))
                adding += processor
                adding_wall += wall
            show("spool", adding, adding_wall, records, floor)

            def commit() -> Any:
                return commit_stream(
                    store, stream, spool, windows, now=NOW, encoding=options.encoding, collection={}, firewall=None, region=None, endpoint=None
                )

            processor, wall, result = measured(commit)
            show("merge, compress, hash, commit", processor, wall, records, floor)
            show("all of it", processor + adding, wall + adding_wall, records, floor)
            beyond = (processor + adding - floor) / records * PAGE * 1000
            print(f"{'spool and merge beyond the floor':38} {beyond:7.2f} ms/page")
            print(f"{'':38} {result.bytes / records:7.1f} bytes a record, {spool.duplicates} duplicates")
            processor, wall, again = measured(commit)
            show("the same again: nothing to write", processor, wall, records, floor)
            assert result.added == records - spool.duplicates and not again.changed
        for depth in ("chain", "data"):
            processor, wall, report = measured(partial(verify, store, depth=depth, now=NOW))
            show(f"verify, depth {depth}", processor, wall, records, floor)
            assert report["findings"] == [] and report["records"] == result.added


if __name__ == "__main__":
    main()
