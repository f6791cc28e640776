# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: tokens for a password, the projects a caller may enter; and the machine's metadata service."""

from __future__ import annotations

import json
import secrets
import threading
from typing import Any

from .clock import iso
from .identity import Identity
from .messages import Request, Response, as_json, iam_refusal
from .switches import Switches
from .world import Project, World


class Iam:
    def __init__(self, world: World, identity: Identity) -> None:
        self._world, self._identity = world, identity

    def create_token(self, request: Request) -> Response:
        """POST /v3/auth/tokens with the password method; scope a project by id or name, or the domain."""
        world = self._world
        try:
            auth = json.loads(request.body)["auth"]
            methods = auth["identity"]["methods"]
            user = auth["identity"]["password"]["user"]
            password = user["password"]
            domain = user.get("domain", {})
            known_user = user.get("id") == world.user_id or (
                user.get("name") == world.user_name and (domain.get("name") == world.domain_name or domain.get("id") == world.domain_id)
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise iam_refusal(400, "The request body is invalid.", "Bad Request") from None
        if methods != ["password"]:
            raise iam_refusal(400, f"The authentication methods {methods} are not supported.", "Bad Request")
        if not known_user or password != world.password:
            raise iam_refusal(401, "The username or password is wrong.", "Unauthorized")
        scope = auth.get("scope", {})
        project = self._scoped_project(scope["project"]) if "project" in scope else None
        token, issued, expires = self._identity.issue_token(project.id if project else None)
        described: dict[str, Any] = {
            "methods": ["password"],
            "issued_at": iso(issued),
            "expires_at": iso(expires),
            "user": {"id": world.user_id, "name": world.user_name, "domain": {"id": world.domain_id, "name": world.domain_name}},
            "roles": [{"id": "0", "name": "te_agency"}],
            "catalog": [],
        }
        if project:
            described["project"] = {"id": project.id, "name": project.name, "domain": {"id": world.domain_id, "name": world.domain_name}}
        else:
            described["domain"] = {"id": world.domain_id, "name": world.domain_name}
        return as_json(201, {"token": described}, **{"X-Subject-Token": token})

    def _scoped_project(self, scope: dict[str, Any]) -> Project:
        for project in self._world.projects.values():
            if project.id == scope.get("id") or project.name == scope.get("name"):
                return project
        raise iam_refusal(401, f"The project {scope.get('id') or scope.get('name')} cannot be found or entered.", "Unauthorized")

    def list_projects(self, request: Request) -> Response:
        """GET /v3/auth/projects and GET /v3/projects?name=&enabled=&domain_id=&page=&per_page=."""
        params = request.params
        projects = [self._described(project) for project in self._world.projects.values()]
        for name in ("name", "domain_id"):
            if params.get(name):
                projects = [project for project in projects if project[name] == params[name]]
        if params.get("enabled"):
            projects = [project for project in projects if str(project["enabled"]).lower() == params["enabled"].lower()]
        if params.get("page") and params.get("per_page"):
            page, size = int(params["page"]), int(params["per_page"])
            projects = projects[(page - 1) * size : page * size]
        links = {"self": f"https://iam.{self._world.region}.myhuaweicloud.com{request.path}", "previous": None, "next": None}
        return as_json(200, {"projects": projects, "links": links})

    def _described(self, project: Project) -> dict[str, Any]:
        domain_id = self._world.domain_id
        return {
            "id": project.id,
            "name": project.name,
            "domain_id": domain_id,
            "parent_id": domain_id,
            "is_domain": False,
            "enabled": project.enabled,
            "description": "",
            "links": {"self": f"https://iam.{self._world.region}.myhuaweicloud.com/v3/projects/{project.id}"},
        }


class Metadata:
    """The metadata service of a machine with an agency: a session token first, then the temporary key."""

    def __init__(self, identity: Identity, switches: Switches) -> None:
        self._identity, self._switches = identity, switches
        self._lock = threading.Lock()
        self._tokens: set[str] = set()

    def create_token(self, request: Request) -> Response:
        """PUT /meta-data/latest/api/token with X-Metadata-Token-Ttl-Seconds."""
        self._check_present()
        ttl = request.headers.get("x-metadata-token-ttl-seconds", "")
        if not ttl.isdigit() or not 1 <= int(ttl) <= 86_400:
            return Response(400, b"X-Metadata-Token-Ttl-Seconds must be 1 to 86400", content_type="text/plain")
        token = secrets.token_urlsafe(40)
        with self._lock:
            self._tokens.add(token)
        return Response(200, token.encode(), content_type="text/plain")

    def security_key(self, request: Request) -> Response:
        """GET /openstack/latest/securitykey with X-Metadata-Token."""
        self._check_present()
        with self._lock:
            known = request.headers.get("x-metadata-token") in self._tokens
        if not known:
            return Response(401, b"X-Metadata-Token is missing or unknown", content_type="text/plain")
        key = self._identity.temporary_key()
        credential = {"access": key.access_key, "secret": key.secret_key, "securitytoken": key.security_token, "expires_at": iso(key.expires)}
        return as_json(200, {"credential": credential})

    def _check_present(self) -> None:
        if not self._switches.current.metadata:
            raise iam_refusal(404, "There is no metadata service here.", "Not Found")
