# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cfw_flow_log_archive: when it fails, and what it returns then. What it archives is tested with the archive."""

from __future__ import annotations

import os
import signal
import time

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import parse
from ansible_collections.cloudaudit.huaweicloud.plugins.modules import cfw_flow_log_archive
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import FIREWALL, PROJECT, FakeService, flow_logs
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.run_module import run_module

OTHER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def keep_signal_handlers():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(tmp_path, firewalls, refused=None, **options):
    first = int(time.time() * 1000) // 3_600_000 * 3_600_000 - 3 * 3_600_000
    with FakeService(flow_logs(50, first, refused)) as service:
        return run_module(
            cfw_flow_log_archive,
            {
                **service.connection(),
                "archive": str(tmp_path / "archive"),
                "firewalls": [{"fw_instance_id": firewall} for firewall in firewalls],
                "log_types": ["internet"],
                "start_time": first,
                "end_time": first + 7_200_000,
                **options.pop("options", {}),
            },
            **options,
        )


def test_what_was_collected_is_returned_and_a_second_run_changes_nothing(tmp_path):
    first = run(tmp_path, [FIREWALL])
    assert "failed" not in first and first["changed"] is True
    [stream] = first["streams"]
    assert (stream["project_id"], stream["fw_instance_id"], stream["log_type"], stream["error"]) == (PROJECT, FIREWALL, "internet", None)
    assert stream["added"] == first["added"] == 50 and stream["windows"]["complete"] == 2
    second = run(tmp_path, [FIREWALL])
    assert second["changed"] is False and second["streams"][0]["head"] == stream["head"]


def test_a_relative_path_of_a_key_gets_advice_that_masking_leaves_readable(tmp_path):
    """Ansible masks the path wherever it stands, as it is the value of a secret option."""
    pytest.importorskip("cryptography")
    result = run(tmp_path, [FIREWALL], options={"signing_key": "key.pem"})
    assert result["failed"] and "********" not in result["msg"]
    assert "write the full one, from / or ~ on" in result["msg"] and "openssl genpkey -algorithm ed25519 -out /" in result["msg"]


@pytest.mark.parametrize(
    "fail_on, firewalls, failed",
    [
        ("any", [FIREWALL, OTHER], True),
        ("all", [FIREWALL, OTHER], False),
        ("all", [OTHER], True),
        ("never", [OTHER], False),
        ("any", [FIREWALL], False),
    ],
)
def test_fail_on(tmp_path, fail_on, firewalls, failed):
    result = run(tmp_path, firewalls, refused=OTHER, options={"fail_on": fail_on})
    assert bool(result.get("failed")) is failed
    assert {stream["fw_instance_id"]: bool(stream["error"]) for stream in result["streams"]} == {firewall: firewall == OTHER for firewall in firewalls}
    assert result["changed"] is (FIREWALL in firewalls)
    if failed:
        assert OTHER in result["msg"] and "no permission" in result["msg"] and "\n" not in result["msg"]


def test_check_mode_writes_nothing(tmp_path):
    result = run(tmp_path, [FIREWALL], check_mode=True, diff=True)
    assert result["changed"] is True and result["streams"][0]["planned"]["new"] == 2
    assert not os.path.exists(tmp_path / "archive")


def test_diff_mode_shows_ranges_instead_of_each_window(tmp_path):
    planned = run(tmp_path, [FIREWALL], check_mode=True, diff=True)["diff"]["after"]
    done = run(tmp_path, [FIREWALL], diff=True)["diff"]["after"]
    _stream, start, end, what = planned.strip().split(" ", 3)
    assert what == "to be collected" and parse(end, 0) - parse(start, 0) == 7_200_000
    assert done == planned.replace("to be collected", "complete, 50 added")


def test_check_mode_forecasts_unless_told_not_to(tmp_path):
    forecast = run(tmp_path, [FIREWALL], check_mode=True)["forecast"]
    assert forecast["records"] == {"low": 50, "expected": 50, "high": 50}
    assert forecast["basis"] == {"page": 1} and forecast["keeps_up"] == "yes"
    assert "forecast" not in run(tmp_path, [FIREWALL], check_mode=True, options={"forecast_requests": 0})
    assert "forecast" not in run(tmp_path, [FIREWALL])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_task_soon_with_a_message(tmp_path, monkeypatch, number):
    """The service never gets to answer usefully: without the signal the task would go on for its whole retry_timeout."""
    answers = {f"/v1/{PROJECT}/cfw/logs/flow": lambda _request: (os.kill(os.getpid(), number), (503, {"error_code": "x", "error_msg": "later"}))[1]}
    started = time.monotonic()
    with FakeService(answers) as service:
        result = run_module(
            cfw_flow_log_archive,
            {**service.connection(retry_timeout=60), "archive": str(tmp_path / "archive"), "fw_instance_id": FIREWALL, "start_time": "-3h"},
        )
    assert result["failed"] is True and "\n" not in result["msg"]
    assert time.monotonic() - started < 30
