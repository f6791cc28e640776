# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CFW's listing and detail of firewalls."""

from __future__ import annotations

import json
from typing import Any

from .messages import Request, Response, as_json, cfw_refusal
from .switches import Switches
from .world import Firewall, Project

FROZEN = 5


def named(firewall_or_project: Firewall | Project, names: list[str]) -> bool:
    """Whether a switch's list names it, by ID or name."""
    return firewall_or_project.id in names or firewall_or_project.name in names


def of_enterprise_project(firewall: Firewall, enterprise_project_id: str | None) -> bool:
    return enterprise_project_id in (None, "", "all_granted_eps", firewall.enterprise_project_id)


def _whole(what: str, value: Any, least: int, most: int | None = None) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise cfw_refusal(400, f"parameter {what} is missing or no integer") from None
    if number < least or (most is not None and number > most):
        raise cfw_refusal(400, f"parameter {what} is outside {least} to {most if most is not None else 'any'}")
    return number


class Firewalls:
    def __init__(self, switches: Switches) -> None:
        self._switches = switches

    def list(self, project: Project, request: Request) -> Response:
        """POST /v1/{project_id}/firewalls/list."""
        try:
            body = json.loads(request.body)
            tags = {tag["key"]: tag.get("values") or [] for tag in body.get("tags") or []}
        except (AttributeError, KeyError, TypeError, ValueError):
            raise cfw_refusal(400, "the request body is invalid") from None
        limit, offset = _whole("limit", body.get("limit"), 1, 1024), _whole("offset", body.get("offset"), 0)
        enterprise_project_id = body.get("enterprise_project_id") or request.params.get("enterprise_project_id")
        found = [
            self._listed(firewall)
            for firewall in project.firewalls.values()
            if of_enterprise_project(firewall, enterprise_project_id)
            and (body.get("key_word") or "") in firewall.name
            and all(key in firewall.tags and (not values or firewall.tags[key] in values) for key, values in tags.items())
        ]
        data = {"limit": limit, "offset": offset, "project_id": project.id, "total": len(found), "records": found[offset : offset + limit]}
        features = ("user_support_eps", "has_ndr", "is_support_postpaid", "is_support_basic_version", "is_support_buy_professional")
        return as_json(200, {**dict.fromkeys(features, False), "data": data})

    def detail(self, project: Project, request: Request) -> Response:
        """GET /v1/{project_id}/firewall/exist."""
        params = request.params
        limit, offset = _whole("limit", params.get("limit"), 1, 1024), _whole("offset", params.get("offset"), 0)
        _whole("service_type", params.get("service_type"), 0, 1)
        found = [
            self._detailed(firewall)
            for firewall in project.firewalls.values()
            if of_enterprise_project(firewall, params.get("enterprise_project_id"))
            and params.get("fw_instance_id") in (None, "", firewall.id)
            and params.get("name") in (None, "", firewall.name)
        ]
        return as_json(200, {"data": {"limit": limit, "offset": offset, "total": len(found), "records": found[offset : offset + limit]}})

    def _common(self, firewall: Firewall) -> dict[str, Any]:
        frozen = named(firewall, self._switches.current.frozen_firewalls)
        return {
            "fw_instance_id": firewall.id,
            "resource_id": firewall.id,
            "fw_instance_name": firewall.name,
            "enterprise_project_id": firewall.enterprise_project_id,
            "ha_type": 1,
            "charge_mode": 0,
            "service_type": 0,
            "engine_type": 1,
            "flavor": {
                "version": 1,
                "eip_count": 50,
                "vpc_count": 6,
                "bandwidth": 50,
                "log_storage": 0,
                "default_bandwidth": 50,
                "default_eip_count": 50,
                "default_log_storage": 0,
                "default_vpc_count": 2,
            },
            "status": FROZEN if frozen else firewall.status,
            "tags": json.dumps(firewall.tags, ensure_ascii=False, separators=(",", ":")),
        }

    def _listed(self, firewall: Firewall) -> dict[str, Any]:
        return {**self._common(firewall), "name": str(firewall.created)}  # the listing's `name` is a time stamp

    def _detailed(self, firewall: Firewall) -> dict[str, Any]:
        return {
            **self._common(firewall),
            "name": firewall.name,
            "protect_objects": [
                {"object_id": f"{firewall.id[:-1]}0", "object_name": str(firewall.created), "type": 0},
                {"object_id": f"{firewall.id[:-1]}1", "object_name": f"ew-{firewall.created}", "type": 1},
            ],
            "support_ipv6": True,
            "is_old_firewall_instance": False,
            "is_available_obs": True,
            "is_support_threat_tags": True,
            "support_url_filtering": True,
            "feature_toggle": {"is_support_predefine": True, "long_connect": True},
            "resources": [
                {
                    "resource_id": firewall.id,
                    "cloud_service_type": "hws.service.type.cfw",
                    "resource_type": "hws.resource.type.cfw",
                    "resource_spec_code": "cfw.professional",
                }
            ],
        }
