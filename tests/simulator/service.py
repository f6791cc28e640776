# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated cloud in one piece: what stands behind the wire, and the gateway's way of a request through it."""

from __future__ import annotations

import random
import re
import secrets
import threading
import time
from typing import Any, Callable, NamedTuple

from .clock import Clock
from .firewalls import Firewalls, named
from .flow_logs import FlowLogs, Selector
from .iam import Iam, Metadata
from .identity import Identity, Principal
from .journal import Journal
from .lies import Lies
from .messages import Refusal, Request, Response, as_json, cfw_refusal, gateway_refusal, iam_refusal
from .rate import RateLimit, too_many
from .switches import Switches
from .world import Project, World

_IN_PROJECT = re.compile(r"/v1/(?P<project>[^/]+)/(?P<rest>.+)")
_CFW_APIS = {("POST", "firewalls/list"): "firewalls", ("GET", "firewall/exist"): "firewall", ("GET", "cfw/logs/flow"): "logs"}
_IAM_APIS = {("POST", "/v3/auth/tokens"): "token", ("GET", "/v3/auth/projects"): "projects", ("GET", "/v3/projects"): "projects"}
_METADATA_APIS = {("PUT", "/meta-data/latest/api/token"): "metadata_token", ("GET", "/openstack/latest/securitykey"): "metadata_key"}
DAMAGES = ("reset", "cut", "slow")  # what happens to an answer on its way; the other faults replace the answer


class Answer(NamedTuple):
    response: Response
    request_id: str
    damage: str | None


class Service:
    """Thread-safe; one instance is one cloud."""

    def __init__(self, world: World, switches: Switches) -> None:
        self.world, self.switches = world, switches
        self.clock = Clock(switches, world.clock_begins_at)
        self.identity = Identity(world, switches, self.clock)
        self.journal = Journal()
        self.selector = Selector(self.clock)
        self._rate = RateLimit()
        self._lies = Lies()
        self._iam = Iam(world, self.identity)
        self._metadata = Metadata(self.identity, switches)
        self._firewalls = Firewalls(switches)
        self._flow_logs = FlowLogs(self.clock, self.selector, self._lies)
        self._lock = threading.Lock()
        self._dice = random.Random(switches.current.seed)

    def set(self, changes: dict[str, Any]) -> None:
        """Set switches; raises SwitchError."""
        self.switches.set(changes)
        if self.switches.current.kill_tokens:
            self.identity.kill_tokens()
            self.switches.set({"kill_tokens": False})
        if "seed" in changes:
            with self._lock:
                self._dice = random.Random(self.switches.current.seed)

    def reset(self) -> None:
        """As after the start: switches, records, tokens, journal."""
        self.switches.restore()
        for _project, _firewall, _log_type, stream in self.world.streams():
            stream.restore()
        for part in (self.identity, self.journal, self._rate, self._lies):
            part.forget()
        with self._lock:
            self._dice = random.Random(self.switches.current.seed)

    def answer(self, request: Request) -> Answer:
        """The answer to one request of the cloud's APIs, with the damage that it takes on its way."""
        request_id = secrets.token_hex(16)
        began = time.time()
        entry: dict[str, Any] = {"time": int(began * 1000), "method": request.method, "path": request.path, "params": request.params}
        entry.update({"api": None, "fault": None, "authentication": None, "request_id": request_id})
        self.journal.begin()
        response = as_json(500, {"error_code": "SIM.0001", "error_msg": "the simulator itself failed"})
        try:
            response = self._through_gateway(request, entry)
        except Refusal as refusal:
            payload = dict(refusal.payload)
            if "request_id" in payload:
                payload["request_id"] = request_id
            response = as_json(refusal.status, payload)
        finally:
            entry.update({"status": response.status, "ms": round((time.time() - began) * 1000, 1)})
            self.journal.end(entry)
        fault = entry["fault"]
        return Answer(response, request_id, fault if fault in DAMAGES else None)

    def _through_gateway(self, request: Request, entry: dict[str, Any]) -> Response:
        group, handle = self._route(request, entry)
        switches = self.switches.current
        open_to_all = group == "metadata" or entry["api"] == "token"
        principal = None if open_to_all else self._principal(request, group, entry)
        self._rate.check(principal.user if principal else "anyone", entry["api"], switches)
        scope = switches.fault_scope
        if scope in ("all", group) or scope == entry["api"]:
            fault = self._fate(entry, switches)
            if fault is not None:
                return fault
        return handle(principal)

    def _route(self, request: Request, entry: dict[str, Any]) -> tuple[str, Callable[[Principal | None], Response]]:
        path = request.path
        if (request.method, path) in _IAM_APIS:
            entry["api"] = _IAM_APIS[request.method, path]
            if entry["api"] == "token":
                return "iam", lambda principal: self._iam.create_token(request)
            return "iam", lambda principal: self._iam.list_projects(request)
        if (request.method, path) in _METADATA_APIS:
            entry["api"] = _METADATA_APIS[request.method, path]
            handler = self._metadata.create_token if entry["api"] == "metadata_token" else self._metadata.security_key
            return "metadata", lambda principal: handler(request)
        match = _IN_PROJECT.fullmatch(path)
        if match and (request.method, match["rest"]) in _CFW_APIS:
            entry["api"] = _CFW_APIS[request.method, match["rest"]]
            return "cfw", lambda principal: self._in_project(match["project"], request, principal, entry["api"])
        raise gateway_refusal(404, "APIG.0101", "The API does not exist or has not been published in the environment")

    def _principal(self, request: Request, group: str, entry: dict[str, Any]) -> Principal:
        try:
            principal = self.identity.principal(request)
        except Refusal as refusal:
            if group == "iam":
                raise iam_refusal(401, refusal.payload["error_msg"], "Unauthorized") from None
            raise
        entry["authentication"] = principal.way
        return principal

    def _fate(self, entry: dict[str, Any], switches: Any) -> Response | None:
        """Latency, and the fault that this request is given: an answer of its own, or a note of the damage to come."""
        with self._lock:
            jitter = self._dice.random() * switches.latency_jitter_ms
            unlucky = switches.error_rate and self._dice.random() < switches.error_rate
            drawn = self._dice.choice(switches.error_kinds) if unlucky and switches.error_kinds else None
        fault = self.switches.take_next_fault() or drawn
        if switches.latency_ms or jitter:
            time.sleep((switches.latency_ms + jitter) / 1000)
        if fault in (None, "ok"):
            return None
        entry["fault"] = fault
        if fault in DAMAGES:
            return None
        if fault == "429":
            raise too_many(switches)
        if fault == "500":
            raise cfw_refusal(500, "Internal Server Error", "CFW.00500001")
        if fault == "503":
            raise gateway_refusal(503, "APIG.0202", "Backend unavailable")
        if fault == "504":
            raise gateway_refusal(504, "APIG.0201", "Backend timeout")
        status, title = (502, "502 Bad Gateway") if fault == "502" else (200, "Sign in to the network")
        page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body><center><h1>{title}</h1></center></body>\r\n</html>\r\n"
        return Response(status, page.encode(), content_type="text/html")

    def _in_project(self, project_id: str, request: Request, principal: Principal | None, api: str) -> Response:
        switches = self.switches.current
        project = self._entered(project_id, request, principal)
        if project.refuses or named(project, switches.refuse_projects):
            raise gateway_refusal(403, "APIG.0302", "The IAM user is not authorized to access the API")
        if api == "firewalls":
            return self._firewalls.list(project, request)
        if api == "firewall":
            return self._firewalls.detail(project, request)
        return self._flow_logs.answer(project, request, switches)

    def _entered(self, project_id: str, request: Request, principal: Principal | None) -> Project:
        """The project of the path, where the caller's token or signature is good for it."""
        if principal is None:
            raise gateway_refusal(401, "APIG.0301", "Incorrect IAM authentication information")
        named_project = request.headers.get("x-project-id", project_id) if principal.project_id is None else principal.project_id
        token_of_domain = principal.way == "token" and principal.project_id is None
        if token_of_domain or named_project != project_id or project_id not in self.world.projects:
            raise gateway_refusal(403, "APIG.0302", "The IAM user is not authorized to access the API: the project does not match")
        return self.world.projects[project_id]
