# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding firewalls."""

from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import connect
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.firewalls import Filters, Project, choose_projects, discover, named_projects
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import FakeService

IAM_PROJECTS = [
    {"id": "p1", "name": "cn-north-4", "enabled": True},
    {"id": "p2", "name": "cn-north-4_sub", "enabled": True},
    {"id": "p3", "name": "cn-north-41", "enabled": True},
    {"id": "p4", "name": "MOS", "enabled": True},
    {"id": "p5", "name": "cn-north-4_old", "enabled": False},
]


def listing(*records):
    return lambda _request: (200, {"data": {"records": list(records), "total": len(records), "limit": 1024}})


def refuse(_request):
    return 403, {"error_code": "CFW.00100002", "error_msg": "no permission"}


def found(answers, projects, filters=Filters()):  # noqa: B008 (immutable)
    with FakeService({f"/v1/{project}/firewalls/list": answer for project, answer in answers.items()}) as service:
        session = connect(service.connection())
        return discover(Cfw(session), [Project(project, None) for project in projects], filters, session.region), service.requests


def test_projects_of_other_regions_and_disabled_ones_are_skipped_with_the_reason():
    chosen, skipped = choose_projects(IAM_PROJECTS, "cn-north-4")
    assert [project.id for project in chosen] == ["p1", "p2"]
    assert [(project["project_id"], project["reason"]) for project in skipped] == [
        ("p3", "not in region cn-north-4"),
        ("p4", "not in region cn-north-4"),
        ("p5", "disabled"),
    ]


def test_without_a_region_only_disabled_projects_are_skipped():
    chosen, skipped = choose_projects(IAM_PROJECTS, None)
    assert [project.id for project in chosen] == ["p1", "p2", "p3", "p4"] and [project["project_id"] for project in skipped] == ["p5"]


def test_projects_by_name():
    assert named_projects(IAM_PROJECTS, ["MOS", "cn-north-4", "MOS"]) == [Project("p4", "MOS"), Project("p1", "cn-north-4")]
    with pytest.raises(OptionError, match="project_names: 'cn-north-9'.*MOS, cn-north-4"):
        named_projects(IAM_PROJECTS, ["cn-north-9"])


def test_firewalls_keep_the_services_fields_and_get_ours():
    record = {
        "fw_instance_id": "f1",
        "fw_instance_name": "edge",
        "name": "1680054140516",
        "status": 2,
        "tags": '{"env": "prod"}',
        "ha_type": 1,
        "flavor": {"version": 1},
    }
    discovery, _requests = found({"p1": listing(record)}, ["p1"])
    assert discovery.firewalls == [
        {
            **record,
            "id": "f1",
            "name": "edge",
            "status_text": "running",
            "tags": {"env": "prod"},
            "project_id": "p1",
            "project_name": None,
            "region": "test-1",
        }
    ]
    assert discovery.unreadable == [] and discovery.warnings == []


@pytest.mark.parametrize("status, text", [(-1, "awaiting payment"), (5, "frozen"), (77, "unknown (77)"), (None, None)])
def test_status_in_words(status, text):
    discovery, _requests = found({"p1": listing({"fw_instance_id": "f1", "name": "a", "status": status})}, ["p1"])
    assert discovery.firewalls[0]["status_text"] == text


@pytest.mark.parametrize(
    "sent, read",
    [("", {}), (None, {}), ('{"a": "b"}', {"a": "b"}), ('[{"key": "a", "value": "b"}, {"key": "c"}]', {"a": "b", "c": ""}), ({"a": 1}, {"a": "1"})],
)
def test_forms_of_tags(sent, read):
    discovery, _requests = found({"p1": listing({"fw_instance_id": "f1", "tags": sent})}, ["p1"])
    assert discovery.firewalls[0]["tags"] == read and discovery.warnings == []


@pytest.mark.parametrize("sent", ["{", "7", '["a"]', 7])
def test_tags_that_cannot_be_read_are_said(sent):
    discovery, _requests = found({"p1": listing({"fw_instance_id": "f1", "tags": sent})}, ["p1"])
    assert discovery.firewalls[0]["tags"] == {}
    assert len(discovery.warnings) == 1 and "f1" in discovery.warnings[0] and repr(sent) in discovery.warnings[0]


def test_a_project_that_refuses_is_unreadable_and_does_not_stop_the_others():
    discovery, _requests = found({"p1": refuse, "p2": listing({"fw_instance_id": "f2"}), "p3": listing()}, ["p1", "p2", "p3"])
    assert [firewall["id"] for firewall in discovery.firewalls] == ["f2"]
    assert [(entry["project_id"], entry["code"], entry["status"]) for entry in discovery.unreadable] == [("p1", "CFW.00100002", 403)]
    assert discovery.unreadable[0]["request_id"] == "request-1" and "\n" not in discovery.unreadable[0]["error"]


@pytest.mark.parametrize(
    "filters, ids",
    [
        (Filters(name="a"), ["f1"]),
        (Filters(fw_instance_id="f2"), ["f2"]),
        (Filters(tags={"env": "prod"}), ["f1", "f2"]),
        (Filters(tags={"env": "prod", "team": "x"}), ["f2"]),
        (Filters(name="a", fw_instance_id="f2"), []),
    ],
)
def test_filters(filters, ids):
    records = [
        {"fw_instance_id": "f1", "name": "a", "tags": '{"env": "prod"}'},
        {"fw_instance_id": "f2", "name": "ab", "tags": '{"env": "prod", "team": "x"}'},
        {"fw_instance_id": "f3", "name": "abc"},
    ]
    discovery, _requests = found({"p1": listing(*records)}, ["p1"], filters)
    assert [firewall["id"] for firewall in discovery.firewalls] == ids


def test_the_service_filters_by_enterprise_project():
    _discovery, requests = found({"p1": listing()}, ["p1"], Filters(enterprise_project_id="all_granted_eps"))
    assert [request.body["enterprise_project_id"] for request in requests] == ["all_granted_eps"]
