# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of the Cloud Firewall and of IAM that the collection needs: one function a call, no decisions."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Page, parse
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import TransportError

LISTING_PAGE = 1024  # the largest page of firewalls/list


class Answer(NamedTuple):
    """A page of flow logs and the ID by which the service knows the request."""

    page: Page
    request_id: str | None


class Cfw:
    """The Cloud Firewall of one region, as one principal may see it. Thread-safe, like its session."""

    def __init__(self, session: Session, region: str | None = None, endpoint: str | None = None) -> None:
        self.session = session
        self.base_url = session.base_url("cfw", region=region, endpoint=endpoint)

    def flow_logs(self, project_id: str, params: dict[str, Any]) -> Answer:
        """C{GET /v1/{project_id}/cfw/logs/flow} (specification: "Querying Flow Logs"). C{params} by their names on the wire."""
        reply = self.session.send("GET", self.base_url, f"/v1/{quote(project_id, safe='')}/cfw/logs/flow", project_id=project_id, params=params)
        return Answer(parse(reply.body), reply.request_id)

    def firewalls(self, project_id: str, enterprise_project_id: str | None = None, key_word: str | None = None) -> list[dict[str, Any]]:
        """All firewalls of a project: C{POST /v1/{project_id}/firewalls/list}, page after page, each firewall once."""
        found: dict[str, dict[str, Any]] = {}
        offset = 0
        while True:
            body: dict[str, Any] = {"limit": LISTING_PAGE, "offset": offset}
            if enterprise_project_id:
                body["enterprise_project_id"] = enterprise_project_id
            if key_word:
                body["key_word"] = key_word
            reply = self.session.send("POST", self.base_url, f"/v1/{quote(project_id, safe='')}/firewalls/list", project_id=project_id, json=body)
            records = _records(reply.json(), "firewalls")
            before = len(found)
            for record in records:
                found.setdefault(str(record.get("fw_instance_id")), record)
            # A short page ends the list; a page that brings nothing new would repeat for ever.
            if len(records) < LISTING_PAGE or len(found) == before:
                return list(found.values())
            offset += len(records)

    def projects(self) -> list[dict[str, Any]]:
        """The projects that the caller may enter: C{GET {iam}/v3/auth/projects}."""
        body = self.session.send("GET", self.session.base_url("iam"), "/v3/auth/projects").json()
        projects = body.get("projects") if isinstance(body, dict) else None
        if not isinstance(projects, list):
            raise TransportError("IAM's answer holds no list of projects.", hint="Check auth_url: another service may have answered.")
        return projects


def _records(body: Any, what: str) -> list[dict[str, Any]]:
    data = body.get("data") if isinstance(body, dict) else None
    records = data.get("records") if isinstance(data, dict) else None
    if not isinstance(records, list):
        raise TransportError(f"The answer holds no data.records with {what}.", hint="Check the endpoint: another service may have answered.")
    return records
