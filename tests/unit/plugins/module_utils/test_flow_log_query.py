# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bounded query, from options to result."""

from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import connect
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ApiError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.flow_log_query import ask, incompleteness, prepare
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import END, FIREWALL, PROJECT, START, FakeService, flow_logs

HOUR, DAY = 3_600_000, 86_400_000
OPTIONS = {"fw_instance_id": FIREWALL, "start_time": START, "end_time": END, "limit": 10, "max_records": 0}


def asked(service, **options):
    return ask(connect(service.connection()), prepare({**OPTIONS, **options}))


def test_all_pages_are_read_and_records_are_unchanged():
    with FakeService(flow_logs(25), clock=END) as service:
        result = asked(service)
    assert result["complete"] is True and result["next"] is None and result["reasons"] == [] and incompleteness(result) is None
    assert result["count"] == 25 and result["total"] == 25
    assert sorted(record["log_id"] for record in result["records"]) == [f"id{number:06d}" for number in range(25)]
    assert result["records"][0]["bytes"] == 34.5
    assert result["requests"] == len(service.requests)
    assert (result["start_time"], result["start_time_iso"]) == (START, "2022-09-19T02:36:52.000Z")
    assert (result["end_time"], result["end_time_iso"]) == (END, "2022-09-26T02:36:38.000Z")
    assert {request.query["fw_instance_id"] for request in service.requests} == {FIREWALL}


def test_a_bound_that_cuts_is_said_and_next_goes_on_to_the_rest():
    with FakeService(flow_logs(25), clock=END) as service:
        first = asked(service, max_records=7)
        assert first["count"] == 7 and first["complete"] is False and first["reasons"] and first["next"]
        warning = incompleteness(first)
        assert "7 of 25 records" in warning and first["next"]["log_id"] in warning and str(START) in warning and "\n" not in warning
        second = asked(service, **first["next"])
    assert second["complete"] is True
    found = [record["log_id"] for record in first["records"] + second["records"]]
    assert sorted(found) == [f"id{number:06d}" for number in range(25)]


def test_without_a_place_to_go_on_the_warning_asks_for_shorter_ranges():
    warning = incompleteness({"complete": False, "reasons": ["the pages repeat"], "next": None, "count": 3, "total": None})
    assert "it has 3 records: the pages repeat." in warning and "shorter" in warning


@pytest.mark.parametrize("later, before", [(HOUR, None), (2 * HOUR, "2 hours"), (3 * DAY, "3 days"), (23 * DAY + 5 * HOUR, "23 days")])
def test_a_range_that_begins_before_the_seven_days_is_not_complete(later, before):
    with FakeService(flow_logs(25), clock=START + 7 * DAY + later - 2000) as service:
        result = asked(service)
        rest = asked(service, log_id="id000012", next_date=START + 12_000)
    reasons = [f"the range begins {before} before the seven days that the service keeps"] if before else []
    assert (result["complete"], result["reasons"], result["next"], result["count"]) == (before is None, reasons, None, 25)
    assert (rest["complete"], rest["reasons"], rest["next"], rest["count"]) == (before is None, reasons, None, 12)
    if before:
        assert f"it has 25 records: {reasons[0]}." in incompleteness(result) and "inside the seven days" in incompleteness(result)


def test_a_cut_that_begins_before_the_seven_days_has_both_reasons_and_a_place_to_go_on():
    with FakeService(flow_logs(25), clock=END + 30 * DAY) as service:
        result = asked(service, max_records=7)
    assert len(result["reasons"]) == 2 and result["next"]["log_id"] == "id000018"


def test_query_is_returned_as_result_and_records_are_left_out():
    with FakeService(flow_logs(5), clock=END) as service:
        result = asked(service, query="{sum: sum(records[].bytes), count: count, total: total}")
    assert result["result"] == {"sum": 172.5, "count": 5, "total": 5}
    assert "records" not in result and result["count"] == 5


def test_the_enterprise_project_of_the_environment_is_passed_on(monkeypatch):
    monkeypatch.setenv("HW_ENTERPRISE_PROJECT_ID", "all_granted_eps")
    with FakeService(flow_logs(1), clock=END) as service:
        asked(service)
    assert {request.query["enterprise_project_id"] for request in service.requests} == {"all_granted_eps"}


def test_an_enterprise_project_that_is_no_id_is_refused_before_any_request():
    with FakeService(flow_logs(1), clock=END) as service:
        with pytest.raises(OptionError, match="enterprise_project_id"):
            connect(service.connection(enterprise_project_id="a/b"))
        assert service.requests == []


@pytest.mark.parametrize("expression", ["records[", "", "foo(records)", "records[*].{a: max_by(@, &foo(b))}", "records[?bytes > ", "a b", "\x00"])
def test_a_wrong_expression_is_refused_before_any_request(expression):
    with pytest.raises(OptionError) as caught:
        prepare({**OPTIONS, "query": expression})
    assert caught.value.details["option"] == "query" and "\n" not in str(caught.value)


def test_an_expression_that_fails_on_the_records_is_an_option_error():
    with FakeService(flow_logs(2), clock=END) as service, pytest.raises(OptionError, match="query: .*can't be evaluated"):
        asked(service, query="sum(records[].app)")


@pytest.mark.parametrize("max_records", [-1, True, None])
def test_max_records_is_not_negative(max_records):
    with pytest.raises(OptionError, match="max_records"):
        prepare({**OPTIONS, "max_records": max_records})


def test_a_refusal_keeps_code_status_and_request_id():
    def refuse(_request):
        return 400, {"error_code": "CFW.00500002", "error_msg": "time range error"}

    with FakeService({f"/v1/{PROJECT}/cfw/logs/flow": refuse}) as service, pytest.raises(ApiError) as caught:
        asked(service)
    assert (caught.value.status, caught.value.code) == (400, "CFW.00500002")
    assert caught.value.request_id == f"request-{len(service.requests)}"
