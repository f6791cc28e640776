# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter to_ocsf; the mapping itself is module_utils/siem/ocsf.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_ocsf
short_description: Flow logs as events of the Open Cybersecurity Schema Framework
version_added: 0.1.0
description:
  - Turns records of Huawei Cloud's Cloud Firewall (CFW) into events of OCSF's class Network Activity (4001), for a SIEM or a data lake.
  - The events say which version of the schema they follow, C(metadata.version), at present 1.8.0.
  - Nothing is lost. What has no place in the schema, or not exactly, is in C(unmapped) as the service sent it. So a fractional C(bytes) is
    there and not in C(traffic), because the schema has whole numbers only, and C(direction) and C(protocol) are there beside their mapping.
  - Nothing is made up. Flow logs tell what passed the firewall, not what it decided, so the events have no action and no disposition.
  - C(out2in) becomes inbound, C(in2out) outbound, and everything of the type V(vpc) lateral. The time of an event is the end of its session.
  - Countries and provinces are in C(unmapped), since the schema wants ISO codes there, and the service's codes are not documented.
positional: _input, firewall, log_type
options:
  _input:
    description:
      - A record, or a list of records, for example RV(cloudaudit.huaweicloud.cfw_flow_log_info#module:records).
    type: raw
    required: true
  firewall:
    description:
      - The firewall that the records are of, for example one of RV(cloudaudit.huaweicloud.cfw_firewall_info#module:firewalls), or the
        variable C(cfw_firewall) of the inventory P(cloudaudit.huaweicloud.cfw_firewall#inventory).
      - Its C(fw_instance_id), C(name), C(project_id), C(project_name) and C(region) are used, as far as they are there.
    type: dict
  log_type:
    description:
      - The type of the logs that was asked for. The service's records don't tell.
    type: str
    choices: [internet, vpc, nat, vgw]
seealso:
  - plugin: cloudaudit.huaweicloud.to_ecs
    plugin_type: filter
  - name: OCSF's Network Activity
    description: The class of the schema.
    link: https://schema.ocsf.io/1.8.0/classes/network_activity
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: The flow logs of the last hour
  cloudaudit.huaweicloud.cfw_flow_log_info:
    region: cn-north-4
    fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    log_type: internet
    start_time: -1h
    end_time: now
  register: flows

- name: Write them as OCSF events, a line each
  ansible.builtin.copy:
    content: |
      {% for event in flows.records | cloudaudit.huaweicloud.to_ocsf(log_type='internet', firewall=firewall) %}
      {{ event | to_json }}
      {% endfor %}
    dest: /srv/siem/cfw.ocsf.jsonl
    mode: "0600"
  vars:
    firewall:
      fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
      project_id: 9d80d070b6d44942af73c9c3d38e0429
      region: cn-north-4
"""

RETURN = r"""
_value:
  description:
    - The event, when a record was given, else the list of events.
  type: raw
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.siem import ocsf


def to_ocsf(records: Any, firewall: Any = None, log_type: str | None = None) -> Any:
    try:
        return ocsf.to_ocsf(records, firewall, log_type)
    except CloudAuditError as error:
        raise AnsibleFilterError(f"cloudaudit.huaweicloud.to_ocsf: {error}") from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"to_ocsf": to_ocsf}
