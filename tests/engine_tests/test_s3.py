# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives in an object store (Ceph's RADOS Gateway over TLS; tests/parts/ceph.sh installs it), read by pyarrow and, through it, by DuckDB."""

from __future__ import annotations

import boto3
import duckdb
import pyarrow.dataset
import pyarrow.fs
import pytest
from archives import DATES, NOW, build
from ceph import Ceph

BUCKET = "flow-logs"


def make_bucket(ceph):
    keys = {"aws_access_key_id": ceph.access_key, "aws_secret_access_key": ceph.secret_key}
    boto3.client("s3", endpoint_url=ceph.endpoint, verify=ceph.ca_path, region_name="default", **keys).create_bucket(Bucket=BUCKET)


@pytest.fixture(scope="module", name="ceph")
def _ceph():
    with Ceph() as ceph:
        make_bucket(ceph)
        yield ceph


@pytest.fixture(scope="module", name="remote")
def _remote(ceph):
    """Writes an archive there and gives its data as a dataset, with what is in it."""

    built = {}

    def of(encoding, read="parquet"):
        options = {"s3_endpoint_url": ceph.endpoint, "s3_access_key": ceph.access_key, "s3_secret_key": ceph.secret_key, "s3_ca_path": ceph.ca_path}
        if encoding not in built:
            built[encoding] = build(f"s3://{BUCKET}/{encoding}", encoding, **options)
        files = pyarrow.fs.S3FileSystem(
            endpoint_override=ceph.endpoint.partition("//")[2],
            access_key=ceph.access_key,
            secret_key=ceph.secret_key,
            region="default",
            tls_ca_file_path=ceph.ca_path,
        )
        dataset = pyarrow.dataset.dataset(f"{BUCKET}/{encoding}/data", filesystem=files, format=read, partitioning="hive")
        return dataset, built[encoding]

    return of


@pytest.mark.parametrize(("encoding", "read"), [("parquet", "parquet"), ("jsonl.gz", "json")])
def test_every_record_once_and_a_date_from_its_own_objects(remote, encoding, read):
    dataset, expected = remote(encoding, read)
    flow_logs = dataset.to_table(columns=["date", "bytes", "start_time"])
    assert flow_logs.num_rows == expected.total
    assert duckdb.sql("SELECT date, count(*), sum(bytes) FROM flow_logs GROUP BY ALL ORDER BY ALL").fetchall() == expected.by_date()
    chosen = pyarrow.dataset.field("date") == DATES[1]
    opened = list(dataset.get_fragments(filter=chosen))
    assert len(opened) == sum(f"date={DATES[1]}" in fragment.path for fragment in dataset.get_fragments()) > 0
    assert dataset.count_rows(filter=chosen) == expected.records[DATES[1]]
    assert duckdb.sql(f"SELECT count(*) FROM dataset WHERE date = '{DATES[1]}'").fetchall() == [(expected.records[DATES[1]],)]


def test_parquet_is_read_by_time(remote):
    dataset, _expected = remote("parquet")
    late = pyarrow.dataset.field("start_time") >= NOW - 3_600_000
    groups = [group for fragment in dataset.get_fragments(filter=late) for group in fragment.split_by_row_group(filter=late)]
    assert 0 < len(groups) < len(dataset.files)
    assert duckdb.sql(f"SELECT count(*) FROM dataset WHERE start_time >= {NOW - 3_600_000}").fetchall() == [(dataset.count_rows(filter=late),)]
