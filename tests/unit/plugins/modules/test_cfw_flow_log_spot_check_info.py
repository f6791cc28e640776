# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cfw_flow_log_spot_check_info, against the service that an archive was collected from, and against others."""

from __future__ import annotations

import time

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.modules import cfw_flow_log_archive, cfw_flow_log_report, cfw_flow_log_spot_check_info
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import FIREWALL, FakeService, flow_logs
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.run_module import run_module

HOUR = 3_600_000
FIRST = int(time.time() * 1000) // HOUR * HOUR - 5 * HOUR


@pytest.fixture(name="archive", scope="module")
def new_archive(tmp_path_factory):
    """An archive of four hours; all 50 records are in the first one."""
    folder = str(tmp_path_factory.mktemp("spot") / "archive")
    with FakeService(flow_logs(50, FIRST)) as service:
        options = {"archive": folder, "fw_instance_id": FIREWALL, "log_types": ["internet"], "start_time": FIRST, "end_time": FIRST + 4 * HOUR}
        run_module(cfw_flow_log_archive, {**service.connection(), **options})
    return folder


def check(archive, records=50, answers=None, **options):
    with FakeService(answers or flow_logs(records, FIRST)) as service:
        return run_module(cfw_flow_log_spot_check_info, {**service.connection(), "archive": archive, **options})


def test_the_same_service_has_the_same_records(archive):
    result = check(archive)
    assert result["outcomes"] == {"same": 4, "differs": 0, "failed": 0} and result["candidates"] == 4
    assert sorted(window["service"] for window in result["windows"]) == [0, 0, 0, 50]
    assert all(window["service"] == window["archived"] and window["requests"] for window in result["windows"])
    assert result.get("changed", False) is False


def test_a_seed_repeats_the_draw_and_another_does_not(archive):
    def drawn(seed):
        return [window["start"] for window in check(archive, windows=2, seed=seed)["windows"]]

    assert drawn("one") == drawn("one") and len(drawn("one")) == 2
    assert len({tuple(drawn(str(seed))) for seed in range(8)}) > 1
    assert check(archive, windows=1)["seed"] != check(archive, windows=1)["seed"]


@pytest.mark.parametrize(("records", "missing", "gone"), [(53, 3, 0), (48, 0, 2)])
def test_records_that_only_one_has_are_counted(archive, tmp_path, records, missing, gone):
    result = check(archive, records)
    assert result["outcomes"] == {"same": 3, "differs": 1, "failed": 0}
    [window] = [window for window in result["windows"] if window["outcome"] == "differs"]
    assert (window["missing"], window["gone"], window["different"]) == (missing, gone, 0)
    report = run_module(cfw_flow_log_report, {"archive": archive, "dest": str(tmp_path / "report"), "spot_check": result})
    [finding] = [finding for finding in report["findings"] if finding["kind"] == "spot-check-differs"]
    assert finding["severity"] == ("error" if gone else "warning") and finding["start"] == window["start"]


def test_a_record_that_is_not_the_same_is_counted(archive):
    def altered(answer):
        def answered(request):
            status, content = answer(request)
            text = content if isinstance(content, str) else __import__("json").dumps(content)
            return status, text.replace("100.95.148.49", "100.95.148.50")

        return answered

    answers = {path: altered(answer) for path, answer in flow_logs(50, FIRST).items()}
    result = check(archive, answers=answers)
    assert sorted(window["different"] for window in result["windows"]) == [0, 0, 0, 50]


def test_a_service_that_refuses_is_a_failure_and_not_the_same(archive):
    refused = {path: lambda _request: (403, {"error_code": "CFW.00500001", "error_msg": "no"}) for path in flow_logs(50, FIRST)}
    result = check(archive, answers=refused)
    assert result["outcomes"] == {"same": 0, "differs": 0, "failed": 4}
    assert "CFW.00500001" in result["windows"][0]["error"]


@pytest.mark.parametrize("options", [{"windows": 0}, {"concurrency": 65}, {"seed": ""}])
def test_bad_options_are_refused(archive, options):
    assert check(archive, **options)["failed"] is True
