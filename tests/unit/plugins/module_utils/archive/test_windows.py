# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS, check_length, grid
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store import layout


@pytest.mark.parametrize("length", [60_000, 900_000, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS, 1_600_000])
def test_cells_fill_the_range_and_never_cross_midnight(length):
    start, end = 1_790_000_012_345, 1_790_000_012_345 + 3 * layout.DAY_MS
    cells = grid(start, end, length)
    assert cells[0][0] == start and cells[-1][1] == end
    assert all(left[1] == right[0] for left, right in zip(cells, cells[1:]))
    assert all(last - first <= length and (first % length == 0 or first == start) for first, last in cells)
    assert all(layout.date_of(first) == layout.date_of(last - 1) for first, last in cells)


def test_an_empty_range_has_no_cells():
    assert grid(5, 5) == [] and grid(6, 5) == []


@pytest.mark.parametrize("length", [0, -1, 59_999, 7 * HOUR_MS, 25 * HOUR_MS, 3_600_001, True, 3600.0])
def test_other_lengths_are_refused(length):
    with pytest.raises(OptionError, match="does not divide a day"):
        check_length(length)


def test_keys_are_those_of_the_format():
    stream = layout.Stream("p1", "f-1", "vpc")
    key = stream.data_key("2026-11-22", 12345, 2, "0123456789abcdef", "jsonl.gz")
    assert key == "data/project_id=p1/fw_instance_id=f-1/log_type=vpc/date=2026-11-22/000012345-002-0123456789ab.jsonl.gz"
    assert layout.parse_data(key) == (stream, "2026-11-22", 12345, 2, "0123456789ab", "jsonl.gz")
    key = stream.commit_key(12345)
    assert key == "evidence/project_id=p1/fw_instance_id=f-1/log_type=vpc/commits/000012/000012345.json"
    assert layout.parse_commit(key) == (stream, 12345)
    key = stream.day_key("2026-11-22")
    assert key == "evidence/project_id=p1/fw_instance_id=f-1/log_type=vpc/days/2026-11-22.json"
    assert layout.parse_day(key) == (stream, "2026-11-22")


@pytest.mark.parametrize("value", ["a/b", "a b", "ä=%", "..", "a=b", "\n"])
def test_unsafe_ids_survive(value):
    stream = layout.Stream(value, value, value)
    key = stream.data_key("2026-11-22", 1, 0, "0" * 64, "jsonl.gz")
    assert key.count("/") == 5
    assert layout.parse_data(key).stream == stream
    assert layout.parse_commit(stream.commit_key(999)) == (stream, 999)


@pytest.mark.parametrize(
    "key",
    [
        "data/project_id=p/fw_instance_id=f/log_type=t/date=2026-13-01/000000001-000-0123456789ab.jsonl.gz",
        "data/project_id=p/fw_instance_id=f/log_type=t/date=2026-11-22/1-0-0123456789ab.jsonl.gz",
        "data/project_id=p/fw_instance_id=f/log_type=t/date=2026-11-22/000000001-000-0123456789AB.jsonl.gz",
        "evidence/project_id=p/fw_instance_id=f/log_type=t/commits/000001/000000001.json",
        "evidence/project_id=p/fw_instance_id=f/log_type=t/days/2026-02-30.json",
        "",
    ],
)
def test_other_keys_are_no_keys(key):
    assert (layout.parse_data(key), layout.parse_commit(key), layout.parse_day(key)) == (None, None, None)


def test_an_empty_id_is_refused():
    with pytest.raises(ArchiveError, match="log_type"):
        layout.Stream("p", "f", "").data_prefix()


def test_dates():
    assert layout.date_of(0) == "1970-01-01"
    assert layout.start_of("2026-11-22") == 1_795_305_600_000
    assert layout.dates_between(layout.start_of("2026-11-22") + 1, layout.start_of("2026-11-24")) == ["2026-11-22", "2026-11-23"]
    for time_ms in (-1, layout.LAST_MS, 10**18):
        with pytest.raises(ArchiveError, match="not a date"):
            layout.date_of(time_ms)
