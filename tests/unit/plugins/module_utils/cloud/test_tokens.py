# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens by password and temporary keys of the metadata service: one at a time, renewed in time, and once on 401."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import tokens
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.credentials import resolve
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError, TransportError, Unauthorized
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.cloud.loopback import Answer, Asked, serve


def iso(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(epoch))


class Cloud:
    """A little IAM, a service that knows its tokens, and a metadata service."""

    def __init__(self, life: float = 86400.0) -> None:
        self.life = life
        self.password = "right"
        self.valid: dict[str, str] = {}
        self.issued = 0
        self.lock = threading.Lock()
        self.session_tokens = True
        self.latency = 0.0
        self.ahead = 0.0  # seconds the service's clock is ahead

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/v3/auth/tokens":
            return self.issue(asked.json()["auth"])
        if asked.path == "/meta-data/latest/api/token":
            return Answer(200, b"metadata-session") if self.session_tokens else Answer(404, b"")
        if asked.path == "/openstack/latest/securitykey":
            return self.keys(asked)
        proof = asked.headers.get("X-Auth-Token") or asked.headers.get("X-Security-Token") or ""
        if proof not in self.valid:
            return Answer(401, {"error_code": "APIG.0301", "error_msg": "unknown token"})
        return Answer(body={"scope": self.valid[proof]}, headers={"Date": formatdate(time.time() + self.ahead, usegmt=True)})

    def issue(self, auth: dict[str, Any]) -> Answer:
        time.sleep(self.latency)
        if auth["identity"]["password"]["user"]["password"] != self.password:
            return Answer(401, {"error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}})
        with self.lock:
            self.issued += 1
            token = f"issued-token-{self.issued}"
            self.valid[token] = str(auth["scope"])
        named = auth["scope"].get("project", {})
        project = {"id": named.get("id") or f"id-of-{named.get('name')}"} if named else None
        return Answer(201, {"token": {"expires_at": iso(time.time() + self.life), "project": project}}, {"X-Subject-Token": token})

    def keys(self, asked: Asked) -> Answer:
        if self.session_tokens and asked.headers.get("X-Metadata-Token") != "metadata-session":
            return Answer(401, {})
        with self.lock:
            self.issued += 1
            token = f"security-token-{self.issued}"
            self.valid[token] = "agency"
        keys = {"access": f"TEMPORARYKEY{self.issued:04d}", "secret": f"temporary-secret-{self.issued}", "securitytoken": token}
        return Answer(200, {"credential": {**keys, "expires_at": iso(time.time() + self.life)}})


def by_password(url: str, **options: Any) -> Session:
    settings = {"user_name": "auditor", "password": "right", "domain_name": "acme", "region": "cn-north-4", "endpoint": url, "auth_url": url + "/v3", **options}
    return Session(resolve(settings, {}), settings)


def scope_of(opened: Session, project_id: str | None) -> str:
    return opened.send("GET", opened.base_url("cfw"), "/v1/x", project_id=project_id).json()["scope"]


def test_one_token_a_project_however_many_threads() -> None:
    cloud = Cloud()
    cloud.latency = 0.05
    with serve(cloud) as server:
        opened = by_password(server.url, rate_limit=1000)
        with ThreadPoolExecutor(16) as pool:
            scopes = set(pool.map(lambda n: scope_of(opened, f"p{n % 2}"), range(40)))
        assert scopes == {str({"project": {"id": "p0"}}), str({"project": {"id": "p1"}})}
        assert server.count("/v3/auth/tokens") == 2
        sent = server.asked[0].json()["auth"]["identity"]
        assert sent == {"methods": ["password"], "password": {"user": {"name": "auditor", "password": "right", "domain": {"name": "acme"}}}}


def test_scopes_of_calls_about_the_account() -> None:
    with serve(Cloud()) as server:
        assert scope_of(by_password(server.url), None) == str({"domain": {"name": "acme"}})
        assert scope_of(by_password(server.url, domain_name=None, domain_id="d1"), None) == str({"domain": {"id": "d1"}})
        assert scope_of(by_password(server.url, project_id="p1"), None) == str({"project": {"id": "p1"}})
        assert scope_of(by_password(server.url, project_name="cn-north-4_app"), None) == str({"project": {"name": "cn-north-4_app"}})


def test_the_project_is_read_from_its_token() -> None:
    with serve(Cloud()) as server:
        assert by_password(server.url, project_name="cn-north-4_app").project_id() == "id-of-cn-north-4_app"
        assert by_password(server.url).project_id() == "id-of-cn-north-4"
        assert {asked.path for asked in server.asked} == {"/v3/auth/tokens"}


def test_a_token_that_died_is_replaced_once_by_all_threads() -> None:
    cloud = Cloud()
    with serve(cloud) as server:
        opened = by_password(server.url, rate_limit=1000)
        scope_of(opened, "p1")
        cloud.valid.clear()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: scope_of(opened, "p1"), range(16)))
        assert server.count("/v3/auth/tokens") == 2


def test_a_service_that_takes_no_token_is_asked_twice_only() -> None:
    cloud = Cloud()

    def never(asked: Asked) -> Answer:
        return cloud(asked) if asked.path == "/v3/auth/tokens" else Answer(401, {"error_code": "APIG.0301", "error_msg": "no"})

    with serve(never) as server:
        with pytest.raises(Unauthorized, match="APIG.0301"):
            scope_of(by_password(server.url), "p1")
        assert server.count("/v1/x") == 2 and server.count("/v3/auth/tokens") == 2


def test_tokens_are_renewed_before_they_end_by_the_servers_clock() -> None:
    cloud = Cloud(life=3600.0)
    with serve(cloud) as server:
        opened = by_password(server.url)
        scope_of(opened, "p1")
        cloud.ahead = 2900.0
        scope_of(opened, "p1")
        scope_of(opened, "p1")
        assert server.count("/v3/auth/tokens") == 1
        cloud.ahead = 3100.0  # five hundred seconds before the end
        scope_of(opened, "p1")
        scope_of(opened, "p1")
        assert server.count("/v3/auth/tokens") == 2
        assert server.count("/v1/x") == 5  # no 401 in between


def test_renewal_times() -> None:
    day = 24 * 3600 * 1000
    assert tokens.renewal_time(0, day) == day - 600_000
    assert tokens.renewal_time(0, 600_000) == 300_000
    assert tokens.renewal_time(5000, 1000) == 1000


@pytest.mark.parametrize(("text", "expected"), [("2026-11-23T09:00:00.123000Z", 1795424400123), ("2026-11-23T09:00:00Z", 1795424400000)])
def test_times_of_iam(text: str, expected: int) -> None:
    assert tokens.iso_to_ms(text) == expected


def test_a_wrong_password_is_tried_once_not_by_every_thread() -> None:
    with serve(Cloud()) as server:
        opened = by_password(server.url, password="wrong-password")

        def attempt(number: int) -> str:
            with pytest.raises(Unauthorized) as caught:
                scope_of(opened, f"p{number % 3}")
            return str(caught.value)

        with ThreadPoolExecutor(8) as pool:
            texts = set(pool.map(attempt, range(16)))
        assert server.count("/v3/auth/tokens") <= 3  # one for each scope at most, never one for each thread
        assert all("username or password is wrong" in text and "wrong-password" not in text for text in texts)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(201, {"token": {"expires_at": "2099-01-01T00:00:00Z"}}),
        Answer(201, {"token": {}}, {"X-Subject-Token": "t"}),
        Answer(201, [], {"X-Subject-Token": "t"}),
    ],
)
def test_an_answer_without_a_token(answer: Answer) -> None:
    with serve(lambda asked: answer) as server:
        with pytest.raises(TransportError, match="auth_url"):
            scope_of(by_password(server.url), "p1")


def by_metadata(url: str, **options: Any) -> Session:
    settings = {"auth_source": "metadata", "region": "cn-north-4", "endpoint": url, "auth_url": url, **options}
    return Session(resolve(settings, {"HUAWEICLOUD_METADATA_ENDPOINT": url}), settings)


@pytest.mark.parametrize("session_tokens", [True, False])
def test_temporary_keys_of_the_metadata_service(session_tokens: bool) -> None:
    cloud = Cloud()
    cloud.session_tokens = session_tokens
    with serve(cloud) as server:
        opened = by_metadata(server.url)
        assert [scope_of(opened, "p1") for _unused in range(3)] == ["agency"] * 3
        assert server.count("/openstack/latest/securitykey") == 1
        cloud.valid.clear()
        assert scope_of(opened, "p1") == "agency"
        assert server.count("/openstack/latest/securitykey") == 2
        assert opened.principal == "agency via metadata"


def test_temporary_keys_are_renewed_before_they_end() -> None:
    cloud = Cloud(life=3600.0)
    with serve(cloud) as server:
        opened = by_metadata(server.url)
        scope_of(opened, "p1")
        cloud.ahead = 3100.0
        scope_of(opened, "p1")
        scope_of(opened, "p1")
        assert server.count("/openstack/latest/securitykey") == 2
        assert server.count("/v1/x") == 3


def test_auto_finds_the_metadata_service_last(tmp_path: Any) -> None:
    with serve(Cloud()) as server:
        found = resolve({}, {"HOME": str(tmp_path), "HUAWEICLOUD_METADATA_ENDPOINT": server.url})
    assert found.principal == "agency via metadata"


@pytest.mark.parametrize(
    "answer", [Answer(404, b""), Answer(200, b"not json"), Answer(200, {"credential": {}}), Answer(302, b"", {"Location": "http://evil.example"})]
)
def test_a_metadata_service_without_keys(answer: Answer) -> None:
    with serve(lambda asked: answer) as server:
        with pytest.raises(CloudAuditError, match="agency"):
            scope_of(by_metadata(server.url), "p1")
