# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/docsite/rst/reading_the_archive.rst, run as they stand there but for the archive's place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from archives import DATES, MIXED, build
from ceph import Ceph
from test_s3 import BUCKET, make_bucket
from test_spark import environment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "reading_the_archive.rst"
EXAMPLES = [textwrap.dedent(block) for block in re.findall(r"\.\. code-block:: python\n\n((?:    .*\n|\n)+)", PAGE.read_text(encoding="utf-8"))]
LOCAL = [example for example in EXAMPLES if "pyspark" not in example and "S3_" not in example]
SPARK = [example for example in EXAMPLES if "pyspark" in example]
REMOTE = [example for example in EXAMPLES if "S3_" in example]


def _run(example, folder, environ=None):
    """What an example prints."""
    program = example.replace("/srv/cfw-archive", str(folder))
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def _encoding(example):
    if "UNION" in example:
        return MIXED
    return "parquet" if "parquet" in example else "jsonl.gz"


def test_the_page_has_examples_for_all():
    assert (len(LOCAL), len(SPARK), len(REMOTE)) == (4, 2, 1)
    assert all(date == "2026-09-20" for example in EXAMPLES for date in re.findall(r"\d{4}-\d\d-\d\d", example)) and "2026-09-20" in DATES


@pytest.mark.quick
@pytest.mark.parametrize("example", LOCAL)
def test_examples_for_duckdb_and_pyarrow(archive, example):
    folder, expected = archive(_encoding(example))
    printed = _run(example, folder)
    if "flow_logs.to_table" in example:
        assert printed.strip() == str(expected.records["2026-09-20"])  # all records of the tests have the port 443
    elif "GROUP BY ALL ORDER BY records" in example:
        assert printed.count("10.0.") == 10
    else:
        assert all(date in printed for date in DATES)


@pytest.mark.parametrize("example", SPARK)
def test_examples_for_spark(archive, example):
    folder, expected = archive(_encoding(example))
    printed = _run(example, folder, environment("4.3"))
    assert "HTTPS" in printed and "NULL" in printed
    assert "parquet" in example or sum(int(number) for number in re.findall(r"\| *(\d+)\|", printed)) == expected.records["2026-09-20"]


@pytest.mark.parametrize("example", REMOTE)
def test_examples_for_object_stores(example):
    with Ceph() as ceph:
        make_bucket(ceph)
        options = {"s3_endpoint_url": ceph.endpoint, "s3_access_key": ceph.access_key, "s3_secret_key": ceph.secret_key, "s3_ca_path": ceph.ca_path}
        expected = build(f"s3://{BUCKET}/parquet", "parquet", **options)
        place = {"S3_ENDPOINT": ceph.endpoint.partition("//")[2], "S3_ACCESS_KEY": ceph.access_key, "S3_SECRET_KEY": ceph.secret_key}
        printed = _run(example, "", {**os.environ, **place, "S3_REGION": "default", "S3_CA_PATH": ceph.ca_path})
    assert [int(count) for count in re.findall(r"│ *(\d+) │$", printed, re.M)] == [expected.records[date] for date in DATES if date >= "2026-09-20"]
