# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup cfw_flow_log."""

from __future__ import annotations

import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible_collections.cloudaudit.huaweicloud.plugins.lookup import cfw_flow_log
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.documentation import documented
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import END, FIREWALL, START, FakeService, flow_logs

SECRET = "Secret-f3a1b2c4d5e6"


@pytest.fixture(name="lookup")
def loaded_lookup():
    """The lookup with the options of its documentation, which is what Ansible's loader gives it."""
    plugin = cfw_flow_log.LookupModule()
    plugin._load_name = "cloudaudit.huaweicloud.cfw_flow_log"
    options, _attributes = documented(cfw_flow_log.DOCUMENTATION)
    constants.config.initialize_plugin_configuration_definitions("lookup", plugin._load_name, options)
    return plugin


@pytest.fixture(name="warnings")
def shown_warnings(monkeypatch):
    shown = []
    monkeypatch.setattr("ansible.utils.display.Display.warning", lambda _display, text, *_args, **_keywords: shown.append(text))
    return shown


def variables(service, **more):
    return {**{f"cloudaudit_huaweicloud_{name}": value for name, value in service.connection(secret_key=SECRET).items()}, **more}


def test_records_of_all_firewalls_with_the_connection_from_variables(lookup, warnings):
    with FakeService(flow_logs(12), clock=END) as service:
        found = lookup.run([FIREWALL, "other"], variables(service), start_time=START, end_time=END, limit=5)
    assert sorted(record["log_id"] for record in found) == sorted([f"id{number:06d}" for number in range(12)] * 2)
    assert {request.query["fw_instance_id"] for request in service.requests} == {FIREWALL, "other"}
    assert warnings == []


def test_options_and_aliases_come_before_variables(lookup):
    with FakeService(flow_logs(2), clock=END) as service:
        given = {name: value for name, value in service.connection().items() if name not in ("access_key", "secret_key")}
        found = lookup.run([[FIREWALL]], {"cloudaudit_huaweicloud_region": "other-9"}, start_time=START, end_time=END, ak="AK", sk="SK", dst_port="22", **given)
    assert len(found) == 2 and {request.query["dst_port"] for request in service.requests} == {"22"}


def test_query_gives_one_outcome_for_each_firewall(lookup):
    with FakeService(flow_logs(3), clock=END) as service:
        assert lookup.run([FIREWALL, "other"], variables(service), start_time=START, end_time=END, query="count") == [3, 3]


def test_a_range_that_the_service_has_forgotten_warns(lookup, warnings):
    with FakeService(flow_logs(3), clock=END + 3 * 86_400_000) as service:
        assert len(lookup.run([FIREWALL], variables(service), start_time=START, end_time=END)) == 3
    assert len(warnings) == 1 and "the range begins 3 days before the seven days" in warnings[0]


@pytest.mark.parametrize("terms", [[], [[]]])
def test_no_firewall_is_an_empty_answer_with_a_warning(lookup, warnings, terms):
    with FakeService(flow_logs(3), clock=END) as service:
        assert lookup.run(terms, variables(service), start_time=START, end_time=END) == []
        assert service.requests == []
    assert len(warnings) == 1 and "No firewall was named" in warnings[0]


def test_an_answer_that_was_cut_warns(lookup, warnings):
    with FakeService(flow_logs(9), clock=END) as service:
        assert len(lookup.run([FIREWALL], variables(service), start_time=START, end_time=END, max_records=4)) == 4
    assert len(warnings) == 1 and FIREWALL in warnings[0] and "not complete" in warnings[0]


def test_one_process_keeps_its_session(lookup):
    with FakeService(flow_logs(1), clock=END) as service:
        before = cfw_flow_log._session.cache_info().misses
        for _round in range(3):
            lookup.run([FIREWALL], variables(service), start_time=START, end_time=END)
        assert cfw_flow_log._session.cache_info().misses == before + 1


@pytest.mark.parametrize(
    "terms, options, named",
    [
        ([FIREWALL], {"limit": 0}, "limit: 0"),
        ([FIREWALL], {"dst_prot": 22}, "no option dst_prot"),
        ([FIREWALL], {"start_time": "yesterday"}, "start_time: 'yesterday'"),
        (["../x"], {}, "fw_instance_id: '../x'"),
        ([{"id": 1}], {}, "fw_instance_id"),
        ([FIREWALL], {"query": "["}, "query"),
        ([FIREWALL], {"endpoint": "http://example.com"}, "endpoint"),
        ([FIREWALL], {"log_type": "all"}, "log_type"),
    ],
)
def test_errors_are_one_line_and_hold_no_secret(lookup, terms, options, named):
    with FakeService(flow_logs(1), clock=END) as service:
        with pytest.raises(AnsibleError) as caught:
            lookup.run(terms, variables(service), **{"start_time": START, "end_time": END, **options})
        assert service.requests == []
    assert named in str(caught.value) and SECRET not in str(caught.value)
