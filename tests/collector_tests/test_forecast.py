# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts held against the runs that they are about: requests, records and bytes, under the open readings."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.archiving import archive_flow_logs
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import credentials
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session

from simulator import Simulator

NOW = 1_790_812_800_000  # a fixed day: where a sample meets bursts is the same in every run
FLEET = {
    "seed": 5,
    "now": NOW,
    "days": 3,
    "shape": {"torture": 0},
    "projects": [
        {"name": f"cn-north-4_{number}", "firewalls": [{"name": "edge", "log_types": {"internet": 9000, "vpc": 1500, "nat": 200}}]} for number in range(3)
    ],
}
MANY = {
    "seed": 6,
    "now": NOW,
    "days": 2,
    "shape": {"torture": 0},
    "projects": [
        {"name": f"cn-north-4_{number}", "firewalls": [{"name": f"edge-{edge}", "log_types": {"internet": 40, "vpc": 5}} for edge in range(25)]}
        for number in range(4)
    ],
}
TYPES = ["internet", "vpc", "nat"]


@pytest.fixture(scope="module")
def _fleet() -> Iterator[Simulator]:
    with Simulator(FLEET, {"max_skew_ms": 0}) as simulator:
        yield simulator


@pytest.fixture
def fleet(_fleet: Simulator) -> Simulator:
    _fleet.reset()
    _fleet.set(clock_ms=NOW)
    return _fleet


@pytest.fixture(scope="module")
def many() -> Iterator[Simulator]:
    with Simulator(MANY, {"max_skew_ms": 0}) as simulator:
        yield simulator


def run(simulator: Simulator, folder: Path, check_mode: bool, **changes: Any) -> dict[str, Any]:
    """One run over all firewalls; the module's result."""
    connection = {**simulator.options(), "retry_timeout": 30}
    stop = threading.Event()
    session = Session(credentials.resolve(connection), connection, stop)
    firewalls = dict.fromkeys((project_id, fw_instance_id) for project_id, fw_instance_id, _log_type in simulator.streams())
    options = {
        "archive": str(folder / "archive"),
        "firewalls": [{"project_id": project_id, "fw_instance_id": fw_instance_id} for project_id, fw_instance_id in firewalls],
        "log_types": TYPES,
        "start_time": "-6d",
        "end_time": "now",
        "window": 3_600_000,
        "settle": 900_000,
        "recheck": True,
        "recheck_requests": 1000,
        "forecast_requests": 200,
        "concurrency": 8,
        "encoding": "jsonl.gz",
    }
    return archive_flow_logs(session, {**options, **changes}, check_mode=check_mode, stop=stop)


def asked(simulator: Simulator) -> int:
    return int(simulator.journal()["by_api"].get("logs", 0))


def off(forecast: dict[str, Any], measured: float) -> float:
    """How far from what was measured the forecast is, as a share of it."""
    return abs(forecast["expected"] - measured) / measured


@pytest.mark.parametrize("encoding", ["jsonl.gz", "jsonl.zst", "parquet"])
def test_where_the_service_counts_a_tenth_is_the_most_it_is_off(fleet: Simulator, tmp_path: Path, encoding: str) -> None:
    forecast = run(fleet, tmp_path, True)["forecast"]
    result = run(fleet, tmp_path, False, encoding=encoding)
    assert off(forecast["records"], result["records"]) < 0.02
    assert off(forecast["requests"], result["requests"]) < 0.15
    assert off(forecast["bytes"][encoding], result["bytes"]) < 0.1
    for what, measured in ((forecast["records"], result["records"]), (forecast["requests"], result["requests"])):
        assert what["low"] <= measured <= what["high"]
    assert forecast["sampled_streams"] == forecast["streams"] == 9
    assert forecast["keeps_up"] == "yes"


READINGS: list[dict[str, Any]] = [
    {"total": "page"},
    {"total": "page", "order": "oldest_first"},
    {"total": "page", "cursor_field": "end_time", "filter_time": "end_time"},
    {"total": "page", "cursor_field": "end_time"},
    {"total": "page", "filter_time": "overlap"},
    {"total": "page", "paging": "offset_only"},
    {"total": "page", "repeat_page": True},
    {"total": "page", "page_cap": 300},
    {"page_cap": 300},
    {"total": "capped"},
    {"filter_time": "overlap"},
    {"cursor_field": "end_time"},
]


@pytest.mark.parametrize("switches", READINGS, ids=lambda switches: "-".join(f"{name}={value}" for name, value in switches.items()))
def test_under_every_reading_the_run_lies_within_the_bounds(fleet: Simulator, tmp_path: Path, switches: dict[str, Any]) -> None:
    """Records and bytes are off by less than two fifths: between the places that were seen there are bursts."""
    fleet.set(**switches)
    forecast = run(fleet, tmp_path, True)["forecast"]
    assert asked(fleet) == forecast["sample_requests"] <= 200
    result = run(fleet, tmp_path, False)
    assert forecast["unsampled"] == []
    estimates = {"records": forecast["records"], "requests": forecast["requests"], "bytes": forecast["bytes"]["jsonl.gz"]}
    for name, estimate in estimates.items():
        few = 20 if name == "requests" else 0  # those for learning and cutting, which weigh much in a small run
        assert abs(estimate["expected"] - result[name]) < 0.4 * result[name] + few, name
        assert estimate["low"] <= result[name] <= estimate["high"], name


def test_hundreds_of_streams_are_forecast_from_a_bounded_share(many: Simulator, tmp_path: Path) -> None:
    before = asked(many)
    forecast = run(many, tmp_path, True)["forecast"]
    assert forecast["streams"] == 300
    assert forecast["sampled_streams"] == 40
    assert forecast["basis"] == {"page": 40, "similar": 260}
    assert asked(many) - before == forecast["sample_requests"] <= 200
    projects = {request["path"].split("/")[2] for request in many.requests() if "logs/flow" in request["path"]}
    assert len(projects) == 4
    result = run(many, tmp_path, False)
    assert off(forecast["records"], result["records"]) < 0.1
    assert forecast["requests"]["low"] <= result["requests"] <= forecast["requests"]["high"]


@pytest.mark.parametrize("most", [1, 7, 30])
def test_the_bound_on_requests_holds_and_what_it_left_open_shows(fleet: Simulator, tmp_path: Path, most: int) -> None:
    fleet.set(total="page")
    forecast = run(fleet, tmp_path, True, forecast_requests=most)["forecast"]
    assert asked(fleet) == forecast["sample_requests"] <= most
    result = run(fleet, tmp_path, False)
    assert forecast["records"]["low"] <= result["records"] <= forecast["records"]["high"]
    assert forecast["records"]["high"] > 1.2 * forecast["records"]["low"]


def test_no_forecast_costs_no_request(fleet: Simulator, tmp_path: Path) -> None:
    assert "forecast" not in run(fleet, tmp_path, True, forecast_requests=0)
    assert asked(fleet) == 0


def test_a_firewall_that_refuses_is_named_and_in_no_figure(fleet: Simulator, tmp_path: Path) -> None:
    refusing = fleet.streams()[0][1]
    fleet.set(refuse_firewalls=[refusing])
    forecast = run(fleet, tmp_path, True)["forecast"]
    assert {stream["fw_instance_id"] for stream in forecast["unsampled"]} == {refusing}
    assert all("403" in stream["reason"] for stream in forecast["unsampled"])
    assert forecast["basis"]["unknown"] == 3
    assert off(forecast["records"], run(fleet, tmp_path, False)["records"]) < 0.02


def test_when_nothing_can_be_sampled_nothing_is_claimed(fleet: Simulator, tmp_path: Path) -> None:
    fleet.set(refuse_firewalls=[stream[1] for stream in fleet.streams()])
    forecast = run(fleet, tmp_path, True)["forecast"]
    assert forecast["keeps_up"] == "unsure"
    assert forecast["advice"].startswith("No stream could be sampled")
    assert "no forecast" in forecast["summary"]


def test_the_limit_that_the_service_names_is_the_one_that_times_are_for(fleet: Simulator, tmp_path: Path) -> None:
    fleet.set(rate_limit=7, total="page")
    forecast = run(fleet, tmp_path, True, forecast_requests=40)["forecast"]
    assert forecast["rate_limit"] == {"requests_per_second": 7, "source": "learned"}
    assert forecast["hours"]["expected"] == pytest.approx(forecast["requests"]["expected"] / (0.97 * 7) / 3600, rel=0.05, abs=0.001)


def test_a_rerun_is_forecast_from_the_archive(fleet: Simulator, tmp_path: Path) -> None:
    done = run(fleet, tmp_path, False)
    planned = run(fleet, tmp_path, True)
    assert planned["changed"] is False
    forecast = planned["forecast"]
    assert forecast["records"] == {"low": 0, "expected": 0, "high": 0}
    assert off(forecast["per_day"]["records"], done["records"] / 6) < 0.05
    again = run(fleet, tmp_path, False)
    assert forecast["requests"]["low"] <= again["requests"] <= forecast["requests"]["high"]


def test_the_plan_is_the_same_with_a_forecast_and_without(fleet: Simulator, tmp_path: Path) -> None:
    plans = [[stream["planned"] for stream in run(fleet, tmp_path, True, forecast_requests=most)["streams"]] for most in (0, 200)]
    assert plans[0] == plans[1]
    assert not (tmp_path / "archive").exists()


def test_the_guide_shows_what_the_model_says_of_a_large_fleet() -> None:
    root = Path(__file__).resolve().parents[2]
    program = [sys.executable, str(root / "tests" / "benchmark" / "forecast.py"), "scenario"]
    # the program finds the collection where this test did
    path = os.pathsep.join(filter(None, sys.path))
    said = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, "PYTHONPATH": path}).stdout
    guide = (root / "docs" / "docsite" / "rst" / "forecast.rst").read_text(encoding="utf-8")
    assert said.count("\n") > 15
    assert textwrap.indent(said, "   ") in guide
