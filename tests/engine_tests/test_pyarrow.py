# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pyarrow's datasets read Parquet and gzip, and only the files that a query needs. They do not read zstd-compressed JSON."""

from __future__ import annotations

import pyarrow
import pyarrow.compute
import pyarrow.dataset
import pytest
from archives import DATES, NOW, files

pytestmark = pytest.mark.quick


def _dataset(folder, encoding):
    return pyarrow.dataset.dataset(str(folder / "data"), format="parquet" if encoding == "parquet" else "json", partitioning="hive")


@pytest.mark.parametrize("encoding", ["parquet", "jsonl.gz"])
def test_every_record_once(archive, encoding):
    folder, expected = archive(encoding)
    table = _dataset(folder, encoding).to_table(columns=["date", "fw_instance_id", "log_type", "log_id", "bytes"])
    sums = table.group_by("date").aggregate([("bytes", "count"), ("bytes", "sum")]).sort_by("date").to_pylist()
    assert [(row["date"], row["bytes_count"], row["bytes_sum"]) for row in sums] == expected.by_date()
    streams = table.group_by(["fw_instance_id", "log_type"]).aggregate([("log_id", "count_distinct")]).to_pylist()
    assert {(row["fw_instance_id"], row["log_type"]): row["log_id_count_distinct"] for row in streams} == expected.streams


@pytest.mark.parametrize("encoding", ["parquet", "jsonl.gz"])
def test_a_date_is_read_from_its_own_files(archive, encoding):
    folder, expected = archive(encoding)
    dataset = _dataset(folder, encoding)
    chosen = pyarrow.dataset.field("date") == DATES[1]
    assert sorted(fragment.path for fragment in dataset.get_fragments(filter=chosen)) == files(folder, DATES[1])
    assert dataset.count_rows(filter=chosen) == expected.records[DATES[1]]


def test_parquet_is_read_by_time(archive):
    folder, _expected = archive("parquet")
    dataset = _dataset(folder, "parquet")
    late = pyarrow.dataset.field("start_time") >= NOW - 3_600_000
    fragments = list(dataset.get_fragments(filter=late))
    groups = [group for fragment in fragments for group in fragment.split_by_row_group(filter=late)]
    assert sorted(group.path for group in groups) == files(folder, DATES[-1])
    assert dataset.count_rows(filter=late) == sum(value.as_py() >= NOW - 3_600_000 for value in dataset.to_table(columns=["start_time"]).column(0)) > 0


def test_zstd_compressed_json_is_refused(archive):
    folder, _expected = archive("jsonl.zst")
    with pytest.raises(pyarrow.ArrowInvalid, match="Could not read schema"):
        _dataset(folder, "jsonl.zst")
    with pytest.raises(pyarrow.ArrowInvalid):
        pyarrow.dataset.dataset(str(folder / "data"), format="json", partitioning="hive", schema=pyarrow.schema([("bytes", "float64")])).to_table()
