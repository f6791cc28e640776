# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cfw_firewall_info from its options to its result."""

from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import ARCHIVING
from ansible_collections.cloudaudit.huaweicloud.plugins.modules import cfw_firewall_info, cfw_flow_log_archive
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import PROJECT, FakeService
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.run_module import run_module

PROJECTS = [
    {"id": PROJECT, "name": "test-1", "enabled": True},
    {"id": "shut", "name": "test-1_shut", "enabled": True},
    {"id": "elsewhere", "name": "other-2", "enabled": True},
]


def answers():
    def listed(_request):
        return 200, {"data": {"records": [{"fw_instance_id": "f1", "name": "edge", "status": 2, "tags": '{"env": "prod"}'}], "total": 1, "limit": 1024}}

    def refuse(_request):
        return 403, {"error_code": "CFW.00100002", "error_msg": "no permission"}

    return {
        "/v3/auth/projects": lambda _request: (200, {"projects": PROJECTS}),
        f"/v1/{PROJECT}/firewalls/list": listed,
        "/v1/shut/firewalls/list": refuse,
    }


def run(**options):
    with FakeService(answers()) as service:
        return run_module(cfw_firewall_info, {**service.connection(), **options})


def test_the_connections_project_is_the_default():
    result = run()
    assert [(firewall["id"], firewall["project_id"], firewall["region"]) for firewall in result["firewalls"]] == [("f1", PROJECT, "test-1")]
    assert result["unreadable"] == [] and result["skipped_projects"] == [] and not result.get("warnings")


def test_all_projects_states_what_was_unreadable_and_what_was_skipped():
    result = run(all_projects=True)
    assert [firewall["project_name"] for firewall in result["firewalls"]] == ["test-1"]
    assert [entry["project_name"] for entry in result["unreadable"]] == ["test-1_shut"]
    assert [entry["project_name"] for entry in result["skipped_projects"]] == ["other-2"]
    assert "1 of 2 projects could not be read: test-1_shut" in str(result["warnings"])
    assert "failed" not in result


def test_a_region_without_firewalls_is_told_with_the_projects_that_were_skipped():
    result = run(all_projects=True, region="other-9")
    reason = "No firewall was found since these credentials may enter no project of region other-9. Projects that were skipped: test-1, test-1_shut, other-2."
    assert result["firewalls"] == [] and result["reason"] == f"{reason} Check region."
    assert len(result["warnings"]) == 1 and reason in str(result["warnings"][0])
    unmatched = run(all_projects=True, region="test-1", name="other", on_unreadable="ignore")
    assert unmatched["unreadable"] and unmatched["reason"] is None


def test_a_region_whose_projects_have_no_firewall_is_told():
    empty = {f"/v1/{PROJECT}/firewalls/list": lambda _request: (200, {"data": {"records": []}})}
    listed = {"/v3/auth/projects": lambda _request: (200, {"projects": [PROJECTS[0], PROJECTS[2]]})}
    with FakeService({**empty, **listed}) as service:
        result = run_module(cfw_firewall_info, {**service.connection(), "all_projects": True})
    assert result["reason"] == "No firewall was found in the projects of region test-1. Projects that were skipped: other-2. Check region."


def test_projects_by_name_and_by_id():
    assert [firewall["project_name"] for firewall in run(project_names=["test-1"])["firewalls"]] == ["test-1"]
    assert [firewall["project_name"] for firewall in run(project_ids=[PROJECT, PROJECT])["firewalls"]] == [None]
    unknown = run(project_names=["test-9"])
    assert unknown["failed"] is True and "project_names: 'test-9'" in unknown["msg"]


@pytest.mark.parametrize(
    "choice, projects, failed, warned",
    [
        ("fail", [PROJECT, "shut"], True, False),
        ("warn", [PROJECT, "shut"], False, True),
        ("warn", ["shut"], True, False),
        ("ignore", ["shut"], False, False),
        ("fail", [PROJECT], False, False),
    ],
)
def test_on_unreadable(choice, projects, failed, warned):
    result = run(project_ids=projects, on_unreadable=choice)
    assert bool(result.get("failed")) is failed and bool(result.get("warnings")) is warned
    assert [entry["project_id"] for entry in result["unreadable"]] == [project for project in projects if project == "shut"]
    assert len(result["firewalls"]) == projects.count(PROJECT)


def test_targets_are_what_the_archive_takes():
    targets = run(all_projects=True)["targets"]
    assert targets == [{"project_id": PROJECT, "fw_instance_id": "f1", "region": "test-1", "name": "edge"}]
    assert set(targets[0]) <= set(ARCHIVING["firewalls"]["options"]) and cfw_flow_log_archive.ARCHIVING is ARCHIVING
