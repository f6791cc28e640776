# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding firewalls: in one project, in several, or in all that the caller may enter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import check_id
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ApiError, CloudAuditError, OptionError, TransportError

# "Querying a Firewall Instance" (the vendor's API reference), field ``status``.
STATUS_TEXTS = {-1: "awaiting payment", 0: "creating", 1: "deleting", 2: "running", 3: "upgrading", 4: "deleted", 5: "frozen"}


class Project(NamedTuple):
    """A project to look into; the name is None where only the ID was given."""

    id: str
    name: str | None


class Filters(NamedTuple):
    """What a firewall must be like; None means anything. All given tags must be there, with these values."""

    name: str | None = None
    fw_instance_id: str | None = None
    tags: Mapping[str, str] | None = None
    enterprise_project_id: str | None = None


class Discovery(NamedTuple):
    """``unreadable`` are projects that refused, which is not the same as projects without firewalls."""

    firewalls: list[dict[str, Any]]
    unreadable: list[dict[str, Any]]
    warnings: list[str]


def choose_projects(projects: Iterable[Mapping[str, Any]], region: str | None) -> tuple[list[Project], list[dict[str, Any]]]:
    """Split IAM's list of projects into those to look into, and those skipped with the reason.

    IAM lists the projects of all regions; one of region R is called R, or R_something. Without a region none is skipped for its name.
    """
    chosen, skipped = [], []
    for project in projects:
        reason = None
        if project.get("enabled") is False:
            reason = "disabled"
        elif region is not None and project["name"] != region and not project["name"].startswith(f"{region}_"):
            reason = f"not in region {region}"
        if reason is None:
            chosen.append(Project(project["id"], project["name"]))
        else:
            skipped.append({"project_id": project["id"], "project_name": project["name"], "reason": reason})
    return chosen, skipped


def why_nothing(region: str | None, looked_into: int, skipped: Iterable[Mapping[str, Any]]) -> str | None:
    """What to say where no firewall was found although there are projects that were skipped: the region may be another one."""
    names = ", ".join(project["project_name"] for project in skipped)
    if not names or region is None:
        return None
    where = f"in the projects of region {region}" if looked_into else f"since these credentials may enter no project of region {region}"
    return f"No firewall was found {where}. Projects that were skipped: {names}. Check region."


def named_projects(projects: Iterable[Mapping[str, Any]], names: Iterable[str]) -> list[Project]:
    """Return the projects of these names. Raises OptionError for a name that the caller may not enter."""
    ids = {project["name"]: project["id"] for project in projects}
    for name in names:
        if name not in ids:
            raise OptionError(
                f"project_names: {name!r} is not a project that these credentials may enter.",
                f"Give one or more of {', '.join(sorted(ids)) or '(there is none)'}.",
                option="project_names",
                value=name,
                allowed=sorted(ids),
            )
    return [Project(ids[name], name) for name in dict.fromkeys(names)]


def discover(cfw: Cfw, projects: Iterable[Project], filters: Filters, region: str | None) -> Discovery:
    """List the firewalls of the projects. A project that can't be read is stated, and does not stop the others."""
    found = Discovery([], [], [])
    for project in projects:
        try:
            records = cfw.firewalls(project.id, **_service_filters(filters))
        except (ApiError, TransportError) as error:
            found.unreadable.append(_unreadable(project, error))
            continue
        for record in records:
            tags = _tags(record)
            if tags is None:
                found.warnings.append(
                    f"The tags of firewall {record['fw_instance_id']} can't be read, it is treated as having none. The service sent {record['tags']!r}."
                )
            firewall = _firewall(record, project, region, tags or {})
            if _matches(firewall, filters):
                found.firewalls.append(firewall)
    return found


def check_choice_of_projects(options: Mapping[str, Any]) -> None:
    """Check ``project_ids``, ``project_names`` and ``all_projects``. Raises OptionError."""
    for name in ("project_ids", "project_names"):
        values = options[name]
        if values is None:
            continue
        if options["all_projects"]:
            raise OptionError(f"all_projects and {name} exclude each other.", "Give one of them.", option=name)
        if not values:
            raise OptionError(f"{name} is empty, so there is nothing to look into.", f"Give at least one, or leave {name} out.", option=name)
    for project_id in options["project_ids"] or ():
        check_id("project_ids", project_id)


def _service_filters(filters: Filters) -> dict[str, str]:
    return {} if filters.enterprise_project_id is None else {"enterprise_project_id": filters.enterprise_project_id}


def _firewall(record: Mapping[str, Any], project: Project, region: str | None, tags: Mapping[str, str]) -> dict[str, Any]:
    status = record.get("status")
    return {
        **record,
        "id": record["fw_instance_id"],
        # The service's own ``name`` is a number that it made up; people named the firewall in the other field.
        "name": record.get("fw_instance_name") or record.get("name"),
        "status": status,
        "status_text": None if status is None else STATUS_TEXTS.get(status, f"unknown ({status})"),
        "tags": tags,
        "project_id": project.id,
        "project_name": project.name,
        "region": region,
    }


def _tags(record: Mapping[str, Any]) -> dict[str, str] | None:
    """The service sends tags as a JSON text, an object or a list of keys and values. None means that they can't be read."""
    tags = record.get("tags") or {}
    try:
        if isinstance(tags, str):
            tags = json.loads(tags)
        if isinstance(tags, list):
            tags = {tag["key"]: tag.get("value", "") for tag in tags}
        return {str(key): str(value) for key, value in tags.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _matches(firewall: Mapping[str, Any], filters: Filters) -> bool:
    return (
        (filters.name is None or firewall["name"] == filters.name)
        and (filters.fw_instance_id is None or firewall["id"] == filters.fw_instance_id)
        and all(firewall["tags"].get(key) == value for key, value in (filters.tags or {}).items())
    )


def _unreadable(project: Project, error: CloudAuditError) -> dict[str, Any]:
    return {
        "project_id": project.id,
        "project_name": project.name,
        "error": str(error),
        "code": error.details.get("code"),
        "status": error.details.get("status"),
        "request_id": error.details.get("request_id"),
    }
