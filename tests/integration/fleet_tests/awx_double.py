# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small double of AWX's REST API: keeps what awx.awx's modules set up, refuses what AWX refuses, and says what a job would get.

    with Awx() as awx: ... awx.environment(), awx.objects["job_templates"], awx.launched("Archive flow logs")

No job runs in it; fleet_tests/runner.py runs them, with what `launched` says.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from awx_rules import (
    NOTIFICATION_SECRETS,
    SECRET,
    Refused,
    check_credential_inputs,
    check_credential_type,
    check_json,
    check_notification,
    check_rrule,
    check_survey,
    refuse_if,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

PROJECT = Path(__file__).resolve().parents[3]
TOKEN = "double-of-awx-token"
PAGE = 200
Object = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of object: its fields with what they are when they are not given, and what belongs to what."""

    fields: dict[str, Any]
    required: tuple[str, ...] = ("name",)
    unique: tuple[str, ...] = ("name",)
    references: dict[str, str] = field(default_factory=dict)  # field -> kind
    lists: dict[str, str] = field(default_factory=dict)  # association -> kind


_TOLD = {f"notification_templates_{when}": "notification_templates" for when in ("started", "success", "error")}
KINDS = {
    "organizations": Kind({"name": ""}),
    "notification_templates": Kind(
        {"name": "", "description": "", "organization": None, "notification_type": "", "notification_configuration": {}, "messages": None},
        ("name", "organization", "notification_type", "notification_configuration"),
        ("name", "organization"),
        {"organization": "organizations"},
    ),
    "credential_types": Kind({"name": "", "description": "", "kind": "", "inputs": {}, "injectors": {}, "managed": False}, ("name", "kind"), ("name", "kind")),
    "credentials": Kind(
        {"name": "", "description": "", "organization": None, "credential_type": None, "inputs": {}},
        ("name", "credential_type", "organization"),
        ("name", "organization", "credential_type"),
        {"organization": "organizations", "credential_type": "credential_types"},
    ),
    "execution_environments": Kind(
        {"name": "", "description": "", "organization": None, "image": "", "pull": "", "credential": None},
        ("name", "image"),
        references={"organization": "organizations", "credential": "credentials"},
    ),
    "projects": Kind(
        {"name": "", "description": "", "organization": None, "scm_type": "", "scm_url": "", "scm_branch": "", "credential": None, "default_environment": None},
        ("name", "organization"),
        ("name", "organization"),
        {"organization": "organizations", "credential": "credentials", "default_environment": "execution_environments"},
        _TOLD,
    ),
    "inventories": Kind(
        {"name": "", "description": "", "organization": None, "kind": "", "host_filter": None, "variables": ""},
        ("name", "organization"),
        ("name", "organization"),
        {"organization": "organizations"},
    ),
    "inventory_sources": Kind(
        {
            "name": "", "inventory": None, "source": "", "source_project": None, "source_path": "", "source_vars": "", "credential": None,
            "execution_environment": None, "overwrite": False, "overwrite_vars": False, "update_on_launch": False, "update_cache_timeout": 0,
        },
        ("name", "inventory", "source"),
        ("name", "inventory"),
        {"inventory": "inventories", "source_project": "projects", "credential": "credentials", "execution_environment": "execution_environments"},
        _TOLD,
    ),
    "job_templates": Kind(
        {
            "name": "", "description": "", "organization": None, "job_type": "run", "project": None, "playbook": "", "inventory": None, "forks": 0,
            "execution_environment": None, "job_slice_count": 1, "extra_vars": "---", "survey_enabled": False,
        },
        ("name", "project", "playbook", "inventory"),
        ("name", "organization"),
        {"organization": "organizations", "project": "projects", "inventory": "inventories", "execution_environment": "execution_environments"},
        {**_TOLD, "credentials": "credentials", "instance_groups": "instance_groups"},
    ),
    "schedules": Kind(
        {"name": "", "unified_job_template": None, "rrule": "", "enabled": True},
        ("name", "unified_job_template", "rrule"),
        ("name", "unified_job_template"),
    ),
    "instance_groups": Kind({"name": ""}),
}
_TEMPLATES = ("job_templates", "projects", "inventory_sources")


class Launched(NamedTuple):
    """What a job of a template gets."""

    playbook: str  # in the project's folder of playbooks
    variables: dict[str, Any]  # the template's, and over them the survey's defaults
    environment: dict[str, str]  # of its credentials
    slices: int
    forks: int


class Awx:
    """Listens on loopback. `objects` are by kind and number; `writes` counts requests that change something."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Object]] = {kind: {} for kind in KINDS}
        self.writes = 0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.keep("organizations", {"name": "Default"})
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with double._lock:
                    status, answer = double.answer(self.command, self.path, json.loads(body or b"{}"), self.headers.get("Authorization", ""))
                data = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(data)))):
                    self.send_header(name, value)
                self.send_header("X-API-Product-Name", "AWX")
                self.send_header("X-API-Product-Version", "24.6.1")
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Awx:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """How awx.awx's modules find this double."""
        return {"CONTROLLER_HOST": self.url, "CONTROLLER_OAUTH_TOKEN": TOKEN, "CONTROLLER_VERIFY_SSL": "false"}

    def named(self, kind: str, name: str) -> Object:
        """The only object of that kind and name."""
        (found,) = (one for one in self.objects[kind].values() if one["name"] == name)
        return found

    def keep(self, kind: str, given: Mapping[str, Any]) -> Object:
        """Add an object as the API does."""
        stated = {**KINDS[kind].fields, **given}
        self._check(kind, given, stated, None)
        number = next(self._numbers)
        url = f"/api/v2/{kind}/{number}/"
        self.objects[kind][number] = stated
        stated.update(id=number, type=kind.removesuffix("s"), url=url, related={"survey_spec": f"{url}survey_spec/"}, summary_fields={}, survey_spec={})
        stated.update({association: [] for association in KINDS[kind].lists})
        if kind == "projects":
            stated.update(scm_revision="0" * 40, summary_fields={"current_update": {"id": number}})
        return stated

    # -- requests

    def answer(self, method: str, target: str, body: dict[str, Any], authorization: str) -> tuple[int, Any]:
        """(status, body) of a request."""
        if authorization != f"Bearer {TOKEN}":
            return 401, {"detail": "Authentication credentials were not provided."}
        address = urlsplit(target)
        kind, *rest = address.path.removeprefix("/api/v2/").strip("/").split("/")
        self.writes += method != "GET"
        try:
            if not rest:
                return (200, self._listed(kind, dict(parse_qsl(address.query)))) if method == "GET" else (201, self._shown(self.keep(kind, body)))
            if kind == "project_updates":
                return 200, {"status": "successful"}
            item = self.objects[kind][int(rest[0])]
            if len(rest) == 1:
                return 200, self._shown(item if method == "GET" else self._changed(kind, item, body))
            if rest[1] == "survey_spec":
                return 200, item["survey_spec"] if method == "GET" else self._survey(item, body)
            return self._associations(kind, item, rest[1], method, body)
        except Refused as refused:
            return 400, refused.body
        except KeyError as missing:
            return 404, {"detail": f"Not found: {missing}"}

    def _listed(self, kind: str, filters: dict[str, str]) -> Any:
        kinds = _TEMPLATES if kind == "unified_job_templates" else (kind,)
        known = {"id"}.union(*(KINDS[one].fields for one in kinds))
        for name in filters:
            refuse_if(name not in known, "detail", f"{kind} has no field named {name}")
        everything = [one for name in kinds for one in self.objects[name].values()]
        found = [self._shown(one) for one in everything if all(str(one.get(name)) == value for name, value in filters.items())]
        return {"count": len(found), "next": None, "previous": None, "results": found[:PAGE]}

    def _shown(self, item: Object) -> Object:
        """As the API shows it: secrets are not."""
        shown = {name: value for name, value in item.items() if name not in ("survey_spec", *KINDS.get("job_templates", Kind({})).lists)}
        secrets: tuple[str, ...] = ()
        if item["type"] == "credential":
            secrets = self._secret_fields(item)
        for name in ("inputs", "notification_configuration"):
            if item["type"] in ("credential", "notification_template") and name in item:
                hidden = secrets or NOTIFICATION_SECRETS
                shown[name] = {key: SECRET if key in hidden and value else value for key, value in item[name].items()}
        return shown

    def _secret_fields(self, credential: Object) -> tuple[str, ...]:
        fields = self.objects["credential_types"][credential["credential_type"]]["inputs"].get("fields", [])
        return tuple(one["id"] for one in fields if one.get("secret"))

    def _changed(self, kind: str, item: Object, body: dict[str, Any]) -> Object:
        changes = dict(body)
        if kind == "credentials" and "inputs" in changes:
            changes["inputs"] = {key: item["inputs"].get(key) if value == SECRET else value for key, value in changes["inputs"].items()}
        stated = {name: {**item, **changes}[name] for name in KINDS[kind].fields}
        self._check(kind, changes, stated, item["id"])
        item.update(changes)
        return item

    def _survey(self, item: Object, spec: dict[str, Any]) -> Object:
        check_survey(spec)
        item["survey_spec"] = spec
        return {}

    def _associations(self, kind: str, item: Object, name: str, method: str, body: dict[str, Any]) -> tuple[int, Any]:
        other = KINDS[kind].lists[name]
        if method == "GET":
            results = [self._shown(self.objects[other][number]) for number in item[name]]
            return 200, {"count": len(results), "next": None, "previous": None, "results": results}
        number = body["id"]
        refuse_if(number not in self.objects[other], "id", f"there is no {number} among {other}")
        if body.get("disassociate"):
            item[name].remove(number)
            return 204, None
        if name == "credentials":
            types = [self.objects[other][one]["credential_type"] for one in item[name]]
            refuse_if(self.objects[other][number]["credential_type"] in types, "error", "Cannot assign multiple credentials of a type")
        item[name].append(number)
        return 204, None

    # -- rules

    def _check(self, kind: str, given: Mapping[str, Any], stated: Object, number: int | None) -> None:
        rules = KINDS[kind]
        for name in given:
            refuse_if(name not in rules.fields, name, f"is no field of {kind} that this double knows")
        for name in rules.required:
            refuse_if(stated[name] in (None, "", {}) and not (kind == "credentials" and name == "inputs"), name, "This field is required.")
        for name, other in rules.references.items():
            refuse_if(stated[name] is not None and stated[name] not in self.objects[other], name, f"there is no {stated[name]} among {other}")
        for one in self.objects[kind].values():
            same = one["id"] != number and all(one[name] == stated[name] for name in rules.unique)
            refuse_if(same, "__all__", f"{kind} with this {' and '.join(rules.unique)} already exists.")
        if kind in _CHECKS:
            _CHECKS[kind](self, stated)

    def _check_credential(self, stated: Object) -> None:
        check_credential_inputs(self.objects["credential_types"][stated["credential_type"]], stated["inputs"])

    def _check_project(self, stated: Object) -> None:
        refuse_if(stated["scm_type"] == "git" and not stated["scm_url"], "scm_url", "This field is required.")

    def _check_inventory(self, stated: Object) -> None:
        refuse_if(stated["kind"] not in ("", "smart", "constructed"), "kind", f"{stated['kind']!r} is no valid choice")

    def _check_source(self, stated: Object) -> None:
        refuse_if(stated["source"] != "scm", "source", "only scm is known to this double")
        refuse_if(stated["source_project"] is None, "source_project", "Project required for scm type sources.")
        refuse_if(not (PROJECT / stated["source_path"]).is_file(), "source_path", "is not in the project")
        check_json("source_vars", stated["source_vars"])

    def _check_job_template(self, stated: Object) -> None:
        refuse_if(stated["job_type"] not in ("run", "check"), "job_type", "is no valid choice")
        path = PROJECT / stated["playbook"]
        # AWX takes for a playbook what has hosts
        refuse_if(not path.is_file() or "\n  hosts:" not in path.read_text(encoding="utf-8"), "playbook", "Playbook not found for project.")
        refuse_if(not isinstance(stated["job_slice_count"], int) or stated["job_slice_count"] < 1, "job_slice_count", "Ensure this value is at least 1.")
        check_json("extra_vars", stated["extra_vars"].removeprefix("---"))

    def _check_schedule(self, stated: Object) -> None:
        known = [number for kind in _TEMPLATES for number in self.objects[kind]]
        refuse_if(stated["unified_job_template"] not in known, "unified_job_template", "does not exist")
        check_rrule(stated["rrule"])

    # -- jobs

    def launched(self, template: str) -> Launched:
        """What a job gets when nobody answers the survey, as a schedule does it."""
        item = self.named("job_templates", template)
        variables = json.loads(item["extra_vars"])
        if item["survey_enabled"]:
            for question in item["survey_spec"]["spec"]:
                default = question.get("default", "")
                variables[question["variable"]] = default.splitlines() if question["type"] == "multiselect" else default
        environment: dict[str, str] = {}
        for number in item["credentials"]:
            environment.update(self.injected(self.objects["credentials"][number]))
        return Launched(item["playbook"].rsplit("/", 1)[-1], variables, environment, item["job_slice_count"], item["forks"] or 5)

    def injected(self, credential: Object) -> dict[str, str]:
        """A credential's environment variables. Fields without a value are empty texts, whatever their type's default is."""
        kind = self.objects["credential_types"][credential["credential_type"]]
        values = {one["id"]: credential["inputs"].get(one["id"], "") for one in kind["inputs"]["fields"]}
        jinja = ImmutableSandboxedEnvironment()
        return {name: jinja.from_string(template).render(values) for name, template in kind["injectors"]["env"].items()}


_CHECKS: dict[str, Callable[[Awx, Object], None]] = {
    "credential_types": lambda _awx, stated: check_credential_type(stated),
    "notification_templates": lambda _awx, stated: check_notification(stated),
    "credentials": Awx._check_credential,
    "projects": Awx._check_project,
    "inventories": Awx._check_inventory,
    "inventory_sources": Awx._check_source,
    "job_templates": Awx._check_job_template,
    "schedules": Awx._check_schedule,
}
