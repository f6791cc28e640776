# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives whose files have several encodings: every room and every engine sees the same records."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow.dataset
import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.committed import Committed
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.stream_run import StreamRun
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import ENCODINGS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import DependencyError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, STREAM, asked, check, record, records, run

LATER = NOW + 8 * DAY_MS
ODD = [record(NOW - DAY_MS + 5, None, protocol=6, bytes=10**30, rule={"a": 1}), record(NOW - DAY_MS + 5, None, dst_host="\ud800")]


def _all_lines(store):
    committed = Committed(Chain(store, STREAM))
    head = Chain(store, STREAM).head()
    dates = sorted(name.partition("=")[2] for name in store.folders(STREAM.data_prefix()))
    return sorted(line for date in dates for entry in committed.files(date, head.sequence) for block in committed.blocks(entry) for line in block.lines())


@pytest.mark.parametrize("order", [ENCODINGS, ENCODINGS[::-1]])
def test_late_records_are_told_from_committed_ones_in_any_encoding(tmp_path, order):
    store = open_store(str(tmp_path / "a"))
    some = records(1500, start=NOW - DAY_MS) + ODD
    for number, encoding in enumerate(order):
        result = run(store, some[number * 300:900 + number * 300] + ODD, encoding=encoding)
        assert result.added == (902 if number == 0 else 300)
        again = run(store, some[number * 300:900 + number * 300] + ODD, encoding=order[(number + 1) % 3])
        assert not again.changed
    assert {path.name.split(".", 1)[1] for path in Path(tmp_path, "a", "data").rglob("*.*")} == set(ENCODINGS)
    assert _all_lines(store) == sorted(one.raw for one in some)
    assert check(store) == []


def test_the_same_rows_the_same_evidence(tmp_path):
    """But for the files' names, hashes and sizes, nothing in an archive depends on the encoding."""
    some = records(2000) + ODD
    states = []
    for encoding in ENCODINGS:
        store = open_store(str(tmp_path / encoding))
        run(store, some, encoding=encoding)
        run(store, [], now=LATER, windows=asked(LATER - 1000, LATER, now=LATER), encoding=encoding)
        report = verify(store, depth="data", now=LATER)
        assert report["findings"] == [] and report["records"] == len(some)
        days = {path.name: path.read_bytes() for path in Path(tmp_path, encoding, "evidence").rglob("days/*.json")}
        commits = [Chain(store, STREAM).read(number).commit for number in (1, 2)]
        data = [[entry[name] for name in ("records", "first", "last")] for entry in commits[0]["data"]]
        assert len(days) == 8
        states.append((_all_lines(store), days, data, [commit["coverage"] for commit in commits], [commit["windows"] for commit in commits]))
    assert states[0] == states[1] == states[2]


def test_what_is_written_is_the_same_each_time(tmp_path):
    for encoding in ENCODINGS:
        names = []
        for copy in "ab":
            run(open_store(str(tmp_path / f"{encoding}-{copy}")), records(2000), page=100 if copy == "a" else 700, encoding=encoding)
            names.append(sorted(path.name for path in Path(tmp_path, f"{encoding}-{copy}", "data").rglob("*.*")))  # a name has the file's hash
        assert names[0] == names[1]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("harm", ["cut", "flip", "other"])
def test_harm_to_a_file_is_found_in_any_encoding(tmp_path, encoding, harm):
    store = open_store(str(tmp_path))
    run(store, records(2000), encoding=encoding)
    path = sorted(Path(tmp_path, "data").rglob("*.*"))[0]
    stored = bytearray(path.read_bytes())
    if harm == "cut":
        del stored[-5:]
    elif harm == "flip":
        stored[len(stored) // 2] ^= 1
    else:
        stored[:] = sorted(Path(tmp_path, "data").rglob("*.*"))[1].read_bytes()
    path.write_bytes(stored)
    found = check(store)
    key = str(path.relative_to(tmp_path))
    assert ("object-changed", "error", key) in found
    assert harm == "other" or ("data-unreadable", "error", key) in found


def test_pyarrow_reads_parquet_by_partition_and_time(tmp_path):
    some = records(2000)
    run(open_store(str(tmp_path)), some, encoding="parquet")
    dataset = pyarrow.dataset.dataset(str(tmp_path / "data"), partitioning="hive")
    table = dataset.to_table()
    assert sorted(json.loads(raw)["log_id"] for raw in table.column("raw").to_pylist()) == sorted(table.column("log_id").to_pylist())
    assert len(table) == 2000 and set(table.column("fw_instance_id").to_pylist()) == {STREAM.fw_instance_id}
    chosen = pyarrow.dataset.field("start_time") >= NOW - DAY_MS
    assert dataset.count_rows(filter=chosen) == sum(one.start_time >= NOW - DAY_MS for one in some)


@pytest.mark.parametrize(("encoding", "library"), [("jsonl.zst", "zstandard"), ("parquet", "pyarrow")])
def test_an_archive_that_cannot_be_read_here_is_told_before_anything_is_asked(tmp_path, monkeypatch, encoding, library):
    store = open_store(str(tmp_path))
    run(store, records(10), encoding=encoding)
    monkeypatch.setitem(sys.modules, library, None)
    stream_run = StreamRun(STREAM, {}, None, Reading(), None)
    with pytest.raises(DependencyError, match=f"pip install {library}"):
        stream_run.prepare(store, start=NOW - DAY_MS, end=NOW, now=NOW, settle=0, window=HOUR_MS, recheck=True, start_is_relative=False)
    with pytest.raises(DependencyError, match=f"pip install {library}"):
        verify(store, depth="data", now=NOW)
    assert check(store, depth="chain") == []
