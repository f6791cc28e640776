# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs after the first, and runs that are disturbed."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from archiving import FIREWALL, PROJECT, archived, commits, covered, run, truth

from simulator import Simulator

HOUR = 3_600_000
DAY = 24 * HOUR


def add(simulator: Simulator, count: int, start: int, end: int, duration_ms: int = 0) -> None:
    stream = {"project_id": PROJECT, "fw_instance_id": FIREWALL, "log_type": "internet"}
    simulator.add_records(**stream, count=count, start=start, end=end, duration_ms=duration_ms)


@pytest.mark.parametrize("filter_time", ["start_time", "overlap"])
def test_a_rerun_proves_days_unchanged_by_counting(simulator: Simulator, tmp_path: Path, filter_time: str) -> None:
    simulator.set(filter_time=filter_time)
    run(simulator, tmp_path)
    again = run(simulator, tmp_path)
    assert again["changed"] is False
    # the listing of firewalls, the page and the questions from which the readings are learnt, the count
    assert again["requests"] <= 7


@pytest.mark.parametrize("switches", [{}, {"filter_time": "overlap"}, {"filter_time": "end_time"}, {"total": "page"}, {"total": "capped"}], ids=str)
def test_late_records_are_found_and_committed_once(simulator: Simulator, tmp_path: Path, switches: dict[str, Any]) -> None:
    simulator.set(**switches)
    run(simulator, tmp_path)
    now = simulator.now()
    simulator.set(clock_ms=now + 60_000)
    add(simulator, 7, now - 30 * HOUR, now - 29 * HOUR)
    result = run(simulator, tmp_path)
    start, end = covered(tmp_path)
    assert archived(tmp_path) == truth(simulator, start, end)
    stream = result["streams"][0]
    assert (result["changed"], stream["added"]) == (True, 7)
    assert sum(count for _bound, count in stream["lateness"]) == 7
    assert len(commits(tmp_path)[-1]["data"]) <= 2  # one small file for each day that they lie on
    assert run(simulator, tmp_path)["changed"] is False


def test_finding_late_records_reads_only_what_changed(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, tmp_path)
    now = simulator.now()
    simulator.set(clock_ms=now + 60_000)
    add(simulator, 3, now - 30 * HOUR, now - 30 * HOUR + 1000)
    assert run(simulator, tmp_path)["requests"] < 30


def test_a_budget_bounds_what_is_read_again_and_says_what_was_not(simulator: Simulator, tmp_path: Path) -> None:
    simulator.set(total="page")
    run(simulator, tmp_path)
    stream = run(simulator, tmp_path, recheck_requests=2)["streams"][0]
    assert 0 < stream["windows"]["not_rechecked"] < stream["windows"]["complete"]
    assert stream["requests"] < 12
    assert stream["error"] is None


def test_where_ranges_filter_the_end_a_small_budget_still_finds_what_ended_since(simulator: Simulator, tmp_path: Path) -> None:
    simulator.set(filter_time="end_time")
    run(simulator, tmp_path)
    now = simulator.now()
    simulator.set(clock_ms=now + 60_000)
    add(simulator, 5, now - 3 * HOUR, now - 3 * HOUR + 5000, duration_ms=3 * HOUR - 30_000)
    stream = run(simulator, tmp_path, recheck_requests=2)["streams"][0]
    assert stream["added"] == 5
    assert stream["windows"]["not_rechecked"] > 0
    assert stream["requests"] < 12


def test_without_recheck_only_new_windows_are_asked_for(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, tmp_path)
    assert run(simulator, tmp_path, recheck=False)["streams"][0]["requests"] == 0


def test_an_hour_later_one_window_is_new(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, tmp_path)
    simulator.set(clock_ms=simulator.now() + HOUR)
    result = run(simulator, tmp_path)
    assert result["streams"][0]["planned"]["new"] == 1
    assert [commit["sequence"] for commit in commits(tmp_path)] == [1, 2]
    assert archived(tmp_path) == truth(simulator, *covered(tmp_path))


def test_days_that_left_the_service_are_summarised(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, tmp_path)
    simulator.set(clock_ms=simulator.now() + 9 * DAY)
    result = run(simulator, tmp_path, start_time="-1d")
    assert result["changed"] is True
    summaries = sorted(tmp_path.glob("evidence/*/*/*/days/*.json"))
    assert len(summaries) == 4  # the first and the last day are partly covered, and closed as well


def test_a_stop_commits_what_is_complete_and_says_what_is_left(simulator: Simulator, tmp_path: Path) -> None:
    stop = threading.Event()
    simulator.set(latency_ms=400, order="oldest_first")
    threading.Timer(1.5, stop.set).start()
    began = time.monotonic()
    result = run(simulator, tmp_path, stop=stop, concurrency=1)
    assert time.monotonic() - began < 10
    stream = result["streams"][0]
    assert stream["error"].startswith("Stopped before all was collected.")
    assert stream["windows"]["left"] > 0
    simulator.set(latency_ms=0)
    finished = run(simulator, tmp_path)
    assert finished["streams"][0]["error"] is None
    assert archived(tmp_path) == truth(simulator, *covered(tmp_path))


def test_a_service_that_fails_for_good_leaves_windows_uncollected_not_empty(simulator: Simulator, tmp_path: Path) -> None:
    simulator.set(refuse_firewalls=[FIREWALL])
    stream = run(simulator, tmp_path)["streams"][0]
    assert "403" in stream["error"]
    assert stream["windows"]["complete"] == 0 < stream["windows"]["left"]
    assert commits(tmp_path) == []


def test_more_records_in_one_millisecond_than_can_be_paged_are_declared(tmp_path: Path) -> None:
    world = {
        "seed": 3,
        "now": "real",
        "days": 1,
        "projects": [{"name": "cn-north-4", "id": PROJECT, "firewalls": [{"name": "edge", "id": FIREWALL, "log_types": {"internet": 23_000}}]}],
        "shape": {"tie_ms": [11_000]},
    }
    with Simulator(world) as simulator:
        simulator.set(clock_ms=simulator.now(), max_skew_ms=0, paging="offset_only")
        stream = run(simulator, tmp_path)["streams"][0]
        assert stream["windows"]["unproven"] == 1
        assert "more records in one millisecond than can be paged" in stream["reasons"][0]
        lines = archived(tmp_path)
        assert set(lines) <= set(truth(simulator, 0, simulator.now()))
        assert len(lines) > 10_000
        # a service that pages by cursor has them all
        simulator.set(paging="cursor")
        assert run(simulator, tmp_path)["streams"][0]["error"] is None
        assert archived(tmp_path) == truth(simulator, *covered(tmp_path))


def test_windows_older_than_the_service_keeps_are_not_called_complete(simulator: Simulator, tmp_path: Path) -> None:
    stream = run(simulator, tmp_path, start_time="-8d")["streams"][0]
    unproven = [row for row in commits(tmp_path)[-1]["coverage"] if row[2] == "unproven"]
    assert sum(end - start for start, end, _verdict, _records, _settled in unproven) // HOUR == 24
    assert "seven days" in stream["reasons"][0]
    assert re.match(r"2[34] hours of the range, from \S+ on, lie before the seven days", stream["error"])
    assert "Start at -7d." in stream["error"]


def test_check_mode_of_a_second_stream_does_not_stop_the_first(simulator: Simulator, tmp_path: Path) -> None:
    firewalls = [{"project_id": PROJECT, "fw_instance_id": FIREWALL}, {"project_id": PROJECT, "fw_instance_id": "unknown"}]
    known, unknown = run(simulator, tmp_path, firewalls=firewalls)["streams"]
    assert known["error"] is None and known["added"] > 0
    assert unknown["error"] and not unknown["windows"]["complete"]


@pytest.mark.parametrize("offset_ms", [-5 * HOUR, 5 * HOUR])
def test_the_services_clock_decides_which_windows_have_settled(simulator: Simulator, tmp_path: Path, offset_ms: int) -> None:
    simulator.set(clock_ms=simulator.now() + offset_ms)
    run(simulator, tmp_path)
    _start, end = covered(tmp_path)
    assert 0 <= simulator.now() - 15 * 60_000 - end < HOUR
    assert abs(commits(tmp_path)[0]["collection"]["clock_offset"] - offset_ms) < 120_000


def test_tokens_that_die_are_renewed_while_collecting(simulator: Simulator, tmp_path: Path) -> None:
    simulator.set(token_life_requests=4)
    assert run(simulator, tmp_path, way="password")["streams"][0]["error"] is None
    assert archived(tmp_path) == truth(simulator, *covered(tmp_path))
    tokens = [request for request in simulator.requests() if request["path"] == "/v3/auth/tokens"]
    assert len(tokens) > 2


def test_failing_requests_leave_the_same_files(simulator: Simulator, tmp_path: Path) -> None:
    when = {"start_time": str(simulator.now() - 2 * DAY), "end_time": str(simulator.now() - HOUR)}
    simulator.set(error_rate=0.05, error_kinds=["500", "502", "503", "504", "reset", "cut", "html", "429"])
    run(simulator, tmp_path / "faults", **when)
    simulator.set(error_rate=0)
    run(simulator, tmp_path / "calm", concurrency=1, **when)
    files = [{path.name: path.read_bytes() for path in (tmp_path / name).glob("data/**/*.gz")} for name in ("faults", "calm")]
    assert files[0] == files[1] and files[0]
