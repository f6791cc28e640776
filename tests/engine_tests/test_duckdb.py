# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DuckDB reads every encoding, and only the files and row groups that a query needs."""

from __future__ import annotations

import re

import duckdb
import pytest
from archives import DATES, ENCODINGS, MIXED, NOW, files

pytestmark = pytest.mark.quick

HOUR_MS = 3_600_000


def _source(folder, encoding):
    function = "read_parquet" if encoding == "parquet" else "read_json"
    return f"{function}('{folder}/data/**/*.{encoding}', hive_partitioning = true, union_by_name = true)"


def _explain(query):
    return duckdb.sql("EXPLAIN ANALYZE " + query).fetchall()[0][1]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_record_once(archive, encoding):
    folder, expected = archive(encoding)
    source = _source(folder, encoding)
    assert duckdb.sql(f"SELECT date::VARCHAR, count(*), sum(bytes) FROM {source} GROUP BY ALL ORDER BY ALL").fetchall() == expected.by_date()
    assert dict(duckdb.sql(f"SELECT app, count(*) FROM {source} GROUP BY ALL").fetchall()) == expected.apps
    streams = duckdb.sql(f"SELECT fw_instance_id, log_type, count(DISTINCT log_id) FROM {source} GROUP BY ALL").fetchall()
    assert {(fw, log_type): count for fw, log_type, count in streams} == expected.streams


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_date_is_read_from_its_own_files(archive, encoding):
    folder, expected = archive(encoding)
    query = f"SELECT sum(bytes) FROM {_source(folder, encoding)} WHERE date = '{DATES[1]}'"
    assert duckdb.sql(query).fetchall() == [(expected.bytes[DATES[1]],)]
    assert f"Scanning Files: {len(files(folder, DATES[1]))}/{len(files(folder))}" in _explain(query)
    of_one = query + " AND fw_instance_id = 'fw-a' AND log_type = 'vpc'"
    assert f"Scanning Files: {len(files(folder, DATES[1])) // 4}/{len(files(folder))}" in _explain(of_one)


def test_parquet_is_read_by_time(archive):
    """Each file's records ascend and say from when to when: a query by start_time leaves other row groups alone."""
    folder, _expected = archive("parquet")
    query = f"SELECT count(*) FROM {_source(folder, 'parquet')} WHERE start_time >= {NOW - HOUR_MS}"
    found = re.search(r"Row Groups Scanned: (\d+) / (\d+)", _explain(query))
    assert found and int(found[1]) == len(files(folder, DATES[-1])) < int(found[2]) == len(files(folder))


def test_parquet_keeps_what_was_sent(archive):
    folder, expected = archive("parquet")
    source = _source(folder, "parquet")
    same = "json_extract_string(raw, '$.log_id') = log_id AND json_extract(raw, '$.bytes')::DOUBLE = bytes AND json_extract_string(raw, '$.src_ip') = src_ip"
    assert duckdb.sql(f"SELECT count(*) FROM {source} WHERE {same}").fetchall() == [(expected.total,)]
    rules = duckdb.sql(f"SELECT DISTINCT json_extract_string(other['rule'], '$.name') FROM {source} WHERE other IS NOT NULL").fetchall()
    assert rules == [("new \U0001f525",)]


def test_an_archive_of_several_encodings_is_a_union(archive):
    folder, expected = archive(MIXED)
    parts = " UNION ALL BY NAME ".join(f"SELECT date::VARCHAR AS date, bytes, log_id FROM {_source(folder, encoding)}" for encoding in ENCODINGS)
    assert duckdb.sql(f"SELECT date, count(*), sum(bytes) FROM ({parts}) GROUP BY ALL ORDER BY ALL").fetchall() == expected.by_date()
