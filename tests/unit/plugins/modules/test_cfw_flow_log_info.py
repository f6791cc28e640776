# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cfw_flow_log_info from its options to its result."""

from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.modules import cfw_flow_log_info
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import END, FIREWALL, PROJECT, START, FakeService, flow_logs
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.run_module import run_module

OPTIONS = {"fw_instance_id": FIREWALL, "start_time": START, "end_time": END}


def run(service, check_mode=False, **options):
    return run_module(cfw_flow_log_info, {**service.connection(), **OPTIONS, **options}, check_mode=check_mode)


@pytest.mark.parametrize("check_mode", [False, True])
def test_everything_is_returned_and_nothing_changed(check_mode):
    with FakeService(flow_logs(30), clock=END) as service:
        result = run(service, check_mode, limit=8)
    assert "failed" not in result and result.get("changed", False) is False and not result.get("warnings")
    assert result["count"] == len(result["records"]) == 30 and result["complete"] is True
    assert result["records"][0]["bytes"] == 34.5


def test_a_cut_answer_warns_once():
    with FakeService(flow_logs(30), clock=END) as service:
        result = run(service, max_records=5)
    assert result["count"] == 5 and result["complete"] is False
    assert len(result["warnings"]) == 1 and "not complete" in str(result["warnings"][0])


def test_a_range_that_the_service_has_forgotten_warns():
    with FakeService({f"/v1/{PROJECT}/cfw/logs/flow": lambda _request: (200, {"data": {"records": [], "total": 0, "limit": 1024}})}, clock=END) as service:
        result = run(service, start_time=START - 10 * 86_400_000, end_time=START)
    assert (result["count"], result["complete"], len(result["warnings"])) == (0, False, 1)
    assert "it has 0 records: the range begins 10 days before the seven days" in str(result["warnings"][0])


def test_the_services_error_is_one_line_with_its_code_and_request_id():
    def refuse(_request):
        return 400, {"error_code": "CFW.00500002", "error_msg": "time range error"}

    with FakeService({f"/v1/{PROJECT}/cfw/logs/flow": refuse}) as service:
        result = run(service)
    assert result["failed"] is True and "time range error" in result["msg"] and "\n" not in result["msg"]
    assert (result["error_code"], result["status"]) == ("CFW.00500002", 400)
    assert result["request_id"] == f"request-{len(service.requests)}"


def test_ids_and_the_access_key_are_not_masked_and_secrets_are():
    with FakeService(flow_logs(1), clock=END) as service:
        result = run(service, query="records[0].log_id")
    given = result["invocation"]["module_args"]
    assert result["result"] == "id000000"
    assert given["project_id"] == PROJECT and given["fw_instance_id"] == FIREWALL and given["access_key"] == "AKTESTTESTTEST"
    assert given["secret_key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
