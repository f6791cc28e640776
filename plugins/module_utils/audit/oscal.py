# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as OSCAL assessment results (NIST, JSON, version 1.1.3): observations with hashes.

It states what was seen. It claims of no control that it is satisfied: that is for the assessor who reads it. UUIDs are
derived (version 5) from what they name: the same audit gives the same file.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

OSCAL_VERSION = "1.1.3"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cloudaudit.github.io/huaweicloud/oscal")
_PROPERTIES = "https://cloudaudit.github.io/huaweicloud/oscal/ns"
_NOT_IN_TOKEN = re.compile(r"[^\w.-]", re.ASCII)


def assessment_results(audit: Mapping[str, Any], audit_sha256: str, plan: str) -> dict[str, Any]:
    """The document. C{plan} is the reference to the assessment plan that OSCAL asks for (a URI or a relative path)."""
    about = f"{audit_sha256}/"
    created = audit["created_iso"]
    resource = _uuid(about, "audit.json")
    observations = [*_stream_observations(audit, about, resource), *_rule_observations(audit, about, resource), *_finding_observations(audit, about, resource)]
    if not observations:
        observations = [_observation(about, "nothing", "No stream", "The archive holds no stream that the audit is about.", created, resource, ["EXAMINE"], [])]
    return {
        "assessment-results": {
            "uuid": _uuid(about, "results"),
            "metadata": {
                "title": f"Audit of the flow-log archive {audit['archive']}",
                "last-modified": created,
                "version": audit["collection_version"],
                "oscal-version": OSCAL_VERSION,
            },
            "import-ap": {"href": plan},
            "results": [
                {
                    "uuid": _uuid(about, "result"),
                    "title": "Flow-log archive audit",
                    "description": f"What was seen from {audit['start_iso']} to {audit['end_iso']}, verified to the depth '{audit['integrity']['depth']}'.",
                    "start": created,
                    "end": created,
                    "props": _props(audit),
                    "reviewed-controls": {
                        "description": "No control is claimed to be satisfied; the observations are for the assessor.",
                        "control-selections": [{"description": "Controls on the retention, completeness and integrity of network logs.", "include-all": {}}],
                    },
                    "observations": observations,
                }
            ],
            "back-matter": {
                "resources": [
                    {
                        "uuid": resource,
                        "title": "audit.json",
                        "description": "The whole audit.",
                        "rlinks": [{"href": "audit.json", "media-type": "application/json", "hashes": [{"algorithm": "SHA-256", "value": audit_sha256}]}],
                    }
                ]
            },
        }
    }


def _props(audit: Mapping[str, Any]) -> list[dict[str, str]]:
    values = {
        "compliant": str(audit["compliant"]).lower(),
        "verdict": audit["verdict"],
        "depth": audit["integrity"]["depth"],
        **{f"findings-{name}": str(count) for name, count in audit["severities"].items()},
    }
    return [{"name": name, "ns": _PROPERTIES, "value": value} for name, value in values.items()]


def _stream_observations(audit: Mapping[str, Any], about: str, resource: str) -> Iterable[dict[str, Any]]:
    for stream in audit["streams"]:
        name = f"{stream['project_id']}/{stream['fw_instance_id']}/{stream['log_type']}"
        told = ", ".join(f"{milliseconds // 1000} s {state}" for state, milliseconds in stream["states"].items() if milliseconds) or "no time"
        text = f"The stream {name} is {stream['presence']}; the archive's account of it: {told}."
        props = [("presence", stream["presence"])]
        if stream["head"]:
            props += [("head-sha256", stream["head"]), ("head-key", stream["head_key"]), ("commits", str(stream["commits"]))]
        methods = ["EXAMINE"] if audit["integrity"]["depth"] == "none" else ["EXAMINE", "TEST"]
        yield _observation(about, f"stream/{name}", f"Coverage of {name}", text, audit["created_iso"], resource, methods, props)


def _rule_observations(audit: Mapping[str, Any], about: str, resource: str) -> Iterable[dict[str, Any]]:
    for rule in audit["retention"]:
        states = [one["state"] for one in rule["streams"]]
        told = ", ".join(f"{states.count(state)} {state}" for state in ("met", "not met", "not yet provable"))
        text = f"Held against {rule['days']} days, {rule['immediately']} of them immediately available, the evidence of {len(states)} streams says: {told}."
        props = [("rule", rule["name"]), ("evidence", rule["state"])]
        yield _observation(about, f"retention/{rule['name']}", f"Retention: {rule['name']}", text, audit["created_iso"], resource, ["EXAMINE"], props)


def _finding_observations(audit: Mapping[str, Any], about: str, resource: str) -> Iterable[dict[str, Any]]:
    for one in audit["findings"]:
        props = [("finding-id", one["id"]), ("kind", one["kind"]), ("severity", one["severity"])]
        props += [("object-key", key) for key in one["evidence"]]
        yield _observation(about, f"finding/{one['id']}", one["kind"], one["message"], audit["created_iso"], resource, ["EXAMINE"], props)


def _observation(
    about: str, name: str, title: str, text: str, collected: str, resource: str, methods: list[str], props: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    made = {
        "uuid": _uuid(about, name),
        "title": _line(title),
        "description": text,
        "methods": methods,
        "relevant-evidence": [{"href": f"#{resource}", "description": "The audit that states this."}],
        "collected": collected,
    }
    listed = [{"name": _token(key), "ns": _PROPERTIES, "value": _line(value)} for key, value in props]
    return {**made, "props": listed} if listed else made


def _uuid(about: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, about + name))


def _token(text: str) -> str:
    """A name as OSCAL wants names: an NCName."""
    token = _NOT_IN_TOKEN.sub("-", text)
    return token if token[:1].isalpha() or token[:1] == "_" else f"_{token}"


def _line(text: str) -> str:
    """A value as OSCAL wants values: one line without spaces around it, not empty."""
    return " ".join(text.split()) or "-"
