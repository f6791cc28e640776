#!/usr/bin/python
# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cfw_firewall_info
short_description: List firewalls
version_added: 0.1.0
description:
  - Lists the instances of Huawei Cloud's Cloud Firewall (CFW) in one project, in several projects, or in all projects that the
    credentials may enter.
  - A project that refuses to be read is returned as unreadable, which is not the same as a project without firewalls.
  - Without O(project_ids), O(project_names) and O(all_projects) the project is that of O(project_id) or O(project_name).
extends_documentation_fragment:
  - cloudaudit.huaweicloud.connection
  - cloudaudit.huaweicloud.attributes
  - cloudaudit.huaweicloud.attributes.info
  - cloudaudit.huaweicloud.attributes.action_group
options:
  project_ids:
    description:
      - The IDs of the projects to look into.
      - Constraint. 1 to 64 letters, digits, hyphens and underscores each.
    type: list
    elements: str
  project_names:
    description:
      - The names of the projects to look into. IAM is asked for their IDs.
    type: list
    elements: str
  all_projects:
    description:
      - Whether to look into all projects that the credentials may enter.
      - IAM lists the projects of all regions. With O(region), or the region of the environment, only those are looked into
        whose name is the region's, or starts with it and an underscore. The others are returned as RV(skipped_projects).
    type: bool
    default: false
  name:
    description:
      - Only firewalls of exactly this name.
    type: str
  fw_instance_id:
    description:
      - Only the firewall of this ID.
      - Constraint. 1 to 64 letters, digits, hyphens and underscores.
    type: str
  tags:
    description:
      - Only firewalls that have all these tags, with these values.
    type: dict
  on_unreadable:
    description:
      - What to do about projects that could not be read. They are returned as RV(unreadable) in any case.
      - "V(fail): Fail when there is one."
      - "V(warn): Warn, and fail only when not a single project could be read."
      - "V(ignore): Do nothing."
    type: str
    choices: [fail, warn, ignore]
    default: warn
seealso:
  - module: cloudaudit.huaweicloud.cfw_flow_log_info
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: The firewalls of one project
  cloudaudit.huaweicloud.cfw_firewall_info:
    region: cn-north-4
    project_name: cn-north-4
  register: one

- name: The production firewalls of all projects in a region
  cloudaudit.huaweicloud.cfw_firewall_info:
    region: cn-north-4
    all_projects: true
    tags:
      environment: production
  register: production

- name: Show projects that could not be read
  ansible.builtin.debug:
    var: production.unreadable
"""

RETURN = r"""
firewalls:
  description:
    - The firewalls, with the fields that the service sends and those named here.
  returned: success, and failure because of O(on_unreadable)
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the firewall instance, the same as RV(firewalls[].fw_instance_id).
      returned: always
      type: str
      sample: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    fw_instance_id:
      description: The ID of the firewall instance.
      returned: always
      type: str
      sample: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    name:
      description: The name that people gave it (the service's C(fw_instance_name), else its C(name)); V(null) when the service sends neither.
      returned: always
      type: str
      sample: edge
    status:
      description: The service's number for the status; V(null) when it sends none.
      returned: always
      type: int
      sample: 2
    status_text:
      description: RV(firewalls[].status) in words.
      returned: always
      type: str
      sample: running
    tags:
      description: The tags as a dictionary. The service sends them as a text.
      returned: always
      type: dict
      sample: {"environment": "production"}
    project_id:
      description: The ID of the firewall's project.
      returned: always
      type: str
      sample: 9d80d070b6d44942af73c9c3d38e0429
    project_name:
      description: The name of the firewall's project; V(null) when only the ID was given.
      returned: always
      type: str
      sample: cn-north-4
    region:
      description: The region that was asked; V(null) when only O(endpoint) was given.
      returned: always
      type: str
      sample: cn-north-4
targets:
  description:
    - The same firewalls in the form that the option O(cloudaudit.huaweicloud.cfw_flow_log_archive#module:firewalls) takes.
  returned: success, and failure because of O(on_unreadable)
  type: list
  elements: dict
  sample:
    - project_id: 9d80d070b6d44942af73c9c3d38e0429
      fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
      region: cn-north-4
      name: edge
unreadable:
  description: The projects that could not be read.
  returned: success, and failure because of O(on_unreadable)
  type: list
  elements: dict
  contains:
    project_id:
      description: The ID of the project.
      returned: always
      type: str
      sample: 9d80d070b6d44942af73c9c3d38e0429
    project_name:
      description: The name of the project; V(null) when only the ID was given.
      returned: always
      type: str
      sample: cn-north-4_legal
    error:
      description: What went wrong, and what to do.
      returned: always
      type: str
      sample: 403 Forbidden
    code:
      description: The service's error code; V(null) when it sent none.
      returned: always
      type: str
      sample: CFW.00100002
    status:
      description: The HTTP status; V(null) when there was no answer.
      returned: always
      type: int
      sample: 403
    request_id:
      description: The service's name for the request; V(null) when it sent none.
      returned: always
      type: str
      sample: 7c1d8a9e4f1b4b0f9a0c2d3e4f5a6b7c
skipped_projects:
  description: The projects that IAM lists and that were not looked into, with the reason. Only O(all_projects) skips any.
  returned: success, and failure because of O(on_unreadable)
  type: list
  elements: dict
  sample:
    - project_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f9
      project_name: MOS
      reason: not in region cn-north-4
reason:
  description:
    - Why there may be no firewall, which is also warned about, where projects were skipped and the others have none.
    - V(null) when there is a firewall, or when nothing can be told.
  returned: success, and failure because of O(on_unreadable)
  type: str
  sample: "No firewall was found since these credentials may enter no project of region cn-east-9. Projects that were skipped: cn-north-4. Check region."
error_code:
  description: The service's error code.
  returned: failure, when the service refused
  type: str
  sample: APIG.0301
request_id:
  description: The service's name for the refused request, which the vendor's support asks for.
  returned: failure, when the service refused and named it
  type: str
  sample: 7c1d8a9e4f1b4b0f9a0c2d3e4f5a6b7c
status:
  description: The HTTP status of the refused request.
  returned: failure, when the service refused
  type: int
  sample: 401
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION, connect, run
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import check_id
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.firewalls import (
    Filters,
    Project,
    check_choice_of_projects,
    choose_projects,
    discover,
    named_projects,
    why_nothing,
)


def list_firewalls(module: AnsibleModule) -> dict[str, Any]:
    params = module.params
    check_choice_of_projects(params)
    if params["fw_instance_id"] is not None:
        check_id("fw_instance_id", params["fw_instance_id"])
    session = connect(params)
    filters = Filters(params["name"], params["fw_instance_id"], params["tags"], session.enterprise_project_id)
    cfw = Cfw(session)
    skipped: list[dict[str, Any]] = []
    if params["all_projects"]:
        projects, skipped = choose_projects(cfw.projects(), session.region)
    elif params["project_names"] is not None:
        projects = named_projects(cfw.projects(), params["project_names"])
    elif params["project_ids"] is not None:
        projects = [Project(project_id, None) for project_id in dict.fromkeys(params["project_ids"])]
    else:
        projects = [Project(session.project_id(), params["project_name"])]
    found = discover(cfw, projects, filters, session.region)
    for warning in found.warnings:
        module.warn(warning)
    result = {
        "firewalls": found.firewalls,
        "targets": [{name: firewall[name] for name in ("project_id", "fw_instance_id", "region", "name")} for firewall in found.firewalls],
        "unreadable": found.unreadable,
        "skipped_projects": skipped,
        "reason": None if found.firewalls or found.unreadable else why_nothing(session.region, len(projects), skipped),
    }
    if result["reason"]:
        module.warn(result["reason"])
    _judge(module, result, len(projects))
    return result


def _judge(module: AnsibleModule, result: dict[str, Any], asked: int) -> None:
    unreadable, choice = result["unreadable"], module.params["on_unreadable"]
    if not unreadable or choice == "ignore":
        return
    names = ", ".join(project["project_name"] or project["project_id"] for project in unreadable)
    message = f"{len(unreadable)} of {asked} projects could not be read: {names}. The first one: {unreadable[0]['error']}"
    if choice == "fail" or len(unreadable) == asked:
        module.fail_json(msg=message, **result)
    module.warn(message)


def main() -> None:
    argument_spec = {
        **CONNECTION,
        "project_ids": {"type": "list", "elements": "str"},
        "project_names": {"type": "list", "elements": "str"},
        "all_projects": {"type": "bool", "default": False},
        "name": {"type": "str"},
        "fw_instance_id": {"type": "str"},
        "tags": {"type": "dict"},
        "on_unreadable": {"type": "str", "choices": ["fail", "warn", "ignore"], "default": "warn"},
    }
    module = AnsibleModule(
        argument_spec,
        supports_check_mode=True,
        mutually_exclusive=[("project_ids", "project_names")],
    )
    run(module, list_firewalls)


if __name__ == "__main__":
    main()
