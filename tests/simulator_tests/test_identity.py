# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens, signatures, temporary keys, projects: who is let in, and who is told what."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from plain_client import Client

from simulator import Simulator


def token_request(simulator: Simulator, password: str | None = None, scope: dict[str, Any] | None = None) -> requests.Response:
    world = simulator.world
    user = {"name": world.user_name, "password": password or world.password, "domain": {"name": world.domain_name}}
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
    if scope:
        auth["scope"] = scope
    return requests.post(f"{simulator.url}/v3/auth/tokens", json={"auth": auth}, timeout=10)


def signed(simulator: Simulator, ak: str, sk: str, headers: dict[str, str] | None = None, path: str = "/v3/auth/projects", query: Any = ()) -> dict[str, Any]:
    """A request signed by the vendor's signer, as arguments for requests.get."""
    host = simulator.url.split("//")[1]
    request = SdkRequest(method="GET", schema="http", host=host, resource_path=path, query_params=list(query), header_params=dict(headers or {}), body="")
    request = Signer(BasicCredentials(ak, sk, "unused")).sign(request)
    return {"url": simulator.url + request.uri, "headers": request.header_params, "timeout": 10}


def test_token_scoped_by_id_and_by_name(simulator: Simulator) -> None:
    first, second = simulator.world.projects.values()
    for scope in ({"id": second.id}, {"name": second.name}):
        answer = token_request(simulator, scope={"project": scope})
        assert answer.status_code == 201 and answer.json()["token"]["project"]["id"] == second.id
        headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
        body = {"limit": 10, "offset": 0}
        listed = requests.post(f"{simulator.url}/v1/{second.id}/firewalls/list", json=body, headers=headers, timeout=10)
        assert [record["fw_instance_name"] for record in listed.json()["data"]["records"]] == ["other"]
        refused = requests.post(f"{simulator.url}/v1/{first.id}/firewalls/list", json=body, headers=headers, timeout=10)
        assert (refused.status_code, refused.json()["error_code"]) == (403, "APIG.0302")
    unscoped = {"X-Auth-Token": token_request(simulator).headers["X-Subject-Token"]}
    assert requests.post(f"{simulator.url}/v1/{first.id}/firewalls/list", json=body, headers=unscoped, timeout=10).status_code == 403
    assert len(requests.get(f"{simulator.url}/v3/auth/projects", headers=unscoped, timeout=10).json()["projects"]) == 2


@pytest.mark.parametrize("password,scope", [("wrong", None), (None, {"project": {"name": "unknown"}})])
def test_iam_refuses_in_its_own_form(simulator: Simulator, password: str | None, scope: dict[str, Any] | None) -> None:
    answer = token_request(simulator, password, scope)
    assert answer.status_code == 401 and answer.json()["error"]["code"] == 401 and answer.json()["error"]["title"] == "Unauthorized"
    assert "X-Subject-Token" not in answer.headers
    assert requests.post(f"{simulator.url}/v3/auth/tokens", data="{}", timeout=10).json()["error"]["code"] == 400
    assert requests.get(f"{simulator.url}/v3/projects", timeout=10).json()["error"]["code"] == 401


def test_projects_by_name(client: Client) -> None:
    names = [project["name"] for project in client.get("/v3/projects").json()["projects"]]
    assert names == ["cn-north-4", "cn-north-4_other"]
    assert [project["name"] for project in client.get("/v3/projects", name="cn-north-4_other").json()["projects"]] == ["cn-north-4_other"]


@pytest.mark.parametrize("switches", [{"kill_tokens": True}, {"token_life_requests": 1}])
def test_tokens_die_early(client: Client, switches: dict[str, Any]) -> None:
    assert client.ask(limit=1).status_code == 200
    client.simulator.set(**switches)
    assert client.refusal(limit=1)[:2] == (401, "APIG.0301")
    assert client.simulator.service.switches.current.kill_tokens is False


def test_tokens_expire_by_the_servers_clock(simulator: Simulator) -> None:
    simulator.set(token_life_s=1)
    client = Client(simulator)
    assert client.ask(limit=1).status_code == 200
    time.sleep(1.1)
    assert client.refusal(limit=1)[:2] == (401, "APIG.0301")


def test_nobody_and_somebody_unknown(client: Client) -> None:
    client.session.headers["X-Auth-Token"] = "unknown"
    assert client.refusal()[:2] == (401, "APIG.0301")
    del client.session.headers["X-Auth-Token"]
    assert client.refusal()[:2] == (401, "APIG.0301")


def test_a_signature_covers_path_query_headers_and_key(simulator: Simulator) -> None:
    simulator.set(max_skew_ms=0)
    world = simulator.world
    good = signed(simulator, world.access_key, world.secret_key, {"X-Extra": " spaced "}, query=[("name", "a b+c/\u00e9~"), ("page", 1), ("per_page", 5)])
    assert requests.get(**good).status_code == 200
    assert simulator.requests()[-1]["params"]["name"] == "a b+c/\u00e9~" and simulator.requests()[-1]["authentication"] == "access_key"
    changed = [
        {"url": good["url"].replace("page=1", "page=2")},
        {"url": good["url"].replace("/auth/projects", "/projects")},
        {"headers": {**good["headers"], "X-Extra": "other"}},
        {"headers": {name: value for name, value in good["headers"].items() if name != "X-Extra"}},
        {"headers": {**good["headers"], "Authorization": good["headers"]["Authorization"].replace(world.access_key, "UNKNOWN")}},
        {"headers": {**good["headers"], "Authorization": good["headers"]["Authorization"][:-1]}},
        {"headers": {**good["headers"], "X-Security-Token": "made up"}},
        {"data": b"a body"},
    ]
    for change in changed:
        answer = requests.get(**{**good, **change})
        assert answer.status_code == 401 and answer.json()["error"]["code"] == 401, change
    assert requests.get(**signed(simulator, world.access_key, "wrong")).status_code == 401


def test_a_signed_project_call_stays_in_its_project(simulator: Simulator) -> None:
    simulator.set(max_skew_ms=0)
    world = simulator.world
    first, second = world.projects
    path, query = f"/v1/{second}/firewall/exist", [("offset", 0), ("limit", 1), ("service_type", 0)]
    for headers, status in (({}, 200), ({"X-Project-Id": second}, 200), ({"X-Project-Id": first}, 403)):
        assert requests.get(**signed(simulator, world.access_key, world.secret_key, headers, path, query)).status_code == status
    assert requests.get(**signed(simulator, world.access_key, world.secret_key, {}, "/v1/unknown/firewall/exist", query)).status_code == 403


def test_clock_skew_is_a_refusal_of_its_own() -> None:
    with Simulator() as simulator:  # its clock is real, as the signer's is
        world, path = simulator.world, f"/v1/{next(iter(simulator.world.projects))}/firewall/exist"
        for offset, status in ((0, 200), (800_000, 200), (1_000_000, 401), (-1_000_000, 401)):
            simulator.set(clock_offset_ms=offset)
            query = [("offset", 0), ("limit", 1), ("service_type", 0)]
            answer = requests.get(**signed(simulator, world.access_key, world.secret_key, {}, path, query))
            assert answer.status_code == status
            if status == 401:
                assert answer.json()["error_code"] == "APIG.0303" and answer.json()["request_id"] == answer.headers["X-Request-Id"]


def test_metadata_service_and_its_temporary_keys(simulator: Simulator) -> None:
    simulator.set(max_skew_ms=0)
    url = f"{simulator.url}/openstack/latest/securitykey"
    assert requests.get(url, timeout=10).status_code == 401
    assert requests.put(f"{simulator.url}/meta-data/latest/api/token", timeout=10).status_code == 400
    token = requests.put(f"{simulator.url}/meta-data/latest/api/token", headers={"X-Metadata-Token-Ttl-Seconds": "600"}, timeout=10).text
    credential = requests.get(url, headers={"X-Metadata-Token": token}, timeout=10).json()["credential"]
    key = (credential["access"], credential["secret"])
    with_token = {"X-Security-Token": credential["securitytoken"]}
    assert requests.get(**signed(simulator, *key, with_token)).status_code == 200
    assert simulator.requests()[-1]["authentication"] == "temporary_key"
    assert requests.get(**signed(simulator, *key)).status_code == 401
    assert requests.get(**signed(simulator, *key, {"X-Security-Token": "other"})).status_code == 401
    simulator.set(clock_offset_ms=25 * 3_600_000)
    assert requests.get(**signed(simulator, *key, with_token)).status_code == 401
    simulator.set(temporary_key_life_s=60)
    renewed = requests.get(url, headers={"X-Metadata-Token": token}, timeout=10).json()["credential"]
    assert renewed["access"] != credential["access"]
    simulator.set(metadata=False)
    assert requests.get(url, headers={"X-Metadata-Token": token}, timeout=10).status_code == 404


def test_no_secret_is_in_the_journal(simulator: Simulator) -> None:
    simulator.set(max_skew_ms=0)
    world = simulator.world
    token = token_request(simulator, scope={"project": {"name": "cn-north-4"}}).headers["X-Subject-Token"]
    requests.get(f"{simulator.url}/v3/projects", headers={"X-Auth-Token": token}, timeout=10)
    requests.get(**signed(simulator, world.access_key, world.secret_key))
    text = requests.get(f"{simulator.url}/_sim/requests", timeout=10).text
    assert '"total":3' in text
    for secret in (token, world.secret_key, world.password, world.access_key):
        assert secret not in text
