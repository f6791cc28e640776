# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts as an inventory gives them, and the survey of their firewalls."""

from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.connection_options import ENVIRONMENT
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.firewall_survey import OWN, SECRETS, SHARED, read_accounts, survey
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import FakeService

PROJECTS = [
    {"id": "p1", "name": "test-1", "enabled": True},
    {"id": "p2", "name": "test-1_shut", "enabled": True},
    {"id": "p3", "name": "test-2_far", "enabled": True},
    {"id": "p4", "name": "test-2_off", "enabled": False},
]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for variables in ENVIRONMENT.values():
        for variable in variables:
            monkeypatch.delenv(variable, raising=False)


def listing(*ids):
    return lambda _request: (200, {"data": {"records": [{"fw_instance_id": fw, "fw_instance_name": fw.upper(), "status": 2} for fw in ids]}})


def answers(**more):
    return {
        "/v3/auth/projects": lambda _request: (200, {"projects": PROJECTS}),
        "/v1/p1/firewalls/list": listing("f1", "f2"),
        "/v1/p2/firewalls/list": lambda _request: (403, {"error_code": "CFW.00100002", "error_msg": "no permission"}),
        "/v1/p3/firewalls/list": listing("f3"),
        **more,
    }


def options(service, **more):
    return {**service.connection(project_id=None), **more}


def found(accounts, concurrency=4):
    result = survey(accounts, concurrency)
    return [(firewall["id"], firewall["region"], firewall["account"]) for firewall in result.firewalls], result


def test_all_projects_of_one_region():
    with FakeService(answers()) as service:
        firewalls, result = found(read_accounts(options(service), {}))
        assert result.firewalls[0]["endpoint"] == service.url
    assert firewalls == [("f1", "test-1", "default"), ("f2", "test-1", "default")]
    assert [(entry["project_name"], entry["account"], entry["status"]) for entry in result.unreadable] == [("test-1_shut", "default", 403)]
    assert result.asked == 2


def test_regions_with_addresses_of_their_own():
    with FakeService(answers()) as service, FakeService(answers()) as far:
        given = options(service, region=None, endpoint=None, regions=["test-1", "test-2"], endpoints={"test-1": service.url, "test-2": far.url})
        firewalls, result = found(read_accounts(given, {}))
        assert [request.path for request in far.requests] == ["/v1/p3/firewalls/list"]
        assert "/v1/p3/firewalls/list" not in [request.path for request in service.requests]
        assert result.firewalls[2]["endpoint"] == far.url
    assert firewalls == [("f1", "test-1", "default"), ("f2", "test-1", "default"), ("f3", "test-2", "default")]


def test_a_region_without_firewalls_is_told_with_the_projects_that_were_skipped():
    with FakeService(answers()) as service:
        firewalls, result = found(read_accounts(options(service, region="test-9"), {}))
        addresses = {"test-1": service.url, "test-9": service.url}
        _far, mixed = found(read_accounts(options(service, region=None, endpoint=None, regions=list(addresses), endpoints=addresses), {}))
    assert firewalls == [] and mixed.warnings == []
    assert result.warnings == [
        "Account default: No firewall was found since these credentials may enter no project of region test-9. "
        "Projects that were skipped: test-1, test-1_shut, test-2_far, test-2_off. Check region."
    ]


def test_one_address_in_the_environment_is_not_taken_for_several_regions():
    given = {"regions": ["test-1", "test-2"], "ak": "AKAKAKAKAKAK", "sk": "s"}
    with pytest.raises(OptionError, match="HW_CFW_ENDPOINT is one address, but there are 2 regions"):
        read_accounts(given, {"HW_CFW_ENDPOINT": "https://cfw.example"})
    addresses = {"test-1": "https://one.example", "test-2": "https://two.example"}
    assert read_accounts({**given, "endpoints": addresses}, {"HW_CFW_ENDPOINT": "https://cfw.example"})[0].endpoints == addresses


def test_projects_by_id_need_no_list_of_projects():
    with FakeService(answers()) as service:
        firewalls, result = found(read_accounts(options(service, project_ids=["p3", "p3"]), {}))
        assert [request.path for request in service.requests] == ["/v1/p3/firewalls/list"]
    assert firewalls == [("f3", "test-1", "default")] and result.asked == 1


@pytest.mark.parametrize("given", [{"project_id": "p3"}, {"project_name": "test-2_far"}, {"project_names": ["test-2_far"]}])
def test_ways_to_choose_a_project(given):
    answer = {"/v3/projects": lambda _request: (200, {"projects": [PROJECTS[2]]})}
    with FakeService(answers(**answer)) as service:
        firewalls, _result = found(read_accounts(options(service, **given), {}))
    assert [firewall[0] for firewall in firewalls] == ["f3"]


@pytest.mark.parametrize(
    "chosen, named",
    [
        ({"project_ids": ["p1", "p9"]}, "'p9' is not a project"),
        ({"project_names": ["nowhere"]}, "'nowhere' is not a project"),
        ({"project_ids": ["p4"]}, "The project test-2_off .* is disabled"),
    ],
)
def test_a_project_that_was_asked_for_is_never_left_out_in_silence(chosen, named):
    with FakeService(answers()) as service:
        given = options(service, region=None, endpoint=None, regions=["test-1", "test-2"], endpoints={"test-1": service.url, "test-2": service.url}, **chosen)
        with pytest.raises(OptionError, match=named):
            found(read_accounts(given, {}))


def test_an_account_that_refuses_does_not_stop_the_others():
    refusing = answers(**{"/v3/auth/projects": lambda _request: (401, {"error_code": "APIG.0301", "error_msg": "no"})})
    with FakeService(refusing) as shut, FakeService(answers()) as service:
        accounts = [
            {"name": "shut", "ak": "AKAKAKAKAKAK", "sk": "s", "endpoint": shut.url, "auth_url": shut.url},
            {"name": "open", "ak": "AKAKAKAKAKAK", "sk": "s", "endpoint": service.url, "auth_url": service.url},
        ]
        firewalls, result = found(read_accounts({"region": "test-1", "retry_timeout": 0, "accounts": accounts}, {}))
    assert firewalls == [("f1", "test-1", "open"), ("f2", "test-1", "open")]
    assert [(entry["account"], entry["project_id"], entry["status"]) for entry in result.unreadable] == [("shut", None, 401), ("open", "p2", 403)]
    assert result.asked == 3


def test_projects_are_asked_at_the_same_time():
    waiting = threading.Barrier(4, timeout=10)

    def answer(request):
        waiting.wait()  # only four at once get past it
        return listing(request.path.split("/")[2])(request)

    projects = [{"id": f"q{number}", "name": f"test-1_{number}"} for number in range(4)]
    paths = {f"/v1/{project['id']}/firewalls/list": answer for project in projects}
    with FakeService({"/v3/auth/projects": lambda _request: (200, {"projects": projects}), **paths}) as service:
        firewalls, _result = found(read_accounts(options(service), {}), 4)
    assert [firewall[0] for firewall in firewalls] == ["q0", "q1", "q2", "q3"]


def test_an_error_ends_what_the_others_wait_for():
    with FakeService({"/v3/auth/projects": lambda _request: (503, {})}) as service:
        slow = {"name": "slow", "ak": "AKAKAKAKAKAK", "sk": "s", "endpoint": service.url, "auth_url": service.url, "region": "test-1", "retry_timeout": 60}
        wrong = {"name": "wrong", "ak": "AKAKAKAKAKAK", "sk": "s"}  # of no region
        started = time.monotonic()
        with pytest.raises(OptionError, match="neither region nor endpoint"):
            found(read_accounts({"accounts": [wrong, slow]}, {}))
        assert time.monotonic() - started < 20


def test_what_accounts_share_and_what_they_do_not():
    shared = {"regions": ["test-1", "test-2"], "timeout": 5, "ca_path": "/ca.pem", "auth_url": "https://iam.example.com"}
    given = [
        {"name": "a", "ak": "A", "sk": "S"},
        {"name": "b", "token": "T", "region": "test-9", "timeout": 7, "project_names": ["p"]},
        {"name": "c", "environment": {"user": "USER_C", "password": "PW_C"}, "domain": "d"},
    ]
    first, second, third = read_accounts({**shared, "accounts": given}, {"USER_C": "u", "PW_C": "pw"})
    assert first.regions == ("test-1", "test-2") and first.connection["access_key"] == "A" and first.connection["timeout"] == 5
    assert second.regions == () and second.connection["region"] == "test-9" and second.connection["timeout"] == 7 and second.project_names == ("p",)
    assert (third.connection["user_name"], third.connection["password"], third.connection["domain_name"]) == ("u", "pw", "d")
    assert all(account.connection["ca_path"] == "/ca.pem" and account.connection["auth_url"] for account in (first, second, third))
    assert second.connection["access_key"] is None and first.project_names == ()


def test_every_connection_option_is_shared_or_an_accounts_own():
    assert set(CONNECTION) <= set(SHARED) | set(OWN) and not set(SHARED) & set(OWN)
    assert set(SECRETS) <= set(OWN)


def test_the_public_part_of_an_account_holds_no_secret():
    account = read_accounts({name: f"value-of-{name}" for name in ("secret_key", "password", "auth_token", "security_token", "access_key", "region")}, {})[0]
    shown = str(account.public())
    assert not [name for name in SECRETS if f"value-of-{name}" in shown] and "value-of-access_key" in shown


@pytest.mark.parametrize(
    "given, environ, named",
    [
        ({"accounts": [{"name": "a"}], "password": "x"}, {}, "password is given beside accounts"),
        ({"accounts": [{"name": "a"}, {"name": "b"}]}, {"OS_PROJECT_NAME": "p"}, "OS_PROJECT_NAME names a project, but there are 2 accounts"),
        ({"accounts": [{"name": "a", "environment": {"region": "X", "zone": "Y"}}]}, {"X": "r"}, "zone is not a connection option"),
        ({"accounts": [{"name": "a", "environment": "PREFIX_"}]}, {}, "environment is not a dictionary"),
        ({"accounts": [{"name": "a", "endpoints": {"test-1": "https://x"}}]}, {}, "endpoints is not a dictionary of addresses by regions"),
        ({"regions": ["test-1"], "endpoints": {"test-1": "https://x"}, "endpoint": "https://y"}, {}, "endpoint and endpoints exclude"),
        ({"regions": "test-1"}, {}, "regions: 'test-1' is not a list of names"),
        ({"regions": ["Test_1"]}, {}, "'Test_1' is not a region"),
        ({"project_id": "p", "project_name": "q"}, {}, "project_id and project_name exclude"),
    ],
)
def test_what_contradicts_itself_is_refused(given, environ, named):
    with pytest.raises(OptionError, match=named):
        read_accounts(given, environ)


def test_one_account_may_have_its_project_in_the_environment():
    assert len(read_accounts({"accounts": [{"name": "a"}]}, {"OS_PROJECT_NAME": "p"})) == 1
