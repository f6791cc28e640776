# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import data_files
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS, Window
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import (
    NOW,
    STREAM,
    asked,
    check,
    data_lines,
    record,
    records,
    run,
)


@pytest.fixture(name="store")
def _store(tmp_path):
    return open_store(str(tmp_path / "archive"))


def test_records_come_back_byte_for_byte_and_once(store):
    some = records(3000)
    result = run(store, some + some[:500])
    assert (result.changed, result.added, result.head.sequence) == (True, 3000, 1)
    assert sorted(data_lines(store.root)) == sorted(one.raw for one in some)
    assert result.head.commit["collection"]["duplicates_dropped"] == 500
    assert len(result.windows) == 168
    assert sum(window["added"] == 0 for window in result.windows) >= 100  # empty windows are stated too
    assert check(store) == []


def test_files_are_in_order_and_on_their_date(store):
    some = records(3000)
    run(store, some)
    for path in Path(store.root, "data").rglob("*.gz"):
        keys = [(row["start_time"], row["log_id"]) for row in map(json.loads, data_lines_of(path))]
        assert keys == sorted(keys)
        assert {f"date={_date(start)}" for start, _log_id in keys} == {path.parent.name}


def data_lines_of(path):
    return gzip.decompress(path.read_bytes()).splitlines()


def _date(time_ms):
    return datetime.fromtimestamp(time_ms / 1000, timezone.utc).strftime("%Y-%m-%d")


def test_the_same_again_writes_nothing(store):
    some = records(2000)
    first = run(store, some)
    files = sorted(Path(store.root).rglob("*"))
    again = run(store, some, now=NOW + 1)
    assert (again.changed, again.added, again.windows, again.head) == (False, 0, [], first.head)
    assert sorted(Path(store.root).rglob("*")) == files


def test_late_records_are_added_once_in_one_file_a_date(store):
    some = records(4000)
    run(store, some[::2])
    result = run(store, some, now=NOW + HOUR_MS)
    assert result.added == 2000
    assert sorted(data_lines(store.root)) == sorted(one.raw for one in some)
    second = result.head.commit["data"]
    assert len(second) == len({entry["key"].split("/")[4] for entry in second}) == 3
    rows = {(row[0], row[1]): row[3] for row in result.head.commit["coverage"]}
    assert all(window["records"] == rows[(window["start"], window["end"])] for window in result.windows)
    assert sum(rows.values()) == 4000
    assert sum(count for _bound, count in result.lateness) == 2000
    assert result.head.commit["collection"]["lateness"] == result.lateness
    assert check(store) == []


def test_many_small_commits_hold_what_one_would(store):
    some = records(2400, start=NOW - DAY_MS)
    for part in range(24):
        run(store, some[part::24] + some[:50], now=NOW + part)
    assert sorted(data_lines(store.root)) == sorted(one.raw for one in some)
    assert check(store) == []


def test_a_known_record_with_other_bytes_is_not_added(store):
    run(store, [record(NOW - HOUR_MS, "a")])
    result = run(store, [record(NOW - HOUR_MS, "a", app="HTTPS"), record(NOW - HOUR_MS, "b")])
    assert result.added == 1
    assert check(store) == []


def test_records_without_a_log_id_are_told_apart_by_their_bytes(store):
    some = [record(NOW - HOUR_MS, None, src_port=port) for port in range(30)]
    assert run(store, some + some).added == 30
    assert run(store, some).changed is False
    assert run(store, some + [record(NOW - HOUR_MS, None, src_port=31)]).added == 1
    assert check(store) == []


def test_a_window_stays_complete_unless_a_run_says_why_not(store):
    window = (NOW - HOUR_MS, NOW)
    run(store, [], [Window(*window, "complete", (), NOW, 0)])
    assert run(store, [], [Window(*window, "unproven", (), NOW + 1, None)], now=NOW + 1).changed is False
    result = run(store, [], [Window(*window, "unproven", ("the pages did not add up",), NOW + 2, None)], now=NOW + 2)
    assert result.windows[0]["verdict"] == "unproven"
    assert result.windows[0]["reasons"] == ["the pages did not add up"]
    assert run(store, [], [Window(*window, "complete", (), NOW + 3, 0)], now=NOW + 3).windows[0]["verdict"] == "complete"
    assert check(store) == []


def test_windows_with_other_bounds_join_what_they_overlap(store):
    some = records(600, start=NOW - 5 * HOUR_MS)
    border = NOW - HOUR_MS - 1
    run(store, [one for one in some[::3] if one.start_time < border], asked(NOW - 5 * HOUR_MS, border))
    run(store, some[::2], asked(NOW - 5 * HOUR_MS - 7, NOW, now=NOW + 1), now=NOW + 1)
    result = run(store, some, asked(NOW - 6 * HOUR_MS, NOW, now=NOW + 2, length=2 * HOUR_MS), now=NOW + 2)
    rows = result.head.commit["coverage"]
    assert sum(row[3] for row in rows) == 600
    assert [rows[0][0], rows[-1][1]] == [NOW - 6 * HOUR_MS, NOW]
    assert all(left[1] == right[0] for left, right in zip(rows, rows[1:]))
    assert check(store) == []


def test_records_of_windows_that_were_not_finished_are_left_to_the_next_run(store):
    unfinished, finished = record(NOW - 3 * HOUR_MS, "a"), record(NOW - HOUR_MS, "b")
    run(store, [unfinished, finished], asked(NOW - 2 * HOUR_MS, NOW))
    assert data_lines(store.root) == [finished.raw]
    assert check(store) == []
    run(store, [unfinished, finished], asked(NOW - 4 * HOUR_MS, NOW))
    assert sorted(data_lines(store.root)) == sorted([unfinished.raw, finished.raw])


def test_the_services_count_is_stated_where_it_agreed_with_what_was_read(store):
    window = Window(NOW - HOUR_MS, NOW, "complete", (), NOW + HOUR_MS, counted=True)
    result = run(store, [record(NOW - 30, "a"), record(NOW - 20, "b")], [window])
    assert [entry["service_total"] for entry in result.windows] == [2]
    again = run(store, [record(NOW - 20, "b"), record(NOW - 10, "c")], [window])
    assert [(entry["records"], entry["service_total"]) for entry in again.windows] == [(3, 2)]


def test_a_day_is_summarised_once_when_it_has_left_the_seven_days(store):
    some = records(1000, start=NOW - DAY_MS)
    run(store, some)
    later = NOW + 9 * DAY_MS
    result = run(store, [], asked(later - 7 * DAY_MS, later, now=later), now=later)
    assert result.days == sorted({_date(one.start_time) for one in some} | set(result.days))
    path = next(path for path in Path(store.root).rglob("days/*.json") if path.stem == _date(NOW))
    summary = json.loads(path.read_bytes())
    assert summary["records"] == sum(_date(one.start_time) == _date(NOW) for one in some)
    assert summary["bytes"] == summary["records"] * 34.5
    again = run(store, [], asked(later - 7 * DAY_MS, later, now=later + 1), now=later + 1)
    assert (again.changed, again.days) == (False, [])
    assert check(store) == []


def test_a_day_that_still_gains_records_is_closed_by_the_next_commit(store):
    day = NOW - NOW % DAY_MS
    run(store, records(10, start=day, end=NOW))
    later = day + 8 * DAY_MS
    late = run(store, records(10, start=day, end=NOW, seed=2), asked(day, NOW, now=later), now=later)
    assert (late.added, _date(day) in late.days) == (10, False)
    assert _date(day) in run(store, [], [], now=later).days
    assert check(store) == []


def test_left_overs_are_removed_and_a_living_writers_files_are_not(store):
    run(store, records(100))
    folder = next(Path(store.root, "data").rglob("date=*"))
    left = folder / "000000001-007-0123456789ab.jsonl.gz"
    living = folder / "000000009-000-0123456789ab.jsonl.gz"
    left.write_bytes(b"")
    living.write_bytes(b"")
    run(store, records(100, seed=2))
    assert not left.exists()
    assert living.exists()


def test_a_large_date_is_cut_into_parts(store, monkeypatch):
    monkeypatch.setattr(data_files, "PART_BYTES", 20_000)
    some = records(1000, start=NOW - HOUR_MS)
    result = run(store, some)
    other = run(open_store(store.root + "-other"), some, page=17)
    assert [entry["sha256"] for entry in result.head.commit["data"]] == [entry["sha256"] for entry in other.head.commit["data"]]
    assert len(result.head.commit["data"]) > 5
    assert [entry["key"].split("/")[-1][10:13] for entry in result.head.commit["data"]][:3] == ["000", "001", "002"]
    assert sorted(data_lines(store.root)) == sorted(one.raw for one in some)
    assert check(store) == []


def test_streams_do_not_mix(store):
    run(store, records(10), stream=STREAM)
    other = run(store, records(10, seed=2), stream=STREAM._replace(log_type="vpc", fw_instance_id="a/b ä"))
    assert other.head.sequence == 1
    report = verify(store, depth="data", now=NOW)
    assert [one["stream"]["fw_instance_id"] for one in report["streams"]] == [STREAM.fw_instance_id, "a/b ä"]
    assert report["findings"] == []


def test_nothing_but_an_empty_run_with_no_windows_writes_no_commit(store):
    assert run(store, [], []).head is None


def test_only_what_was_added_to_complete_windows_is_late(store):
    """Two hours after its end a window gains records; another one, which was unproven, gains one too."""
    end = NOW - NOW % HOUR_MS
    windows = [
        Window(end - 2 * HOUR_MS, end - HOUR_MS, "unproven", ("lost",), end, None),
        Window(end - HOUR_MS, end, "complete", (), end, None),
    ]
    assert run(store, [], windows, now=end).lateness == []
    again = [window._replace(verdict="complete", reasons=(), asked_at=end + 2 * HOUR_MS) for window in windows]
    late = [record(end - 2 * HOUR_MS, "missed"), record(end - 1, "late"), record(end - HOUR_MS, "late too")]
    done = run(store, late, again, now=end + 2 * HOUR_MS)
    assert done.lateness == [[6 * HOUR_MS, 2]] == done.head.commit["collection"]["lateness"]
    assert run(store, late, again, now=end + 3 * HOUR_MS).lateness == []
